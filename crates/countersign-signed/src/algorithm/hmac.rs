//! HMAC with SHA-2 (RFC 7518 section 3.2).
//!
//! The secret is expanded once, when the key is made; each token works on a copy of those states, and both are
//! overwritten with zeros when dropped. This module does not judge secrets: that is `keys::secret`'s part.

use std::sync::Arc;

use hmac::digest::OutputSizeUser;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

use super::{Algorithm, Verifying};
#[cfg(feature = "sign")]
use super::{Private, Secret, Sign, append, registry::Signing};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

/// The keyed states.
struct Key<M>(M);

impl<M: Mac + Clone + Send + Sync + 'static> VerifyEngine for Key<M> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // It compares the length, and then the bytes in constant time.
        self.0.clone().chain_update(message).verify_slice(signature).is_ok()
    }
}

#[cfg(feature = "sign")]
impl<M: Mac + Clone + Send + Sync + 'static> Sign for Key<M> {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let tag = self.0.clone().chain_update(&*token).finalize().into_bytes();
        append(token, &tag);
        Ok(())
    }
}

impl<M: Mac + KeyInit + Clone + Send + Sync + 'static> Key<M> {
    /// Any length will do: what is longer than a block is hashed first (RFC 2104 section 3).
    fn new(secret: &[u8]) -> Result<Self, Error> {
        let keyed = <M as KeyInit>::new_from_slice(secret);
        keyed.map(Self).map_err(|error| Error::caused(ErrorKind::InvalidKey, error))
    }

    fn verifying(secret: &[u8]) -> Result<Verifying, Error> {
        let signature_len = <M as OutputSizeUser>::output_size();
        Ok(Verifying { signature_len, public: None, engine: Arc::new(Self::new(secret)?) })
    }
}

pub(super) fn verifying(algorithm: Algorithm, secret: &[u8]) -> Result<Verifying, Error> {
    match algorithm {
        Algorithm::HS256 => Key::<Hmac<Sha256>>::verifying(secret),
        Algorithm::HS384 => Key::<Hmac<Sha384>>::verifying(secret),
        Algorithm::HS512 => Key::<Hmac<Sha512>>::verifying(secret),
        _ => Err(no_hmac(algorithm)),
    }
}

#[cfg(feature = "sign")]
pub(super) fn signing(algorithm: Algorithm, secret: Secret) -> Result<Signing, Error> {
    let engine: Arc<dyn Sign> = match algorithm {
        Algorithm::HS256 => Arc::new(Key::<Hmac<Sha256>>::new(&secret)?),
        Algorithm::HS384 => Arc::new(Key::<Hmac<Sha384>>::new(&secret)?),
        Algorithm::HS512 => Arc::new(Key::<Hmac<Sha512>>::new(&secret)?),
        _ => return Err(no_hmac(algorithm)),
    };
    Ok(Signing { engine, verifying: verifying(algorithm, &secret)?, private: Private::Secret(secret) })
}

/// `registry` gives no other algorithms to this module.
fn no_hmac(algorithm: Algorithm) -> Error {
    Error::noted(ErrorKind::InvalidKey, format!("{} is not an algorithm of HMAC", algorithm.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().as_chunks::<2>().0.iter();
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[cfg(feature = "sign")]
    fn tag(algorithm: Algorithm, secret: &[u8], message: &[u8]) -> Vec<u8> {
        let mut token = message.to_vec();
        signing(algorithm, zeroize::Zeroizing::new(secret.to_vec()))
            .unwrap()
            .engine
            .sign(&mut token)
            .unwrap();
        crate::base64url::decode(&token[message.len() + 1..]).unwrap()
    }

    /// RFC 4231 section 4.3 (a key shorter than the hash) and section 4.7 (one longer than a block).
    #[test]
    fn rfc_4231_test_cases_2_and_6() {
        let long: &[u8] = &[0xAA; 131];
        let cases: [(&[u8], &[u8], [&str; 3]); 2] = [
            (
                b"Jefe",
                b"what do ya want for nothing?",
                [
                    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
                     caeab1a34d4a6b4b636e070a38bce737",
                ],
            ),
            (
                long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                [
                    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                    "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
                    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e52\
                     95e64f73f63f0aec8b915a985d786598",
                ],
            ),
        ];
        for (secret, message, expected) in cases {
            for (algorithm, expected) in ALL.into_iter().zip(expected) {
                let key = verifying(algorithm, secret).unwrap();
                assert!(key.engine.verify(message, &hex(expected)), "{algorithm:?}");
                #[cfg(feature = "sign")]
                assert_eq!(tag(algorithm, secret, message), hex(expected), "{algorithm:?}");
            }
        }
    }

    #[cfg(feature = "sign")]
    #[test]
    fn a_tag_that_differs_in_one_bit_or_in_length_is_refused() {
        for algorithm in ALL {
            let Verifying { engine, signature_len, .. } = verifying(algorithm, &[7; 64]).unwrap();
            let tag = tag(algorithm, &[7; 64], b"message");
            assert_eq!(tag.len(), signature_len);
            assert!(engine.verify(b"message", &tag));
            for bit in 0..signature_len * 8 {
                let mut changed = tag.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(!engine.verify(b"message", &changed), "{algorithm:?}, bit {bit}");
            }
            // Keys hold signatures to their length before an engine is asked, and so does the engine.
            for length in 0..signature_len {
                assert!(!engine.verify(b"message", &tag[..length]), "{algorithm:?}, {length} bytes");
            }
            assert!(!engine.verify(b"message", &[&tag[..], &[0; 8]].concat()), "{algorithm:?}");
        }
    }

    #[test]
    fn another_algorithm_makes_no_key() {
        for &algorithm in Algorithm::ALL.iter().filter(|algorithm| !ALL.contains(algorithm)) {
            assert_eq!(verifying(algorithm, &[7; 64]).err().unwrap().kind(), ErrorKind::InvalidKey);
        }
    }
}
