//! The syntax of scopes.

use crate::error::Error;
use crate::error::kind::ConfigurationFault;

/// Scope tokens as RFC 6749 section 3.3 has them: visible ASCII without quote and backslash. One with a
/// space in it would be two once it stands in a token.
pub(crate) fn check_scopes(scopes: &[String]) -> Result<(), Error> {
    let are_good = scopes.iter().all(|scope| is_scope_token(scope));
    if are_good { Ok(()) } else { Err(ConfigurationFault::InvalidName.into()) }
}

/// Whether `text` is a scope token (RFC 6749 section 3.3): visible ASCII without quote and backslash.
#[must_use]
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
