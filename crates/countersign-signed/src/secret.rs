//! Exported private keys, in the types of `countersign-random` that hide and wipe their content.

use std::mem;

use countersign_random::{SecretBytes, SecretString};
use zeroize::Zeroizing;

/// Moves text into the type that callers get. Nothing is copied, so no copy is left that would not be wiped.
pub(crate) fn text(mut wiped: Zeroizing<String>) -> SecretString {
    SecretString::from(mem::take(&mut *wiped))
}

/// Moves bytes into the type that callers get, as [`text`] does.
pub(crate) fn bytes(mut wiped: Zeroizing<Vec<u8>>) -> SecretBytes {
    SecretBytes::from(mem::take(&mut *wiped))
}
