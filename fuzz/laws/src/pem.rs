//! Laws of keys in PEM and DER: an input with a dash in front of it is PEM, any other DER, which is also put
//! into PEM here.

use countersign_signed::{Algorithm, SigningKey, VerifyingKey};

use crate::base64::{self, STANDARD};
use crate::keys::{is_hmac, is_no_secret, private_comes_back, public_comes_back};

const PUBLIC: [&str; 2] = ["PUBLIC KEY", "RSA PUBLIC KEY"];
const PRIVATE: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/// Holds an input to the laws.
pub fn hold(data: &[u8]) {
    let text = std::str::from_utf8(data).ok().filter(|text| text.trim_start().starts_with('-'));
    for &algorithm in Algorithm::ALL {
        match text {
            Some(text) => pem(algorithm, text),
            None => der(algorithm, data),
        }
    }
}

fn pem(algorithm: Algorithm, text: &str) {
    let public = VerifyingKey::from_pem(algorithm, text);
    let private = SigningKey::from_pem(algorithm, text);
    assert!(public.is_err() || private.is_err(), "one text is a public and a private key");
    if public.is_err() && private.is_err() {
        return;
    }
    is_one_block(text);
    is_no_secret(text.as_bytes());
    judge(algorithm, public.as_ref().ok(), private.as_ref().ok());
    // What is in it is read by itself too.
    let body: String = text.split("-----").nth(2).unwrap().split_ascii_whitespace().collect();
    let der = base64::decode(STANDARD, body.trim_end_matches('=')).unwrap_or_default();
    if base64::padded(&der) == body {
        assert_eq!(VerifyingKey::from_der(algorithm, &der).is_ok(), public.is_ok());
        assert_eq!(SigningKey::from_der(algorithm, &der).is_ok(), private.is_ok());
    }
}

/// RFC 7468: `BEGIN`, `END`, the same label in both, and white space around.
fn is_one_block(text: &str) {
    let block = text.trim_ascii();
    let label = block.strip_prefix("-----BEGIN ").unwrap().split_once("-----").unwrap().0;
    assert!(PUBLIC.contains(&label) || PRIVATE.contains(&label));
    assert!(block.ends_with(&format!("-----END {label}-----")));
    assert_eq!(block.matches('-').count(), 20);
}

fn der(algorithm: Algorithm, bytes: &[u8]) {
    let public = VerifyingKey::from_der(algorithm, bytes);
    let private = SigningKey::from_der(algorithm, bytes);
    assert!(public.is_err() || private.is_err(), "one text is a public and a private key");
    let in_pem =
        |label: &&str| format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", base64::padded(bytes));
    // A long key is longer in PEM than it may be.
    if base64::padded(bytes).len() < 16 * 1024 - 100 {
        let reads = |label: &&str| VerifyingKey::from_pem(algorithm, &in_pem(label)).is_ok();
        assert_eq!(PUBLIC.iter().filter(|label| reads(label)).count(), usize::from(public.is_ok()));
        let reads = |label: &&str| SigningKey::from_pem(algorithm, &in_pem(label)).is_ok();
        assert_eq!(PRIVATE.iter().filter(|label| reads(label)).count(), usize::from(private.is_ok()));
    }
    if public.is_ok() || private.is_ok() {
        is_no_secret(bytes);
    }
    judge(algorithm, public.as_ref().ok(), private.as_ref().ok());
}

fn judge(algorithm: Algorithm, public: Option<&VerifyingKey>, private: Option<&SigningKey>) {
    if let Some(key) = public {
        assert!(key.algorithm() == algorithm && !is_hmac(algorithm));
        public_comes_back(key);
    }
    if let Some(key) = private {
        assert!(key.algorithm() == algorithm && !is_hmac(algorithm));
        private_comes_back(key);
    }
}
