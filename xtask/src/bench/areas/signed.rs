//! Signed tokens, against jsonwebtoken, jwt-simple and the bare primitives.

use super::{Area, Effort, Row, Section};

const RUST: &[&str] = &["rust_crypto"];
const AWS: &[&str] = &["aws_lc_rs"];
const EITHER: &[&str] = &["rust_crypto", "aws_lc_rs"];

const OURS: &str = "countersign";
const OURS_AWS: &str = "countersign, aws-lc";
const PEER: &str = "jsonwebtoken";

pub(super) const AREA: Area = Area {
    name: "signed",
    title: "Signed tokens, compared",
    sections: &[
        Section { heading: "Over jsonwebtoken", other: "jsonwebtoken", rows: PEERS },
        Section { heading: "Over the bare primitive of the same library", other: "bare", rows: BARE },
        Section { heading: "Over jwt-simple", other: "jwt-simple", rows: JWT_SIMPLE },
    ],
    notes: "Tokens carry 242 bytes of claims and are 404 characters long under HS256. All read the clock, check \
            `exp`, `nbf`, `aud` and `iss`, and end with the claims in a struct. A refusal is that of a wrong signature \
            of the right form. Keys are prepared once, as far as a library can. jwt-simple is built in pure Rust; its \
            RSA is several times as fast on BoringSSL, its default.",
    crates: &["jsonwebtoken", "jwt-simple", "aws-lc-rs", "ed25519-dalek", "p256", "rsa", "sha2"],
    runs: &[&["rust_crypto"], &["aws_lc_rs"]],
    scripts: &[],
    full: Effort { processes: 10, rounds: 30 },
    quick: Effort { processes: 3, rounds: 6 },
};

const fn peer(
    title: &'static str,
    group: &'static str,
    ours: &'static str,
    back_ends: &'static [&'static str],
    limit: f64,
) -> Row {
    Row::told(title, group, ours, PEER).under(back_ends).at_most(limit)
}

const fn bare(
    title: &'static str,
    group: &'static str,
    ours: &'static str,
    other: &'static str,
    back_ends: &'static [&'static str],
) -> Row {
    Row::told(title, group, ours, other).under(back_ends).at_most(1.10)
}

const fn simple(title: &'static str) -> Row {
    Row::told(title, title, OURS, "jwt-simple").under(RUST)
}

const PEERS: &[Row] = &[
    peer("HS256 verify, owned claims", "HS256 verify", OURS, RUST, 0.50),
    Row {
        limit: None,
        ..peer("HS256 verify, borrowed claims", "HS256 verify", "countersign, borrowed", RUST, 0.50)
    },
    Row {
        other: "jsonwebtoken, refusal",
        ..peer("HS256 refuse", "HS256 verify", "countersign, refusal", RUST, 0.50)
    },
    peer("HS256 sign", "HS256 sign", OURS, RUST, 0.85),
    peer("EdDSA verify, over its better back end", "EdDSA verify", OURS, EITHER, 1.00),
    peer("EdDSA sign", "EdDSA sign", OURS, RUST, 0.60),
    Row { limit: None, ..peer("ES256 verify", "ES256 verify", OURS, RUST, 1.00) },
    peer("RS256 verify", "RS256 verify", OURS, RUST, 0.95),
    peer("EdDSA sign, aws-lc", "EdDSA sign", OURS_AWS, AWS, 0.65),
    peer("ES256 verify, aws-lc", "ES256 verify", OURS_AWS, AWS, 1.00),
    peer("ES256 sign, aws-lc", "ES256 sign", OURS_AWS, AWS, 0.70),
    peer("RS256 verify, aws-lc", "RS256 verify", OURS_AWS, AWS, 0.85),
    peer("RS256 sign, aws-lc", "RS256 sign", OURS_AWS, AWS, 0.45),
];

const JWT_SIMPLE: &[Row] = &[
    simple("HS256 verify"),
    simple("HS256 sign"),
    simple("EdDSA verify"),
    simple("EdDSA sign"),
    simple("ES256 verify"),
    simple("RS256 verify"),
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
