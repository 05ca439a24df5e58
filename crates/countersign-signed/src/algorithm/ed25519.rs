//! Ed25519 (RFC 8032, RFC 8037).
//!
//! Public keys are judged once, when they are made: canonical encoding, and not of small order, under
//! which one signature would fit many messages. What is left of strict verification is done for each
//! token by the library: S below the group order, and R compared as bytes, so that only its canonical
//! encoding fits. The public key is always derived from the private one, never taken beside it.

use std::sync::Arc;

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};

#[cfg(feature = "sign")]
use super::{Private, Secret, Sign, append, registry::Signing};
use super::{Public, Verifying};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

const SIGNATURE_LEN: usize = 64;

struct Key(VerifyingKey);

impl VerifyEngine for Key {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

pub(super) fn verifying(point: &[u8]) -> Result<Verifying, Error> {
    let refused = |note| Error::noted(ErrorKind::InvalidKey, note);
    let Ok(bytes) = <&[u8; 32]>::try_from(point) else {
        return Err(wrong_length("a public key", point.len()));
    };
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| refused("it is no point of Ed25519"))?;
    // Decompression takes y >= p and the sign of a zero x; encoding the point again does not give
    // those bytes back (RFC 8032 section 5.1.3).
    let canonical = VerifyingKey::from(key.to_edwards());
    if canonical.as_bytes() != bytes {
        return Err(refused("the point's encoding is not canonical"));
    }
    if key.is_weak() {
        return Err(refused("the point is of small order"));
    }
    Ok(verifying_of(key))
}

fn verifying_of(key: VerifyingKey) -> Verifying {
    let public = Public::Ed25519 { point: key.as_bytes().to_vec() };
    Verifying { signature_len: SIGNATURE_LEN, public: Some(public), engine: Arc::new(Key(key)) }
}

fn wrong_length(what: &str, found: usize) -> Error {
    Error::noted(ErrorKind::InvalidKey, format!("{what} of Ed25519 has 32 bytes, found {found}"))
}

/// Zeroized by the library when dropped.
#[cfg(feature = "sign")]
struct PrivateKey(ed25519_dalek::SigningKey);

#[cfg(feature = "sign")]
impl Sign for PrivateKey {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let signature = ed25519_dalek::Signer::sign(&self.0, token).to_bytes();
        append(token, &signature);
        Ok(())
    }
}

#[cfg(feature = "sign")]
pub(super) fn signing(seed: Secret) -> Result<Signing, Error> {
    let Ok(bytes) = <&[u8; 32]>::try_from(seed.as_slice()) else {
        return Err(wrong_length("a private key", seed.len()));
    };
    let key = ed25519_dalek::SigningKey::from_bytes(bytes);
    Ok(Signing {
        // Derived from a clamped scalar, so neither non-canonical nor of small order.
        verifying: verifying_of(key.verifying_key()),
        engine: Arc::new(PrivateKey(key)),
        private: Private::Ed25519 { seed },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn refused(hex: &str) -> bool {
        verifying(&bytes(hex)).is_err()
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
