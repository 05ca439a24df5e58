//! What holds of every algorithm alike: what is signed verifies, nothing else does, and a key that goes
//! out in any format comes back as the same key.

use std::sync::LazyLock;

use crate::common::{base64, set, unbase64};
use countersign_signed::{Algorithm, ErrorKind, KeyFormat, SigningKey, VerifyingKey, jws};
use proptest::prelude::*;

/// One key for each algorithm of this build. Those of RSA are read, because making them takes seconds.
static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let key = |&algorithm: &Algorithm| {
        if matches!(algorithm.name().get(..2), Some("RS" | "PS")) {
            SigningKey::from_pem(algorithm, include_str!("../fixtures/rfc7515_a2_pkcs8.pem"))
        } else {
            SigningKey::generate(algorithm)
        }
    };
    let made = Algorithm::ALL.iter().map(key);
    made.filter(|key| !matches!(key, Err(error) if error.kind() == ErrorKind::UnsupportedAlgorithm))
        .collect::<Result<_, _>>()
        .unwrap()
});

fn is_symmetric(key: &SigningKey) -> bool {
    key.algorithm().name().starts_with("HS")
}

fn is_rsa(key: &SigningKey) -> bool {
    matches!(key.algorithm().name().get(..2), Some("RS" | "PS"))
}

fn sign(key: &SigningKey, payload: &[u8]) -> String {
    jws::sign(key, &jws::Header::without_type(), payload).unwrap()
}

fn verifies(key: VerifyingKey, token: &str) -> bool {
    match jws::verify(&set([key]), token) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidSignature);
            false
        }
    }
}

#[test]
fn this_build_has_all_algorithms_but_those_of_features_that_are_off() {
    let missing = if cfg!(feature = "ml-dsa") { 0 } else { 3 };
    assert_eq!(KEYS.len(), Algorithm::ALL.len() - missing);
}

#[test]
fn a_signature_is_that_of_its_key_and_no_other() {
    for key in KEYS.iter() {
        let token = sign(key, b"payload");
        assert!(verifies(key.verifying_key(), &token), "{key:?}");
        let other = if is_rsa(key) {
            SigningKey::from_pem(key.algorithm(), include_str!("../fixtures/rsa_2048_pkcs8.pem")).unwrap()
        } else {
            SigningKey::generate(key.algorithm()).unwrap()
        };
        let kid = key.kid().map(|kid| other.verifying_key().with_kid(kid).unwrap());
        assert!(!verifies(kid.unwrap_or_else(|| other.verifying_key()), &token), "{key:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_algorithm_signs_what_it_verifies_and_refuses_any_change(
        payload: Vec<u8>, place: prop::sample::Index, bit in 0..8_u32,
    ) {
        for key in KEYS.iter() {
            let token = sign(key, &payload);
            prop_assert!(verifies(key.verifying_key(), &token));
            let (input, signature) = token.rsplit_once('.').unwrap();
            let mut changed = unbase64(signature);
            *place.get_mut(&mut changed) ^= 1_u8 << bit;
            prop_assert!(!verifies(key.verifying_key(), &format!("{input}.{}", base64(changed))), "{:?}", key);
            let (header, body) = input.split_once('.').unwrap();
            let mut changed = unbase64(body);
            if !changed.is_empty() {
                *place.get_mut(&mut changed) ^= 1_u8 << bit;
                let token = format!("{header}.{}.{signature}", base64(changed));
                prop_assert!(!verifies(key.verifying_key(), &token), "{:?}", key);
            }
        }
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for key in KEYS.iter() {
        let token = sign(key, b"payload");
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = unbase64(signature);
        let cut = &signature[..signature.len() - 1];
        for other in [cut.to_vec(), [&signature[..], &[0]].concat(), [&[0], &signature[..]].concat(), vec![]]
        {
            assert!(!verifies(key.verifying_key(), &format!("{input}.{}", base64(other))), "{key:?}");
        }
    }
}

/// The formats that a kind of key has; the others are refused.
fn formats(key: &SigningKey) -> &'static [KeyFormat] {
    match key.algorithm().name().get(..2) {
        Some("HS") => &[],
        Some("RS" | "PS") => &[KeyFormat::Pkcs8, KeyFormat::Pkcs1],
        Some("ES") => &[KeyFormat::Pkcs8, KeyFormat::Sec1],
        _ => &[KeyFormat::Pkcs8],
    }
}

const ALL_FORMATS: [KeyFormat; 4] = [KeyFormat::Pkcs8, KeyFormat::Pkcs1, KeyFormat::Sec1, KeyFormat::Spki];

#[test]
fn a_private_key_comes_back_from_every_format() {
    for key in KEYS.iter() {
        let algorithm = key.algorithm();
        let mut again = vec![SigningKey::from_jwk(key.to_jwk().unwrap().expose()).unwrap()];
        for format in ALL_FORMATS {
            if !formats(key).contains(&format) {
                assert_eq!(
                    key.to_der(format).unwrap_err().kind(),
                    ErrorKind::NotExportable,
                    "{key:?} {format:?}"
                );
                assert_eq!(
                    key.to_pem(format).unwrap_err().kind(),
                    ErrorKind::NotExportable,
                    "{key:?} {format:?}"
                );
                continue;
            }
            again.push(SigningKey::from_pem(algorithm, key.to_pem(format).unwrap().expose()).unwrap());
            again.push(SigningKey::from_der(algorithm, key.to_der(format).unwrap().expose()).unwrap());
        }
        match key.to_bytes() {
            Ok(bytes) => again.push(SigningKey::from_bytes(algorithm, bytes.expose()).unwrap()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NotExportable);
                assert!(is_rsa(key));
                assert_eq!(
                    SigningKey::from_bytes(algorithm, &[1; 32]).unwrap_err().kind(),
                    ErrorKind::InvalidKey
                );
            }
        }
        for again in again {
            assert_eq!(again.kid(), key.kid());
            assert_eq!(again.thumbprint(), key.thumbprint());
            assert_eq!(again.to_jwk().unwrap().expose(), key.to_jwk().unwrap().expose());
            assert!(verifies(key.verifying_key(), &sign(&again, b"payload")));
        }
    }
}

