//! Keys that sign.
//!
//! Apart from [`VerifyingKey`], so that a service that only checks tokens cannot be given the power to
//! issue them by a slip. RSA keys are read and not generated here: `openssl genpkey` does that.

use std::fmt;
use std::sync::Arc;

use rand::TryRng as _;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use super::{VerifyingKey, checked_kid, secret, thumbprint};
use crate::algorithm::{Algorithm, SigningMaterial, ed25519, rsa};
use crate::error::{Error, ErrorKind};
use crate::pem;
use crate::secret::SecretString;

/// A key that signs, with exactly one algorithm.
///
/// Cloning shares the prepared key. `Debug` shows the algorithm and the `kid` only; the key material is
/// overwritten with zeros when the last clone is dropped. Copies that the hash makes on the stack while it
/// prepares or signs are not, and the caller's copy of a secret is the caller's to wipe.
///
/// ```
/// use countersign_signed::{Algorithm, SigningKey};
///
/// let key = SigningKey::generate_ed25519()?.with_kid("2026-a")?;
/// assert_eq!(key.algorithm(), Algorithm::EdDSA);
/// assert_eq!(key.kid(), Some("2026-a"));
/// let public = key.verifying_key().to_spki_pem()?;
/// # assert!(public.starts_with("-----BEGIN PUBLIC KEY-----"));
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    kid: Option<Arc<str>>,
    material: Arc<SigningMaterial>,
}

impl SigningKey {
    /// An HS256 key from a secret of at least 32 bytes (RFC 7518 section 3.2), which should be random.
    ///
    /// It has no `kid`, because none may be derived from a secret. Give it one with
    /// [`with_kid`](Self::with_kid): without one it cannot be revoked by key, and its tokens do not say
    /// whether they are its own or a successor's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SecretTooShort`]; [`ErrorKind::SecretIsAKey`] for what looks like PEM, DER, SSH or JWK.
    pub fn hs256(secret: &[u8]) -> Result<Self, Error> {
        Ok(Self::new(SigningMaterial::Hmac(secret::long_enough(secret)?)))
    }

    /// An HS256 key from a secret of any length but zero.
    ///
    /// A short secret can be found by trying: whoever sees one token can then issue their own. This is
    /// for published examples and for tokens of a system that cannot be changed yet.
    ///
    /// # Errors
    ///
    /// As [`hs256`](Self::hs256), but [`ErrorKind::SecretTooShort`] only for an empty secret.
    pub fn hs256_accepting_a_dangerously_short_secret(secret: &[u8]) -> Result<Self, Error> {
        Ok(Self::new(SigningMaterial::Hmac(secret::of_any_length(secret)?)))
    }

    /// An HS256 key from 32 random bytes of the operating system. The secret is not kept, so tokens of
    /// this key are good for as long as the process lives.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RandomSource`].
    pub fn generate_hs256() -> Result<Self, Error> {
        Self::hs256(random()?.as_slice())
    }

    /// An Ed25519 key from 32 random bytes of the operating system.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RandomSource`].
    pub fn generate_ed25519() -> Result<Self, Error> {
        let seed = random()?;
        Self::ed25519(&seed)
    }

    /// An Ed25519 key from its seed, the `d` of a JWK (RFC 8032 section 5.1.5). The public key is derived.
    ///
    /// # Errors
    ///
    /// None today: every seed is a key. It is a `Result` as for the other kinds of key.
    pub fn ed25519(seed: &[u8; 32]) -> Result<Self, Error> {
        Ok(Self::new(SigningMaterial::Ed25519(ed25519::SigningKey::new(seed))))
    }

    /// An Ed25519 key from PKCS#8 (`-----BEGIN PRIVATE KEY-----`, RFC 8410 section 7), not encrypted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`].
    pub fn ed25519_from_pkcs8_pem(text: &str) -> Result<Self, Error> {
        let (_, der) = pem::decode(text, &["PRIVATE KEY"])?;
        Ok(Self::new(SigningMaterial::Ed25519(ed25519::SigningKey::from_pkcs8(&der)?)))
    }

    /// An RS256 key of 2048 to 8192 bits from PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`), not
    /// encrypted.
    ///
    /// Signing is blinded with random bytes of the operating system. `RUSTSEC-2023-0071`, a timing side
    /// channel of the pure-Rust private operation, has no patched version: where an attacker can measure
    /// how long signing takes, sign with Ed25519, or with another implementation of RSA.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`].
    pub fn rs256_from_pem(text: &str) -> Result<Self, Error> {
        let key = match pem::decode(text, &["PRIVATE KEY", "RSA PRIVATE KEY"])? {
            ("PRIVATE KEY", der) => rsa::SigningKey::from_pkcs8(&der)?,
            (_, der) => rsa::SigningKey::from_pkcs1(&der)?,
        };
        Ok(Self::new(SigningMaterial::Rsa(Box::new(key))))
    }

    fn new(material: SigningMaterial) -> Self {
        Self { kid: thumbprint(&material.verifying()), material: Arc::new(material) }
    }

    /// The same key under this `kid`: 1 to 256 bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKid`].
    pub fn with_kid(mut self, kid: &str) -> Result<Self, Error> {
        self.kid = Some(checked_kid(kid)?);
        Ok(self)
    }

    /// The same key without a `kid`, so that its tokens carry none.
    #[must_use]
    pub fn without_kid(mut self) -> Self {
        self.kid = None;
        self
    }

    /// The `kid` that goes into headers: the RFC 7638 thumbprint of an asymmetric key unless another was
    /// given, nothing for a symmetric key unless one was given.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key's algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.material.algorithm()
    }

    /// The key that verifies what this one signs, under the same `kid`. For HS256 it is the same secret.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_parts(self.kid.clone(), self.material.verifying())
    }

    /// The private key as PKCS#8 in PEM (RFC 8410 section 7). Ed25519 only: the other kinds come from the
    /// caller, who has them already.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`].
    pub fn to_pkcs8_pem(&self) -> Result<SecretString, Error> {
        match &*self.material {
            SigningMaterial::Ed25519(key) => Ok(SecretString::new(pem::encode("PRIVATE KEY", &key.pkcs8()))),
            SigningMaterial::Hmac(_) | SigningMaterial::Rsa(_) => Err(ErrorKind::NotExportable.into()),
        }
    }

    pub(crate) fn material(&self) -> &SigningMaterial {
        &self.material
    }
}

fn random() -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    SysRng
        .try_fill_bytes(bytes.as_mut_slice())
        .map_err(|error| Error::caused(ErrorKind::RandomSource, error))?;
    Ok(bytes)
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}
