//! The words around the tables.

use super::OURS;

pub(super) const INTRODUCTION: &str = "\
    What this library and four others do with the same tokens, as of the versions below. It is for those who \
    move from one to another, and for whoever wonders which checks are left to them. A difference is not a fault \
    of either side; which settings close it, where there are any, is said. The tables are written by `cargo \
    xtask behaviour`, which asks the libraries. `cargo xtask behaviour --check`, a part of CI, asks them again, \
    and fails if this page says anything else.";

pub(super) const CASES: &str = "\
    Each case is the good token with one change. The good token is of HS256, under a secret of 32 bytes, with \
    `iss`, `aud`, `sub`, `iat`, an `exp` in the year 2100 and a `role`; where the key is a JWK, it is of EdDSA, \
    under the key of RFC 8037. JSON, base64url and HMAC are made by hand and by none of the libraries. The \
    signature is right, also over what is spelled otherwise, unless the case is about the signature. Everybody \
    is told the issuer and the audience that the good token has.";

pub(super) const WORDS: &str = "\
    *in*: the library's ordinary function to verify gave the claims out. *out*: it did not, or it did not take \
    the key. *told*: what comes of it with the settings in the last column, where that is something else. *-*: \
    there is no such thing to ask. Claims are read into a map, unless the case says otherwise. jsonwebtoken has \
    two back ends and one column: where they differ, both are told.";

/// What a contender is called with: the settings everybody has, and what it is told besides.
pub(super) const CONFIGURED: [(&str, &str, &str); 5] = [
    (
        OURS,
        "`Verifier::builder(keys).issuer(..).audience(..)`",
        "`without_required_expiry()`, and keys by `VerifyingKey::hmac_accepting_a_dangerously_short_secret`",
    ),
    (
        "jsonwebtoken",
        "`Validation::new`, `set_issuer`, `set_audience`; with `rust_crypto` and with `aws_lc_rs`",
        "`validate_nbf = true`, `set_required_spec_claims(&[\"exp\", \"iss\", \"aud\"])`",
    ),
    (
        "jwt-simple",
        "`VerificationOptions` with `allowed_issuers` and `allowed_audiences`; the feature `pure-rust`",
        "nothing: it has no setting for what differs here",
    ),
    (
        "PyJWT",
        "`decode` with `algorithms`, `issuer`, `audience`",
        "the options `require` (`exp`, `iss`, `aud`) and `enforce_minimum_key_length`",
    ),
    ("jose", "`jwtVerify` with `algorithms`, `issuer`, `audience`", "`requiredClaims: [\"exp\"]`"),
];
