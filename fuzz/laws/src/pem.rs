//! Laws of keys in PEM and DER: an input with the beginning of a block in it is PEM, any other DER, which is also put
//! into PEM here.

use countersign_signed::{Algorithm, SigningKey, VerifyingKey};

use crate::base64::{self, STANDARD};
use crate::keys::{is_hmac, is_no_secret, private_comes_back, public_comes_back};

const PUBLIC: [&str; 2] = ["PUBLIC KEY", "RSA PUBLIC KEY"];
const PRIVATE: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/// Holds an input to the laws.
pub fn hold(data: &[u8]) {
    match std::str::from_utf8(data).ok().filter(|text| text.contains("-----BEGIN ")) {
        Some(text) => pem(text),
        None => der(data),
    }
}

fn pem(text: &str) {
    // What is in it, to be read by itself too.
    let block = &text[text.rfind("-----BEGIN ").unwrap()..];
    let body: String = block.split("-----").nth(2).unwrap_or_default().split_ascii_whitespace().collect();
    let der = base64::decode(STANDARD, body.trim_end_matches('=')).filter(|der| base64::padded(der) == body);
    let mut taken = Taken::default();
    for &algorithm in Algorithm::ALL {
        let public = VerifyingKey::from_pem(algorithm, text).ok();
        let private = SigningKey::from_pem(algorithm, text).ok();
        if let Some(der) = der.as_deref().filter(|_| public.is_some() || private.is_some()) {
            assert_eq!(VerifyingKey::from_der(algorithm, der).is_ok(), public.is_some());
            assert_eq!(SigningKey::from_der(algorithm, der).is_ok(), private.is_some());
        }
        taken.judge(algorithm, public, private);
    }
    if taken.any() {
        is_one_block(text);
        is_no_secret(text.as_bytes());
    }
}

/// RFC 7468: `BEGIN`, `END`, the same label in both, nothing behind, and before it at most a text without edges of
/// blocks and the parameters of an EC key.
fn is_one_block(text: &str) {
    let (before, block) = text.trim_ascii().split_at(text.trim_ascii().rfind("-----BEGIN ").unwrap());
    let label = block.strip_prefix("-----BEGIN ").unwrap().split_once("-----").unwrap().0;
    assert!(PUBLIC.contains(&label) || PRIVATE.contains(&label));
    assert!(block.ends_with(&format!("-----END {label}-----")));
    assert_eq!(block.matches('-').count(), 20);
    let blocks = before.matches("-----BEGIN ").count();
    assert_eq!(blocks, before.matches("-----BEGIN EC PARAMETERS-----").count());
    assert_eq!(blocks, before.matches("-----END EC PARAMETERS-----").count());
    assert!(blocks == 0 || blocks == 1 && ["PRIVATE KEY", "EC PRIVATE KEY"].contains(&label));
}

fn der(bytes: &[u8]) {
    let body = base64::padded(bytes);
    let in_pem = |label: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----");
    let (public_pem, private_pem) = (PUBLIC.map(in_pem), PRIVATE.map(in_pem));
    // A long key is longer in PEM than it may be.
    let fits = public_pem.iter().chain(&private_pem).all(|text| text.len() <= 16 * 1024);
    let mut taken = Taken::default();
    for &algorithm in Algorithm::ALL {
        let public = VerifyingKey::from_der(algorithm, bytes).ok();
        let private = SigningKey::from_der(algorithm, bytes).ok();
        if fits {
            let readers = public_pem.iter().filter(|text| VerifyingKey::from_pem(algorithm, text).is_ok());
            assert_eq!(readers.count(), usize::from(public.is_some()));
            let readers = private_pem.iter().filter(|text| SigningKey::from_pem(algorithm, text).is_ok());
            assert_eq!(readers.count(), usize::from(private.is_some()));
        }
        taken.judge(algorithm, public, private);
    }
    if taken.any() {
        is_no_secret(bytes);
    }
}

/// The keys that the input was taken for. An RSA key serves up to six algorithms, and its laws are dear.
#[derive(Default)]
struct Taken {
    public: Option<VerifyingKey>,
    private: Option<SigningKey>,
}

impl Taken {
    fn any(&self) -> bool {
        self.public.is_some() || self.private.is_some()
    }

    fn judge(&mut self, algorithm: Algorithm, public: Option<VerifyingKey>, private: Option<SigningKey>) {
        if let Some(key) = public {
            assert!(key.algorithm() == algorithm && !is_hmac(algorithm));
            match &self.public {
                Some(first) => assert_eq!(first.thumbprint(), key.thumbprint()),
                None => public_comes_back(&key),
            }
            self.public = Some(key);
        }
        if let Some(key) = private {
            assert!(key.algorithm() == algorithm && !is_hmac(algorithm));
            match &self.private {
                Some(first) => assert_eq!(first.thumbprint(), key.thumbprint()),
                None => private_comes_back(&key),
            }
            self.private = Some(key);
        }
        assert!(self.public.is_none() || self.private.is_none(), "one text is a public and a private key");
    }
}