#[test]
fn a_public_key_comes_back_from_every_format() {
    for signing in KEYS.iter() {
        let (algorithm, key) = (signing.algorithm(), signing.verifying_key());
        if is_symmetric(signing) {
            for format in ALL_FORMATS {
                assert_eq!(key.to_pem(format).unwrap_err().kind(), ErrorKind::NotExportable);
                assert_eq!(key.to_der(format).unwrap_err().kind(), ErrorKind::NotExportable);
            }
            assert_eq!(key.to_jwk().unwrap_err().kind(), ErrorKind::NotExportable);
            assert_eq!(key.to_bytes().unwrap_err().kind(), ErrorKind::NotExportable);
            assert_eq!((key.kid(), key.thumbprint()), (None, None));
            continue;
        }
        let mut again = vec![VerifyingKey::from_jwk(&key.to_jwk().unwrap()).unwrap()];
        let is_rsa = is_rsa(signing);
        for format in ALL_FORMATS {
            if format == KeyFormat::Spki || (is_rsa && format == KeyFormat::Pkcs1) {
                again.push(VerifyingKey::from_pem(algorithm, &key.to_pem(format).unwrap()).unwrap());
                again.push(VerifyingKey::from_der(algorithm, &key.to_der(format).unwrap()).unwrap());
            } else {
                assert_eq!(key.to_der(format).unwrap_err().kind(), ErrorKind::NotExportable);
                assert_eq!(key.to_pem(format).unwrap_err().kind(), ErrorKind::NotExportable);
            }
        }
        match key.to_bytes() {
            Ok(bytes) => again.push(VerifyingKey::from_bytes(algorithm, &bytes).unwrap()),
            Err(error) => assert!(is_rsa && error.kind() == ErrorKind::NotExportable),
        }
        let token = sign(signing, b"payload");
        for again in again {
            assert_eq!(again.kid(), key.kid());
            assert_eq!(again.kid(), key.thumbprint().as_deref());
            assert_eq!(again.to_jwk().unwrap(), key.to_jwk().unwrap());
            assert!(verifies(again, &token));
        }
    }
}
