//! Laws of JWKs and JWK sets: the input is both.

use countersign_signed::{Algorithm, ErrorKind, KeySet, SigningKey, VerifyingKey};
use serde_json::Value;

use crate::grammar::{self, Members};
use crate::keys::{is_hmac, is_no_secret, kind, private_comes_back, public_comes_back};

/// Holds an input to the laws.
pub fn hold(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    set(text);
    let public = VerifyingKey::from_jwk(text);
    let private = SigningKey::from_jwk(text);
    let is_oct = public.as_ref().is_ok_and(|key| is_hmac(key.algorithm()));
    assert!(is_oct || public.is_err() || private.is_err(), "one text is a public and a private key");
    if let Ok(key) = &public {
        is_as_written(text, key);
        public_comes_back(key);
        if !is_oct {
            is_no_secret(data);
        }
        // The wrapping is one object and one array more than the text may have.
        match KeySet::from_jwks(&format!("{{\"keys\":[{text}]}}")) {
            Ok(keys) => assert!(!is_oct && keys.len() == 1 && keys.skipped().is_empty()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidKeySet),
        }
    }
    if let Ok(key) = &private {
        is_as_written(text, &key.verifying_key());
        private_comes_back(key);
    }
    let (mut open_public, mut open_private) = (public.is_err(), private.is_err());
    for &algorithm in Algorithm::ALL {
        let wanted = VerifyingKey::from_jwk_as(algorithm, text);
        agrees(algorithm, text, &wanted, &public, VerifyingKey::thumbprint);
        // An RSA key without `alg` is one only here. Its laws are dear, and the same for all of its algorithms.
        if let Some(key) = wanted.ok().filter(|_| open_public) {
            public_comes_back(&key);
            open_public = false;
        }
        let wanted = SigningKey::from_jwk_as(algorithm, text);
        agrees(algorithm, text, &wanted, &private, SigningKey::thumbprint);
        if let Some(key) = wanted.ok().filter(|_| open_private) {
            private_comes_back(&key);
            open_private = false;
        }
    }
}

/// What is read for an algorithm is what the text says by itself, or what it leaves open.
fn agrees<K>(
    algorithm: Algorithm,
    text: &str,
    wanted: &Result<K, countersign_signed::Error>,
    any: &Result<K, countersign_signed::Error>,
    thumbprint: impl Fn(&K) -> Option<String>,
) {
    let Ok(wanted) = wanted else { return };
    let alg = Members::parse(text).unwrap().string("alg");
    assert!(alg.is_none_or(|alg| Algorithm::from_name(&alg).unwrap() == algorithm));
    if let Ok(any) = any {
        assert_eq!(thumbprint(wanted), thumbprint(any));
    }
}

/// The labels of a key are those of its text, which is as strict as a token.
fn is_as_written(text: &str, key: &VerifyingKey) {
    assert!(grammar::is_strict(text.as_bytes()));
    let members = Members::parse(text).unwrap();
    let kid = members.string("kid").or_else(|| key.thumbprint());
    assert_eq!(key.kid(), kid.as_deref());
    assert!(members.string("alg").is_none_or(|alg| Algorithm::from_name(&alg).unwrap() == key.algorithm()));
    assert!(members.string("use").is_none_or(|usage| usage == "sig"));
}

fn set(text: &str) {
    let keys = KeySet::from_jwks(text);
    if keys.is_err() {
        assert!(matches!(kind(&keys), Some(ErrorKind::InvalidKeySet | ErrorKind::DuplicateMember)));
    }
    let Ok(keys) = keys else { return };
    assert!(grammar::is_strict(text.as_bytes()));
    let read: Value = serde_json::from_str(&keys.to_jwks()).unwrap();
    let exported = read["keys"].as_array().unwrap();
    // A secret would be left out of the export.
    assert_eq!(exported.len(), keys.len(), "a secret comes out of a set");
    let members = Members::parse(text).unwrap();
    let written: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(members.find("keys").unwrap()).unwrap();
    assert!(keys.len() + keys.skipped().len() <= written.len());
    let again = KeySet::from_jwks(&keys.to_jwks()).unwrap();
    assert_eq!(again.to_jwks(), keys.to_jwks());
    let mut exported = exported.iter();
    // A key that is there twice is one.
    let mut seen = Vec::new();
    for (index, text) in written.iter().enumerate() {
        if keys.skipped().iter().any(|skipped| skipped.index() == index) {
            assert!(
                VerifyingKey::from_jwk(text.get()).is_ok_and(|key| is_hmac(key.algorithm()))
                    || VerifyingKey::from_jwk(text.get()).is_err()
            );
            continue;
        }
        let key = VerifyingKey::from_jwk(text.get()).unwrap();
        let name = (key.thumbprint(), key.kid().map(str::to_owned), key.algorithm());
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let exported: Value = exported.next().unwrap().clone();
        assert_eq!(serde_json::from_str::<Value>(&key.to_jwk().unwrap()).unwrap(), exported);
    }
    assert_eq!(exported.next(), None);
}
