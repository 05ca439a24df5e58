//! A build without a family of algorithms recognises its keys and its tokens, and refuses them by name. Run
//! with any features; without any it says the most.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_signed::{Algorithm, Error, ErrorKind, VerifyingKey};

fn check(present: bool, key: Result<VerifyingKey, Error>, feature: &str) {
    match key {
        Ok(_) => assert!(present, "{feature}"),
        Err(error) => {
            assert!(!present, "{feature}: {error}");
            assert_eq!(error.kind(), ErrorKind::UnsupportedAlgorithm);
            assert!(error.to_string().ends_with(&format!("needs the Cargo feature `{feature}`")), "{error}");
        }
    }
}

#[test]
fn a_key_is_taken_or_the_missing_feature_is_named() {
    let pem = VerifyingKey::from_pem;
    let (rsa, ecdsa) = (cfg!(feature = "rsa"), cfg!(feature = "ecdsa"));
    let ed25519 = cfg!(feature = "ed25519");
    check(cfg!(feature = "hmac"), VerifyingKey::hs256(&[7; 32]), "hmac");
    check(rsa, pem(Algorithm::PS256, include_str!("fixtures/openssl/rsa_spki.pem")), "rsa");
    check(ecdsa, pem(Algorithm::ES256, include_str!("fixtures/openssl/p256_spki.pem")), "ecdsa");
    check(ecdsa, pem(Algorithm::ES256K, include_str!("fixtures/openssl/secp256k1_spki.pem")), "ecdsa");
    check(ed25519, pem(Algorithm::EdDSA, include_str!("fixtures/openssl/ed25519_spki.pem")), "ed25519");
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    check(ed25519, VerifyingKey::from_jwk(jwk), "ed25519");
    check(cfg!(feature = "ml-dsa"), VerifyingKey::from_bytes(Algorithm::MLDSA44, &[7; 1312]), "ml-dsa");
}

#[cfg(feature = "sign")]
#[test]
fn a_new_key_is_made_or_the_missing_feature_is_named() {
    use countersign_signed::SigningKey;

    let generate = |algorithm| SigningKey::generate(algorithm).map(|key| key.verifying_key());
    check(cfg!(feature = "hmac"), generate(Algorithm::HS512), "hmac");
    check(cfg!(feature = "rsa"), generate(Algorithm::RS256), "rsa");
    check(cfg!(feature = "ecdsa"), generate(Algorithm::ES512), "ecdsa");
    check(cfg!(feature = "ed25519"), generate(Algorithm::EdDSA), "ed25519");
    check(cfg!(feature = "ml-dsa"), generate(Algorithm::MLDSA65), "ml-dsa");
    assert_eq!(
        SigningKey::generate_rsa(Algorithm::PS256, 2048).is_ok(),
        cfg!(feature = "rsa"),
        "the size that is asked for"
    );
}
