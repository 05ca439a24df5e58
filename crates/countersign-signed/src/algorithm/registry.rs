//! From the parts of a key to an engine: the one place that knows which families this build has.
//!
//! Every key passes here, from whatever format, so it is here that a key is held to the algorithm it is
//! to be used with, and a public half to its private one.

#[cfg(feature = "sign")]
mod signing;

use std::sync::Arc;

use super::{Algorithm, Kind, Public};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

#[cfg(feature = "sign")]
pub(crate) use signing::{Sign, append, generate, generate_rsa, signing};

/// A key that verifies, judged and prepared.
pub(crate) struct Verifying {
    /// Bytes, the same for every signature of the key.
    pub(crate) signature_len: usize,
    /// Nothing for a secret, of which nothing may be shown.
    pub(crate) public: Option<Public>,
    pub(crate) engine: Arc<dyn VerifyEngine>,
}

/// A key that signs, judged and prepared.
#[cfg(feature = "sign")]
pub(crate) struct Signing {
    pub(crate) engine: Arc<dyn Sign>,
    /// Complete: what the key was made of may have left out what can be computed.
    pub(crate) private: super::Private,
    pub(crate) verifying: Verifying,
}

fn demand(algorithm: Algorithm, found: Kind) -> Result<(), Error> {
    if algorithm.takes(found) {
        return Ok(());
    }
    let (name, expected) = (algorithm.name(), algorithm.kind());
    Err(Error::noted(ErrorKind::InvalidKey, format!("{name} needs {expected}, found {found}")))
}

/// For an algorithm whose family was left out.
fn left_out(algorithm: Algorithm) -> Error {
    let feature = match algorithm.kind() {
        Kind::Secret => "hmac",
        Kind::Rsa(_) => "rsa",
        Kind::Ec(_) => "ecdsa",
        Kind::Ed25519 => "ed25519",
        Kind::MlDsa(_) => "ml-dsa",
    };
    let note = format!("{} needs the Cargo feature `{feature}`", algorithm.name());
    Error::noted(ErrorKind::UnsupportedAlgorithm, note)
}

/// A verifying key of these parts.
pub(crate) fn verifying(algorithm: Algorithm, public: &Public) -> Result<Verifying, Error> {
    demand(algorithm, public.kind())?;
    match public {
        #[cfg(feature = "rsa")]
        Public::Rsa { n, e, .. } => super::rsa::verifying(algorithm, n, e),
        #[cfg(feature = "ecdsa")]
        Public::Ec { curve, point } => super::ecdsa::verifying(*curve, point),
        #[cfg(feature = "ed25519")]
        Public::Ed25519 { point } => super::ed25519::verifying(point),
        #[cfg(feature = "ml-dsa")]
        Public::MlDsa { algorithm, key } => super::ml_dsa::verifying(*algorithm, key),
        #[allow(unreachable_patterns, reason = "reached where families are left out")]
        _ => Err(left_out(algorithm)),
    }
}

/// A verifying key of this secret, which `keys::secret` has judged.
pub(crate) fn secret(algorithm: Algorithm, secret: &[u8]) -> Result<Verifying, Error> {
    demand(algorithm, Kind::Secret)?;
    #[cfg(feature = "hmac")]
    return super::hmac::verifying(algorithm, secret);
    #[cfg(not(feature = "hmac"))]
    {
        let _ = secret;
        Err(left_out(algorithm))
    }
}
