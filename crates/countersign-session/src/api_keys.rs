//! API keys: made once, shown once, listed, removed, replaced.

mod create;

mod remove;

mod maker;
mod rotate;

use std::fmt;
use std::time::Duration;

use countersign_random::SecretString;
use countersign_token_store::TokenRecord;
use time::OffsetDateTime;

/// The settings of a new API key. Debug does not show its name.
#[derive(Clone, Default)]
pub struct NewApiKey<'a> {
    /// The owner's name for it, at most 256 bytes.
    pub name: &'a str,
    /// The scopes that it grants, one scope token each (RFC 6749 section 3.3). A repeated one is stored once.
    pub scopes: &'a [String],
    /// The roles that it carries, for [`require_role`](crate::Principal::require_role). A repeated one is stored once.
    pub roles: &'a [String],
    /// How long it lives. `None`: until it is removed.
    pub lifetime: Option<Duration>,
}

impl fmt::Debug for NewApiKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewApiKey").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// Which API key gets a successor, and how long each of the two lives. Debug does not show the key's id.
///
/// ```
/// # use std::time::Duration;
/// use countersign_session::RotateApiKey;
///
/// let rotation = RotateApiKey {
///     id: "k-1",
///     lifetime: Some(Duration::from_secs(90 * 86_400)),
///     overlap: Duration::from_secs(7 * 86_400),
/// };
/// ```
#[derive(Clone, Copy, Default)]
pub struct RotateApiKey<'a> {
    /// The id of the key that gets a successor.
    pub id: &'a str,
    /// How long the successor lives. `None`: until it is removed.
    pub lifetime: Option<Duration>,
    /// How long the old key still works. Zero ends it at once.
    pub overlap: Duration,
}

impl fmt::Debug for RotateApiKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotateApiKey")
            .field("lifetime", &self.lifetime)
            .field("overlap", &self.overlap)
            .finish_non_exhaustive()
    }
}

/// An API key that was just made. The key can be read here, and never again.
pub struct CreatedApiKey {
    /// The key, to be shown to its owner.
    pub key: SecretString,
    /// All that is kept of it but its digest.
    pub record: TokenRecord,
}

impl fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedApiKey").field("record", &self.record).finish_non_exhaustive()
    }
}

/// A key to be made, with its bounds.
pub(crate) struct Making<'a> {
    pub(crate) owner: &'a str,
    pub(crate) new: &'a NewApiKey<'a>,
    /// The key expires at this moment at the latest.
    pub(crate) not_after: Option<OffsetDateTime>,
    /// The id of the key that this one replaces, which does not count towards the owner's maximum.
    pub(crate) replaces: Option<&'a str>,
}
