//! Text that must not reach a log: an exported private key.
//!
//! A type of its own so that leaving the process takes a call named `expose`. It is not a general
//! container for secrets: nothing outside this crate can make one.

use std::fmt;

use zeroize::Zeroizing;

/// Secret text: hidden from `Debug`, without `Display`, and overwritten with zeros when dropped.
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    pub(crate) fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The secret itself, for writing to where secrets are kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString([redacted])")
    }
}
