//! Ed25519 (RFC 8032, RFC 8037).
//!
//! Public keys are judged once, when they are made: canonical encoding, and not of small order, under
//! which one signature would fit many messages. What is left of strict verification is done for each
//! token by the library: S below the group order, and R compared as bytes, so that only its canonical
//! encoding fits. The public key is always derived from the private one, never taken beside it.

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, Verifier as _};
use zeroize::Zeroizing;

use crate::base64url;
use crate::error::{Error, ErrorKind};

pub(crate) const SIGNATURE_LEN: usize = 64;

/// All of a PKCS#8 v1 document before the seed (RFC 8410 section 7). Version 1, because OpenSSL 3.0 does
/// not read the version that carries the public key too.
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// All of a SubjectPublicKeyInfo before the key (RFC 8410 section 4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0];

/// Zeroized by the library when dropped.
pub(crate) struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// A public key in the document must be the seed's own.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        ed25519_dalek::SigningKey::from_pkcs8_der(der)
            .map(Self)
            .map_err(|error| Error::caused(ErrorKind::InvalidKey, error))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.0.sign(message).to_bytes()
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        // Derived from a clamped scalar, so neither non-canonical nor of small order.
        VerifyingKey(self.0.verifying_key())
    }

    pub(crate) fn pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let mut der = Zeroizing::new(Vec::with_capacity(48));
        der.extend_from_slice(&PKCS8_PREFIX);
        der.extend_from_slice(self.0.as_bytes());
        der
    }
}

pub(crate) struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    pub(crate) fn new(public: &[u8; 32]) -> Result<Self, Error> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(public)
            .map_err(|error| Error::caused(ErrorKind::InvalidKey, error))?;
        // Decompression takes y >= p and the sign of a zero x; encoding the point again does not give
        // those bytes back (RFC 8032 section 5.1.3).
        let canonical = ed25519_dalek::VerifyingKey::from(key.to_edwards());
        if canonical.as_bytes() != public {
            return Err(Error::noted(ErrorKind::InvalidKey, "the point's encoding is not canonical"));
        }
        if key.is_weak() {
            return Err(Error::noted(ErrorKind::InvalidKey, "the point is of small order"));
        }
        Ok(Self(key))
    }

    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let key = ed25519_dalek::VerifyingKey::from_public_key_der(der)
            .map_err(|error| Error::caused(ErrorKind::InvalidKey, error))?;
        Self::new(key.as_bytes())
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }

    /// RFC 8037 section 2, RFC 7638 section 3.2.
    pub(crate) fn thumbprint_input(&self) -> String {
        format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode(self.0.as_bytes()))
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        [SPKI_PREFIX.as_slice(), self.0.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn refused(hex: &str) -> bool {
        VerifyingKey::new(&bytes(hex).try_into().unwrap()).is_err()
    }

    /// PKCS#8 version 2 (RFC 5958) with the key of RFC 8037 appendix A.1, then with another public key.
    #[test]
    fn a_public_key_beside_the_seed_must_be_its_own() {
        let front = "3051020101300506032b657004220420";
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let own = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let other = format!("03{}", "00".repeat(31));
        assert!(SigningKey::from_pkcs8(&bytes(&format!("{front}{seed}812100{own}"))).is_ok());
        assert!(SigningKey::from_pkcs8(&bytes(&format!("{front}{seed}812100{other}"))).is_err());
    }

    /// y = p + 3 and p + 4, points of large order spelled with a y that is not below p; y = 3 and 4 are
    /// their canonical spellings.
    #[test]
    fn a_key_has_one_encoding() {
        for low in ["03", "04"] {
            assert!(!refused(&format!("{low}{}", "00".repeat(31))), "{low}");
        }
        for low in ["f0", "f1"] {
            assert!(refused(&format!("{low}{}7f", "ff".repeat(30))), "{low}");
        }
        // y = 2 is no point at all.
        assert!(refused(&format!("02{}", "00".repeat(31))));
    }

    /// The eight points of small order, in every encoding that decompresses: orders 1, 2, 4, 4, 8, 8, 8, 8,
    /// then the non-canonical spellings (y = p, p + 1, and a set sign where x = 0).
    #[test]
    fn keys_of_small_order_are_refused() {
        for hex in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            assert!(refused(hex), "{hex}");
        }
    }
}
