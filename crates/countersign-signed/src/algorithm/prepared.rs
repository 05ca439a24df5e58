//! Faster verification for keys that verify many signatures.
//!
//! [`VerifyingKey::prepared`](crate::VerifyingKey::prepared) computes once, for each key, what the plain way
//! computes again for each signature. The plain and the prepared way accept exactly the same signatures:
//!
//! | keys | what is prepared | memory for each key |
//! |---|---|---|
//! | Ed25519 | a table of multiples of the public point | 210 KiB |
//! | ECDSA on P-256 | a table of multiples of the public point | 96 KiB |
//! | RSA with the exponent 65537 | the Montgomery form of the modulus | 2 KiB for 2048 bits |
//!
//! Everything here handles public data only, so its time may depend on that data. Nothing private may
//! pass through these functions.

#[cfg(feature = "ecdsa")]
mod ecdsa;
#[cfg(feature = "ed25519")]
mod ed25519;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(any(feature = "ecdsa", feature = "ed25519"))]
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{Algorithm, Public};
use crate::engine::VerifyEngine;

/// The prepared engine of a key that [`verifying`](super::verifying) has judged; nothing for keys that
/// cannot be prepared.
pub(crate) fn engine(algorithm: Algorithm, public: &Public) -> Option<Arc<dyn VerifyEngine>> {
    match public {
        #[cfg(feature = "rsa")]
        Public::Rsa { n, e, .. } => rsa::engine(algorithm, n, e),
        #[cfg(feature = "ed25519")]
        Public::Ed25519 { point } => ed25519::engine(point),
        #[cfg(feature = "ecdsa")]
        Public::Ec { curve: super::Curve::P256, point } => ecdsa::p256(point),
        _ => {
            let _ = algorithm;
            None
        }
    }
}
