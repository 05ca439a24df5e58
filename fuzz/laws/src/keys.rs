//! Laws of keys, wherever they were read from.

use countersign_signed::{Algorithm, ErrorKind, KeyFormat, KeySet, SigningKey, VerifyingKey, jws};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::base64::{self, URL};

const FORMATS: [KeyFormat; 4] = [KeyFormat::Pkcs8, KeyFormat::Pkcs1, KeyFormat::Sec1, KeyFormat::Spki];

pub(crate) fn is_hmac(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
}

/// What is wrong, if anything.
pub(crate) fn kind<K>(key: &Result<K, countersign_signed::Error>) -> Option<ErrorKind> {
    key.as_ref().err().map(countersign_signed::Error::kind)
}

/// Every export of a public key is read back as the same key, and exported again as the same text.
pub(crate) fn public_comes_back(key: &VerifyingKey) {
    let algorithm = key.algorithm();
    if is_hmac(algorithm) {
        assert_eq!(kind(&key.to_jwk()), Some(ErrorKind::NotExportable));
        assert_eq!(key.thumbprint(), None);
        return;
    }
    let jwk = key.to_jwk().unwrap();
    assert_eq!(key.thumbprint().unwrap(), thumbprint(&jwk));
    let again = VerifyingKey::from_jwk(&jwk).unwrap();
    assert_eq!((again.algorithm(), again.kid()), (algorithm, key.kid()));
    assert_eq!(again.thumbprint(), key.thumbprint());
    assert_eq!(again.to_jwk().unwrap(), jwk);
    let mut exports = 0;
    for format in FORMATS {
        let Ok(der) = key.to_der(format) else { continue };
        exports += 1;
        for again in [
            VerifyingKey::from_der(algorithm, &der).unwrap(),
            VerifyingKey::from_pem(algorithm, &key.to_pem(format).unwrap()).unwrap(),
        ] {
            assert_eq!(again.thumbprint(), key.thumbprint());
            assert_eq!(again.to_der(format).unwrap(), der);
        }
        assert!(SigningKey::from_der(algorithm, &der).is_err(), "a public key signs");
        is_no_secret(&der);
        is_no_secret(key.to_pem(format).unwrap().as_bytes());
    }
    assert!(exports > 0);
    if let Ok(bytes) = key.to_bytes() {
        let again = VerifyingKey::from_bytes(algorithm, &bytes).unwrap();
        assert_eq!(again.thumbprint(), key.thumbprint());
    }
    is_no_secret(jwk.as_bytes());
}

/// The same of a private key; and what it signs, its public half verifies.
pub(crate) fn private_comes_back(key: &SigningKey) {
    let algorithm = key.algorithm();
    public_comes_back(&key.verifying_key());
    let jwk = key.to_jwk().unwrap();
    let again = SigningKey::from_jwk(jwk.expose());
    if is_hmac(algorithm) {
        assert_eq!(again.unwrap().to_bytes().unwrap().expose(), key.to_bytes().unwrap().expose());
    } else {
        let again = again.unwrap();
        assert_eq!((again.algorithm(), again.kid()), (algorithm, key.kid()));
        assert_eq!(again.thumbprint(), key.thumbprint());
        assert_eq!(again.to_jwk().unwrap().expose(), jwk.expose());
        assert!(VerifyingKey::from_jwk(jwk.expose()).is_err(), "a private key is taken for a public one");
    }
    for format in FORMATS {
        let Ok(der) = key.to_der(format) else { continue };
        for again in [
            SigningKey::from_der(algorithm, der.expose()).unwrap(),
            SigningKey::from_pem(algorithm, key.to_pem(format).unwrap().expose()).unwrap(),
        ] {
            assert_eq!(again.thumbprint(), key.thumbprint());
            assert_eq!(again.to_der(format).unwrap().expose(), der.expose());
        }
        assert!(VerifyingKey::from_der(algorithm, der.expose()).is_err(), "a private key verifies");
    }
    let keys = KeySet::new([key.verifying_key()]).unwrap();
    let token = jws::sign(key, &jws::Header::without_type(), b"payload").unwrap();
    assert_eq!(jws::verify(&keys, &token).unwrap().payload(), b"payload");
}

/// What is public must not pass for a secret that everybody then has.
pub(crate) fn is_no_secret(text: &[u8]) {
    let key = VerifyingKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, text);
    assert_eq!(kind(&key), Some(ErrorKind::SecretIsAKey), "a key is taken for a secret");
}

/// RFC 7638 section 3: the members that the kind of key requires, in the order of their names.
fn thumbprint(jwk: &str) -> String {
    let jwk: Value = serde_json::from_str(jwk).unwrap();
    let required: &[&str] = match jwk["kty"].as_str().unwrap() {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        // RFC 9964 section 3.
        "AKP" => &["alg", "kty", "pub"],
        other => panic!("a public key of the kind {other}"),
    };
    let members: Vec<String> =
        required.iter().map(|&name| format!("{}:{}", json!(name), jwk[name])).collect();
    base64::encode(URL, &Sha256::digest(format!("{{{}}}", members.join(","))))
}
