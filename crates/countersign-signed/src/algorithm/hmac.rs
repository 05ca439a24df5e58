//! HMAC with SHA-2 (RFC 7518 section 3.2).
//!
//! The key is expanded once, when it is made. It does not judge secrets: that is `keys::secret`'s part.

mod states;

use std::sync::Arc;

use states::{HmacSha256, HmacSha384, HmacSha512, Keyed};
use subtle::ConstantTimeEq as _;

use super::{Algorithm, Verifying};
#[cfg(feature = "sign")]
use super::{Private, Secret, Sign, append, registry::Signing};
use crate::engine::VerifyEngine;
use crate::error::Error;

/// The keyed states, overwritten with zeros when dropped.
struct Key<K>(K);

impl<K: Keyed> VerifyEngine for Key<K> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == K::TAG && same(&self.0.tag(message), signature)
    }
}

/// Whether `tag` begins with `signature`, which is whole words, in a time that depends on the length alone.
/// All differences are gathered before one bit is looked at, so the compiler is held off once, and not for
/// each byte.
fn same(tag: &[u8], signature: &[u8]) -> bool {
    let (tags, signatures) = (tag.as_chunks::<8>().0, signature.as_chunks::<8>().0);
    let differences = tags.iter().zip(signatures).fold(0, |differences, (tag, signature)| {
        differences | (u64::from_ne_bytes(*tag) ^ u64::from_ne_bytes(*signature))
    });
    differences.ct_eq(&0).into()
}

#[cfg(feature = "sign")]
impl<K: Keyed> Sign for Key<K> {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let tag = self.0.tag(token);
        append(token, tag.get(..K::TAG).unwrap_or_default());
        Ok(())
    }
}

macro_rules! keyed {
    ($algorithm:expr, $secret:expr) => {
        match $algorithm {
            Algorithm::HS384 => Arc::new(Key(HmacSha384::new($secret))) as _,
            Algorithm::HS512 => Arc::new(Key(HmacSha512::new($secret))) as _,
            _ => Arc::new(Key(HmacSha256::new($secret))) as _,
        }
    };
}

pub(super) fn verifying(algorithm: Algorithm, secret: &[u8]) -> Result<Verifying, Error> {
    let signature_len = algorithm.secret_len().unwrap_or(32);
    Ok(Verifying { signature_len, public: None, engine: keyed!(algorithm, secret) })
}

#[cfg(feature = "sign")]
pub(super) fn signing(algorithm: Algorithm, secret: Secret) -> Result<Signing, Error> {
    Ok(Signing {
        engine: keyed!(algorithm, &secret),
        verifying: verifying(algorithm, &secret)?,
        private: Private::Secret(secret),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_differs_in_one_bit_or_in_length_is_refused() {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let Verifying { engine, signature_len, .. } = verifying(algorithm, &[7; 64]).unwrap();
            let tag = match algorithm {
                Algorithm::HS384 => HmacSha384::new(&[7; 64]).tag(b"message").to_vec(),
                Algorithm::HS512 => HmacSha512::new(&[7; 64]).tag(b"message").to_vec(),
                _ => HmacSha256::new(&[7; 64]).tag(b"message").to_vec(),
            };
            let tag = &tag[..signature_len];
            assert!(engine.verify(b"message", tag));
            for bit in 0..signature_len * 8 {
                let mut changed = tag.to_vec();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(!engine.verify(b"message", &changed), "{algorithm:?}, bit {bit}");
            }
            // Keys hold signatures to their length before an engine is asked, and so does the engine.
            for length in 0..signature_len {
                assert!(!engine.verify(b"message", &tag[..length]), "{algorithm:?}, {length} bytes");
            }
            assert!(!engine.verify(b"message", &[tag, &[0; 8]].concat()), "{algorithm:?}");
        }
    }
}
