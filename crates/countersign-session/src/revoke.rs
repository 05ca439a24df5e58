//! How tokens end before their time.
//!
//! The order of the steps: first the revocation store, with an entry that outlives everything it
//! protects against, the session's refresh tokens included; then the token store. A crash between the two
//! leaves the access tokens dead, and the refresh token is refused too, since a refresh asks the
//! revocation store. The other order would leave access tokens alive.

mod own;

pub(crate) mod external;

/// What becomes of a subject's API keys when all else that it has is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiKeys {
    /// They stay: a log-out everywhere.
    Keep,
    /// They are removed: the account is closed or was taken over.
    Remove,
}
