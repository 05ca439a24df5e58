//! Verification with what was computed ahead for one key.
//!
//! A service verifies many signatures with few keys. Each family spends memory and time once per key, and then less
//! time per signature. Every engine here accepts exactly the signatures that the plain engine of its family accepts.
//!
//! Security: this arithmetic takes variable time. It handles public keys, public messages and signatures only.
//! Nothing here may be used for signing.

#[cfg(feature = "ed25519")]
pub(super) mod ed25519;
#[cfg(feature = "rsa")]
pub(super) mod rsa;
#[cfg(feature = "ecdsa")]
pub(super) mod weierstrass;
#[cfg(any(feature = "ecdsa", feature = "ed25519"))]
mod windows;

#[cfg(all(test, feature = "ecdsa", feature = "ed25519", feature = "rsa"))]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says what it expects by panicking"
)]
mod tests;
