//! What the tests share: keys, a clock, and a way to sign any text as a header and any as claims,
//! which the crate itself does not offer.

pub(crate) mod refused;
pub(crate) mod vectors;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_signed::{ErrorKind, KeySet, Verifier, VerifierBuilder, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use time::OffsetDateTime;

pub(crate) const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn unbase64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub(crate) fn set(keys: impl IntoIterator<Item = VerifyingKey>) -> KeySet {
    KeySet::new(keys).unwrap()
}

pub(crate) fn hmac_set() -> KeySet {
    set([VerifyingKey::hs256(SECRET).unwrap()])
}

/// Signs `input` as it stands, under any key.
pub(crate) fn mac(key: &[u8], input: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(input.as_bytes());
    format!("{input}.{}", base64(mac.finalize().into_bytes()))
}

/// A rightly signed token of any header and any payload.
pub(crate) fn hostile(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    mac(SECRET, &format!("{}.{}", base64(header), base64(payload)))
}

pub(crate) fn builder() -> VerifierBuilder {
    Verifier::builder(hmac_set())
}

/// Issuer and audience configured, otherwise defaults.
pub(crate) fn verifier() -> Verifier {
    builder().issuer("me").audience("api").build().unwrap()
}

/// Claims that the verifier takes, with `more` members appended (which start with a comma).
pub(crate) fn claims(more: &str) -> String {
    format!(r#"{{"iss":"me","aud":"api","exp":{}{more}}}"#, NOW + 300)
}

/// What `verifier` makes of the token now: nothing, or the kind and the claim.
pub(crate) fn refusal(verifier: &Verifier, token: &str) -> Option<(ErrorKind, Option<String>)> {
    let error = verifier.verify::<Value>(token, at(NOW)).err()?;
    Some((error.kind(), error.claim().map(str::to_owned)))
}

pub(crate) fn kind(verifier: &Verifier, token: &str) -> Option<ErrorKind> {
    refusal(verifier, token).map(|(kind, _)| kind)
}
