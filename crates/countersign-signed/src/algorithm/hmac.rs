//! HMAC with SHA-2 (RFC 7518 section 3.2).
//!
//! The key is expanded once into the keyed states of the inner and outer hash, and cloned for each token.
//! Copies that the hash makes on the stack while it prepares, the padded secret among them, are not
//! wiped. It does not judge secrets: that is `keys::secret`'s part.

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq as _;

use super::{Algorithm, Verifying};
#[cfg(feature = "sign")]
use super::{Private, Secret, Sign, append, registry::Signing};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

/// The keyed state, overwritten with zeros when dropped (feature `zeroize` of `hmac` and `sha2`).
struct Key<M>(M);

impl<M: Mac + Clone + Send + Sync + 'static> VerifyEngine for Key<M> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let mut state = self.0.clone();
        state.update(message);
        // In constant time; false at once where the lengths differ, which is no secret.
        state.finalize().into_bytes().as_slice().ct_eq(signature).into()
    }
}

#[cfg(feature = "sign")]
impl<M: Mac + Clone + Send + Sync + 'static> Sign for Key<M> {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let mut state = self.0.clone();
        state.update(token);
        append(token, &state.finalize().into_bytes());
        Ok(())
    }
}

// HMAC takes keys of any length, so making one does not fail; an error is still the only honest answer.
macro_rules! keyed {
    ($algorithm:expr, $secret:expr) => {
        match $algorithm {
            Algorithm::HS384 => {
                Hmac::<Sha384>::new_from_slice($secret).map(|state| Arc::new(Key(state)) as _)
            }
            Algorithm::HS512 => {
                Hmac::<Sha512>::new_from_slice($secret).map(|state| Arc::new(Key(state)) as _)
            }
            _ => Hmac::<Sha256>::new_from_slice($secret).map(|state| Arc::new(Key(state)) as _),
        }
        .map_err(|_| Error::from(ErrorKind::InvalidKey))
    };
}

pub(super) fn verifying(algorithm: Algorithm, secret: &[u8]) -> Result<Verifying, Error> {
    let signature_len = algorithm.secret_len().unwrap_or(32);
    Ok(Verifying { signature_len, public: None, engine: keyed!(algorithm, secret)? })
}

#[cfg(feature = "sign")]
pub(super) fn signing(algorithm: Algorithm, secret: Secret) -> Result<Signing, Error> {
    Ok(Signing {
        engine: keyed!(algorithm, &secret)?,
        verifying: verifying(algorithm, &secret)?,
        private: Private::Secret(secret),
    })
}
