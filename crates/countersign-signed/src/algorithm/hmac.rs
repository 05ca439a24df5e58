//! HMAC with SHA-2 (RFC 7518 section 3.2).
//!
//! The key is expanded once; the secret itself is not kept. It does not judge secrets: that is
//! `keys::secret`'s part.

mod states;

use states::{HmacSha256, Keyed as _};

use crate::error::Error;

pub(crate) const SIGNATURE_LEN: usize = 32;

/// The keyed states, overwritten with zeros when dropped.
#[derive(Clone)]
pub(crate) struct Key(std::sync::Arc<HmacSha256>);

impl Key {
    pub(crate) fn new(secret: &[u8]) -> Result<Self, Error> {
        Ok(Self(std::sync::Arc::new(HmacSha256::new(secret))))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        *self.0.tag(message).first_chunk().unwrap_or(&[0; SIGNATURE_LEN])
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == SIGNATURE_LEN && states::same(self.0.tag(message).as_slice(), signature)
    }
}
