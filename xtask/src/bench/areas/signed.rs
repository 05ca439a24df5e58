//! Signed tokens, against jsonwebtoken, jwt-simple and the bare primitives.

use super::super::area::{Area, Effort, Row, Section};
use super::super::context::Program;

const RUST: &[&str] = &["rust_crypto"];
const AWS: &[&str] = &["aws_lc_rs"];
const EITHER: &[&str] = &["rust_crypto", "aws_lc_rs"];

const OURS: &str = "countersign";
const OURS_AWS: &str = "countersign, aws-lc";
const PEER: &str = "jsonwebtoken";
/// Built without its C library, it is comparable with our pure Rust alone.
const JWT_SIMPLE: Option<&str> = Some("jwt-simple");

pub(super) const AREA: Area = Area {
    name: "signed",
    title: "Signed tokens, compared",
    chart: "countersign: time for a signed token, as a ratio",
    sections: &[
        Section { heading: "Over jsonwebtoken", other: "jsonwebtoken", rows: PEERS },
        Section { heading: "Over the bare primitive of the same library", other: "bare", rows: BARE },
        Section { heading: "Over other languages, as context", other: "other", rows: CONTEXT },
    ],
    notes: "Tokens carry 242 bytes of claims and are 404 characters long under HS256. Everybody reads the clock, \
            checks `exp`, `nbf`, `aud` and `iss`, and ends with the claims in a struct. A refusal is that of a wrong \
            signature of the right form. Keys are prepared once, as far as a library can. jwt-simple is built in \
            pure Rust; its RSA is several times as fast on BoringSSL, its default. The others run in processes of \
            their own, with a loop of their own whose cost is in their time, jose with a promise for each token; \
            their rounds follow ours.",
    crates: &["jsonwebtoken", "jwt-simple", "aws-lc-rs", "ed25519-dalek", "p256", "rsa", "sha2"],
    back_ends: EITHER,
    context: &[Program::PyJwt, Program::Jose, Program::FastJwt],
    full: Effort { processes: 10, rounds: 30 },
    quick: Effort { processes: 3, rounds: 6 },
};

const fn peer(
    title: &'static str,
    group: &'static str,
    ours: &'static str,
    back_ends: &'static [&'static str],
    reach: f64,
    aim: f64,
) -> Row {
    Row { reach: Some(reach), aim: Some(aim), ..Row::told(title, group, ours, PEER).under(back_ends) }
}

const fn bare(
    title: &'static str,
    group: &'static str,
    ours: &'static str,
    other: &'static str,
    back_ends: &'static [&'static str],
) -> Row {
    Row { reach: Some(1.05), aim: Some(1.02), ..Row::told(title, group, ours, other).under(back_ends) }
}

const fn simple(row: Row) -> Row {
    Row { beside: JWT_SIMPLE, ..row }
}

const PEERS: &[Row] = &[
    simple(peer("HS256 verify, owned claims", "HS256 verify", OURS, RUST, 0.33, 0.25)),
    peer("HS256 verify, borrowed claims", "HS256 verify", "countersign, borrowed", RUST, 0.28, 0.18),
    peer("HS256 refuse, over its verification", "HS256 verify", "countersign, refusal", RUST, 0.13, 0.10),
    Row {
        other: "jsonwebtoken, refusal",
        ..peer("HS256 refuse, over its refusal", "HS256 verify", "countersign, refusal", RUST, 0.27, 0.22)
    },
    simple(peer("HS256 sign", "HS256 sign", OURS, RUST, 0.58, 0.45)),
    simple(peer("EdDSA verify, over its better back end", "EdDSA verify", OURS, EITHER, 0.85, 0.65)),
    peer(
        "EdDSA request with a remembered token",
        "EdDSA verify",
        "countersign, remembered request",
        EITHER,
        0.012,
        0.012,
    ),
    simple(peer("EdDSA sign", "EdDSA sign", OURS, RUST, 0.55, 0.50)),
    simple(Row { reach: None, ..peer("ES256 verify", "ES256 verify", OURS, RUST, 1.00, 1.00) }),
    simple(peer("RS256 verify", "RS256 verify", OURS, RUST, 0.36, 0.33)),
    peer("EdDSA sign, aws-lc", "EdDSA sign", OURS_AWS, AWS, 0.60, 0.53),
    peer("ES256 verify, aws-lc", "ES256 verify", OURS_AWS, AWS, 0.96, 0.92),
    peer("ES256 sign, aws-lc", "ES256 sign", OURS_AWS, AWS, 0.65, 0.61),
    peer("RS256 verify, aws-lc", "RS256 verify", OURS_AWS, AWS, 0.82, 0.76),
    peer("RS256 sign, aws-lc", "RS256 sign", OURS_AWS, AWS, 0.40, 0.37),
];

const BARE: &[Row] = &[
    bare("EdDSA verify, over ed25519-dalek", "EdDSA verify", OURS, "bare", RUST),
    bare("EdDSA sign, over ed25519-dalek", "EdDSA sign", OURS, "bare", RUST),
    bare("ES256 verify, over p256", "ES256 verify", OURS, "bare", RUST),
    bare("ES256 sign, over p256", "ES256 sign", OURS, "bare", RUST),
    bare("RS256 verify, over rsa", "RS256 verify", OURS, "bare", RUST),
    bare("RS256 sign, over rsa", "RS256 sign", OURS, "bare", RUST),
    bare("EdDSA verify, over aws-lc-rs", "EdDSA verify", OURS_AWS, "bare, aws-lc", AWS),
    bare("EdDSA sign, over aws-lc-rs", "EdDSA sign", OURS_AWS, "bare, aws-lc", AWS),
    bare("ES256 verify, over aws-lc-rs", "ES256 verify", OURS_AWS, "bare, aws-lc", AWS),
    bare("ES256 sign, over aws-lc-rs", "ES256 sign", OURS_AWS, "bare, aws-lc", AWS),
    bare("RS256 verify, over aws-lc-rs", "RS256 verify", OURS_AWS, "bare, aws-lc", AWS),
    bare("RS256 sign, over aws-lc-rs", "RS256 sign", OURS_AWS, "bare, aws-lc", AWS),
];

const fn context(title: &'static str, group: &'static str, other: &'static str) -> Row {
    Row::told(title, group, OURS, other).under(RUST)
}

const CONTEXT: &[Row] = &[
    context("HS256 verify, over PyJWT", "HS256 verify", "PyJWT"),
    context("HS256 verify, over fast-jwt on Node", "HS256 verify", "fast-jwt"),
    context("HS256 verify, over jose on Node", "HS256 verify", "jose"),
    context("HS256 sign, over PyJWT", "HS256 sign", "PyJWT"),
    context("HS256 sign, over fast-jwt on Node", "HS256 sign", "fast-jwt"),
    context("HS256 sign, over jose on Node", "HS256 sign", "jose"),
    context("EdDSA verify, over PyJWT", "EdDSA verify", "PyJWT"),
    context("EdDSA verify, over fast-jwt on Node", "EdDSA verify", "fast-jwt"),
    context("EdDSA verify, over jose on Node", "EdDSA verify", "jose"),
];
