//! What is made and judged here: claims, keys of every algorithm, and tokens.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::signed::{Algorithm, Error, KeyFormat, KeySet, Signer, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};
use time::macros::datetime;

pub(crate) const HMAC: [&str; 3] = ["HS256", "HS384", "HS512"];
pub(crate) const RSA: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
pub(crate) const ML_DSA: [&str; 3] = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"];

pub(crate) fn claims() -> Value {
    json!({
        "iss": "https://issuer.example",
        "sub": "alice",
        "aud": "https://api.example",
        "exp": 2_000_000_000,
        "iat": 1_700_000_000,
        "name": "Ævar \u{1f512}",
    })
}

/// The algorithm of a name, of which Ed25519 has two.
pub(crate) fn algorithm(alg: &str) -> Algorithm {
    Algorithm::from_name(alg).unwrap()
}

pub(crate) fn is_secret(alg: &str) -> bool {
    HMAC.contains(&alg)
}

/// A key of ours. Those of RSA share one, because making it takes long.
pub(crate) fn generated(alg: &str) -> SigningKey {
    static FOR_RSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::RS256).unwrap());
    if RSA.contains(&alg) {
        let der = FOR_RSA.to_der(KeyFormat::Pkcs8).unwrap();
        return SigningKey::from_der(algorithm(alg), der.expose()).unwrap();
    }
    if is_secret(alg) {
        // In characters, which is how a secret goes into both peers.
        let secret = countersign::random::token_hex(32).unwrap();
        return SigningKey::from_bytes(algorithm(alg), secret.expose().as_bytes()).unwrap();
    }
    let key = SigningKey::generate(algorithm(alg)).unwrap();
    if alg == "Ed25519" { key.with_rfc_9864_name() } else { key }
}

/// The formats of private and of public keys, of those that both sides have.
pub(crate) fn formats(alg: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match alg.get(..2) {
        Some("HS") => (&["jwk", "raw"], &["jwk", "raw"]),
        Some("RS" | "PS") => (&["jwk", "pkcs1", "pkcs8"], &["jwk", "pkcs1", "spki"]),
        Some("ES") => (&["jwk", "pkcs8", "sec1"], &["jwk", "spki"]),
        _ => (&["jwk", "pkcs8"], &["jwk", "spki"]),
    }
}

fn pem(format: &str) -> KeyFormat {
    match format {
        "pkcs8" => KeyFormat::Pkcs8,
        "pkcs1" => KeyFormat::Pkcs1,
        "sec1" => KeyFormat::Sec1,
        "spki" => KeyFormat::Spki,
        _ => panic!("{format} is not one of PEM"),
    }
}

pub(crate) fn private_text(key: &SigningKey, format: &str) -> String {
    match format {
        "jwk" => key.to_jwk().unwrap().expose().to_owned(),
        "raw" => String::from_utf8(key.to_bytes().unwrap().expose().to_vec()).unwrap(),
        _ => key.to_pem(pem(format)).unwrap().expose().to_owned(),
    }
}

/// Of a secret there is nothing public: the peer verifies with the secret.
pub(crate) fn public_text(key: &SigningKey, format: &str) -> String {
    match format {
        _ if is_secret(key.algorithm().name()) => private_text(key, format),
        "jwk" => key.verifying_key().to_jwk().unwrap(),
        _ => key.verifying_key().to_pem(pem(format)).unwrap(),
    }
}

pub(crate) fn read_private(alg: &str, format: &str, text: &str) -> SigningKey {
    let key = match format {
        "jwk" => SigningKey::from_jwk_as(algorithm(alg), text),
        "raw" => SigningKey::from_bytes(algorithm(alg), text.as_bytes()),
        _ => SigningKey::from_pem(algorithm(alg), text),
    };
    let key = key.unwrap_or_else(|error| panic!("{alg} {format}: {error}"));
    if alg == "Ed25519" { key.with_rfc_9864_name() } else { key }
}

pub(crate) fn read_public(alg: &str, format: &str, text: &str) -> VerifyingKey {
    let key = match format {
        "jwk" => VerifyingKey::from_jwk_as(algorithm(alg), text),
        "raw" => VerifyingKey::from_bytes(algorithm(alg), text.as_bytes()),
        _ => VerifyingKey::from_pem(algorithm(alg), text),
    };
    key.unwrap_or_else(|error| panic!("{alg} {format}: {error}"))
}

pub(crate) fn sign(key: SigningKey) -> String {
    Signer::new(key).sign(&claims()).unwrap()
}

pub(crate) fn verify_with_set(keys: KeySet, token: &str) -> Result<Value, Error> {
    let verifier = Verifier::builder(keys)
        .issuer("https://issuer.example")
        .audience("https://api.example")
        .build()
        .unwrap();
    Ok(verifier.verify(token, datetime!(2026-11-01 12:00 UTC))?.into_claims())
}

/// Verifies a token that names no key.
pub(crate) fn verify(key: VerifyingKey, token: &str) -> Result<Value, Error> {
    verify_with_set(KeySet::new([key.without_kid()]).unwrap(), token)
}

/// The token with one byte changed in its header, its claims and its signature, one after the other. The
/// header and the claims stay what their readers take.
pub(crate) fn changed(token: &str) -> [String; 3] {
    let segments: Vec<&str> = token.split('.').collect();
    let decoded = |at: usize| URL_SAFE_NO_PAD.decode(segments[at]).unwrap();
    let replaced = |at: usize, from: &str, to: &str| {
        let text = String::from_utf8(decoded(at)).unwrap();
        assert!(text.contains(from), "{text}");
        text.replacen(from, to, 1).into_bytes()
    };
    let mut signature = decoded(2);
    let middle = signature.len() / 2;
    signature[middle] ^= 1;
    let bytes = [replaced(0, "JWT", "JWt"), replaced(1, "alice", "alicf"), signature];
    let mut at = 0;
    bytes.map(|bytes| {
        let mut segments: Vec<String> = segments.iter().map(|&segment| segment.to_owned()).collect();
        segments[at] = URL_SAFE_NO_PAD.encode(bytes);
        at += 1;
        segments.join(".")
    })
}
