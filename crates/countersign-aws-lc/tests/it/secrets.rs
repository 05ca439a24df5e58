//! A canary key is given to aws-lc, and never comes out of Debug, Display or an error.

use std::error::Error as _;

use crate::common::{Mute, base64};
use countersign_signed::{Algorithm, KeyFormat, KeySet, Signer, SigningKey};

const CANARY: &[u8; 32] = b"CANARY-in-a-coal-mine-0123456789";

/// The canary as text, as a byte array derived with `Debug` would show it, in hexadecimal and in base64.
fn silent(shown: &str) {
    let hex = "43414e4152592d696e";
    for trace in ["CANARY", "67, 65, 78, 65, 82, 89", hex, &hex.to_uppercase(), &base64(CANARY)] {
        assert!(!shown.contains(trace), "{shown}");
    }
}

#[test]
fn keys_and_what_holds_them_show_their_algorithm_and_kid_only() {
    for algorithm in [Algorithm::ES256, Algorithm::ES256K, Algorithm::EdDSA, Algorithm::MLDSA44] {
        let key = SigningKey::from_bytes(algorithm, CANARY).unwrap().with_kid("k1").unwrap();
        let key = countersign_aws_lc::signing_key(key).unwrap();
        // What it is silent about is there.
        assert_eq!(key.to_bytes().unwrap().expose(), CANARY);
        let keys = countersign_aws_lc::key_set(KeySet::new([key.verifying_key()]).unwrap());
        for shown in [
            format!("{key:?}"),
            format!("{key:#?}"),
            format!("{:?}", key.verifying_key()),
            format!("{keys:?}"),
            format!("{:?}", Signer::new(key.clone())),
        ] {
            silent(&shown);
            assert!(shown.contains("k1"), "{shown}");
        }
    }
    let pem = include_str!("../../../countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");
    let rsa = countersign_aws_lc::signing_key(SigningKey::from_pem(Algorithm::RS256, pem).unwrap()).unwrap();
    assert_eq!(
        format!("{rsa:?}"),
        r#"SigningKey { algorithm: RS256, kid: Some("IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"), .. }"#
    );
}

#[test]
fn errors_show_nothing_of_the_key() {
    let key = SigningKey::from_bytes(Algorithm::ES256, CANARY).unwrap();
    let public = base64(&key.verifying_key().to_bytes().unwrap()[1..33]);
    let external = SigningKey::external(key.verifying_key(), Mute);
    let error = countersign_aws_lc::signing_key(external).unwrap_err();
    let cause = error.source().unwrap();
    for shown in [format!("{error:?}"), format!("{error}"), format!("{cause:?}"), format!("{cause}")] {
        silent(&shown);
        assert!(!shown.contains(&public), "{shown}");
    }
    assert!(key.verifying_key().to_pem(KeyFormat::Spki).is_ok());
}
