//! What is compared with what, and what each ratio should be.
//!
//! `reach` is what a release should hold, `aim` what is thought possible. Both are ratios of our time to the
//! other's, taken in one run; less is better.

/// What one ratio is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// jsonwebtoken.
    Peer,
    /// The library that does the arithmetic, called directly.
    Bare,
}

/// One ratio. Both of its sides are contenders of one group, so that they took turns.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) group: &'static str,
    pub(super) ours: &'static str,
    pub(super) over: Over,
    pub(super) other: &'static str,
    /// The back ends of jsonwebtoken that are taken into account; of several, the one that does better.
    pub(super) back_ends: &'static [&'static str],
    pub(super) reach: Option<f64>,
    pub(super) aim: Option<f64>,
}

const RUST: &[&str] = &["rust_crypto"];
const AWS: &[&str] = &["aws_lc_rs"];
const EITHER: &[&str] = &["rust_crypto", "aws_lc_rs"];

const OURS: &str = "countersign";
const OURS_AWS: &str = "countersign, aws-lc";
const PEER: &str = "jsonwebtoken";

const fn peer(
    title: &'static str,
    group: &'static str,
    ours: &'static str,
    back_ends: &'static [&'static str],
    reach: f64,
    aim: f64,
) -> Row {
    Row { title, group, ours, over: Over::Peer, other: PEER, back_ends, reach: Some(reach), aim: Some(aim) }
}

const fn bare(
    title: &'static str,
    group: &'static str,
    ours: &'static str,
    other: &'static str,
    back_ends: &'static [&'static str],
) -> Row {
    Row { title, group, ours, over: Over::Bare, other, back_ends, reach: Some(1.05), aim: Some(1.02) }
}

/// Every ratio, in the order in which they are told.
pub(super) const ROWS: &[Row] = &[
    peer("HS256 verify, owned claims", "HS256 verify", OURS, RUST, 0.33, 0.25),
    peer("HS256 verify, borrowed claims", "HS256 verify", "countersign, borrowed", RUST, 0.28, 0.18),
    peer("HS256 refuse, over its verification", "HS256 verify", "countersign, refusal", RUST, 0.13, 0.10),
    Row {
        other: "jsonwebtoken, refusal",
        ..peer("HS256 refuse, over its refusal", "HS256 verify", "countersign, refusal", RUST, 0.27, 0.22)
    },
    peer("HS256 sign", "HS256 sign", OURS, RUST, 0.58, 0.45),
    peer("EdDSA verify, over its better back end", "EdDSA verify", OURS, EITHER, 0.85, 0.65),
    peer(
        "EdDSA request with a remembered token",
        "EdDSA verify",
        "countersign, remembered request",
        EITHER,
        0.012,
        0.012,
    ),
    peer("EdDSA sign", "EdDSA sign", OURS, RUST, 0.55, 0.50),
    Row { reach: None, ..peer("ES256 verify", "ES256 verify", OURS, RUST, 1.00, 1.00) },
    peer("RS256 verify", "RS256 verify", OURS, RUST, 0.36, 0.33),
    peer("EdDSA sign, aws-lc", "EdDSA sign", OURS_AWS, AWS, 0.60, 0.53),
    peer("ES256 verify, aws-lc", "ES256 verify", OURS_AWS, AWS, 0.96, 0.92),
    peer("ES256 sign, aws-lc", "ES256 sign", OURS_AWS, AWS, 0.65, 0.61),
    peer("RS256 verify, aws-lc", "RS256 verify", OURS_AWS, AWS, 0.82, 0.76),
    peer("RS256 sign, aws-lc", "RS256 sign", OURS_AWS, AWS, 0.40, 0.37),
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
