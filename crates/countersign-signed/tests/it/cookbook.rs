//! Published vectors that are too long to repeat here: RFC 7520, RFC 7797, RFC 8037 and RFC 9964.

use countersign_signed::{Algorithm, ErrorKind, KeySet, SigningKey, VerifyingKey, jws};
use serde_json::Value;

/// Verifies a vector's token with its key, private or secret, and with what the private key gives out.
/// Returns the signing key.
fn verified(vector: &Value) -> SigningKey {
    let algorithm = Algorithm::from_name(vector["input"]["alg"].as_str().unwrap()).unwrap();
    let key = SigningKey::from_jwk_as(algorithm, &vector["input"]["key"].to_string()).unwrap();
    let token = vector["output"]["compact"].as_str().unwrap();
    let keys = KeySet::new([key.verifying_key()]).unwrap();
    let payload = jws::verify(&keys, token).unwrap().into_payload();
    assert_eq!(payload, vector["input"]["payload"].as_str().unwrap().as_bytes());
    let again = jws::sign(&key, &jws::Header::without_type(), &payload).unwrap();
    assert!(jws::verify(&keys, &again).is_ok());
    key
}

#[test]
fn rfc_7520_section_4_verifies_with_its_jwks() {
    for path in [
        "4_1.rsa_v15_signature",
        "4_2.rsa-pss_signature",
        "4_3.ecdsa_signature",
        "4_4.hmac-sha2_integrity_protection",
    ] {
        let Some(vector) = crate::common::vectors::read(&format!("jose-cookbook/jws/{path}.json")) else {
            return;
        };
        let key = verified(&vector);
        assert_eq!(key.kid(), vector["input"]["key"]["kid"].as_str());
        // Those that are reproducible; the header's order is the same too.
        if matches!(key.algorithm(), Algorithm::RS256 | Algorithm::HS256) {
            let payload = vector["input"]["payload"].as_str().unwrap();
            let token = jws::sign(&key, &jws::Header::without_type(), payload.as_bytes()).unwrap();
            assert_eq!(token, vector["output"]["compact"].as_str().unwrap());
        }
    }
}

#[test]
fn rfc_7520_section_3_pairs_belong_together() {
    for (public, private, algorithm) in [
        ("3_1.ec_public_key", "3_2.ec_private_key", Algorithm::ES512),
        ("3_3.rsa_public_key", "3_4.rsa_private_key", Algorithm::PS256),
    ] {
        let read = |name: &str| crate::common::vectors::read(&format!("jose-cookbook/jwk/{name}.json"));
        let Some(public) = read(public) else { return };
        let private = read(private).unwrap();
        let public = VerifyingKey::from_jwk_as(algorithm, &public.to_string()).unwrap();
        let private = SigningKey::from_jwk_as(algorithm, &private.to_string()).unwrap();
        assert_eq!(private.verifying_key().to_jwk().unwrap(), public.to_jwk().unwrap());
    }
}

#[test]
fn rfc_7520_section_3_6_is_no_key_to_sign_with() {
    let Some(jwk) = crate::common::vectors::read("jose-cookbook/jwk/3_6.symmetric_key_encryption.json")
    else {
        return;
    };
    let error = SigningKey::from_jwk(&jwk.to_string()).unwrap_err();
    assert!(error.to_string().ends_with("`use` must be sig, found enc"), "{error}");
}

#[test]
fn rfc_7520_section_3_5_verifies_with_its_own_alg() {
    let Some(jwk) = crate::common::vectors::read("jose-cookbook/jwk/3_5.symmetric_key_mac_computation.json")
    else {
        return;
    };
    let key = VerifyingKey::from_jwk(&jwk.to_string()).unwrap();
    assert_eq!((key.algorithm(), key.kid()), (Algorithm::HS256, jwk["kid"].as_str()));
}

#[test]
fn rfc_8037_appendix_a_4_is_signed_byte_for_byte() {
    let Some(vector) = crate::common::vectors::read("jose-cookbook/curve25519/jws.json") else { return };
    let key = verified(&vector).without_kid();
    let token = jws::sign(&key, &jws::Header::without_type(), b"Example of Ed25519 signing").unwrap();
    assert_eq!(token, vector["output"]["compact"].as_str().unwrap());
}

#[test]
fn rfc_7797_is_refused() {
    let Some(vector) = crate::common::vectors::read("jose-cookbook/rfc7797/hmac-sha2_b64_false.json") else {
        return;
    };
    let key = SigningKey::from_jwk(&vector["input"]["key"].to_string()).unwrap();
    let keys = KeySet::new([key.verifying_key()]).unwrap();
    let refused = jws::verify(&keys, vector["output"]["compact"].as_str().unwrap()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::UnsupportedHeader);
}

#[cfg(feature = "ml-dsa")]
#[test]
fn rfc_9964_appendix_a_1_verifies_and_its_keys_have_their_thumbprints() {
    for number in [44, 65, 87] {
        let Some(vector) = crate::common::vectors::read(&format!("ml-dsa-jose/ML_DSA_{number}.jose.json"))
        else {
            return;
        };
        let jwk = &vector["jwk"];
        let key = SigningKey::from_jwk(&jwk.to_string()).unwrap();
        assert_eq!(key.algorithm().name(), format!("ML-DSA-{number}"));
        assert_eq!(key.thumbprint().as_deref(), jwk["kid"].as_str());
        let token = vector["jws"].as_str().unwrap();
        let verified = jws::verify(&KeySet::new([key.verifying_key()]).unwrap(), token).unwrap();
        // The seed of 32 zeros gives this public key.
        let zero = SigningKey::from_bytes(key.algorithm(), &[0; 32]).unwrap();
        assert_eq!(zero.verifying_key().to_jwk().unwrap(), key.verifying_key().to_jwk().unwrap());
        let again = jws::sign(&key, &jws::Header::without_type(), verified.payload()).unwrap();
        assert_eq!(again, token);
    }
}
