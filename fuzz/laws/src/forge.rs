//! Keys that the fuzzer shares with the verifiers, and tokens signed with them.
//!
//! No fuzzer guesses a MAC. What is behind one is reached by making it here, over any header and any payload.

use std::sync::LazyLock;

use countersign_signed::{KeySet, Verifier, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use time::OffsetDateTime;

use crate::base64::{self, URL};

/// The key without a `kid`.
const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
/// The key of the `kid` that is [`KID`].
const NAMED_SECRET: &[u8; 32] = b"fedcba9876543210fedcba9876543210";
pub(crate) const KID: &str = "k1";
pub(crate) const NOW: i64 = 1_800_000_000;
/// What a signer of ours writes, in base64url.
pub(crate) const USUAL_HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// The two secrets, and public keys whose tokens RFC 7515 and RFC 8037 print.
pub(crate) static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let ed25519 = r#"{"kty":"OKP","crv":"Ed25519","kid":"rfc8037",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let es256 = r#"{"kty":"EC","crv":"P-256","kid":"rfc7515",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    KeySet::new([
        VerifyingKey::hs256(SECRET).unwrap(),
        VerifyingKey::hs256(NAMED_SECRET).unwrap().with_kid(KID).unwrap(),
        VerifyingKey::from_jwk(ed25519).unwrap(),
        VerifyingKey::from_jwk(es256).unwrap(),
    ])
    .unwrap()
});

/// Demands nothing but the signature, and claims of the right form that do not rule `NOW` out.
pub(crate) static LAX: LazyLock<Verifier> = LazyLock::new(|| {
    let builder = Verifier::builder(KEYS.clone()).accept_any_issuer().accept_any_audience();
    builder.without_required_expiry().build().unwrap()
});

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

/// The signature of `input`, under the key of that `kid`.
pub(crate) fn mac(kid: Option<&str>, input: &str) -> String {
    let secret = if kid.is_some() { NAMED_SECRET } else { SECRET };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(input.as_bytes());
    base64::encode(URL, &mac.finalize().into_bytes())
}

/// A token that is signed rightly, whatever is in it.
pub(crate) fn token(kid: Option<&str>, header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", base64::encode(URL, header), base64::encode(URL, payload));
    let signature = mac(kid, &input);
    format!("{input}.{signature}")
}
