//! Keys that verify.
//!
//! Everything that can be wrong with a key is found here, once, so that verifying a token only computes.

use std::fmt;
use std::sync::Arc;

use super::{checked_kid, secret, thumbprint};
use crate::algorithm::{Algorithm, VerifyingMaterial, ed25519, rsa};
use crate::error::Error;
use crate::pem;

/// A key that verifies, with exactly one algorithm.
///
/// Cloning shares the prepared key. `Debug` shows the algorithm and the `kid` only.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Option<Arc<str>>,
    material: Arc<VerifyingMaterial>,
}

impl VerifyingKey {
    /// An HS256 key from a secret of at least 32 bytes (RFC 7518 section 3.2). It has no `kid` unless
    /// [`with_kid`](Self::with_kid) gives it one, as [`SigningKey::hs256`](crate::SigningKey::hs256) says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SecretTooShort`](crate::ErrorKind::SecretTooShort);
    /// [`ErrorKind::SecretIsAKey`](crate::ErrorKind::SecretIsAKey) for what looks like PEM, DER, SSH or JWK.
    pub fn hs256(secret: &[u8]) -> Result<Self, Error> {
        Ok(Self::new(VerifyingMaterial::Hmac(secret::long_enough(secret)?)))
    }

    /// An HS256 key from a secret of any length but zero. A short secret can be found by trying: whoever
    /// sees one token can then issue their own.
    ///
    /// # Errors
    ///
    /// As [`hs256`](Self::hs256), but too short only if empty.
    pub fn hs256_accepting_a_dangerously_short_secret(secret: &[u8]) -> Result<Self, Error> {
        Ok(Self::new(VerifyingMaterial::Hmac(secret::of_any_length(secret)?)))
    }

    /// An Ed25519 key from its 32 bytes, the `x` of a JWK (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`](crate::ErrorKind::InvalidKey) if they are no point, not its canonical
    /// encoding, or a point of small order.
    pub fn ed25519(public: &[u8; 32]) -> Result<Self, Error> {
        Ok(Self::new(VerifyingMaterial::Ed25519(ed25519::VerifyingKey::new(public)?)))
    }

    /// An Ed25519 key from SubjectPublicKeyInfo (`-----BEGIN PUBLIC KEY-----`, RFC 8410 section 4).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`](crate::ErrorKind::InvalidKey), as for [`ed25519`](Self::ed25519) too.
    pub fn ed25519_from_spki_pem(text: &str) -> Result<Self, Error> {
        let (_, der) = pem::decode(text, &["PUBLIC KEY"])?;
        Ok(Self::new(VerifyingMaterial::Ed25519(ed25519::VerifyingKey::from_spki(&der)?)))
    }

    /// An RS256 key of 2048 to 8192 bits, with an odd exponent of 3 to 2^33 - 1, from
    /// SubjectPublicKeyInfo (`PUBLIC KEY`) or PKCS#1 (`RSA PUBLIC KEY`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`](crate::ErrorKind::InvalidKey).
    pub fn rs256_from_spki_pem(text: &str) -> Result<Self, Error> {
        let key = match pem::decode(text, &["PUBLIC KEY", "RSA PUBLIC KEY"])? {
            ("PUBLIC KEY", der) => rsa::VerifyingKey::from_spki(&der)?,
            (_, der) => rsa::VerifyingKey::from_pkcs1(&der)?,
        };
        Ok(Self::new(VerifyingMaterial::Rsa(Box::new(key))))
    }

    fn new(material: VerifyingMaterial) -> Self {
        Self { kid: thumbprint(&material), material: Arc::new(material) }
    }

    pub(super) fn from_parts(kid: Option<Arc<str>>, material: VerifyingMaterial) -> Self {
        Self { kid, material: Arc::new(material) }
    }

    /// The same key under this `kid`: 1 to 256 bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKid`](crate::ErrorKind::InvalidKid).
    pub fn with_kid(mut self, kid: &str) -> Result<Self, Error> {
        self.kid = Some(checked_kid(kid)?);
        Ok(self)
    }

    /// The same key without a `kid`: it then serves only tokens that carry none.
    #[must_use]
    pub fn without_kid(mut self) -> Self {
        self.kid = None;
        self
    }

    /// The key's `kid`: the RFC 7638 thumbprint of an asymmetric key unless another was given, nothing
    /// for a symmetric key unless one was given.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key's algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.material.algorithm()
    }

    /// The public key as SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`](crate::ErrorKind::NotExportable) for HS256, which has nothing public.
    pub fn to_spki_pem(&self) -> Result<String, Error> {
        let der = self.material.spki()?;
        Ok(String::clone(&pem::encode("PUBLIC KEY", &der)))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.material.verify(message, signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}
