//! That keys are given to aws-lc, and that nothing else of them changes.

use std::error::Error as _;

use crate::common::{Credulous, KEYS, Mute, asymmetric, base64, both, in_set, is_symmetric, sign, verifies};
use countersign_aws_lc::ErrorKind;
use countersign_signed::{Algorithm, JwksCache, KeyFormat, KeySet, Signer, SigningKey, SkippedKey, jws};
use serde_json::{Value, json};

/// A token whose signature is of the right length and wrong.
fn forged(key: &SigningKey) -> String {
    let token = sign(key, b"payload");
    let (input, signature) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", base64(vec![0x5A; crate::common::unbase64(signature).len()]))
}

#[test]
fn every_key_but_those_of_hmac_gets_an_engine_of_aws_lc_to_verify_with() {
    for key in KEYS.iter() {
        let credulous = key.verifying_key().with_engine(Credulous);
        assert!(verifies(credulous.clone(), &forged(key)), "{key:?}");
        let switched = countersign_aws_lc::verifying_key(credulous.clone()).unwrap();
        let set = countersign_aws_lc::key_set(KeySet::new([credulous]).unwrap());
        for still_credulous in [verifies(switched.clone(), &forged(key)), in_set(&set, &forged(key))] {
            assert_eq!(still_credulous, is_symmetric(key.algorithm()), "{key:?}");
        }
        assert!(verifies(switched, &sign(key, b"payload")), "{key:?}");
        assert!(in_set(&set, &sign(key, b"payload")), "{key:?}");
    }
}

#[test]
fn every_key_but_those_of_hmac_gets_an_engine_of_aws_lc_to_sign_with() {
    for key in KEYS.iter() {
        let mute = key.clone().with_engine(Mute).with_verify_engine(Credulous);
        let switched = countersign_aws_lc::signing_key(mute).unwrap();
        let signed = jws::sign(&switched, &jws::Header::without_type(), b"payload");
        assert_eq!(signed.is_err(), is_symmetric(key.algorithm()), "{key:?}");
        // Its verifying key too.
        assert_eq!(verifies(switched.verifying_key(), &forged(key)), signed.is_err(), "{key:?}");
        if let Ok(token) = signed {
            assert!(verifies(key.verifying_key(), &token), "{key:?}");
        }
    }
}

#[test]
fn what_one_engine_signs_the_other_verifies() {
    for key in KEYS.iter() {
        for (signer, signing) in both(key) {
            let token = sign(&signing, b"payload");
            for (verifier, verifying) in both(key) {
                assert!(verifies(verifying.verifying_key(), &token), "{key:?}: {signer}, {verifier}");
            }
        }
    }
}

/// RFC 8017 section 8.2.1 and RFC 8032 section 5.1.6 leave no choice; the others are hedged.
#[test]
fn signatures_without_a_nonce_of_chance_are_the_same_with_both_engines() {
    for key in asymmetric() {
        let [first, second] = both(key).map(|(_, key)| sign(&key, b"payload"));
        let reproducible = matches!(
            key.algorithm(),
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 | Algorithm::EdDSA
        );
        assert_eq!(first == second, reproducible, "{key:?}");
        let [_, (_, switched)] = both(key);
        assert_eq!(sign(&switched, b"payload") == second, reproducible, "{key:?}");
    }
}

