//! Keys that should not verify, under tokens that are good.

use super::{case, of_claims};
use crate::case::{Ask, Case, Key};
use crate::token::{self, ED25519_X, SECRET, base64url, claims, header};

pub(super) const GROUP: &str = "Keys";

pub(super) fn all() -> Vec<Case> {
    let of_secret = |id, label, secret: &[u8]| Case {
        key: Key::Secret(secret.to_vec()),
        ..case(GROUP, id, label, token::hs256(&header().text(), &claims().text(), secret))
    };
    let of_jwk =
        |id, label, more| Case { key: Key::Jwk(jwk(more)), ..case(GROUP, id, label, token::ed25519()) };
    vec![
        of_secret("key-none", "an HMAC key of no bytes", b""),
        of_secret("key-1", "an HMAC key of 1 byte", b"k"),
        of_secret("key-12", "an HMAC key of 12 bytes", b"twelve bytes"),
        of_jwk("jwk-use", "a JWK with `use` `\"enc\"`", r#","use":"enc""#),
        of_jwk("jwk-ops", "a JWK with `key_ops` `[\"sign\"]`", r#","key_ops":["sign"]"#),
        Case {
            ask: Ask::Debug,
            key: Key::Jwk(format!(r#"{{"kty":"oct","alg":"HS256","k":"{}"}}"#, base64url(SECRET))),
            ..case(GROUP, "jwk-debug", "the secret in `Debug` of a symmetric JWK", of_claims(&claims()))
        },
    ]
}

/// The public key of RFC 8037, with more members.
pub(super) fn jwk(more: &str) -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{ED25519_X}"{more}}}"#)
}
