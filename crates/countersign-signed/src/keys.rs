//! Keys that sign, keys that verify, and sets of the latter.
//!
//! A key's algorithm is part of its type's content and is fixed when the key is made, so a token's header
//! can never choose one. Both kinds are handles to prepared, shared material: cloning one is cheap and
//! parses nothing.

mod cached;
mod certificate;
mod choice;
mod jwk;
mod jwks;
mod known;
mod rotating;
mod secret;
mod set;
#[cfg(feature = "sign")]
mod signing;
mod verifying;

use sha2::{Digest as _, Sha256};

use crate::algorithm::Public;
use crate::base64url;
use crate::error::{Error, ErrorKind};

pub(crate) use cached::{CachedKeys, Span};
pub(crate) use certificate::{KeyHint, usable_thumbprint};
pub(crate) use jwks::check_assumed_rsa;
pub(crate) use known::KnownHeader;
pub(crate) use rotating::KeySource;
pub use rotating::RotatingKeySet;
pub use set::KeySet;
#[cfg(feature = "sign")]
pub use signing::SigningKey;
pub use verifying::VerifyingKey;

/// Bytes of a `kid`: long enough for a URL, short enough to compare and log.
pub(crate) const MAX_KID_LEN: usize = 256;

fn checked_kid(kid: &str) -> Result<Box<str>, Error> {
    if kid.is_empty() || kid.len() > MAX_KID_LEN { Err(ErrorKind::InvalidKid.into()) } else { Ok(kid.into()) }
}

/// RFC 7638 section 3, with SHA-256.
fn thumbprint(public: &Public) -> String {
    base64url::encode(&Sha256::digest(jwk::thumbprint_input(public)))
}
