//! RSASSA-PKCS1-v1_5 (RFC 7518 section 3.3, RFC 8017 section 8.2).
//!
//! Keys are judged once, when they are made: 2048 to 8192 bits here; an odd modulus and an odd exponent
//! of 3 to 2^33 - 1 by the library that reads them, to which the tests hold it.
//!
//! Signing is blinded with bytes of the operating system; `RUSTSEC-2023-0071` (a timing side channel of
//! the private operation) still stands against the library, so a server that signs with RSA where an
//! attacker can measure it should do so elsewhere. Verifying handles nothing secret and is not affected.

use rand::rngs::SysRng;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _};
use rsa::pkcs1v15;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _};
use rsa::signature::hazmat::PrehashVerifier as _;
use rsa::signature::{Keypair as _, RandomizedSigner as _, SignatureEncoding as _};
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256};

use crate::base64url;
use crate::error::{Error, ErrorKind};

/// RFC 7518 section 3.3 sets the lower bound; the upper one bounds the work of a verification. Bits.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Zeroized by the library when dropped.
pub(crate) struct SigningKey(pkcs1v15::SigningKey<Sha256>);

impl SigningKey {
    /// A key restricted to another scheme (`id-RSASSA-PSS`) is refused.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        Self::judged(pkcs1v15::SigningKey::from_pkcs8_der(der).map_err(malformed)?)
    }

    pub(crate) fn from_pkcs1(der: &[u8]) -> Result<Self, Error> {
        let key = ::rsa::PrivateKey::from_pkcs1_der(der).map_err(malformed)?;
        Self::judged(pkcs1v15::SigningKey::new(key))
    }

    fn judged(key: pkcs1v15::SigningKey<Sha256>) -> Result<Self, Error> {
        judge(&key.verifying_key())?;
        Ok(Self(key))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Box<[u8]>, Error> {
        let signature = self
            .0
            .try_sign_with_rng(&mut SysRng, message)
            .map_err(|error| Error::caused(ErrorKind::SigningFailed, error))?;
        Ok(signature.to_bytes())
    }

    pub(crate) fn signature_len(&self) -> usize {
        self.0.as_ref().size()
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }
}

pub(crate) struct VerifyingKey(pkcs1v15::VerifyingKey<Sha256>);

impl VerifyingKey {
    /// A key restricted to another scheme (`id-RSASSA-PSS`) is refused.
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, Error> {
        Self::judged(pkcs1v15::VerifyingKey::from_public_key_der(der).map_err(malformed)?)
    }

    pub(crate) fn from_pkcs1(der: &[u8]) -> Result<Self, Error> {
        let key = ::rsa::PublicKey::from_pkcs1_der(der).map_err(malformed)?;
        Self::judged(pkcs1v15::VerifyingKey::new(key))
    }

    fn judged(key: pkcs1v15::VerifyingKey<Sha256>) -> Result<Self, Error> {
        judge(&key)?;
        Ok(Self(key))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // RFC 8017 section 8.2.2 step 1, as long as the modulus, is the library's first step.
        pkcs1v15::Signature::try_from(signature)
            .is_ok_and(|signature| self.0.verify_prehash(&Sha256::digest(message), &signature).is_ok())
    }

    /// RFC 7638 section 3.2; integers without leading zeros (RFC 7518 section 6.3.1).
    pub(crate) fn thumbprint_input(&self) -> String {
        let key = self.0.as_ref();
        let e = base64url::encode(&key.e_bytes());
        let n = base64url::encode(&key.n_bytes());
        format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
    }

    pub(crate) fn spki(&self) -> Result<Vec<u8>, Error> {
        let der = self.0.to_public_key_der().map_err(malformed)?;
        Ok(der.into_vec())
    }
}

fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::caused(ErrorKind::InvalidKey, error)
}

fn judge(key: &pkcs1v15::VerifyingKey<Sha256>) -> Result<(), Error> {
    let modulus = key.as_ref().n_bytes();
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let bits = modulus.len().saturating_mul(8).saturating_sub(unused as usize);
    if !BITS.contains(&bits) {
        return Err(Error::noted(ErrorKind::InvalidKey, "an RSA modulus must have 2048 to 8192 bits"));
    }
    Ok(())
}
