//! Other implementations of the signature itself: a faster library, a KMS, a hardware module.
//!
//! A key keeps its algorithm, its `kid` and its public parts, and everything else of this crate works on
//! it as before; only the primitive is another's. It is chosen for each key by a call, so there is nothing
//! to set up for a process, and two implementations work side by side.
//!
//! An engine sees bytes and gives bytes, in the form that JWS has them (RFC 7518 section 3): ECDSA is the
//! two integers side by side and not DER, RSA as long as the modulus. It does not see keys, headers or
//! claims, and cannot change which algorithm a token says. Its calls block: for a KMS that must be waited
//! for, [`ExternalSigner`](crate::ExternalSigner) gives the bytes out and takes the signature in.
//!
//! ```
//! # #[cfg(all(feature = "sign", feature = "ed25519"))] {
//! use std::error::Error;
//!
//! use countersign_signed::engine::SignEngine;
//! use countersign_signed::{KeySet, SigningKey, VerifyingKey, jws};
//! use ed25519_dalek::Signer as _;
//!
//! /// Stands for a module that holds the private key and never gives it away.
//! struct Module(ed25519_dalek::SigningKey);
//!
//! impl SignEngine for Module {
//!     fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
//!         Ok(self.0.try_sign(message)?.to_bytes().to_vec())
//!     }
//! }
//!
//! let module = Module(ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
//! let public = VerifyingKey::ed25519(module.0.verifying_key().as_bytes())?;
//!
//! let key = SigningKey::external(public.clone(), module);
//! let token = jws::sign(&key, &jws::Header::new("example")?, b"signed elsewhere")?;
//! assert_eq!(jws::verify(&KeySet::new([public])?, &token)?.payload(), b"signed elsewhere");
//! assert!(key.to_jwk().is_err()); // there is nothing private here to export
//! # }
//! # Ok::<(), countersign_signed::Error>(())
//! ```

#[cfg(feature = "sign")]
use std::error::Error as StdError;

#[cfg(feature = "sign")]
use crate::algorithm::{Sign, append};
#[cfg(feature = "sign")]
use crate::error::{Error, ErrorKind};

/// Verifies signatures with one key, which it holds itself.
///
/// [`VerifyingKey::with_engine`](crate::VerifyingKey::with_engine) gives it to a key.
pub trait VerifyEngine: Send + Sync + 'static {
    /// Whether `signature` is right for `message`. It has the length that every signature of the key has,
    /// and comes from an attacker otherwise: the answer to anything malformed is `false`.
    ///
    /// Security: an engine stands for the whole of RFC 7518 section 3 as far as its algorithm goes. For
    /// ECDSA both integers must be in range; for PSS the salt must be as long as the hash; a MAC must be
    /// compared in constant time.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// Signs with one key, which it holds itself or knows how to reach.
///
/// [`SigningKey::with_engine`](crate::SigningKey::with_engine) gives it to a key;
/// [`SigningKey::external`](crate::SigningKey::external) makes a key of it.
#[cfg(feature = "sign")]
pub trait SignEngine: Send + Sync + 'static {
    /// The signature of `message`, in the form that JWS has it (RFC 7518 section 3).
    ///
    /// # Errors
    ///
    /// Whatever kept it from signing. It becomes the source of an error of the kind
    /// [`SigningFailed`](crate::ErrorKind::SigningFailed), so it should not quote secrets.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Box<dyn StdError + Send + Sync>>;
}

/// An engine of the caller's, held to the length that the key's signatures have.
#[cfg(feature = "sign")]
pub(crate) struct ExternalSign<E> {
    pub(crate) engine: E,
    pub(crate) signature_len: usize,
}

#[cfg(feature = "sign")]
impl<E: SignEngine> Sign for ExternalSign<E> {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let signature =
            self.engine.sign(token).map_err(|error| Error::caused(ErrorKind::SigningFailed, Boxed(error)))?;
        append_exactly(token, &signature, self.signature_len)
    }
}

/// Appends `.` and an external signature, which must have the length that those of its key have.
#[cfg(feature = "sign")]
pub(crate) fn append_exactly(token: &mut Vec<u8>, signature: &[u8], expected: usize) -> Result<(), Error> {
    if signature.len() != expected {
        let note = format!("the external signature has {} bytes, not {expected}", signature.len());
        return Err(Error::noted(ErrorKind::SigningFailed, note));
    }
    append(token, signature);
    Ok(())
}

/// A boxed error is no error itself.
#[cfg(feature = "sign")]
pub(crate) struct Boxed(pub(crate) Box<dyn StdError + Send + Sync>);

#[cfg(feature = "sign")]
impl std::fmt::Debug for Boxed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "sign")]
impl std::fmt::Display for Boxed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "sign")]
impl StdError for Boxed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
