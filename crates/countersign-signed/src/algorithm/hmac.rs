//! HMAC with SHA-2 (RFC 7518 section 3.2).
//!
//! The key is expanded once into the keyed states of the inner and outer hash, and cloned for each token;
//! the secret itself is not kept. Copies that the hash makes on the stack while it prepares, the padded
//! secret among them, are not wiped. It does not judge secrets: that is `keys::secret`'s part.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::error::{Error, ErrorKind};

pub(crate) const SIGNATURE_LEN: usize = 32;

/// The keyed state, overwritten with zeros when dropped (feature `zeroize` of `hmac` and `sha2`).
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    pub(crate) fn new(secret: &[u8]) -> Result<Self, Error> {
        // HMAC takes keys of any length, so this does not fail; an error is still the only honest answer.
        let state = Hmac::new_from_slice(secret).map_err(|_| Error::from(ErrorKind::InvalidKey))?;
        Ok(Self(state))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        let mut state = self.0.clone();
        state.update(message);
        state.finalize().into_bytes().into()
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // In constant time; false at once where the lengths differ, which is no secret.
        self.sign(message).ct_eq(signature).into()
    }
}