#[test]
fn a_key_stays_the_same_key() {
    for key in KEYS.iter() {
        for key in [key.clone(), key.clone().with_kid("2026-a").unwrap(), key.clone().without_kid()] {
            let switched = countersign_aws_lc::signing_key(key.clone()).unwrap();
            assert_eq!(format!("{switched:?}"), format!("{key:?}"));
            assert_eq!(switched.kid(), key.kid());
            assert_eq!(switched.thumbprint(), key.thumbprint());
            assert_eq!(switched.to_jwk().unwrap().expose(), key.to_jwk().unwrap().expose());
            let (own, other) = (key.verifying_key(), switched.verifying_key());
            assert_eq!(format!("{own:?}"), format!("{other:?}"));
            assert_eq!(own.to_jwk().ok(), other.to_jwk().ok());
            assert_eq!(own.to_der(KeyFormat::Spki).ok(), other.to_der(KeyFormat::Spki).ok());
            // The same header, byte for byte.
            let header = |key: &SigningKey| sign(key, b"x").split('.').next().unwrap().to_owned();
            assert_eq!(header(&switched), header(&key));
        }
    }
    let renamed = SigningKey::ed25519(&[7; 32]).unwrap().with_rfc_9864_name();
    let switched = countersign_aws_lc::signing_key(renamed.clone()).unwrap();
    assert_eq!(sign(&switched, b"x"), sign(&renamed, b"x"));
}

#[test]
fn a_set_stays_the_same_set() {
    let keys = KeySet::new(KEYS.iter().map(SigningKey::verifying_key)).unwrap();
    let text = keys.to_jwks();
    // Read as somebody else's, with one key that is not understood.
    let text = text.replacen('[', r#"[{"kty":"unheard of","kid":"odd"},"#, 1);
    let read = KeySet::from_jwks(&text).unwrap();
    let switched = countersign_aws_lc::key_set(read.clone());
    assert_eq!(switched.len(), asymmetric().count());
    assert_eq!(switched.to_jwks(), read.to_jwks());
    let skipped: Vec<usize> = switched.skipped().iter().map(SkippedKey::index).collect();
    assert_eq!(skipped, [0]);
    for key in asymmetric() {
        let token = sign(key, b"payload");
        assert!(in_set(&switched, &token) && in_set(&read, &token), "{key:?}");
    }
}

#[test]
fn a_cache_of_somebody_elses_keys_gives_them_to_aws_lc() {
    let at = |seconds| time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    // A key whose verifying engine is replaced; were it not, the forged token would be taken.
    let key = SigningKey::ed25519(&[7; 32]).unwrap().with_kid("a").unwrap().with_verify_engine(Credulous);
    let published = KeySet::new([key.verifying_key()]).unwrap();
    let cache = JwksCache::builder("me")
        .read_with(move |_| Ok(countersign_aws_lc::key_set(published.clone())))
        .build()
        .unwrap();
    cache.poll(at(0)).unwrap().complete(b"{}", None, at(0)).unwrap();
    let verifier = cache.verifier().build().unwrap();
    let token = Signer::new(key).sign(&json!({"iss": "me", "exp": 60})).unwrap();
    assert!(verifier.verify::<Value>(&token, at(1)).is_ok());
    let (input, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", base64([0x5A; 64]));
    let refused = verifier.verify::<Value>(&forged, at(1)).unwrap_err();
    assert_eq!(refused.kind(), countersign_signed::ErrorKind::InvalidSignature);
}

#[test]
fn keys_of_every_size_that_is_taken_verify_with_aws_lc_too() {
    let key = |pem| countersign_signed::VerifyingKey::from_pem(Algorithm::RS256, pem).unwrap();
    for (case, pem) in [
        ("e = 3", include_str!("../../../countersign-signed/tests/fixtures/rsa_e3_spki.pem")),
        ("8192 bits", include_str!("../../../countersign-signed/tests/fixtures/rsa_8192_spki.pem")),
    ] {
        assert!(countersign_aws_lc::verifying_key(key(pem)).is_ok(), "{case}");
    }
}

#[test]
fn a_key_that_is_elsewhere_is_not_given_to_aws_lc() {
    for key in asymmetric() {
        let external = SigningKey::external(key.verifying_key(), Mute);
        let error = countersign_aws_lc::signing_key(external).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PrivateKeyElsewhere, "{key:?}");
        assert_eq!(error.to_string(), "the private key is elsewhere");
        assert!(error.source().is_some());
    }
}
