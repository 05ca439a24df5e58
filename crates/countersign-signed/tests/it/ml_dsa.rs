//! ML-DSA keys and tokens made by the Python package `cryptography` 50, whose signatures are randomised; the
//! vectors of RFC 9964 are in `cookbook`.

#![cfg(feature = "ml-dsa")]
use countersign_signed::{Algorithm, ErrorKind, KeyFormat, KeySet, SigningKey, VerifyingKey, jws};

macro_rules! files {
    ($number:literal) => {
        [
            include_str!(concat!("../fixtures/ml_dsa/", $number, "_pkcs8.pem")),
            include_str!(concat!("../fixtures/ml_dsa/", $number, "_spki.pem")),
            include_str!(concat!("../fixtures/ml_dsa/", $number, ".jws")),
        ]
    };
}

const FILES: [(Algorithm, [&str; 3]); 3] = [
    (Algorithm::MLDSA44, files!("44")),
    (Algorithm::MLDSA65, files!("65")),
    (Algorithm::MLDSA87, files!("87")),
];

/// RFC 9881 sections 4 and 6.
#[test]
fn keys_are_read_and_written_as_they_are_there() {
    for (algorithm, [private, public, _]) in FILES {
        let key = SigningKey::from_pem(algorithm, private).unwrap();
        assert_eq!(key.to_pem(KeyFormat::Pkcs8).unwrap().expose(), private);
        assert_eq!(key.verifying_key().to_pem(KeyFormat::Spki).unwrap(), public);
        assert_eq!(
            VerifyingKey::from_pem(algorithm, public).unwrap().to_pem(KeyFormat::Spki).unwrap(),
            public
        );
    }
}

#[test]
fn a_key_is_for_one_parameter_set() {
    for (algorithm, [private, public, _]) in FILES {
        for (other, _) in FILES {
            assert_eq!(SigningKey::from_pem(other, private).is_ok(), other == algorithm);
            match VerifyingKey::from_pem(other, public) {
                Ok(_) => assert_eq!(other, algorithm),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::InvalidKey);
                    assert!(
                        error.to_string().contains(&format!("found an {} key", algorithm.name())),
                        "{error}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_was_signed_there_verifies_here() {
    for (algorithm, [_, public, token]) in FILES {
        let keys = KeySet::new([VerifyingKey::from_pem(algorithm, public).unwrap()]).unwrap();
        assert_eq!(jws::verify(&keys, token.trim_end()).unwrap().payload(), b"signed by Python");
    }
}
