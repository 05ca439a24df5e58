//! A random token's record: everything about it but the token.

use std::fmt;

use countersign_random::KeyedDigest;
use time::OffsetDateTime;

/// What a token is for. It is bound into the digest ([`domain`](Self::domain)) and demanded by every
/// look-up, so that a token of one kind works nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Kind {
    /// A long-lived key that a person copies from a page.
    ApiKey,
    /// A random access token, handed out by a token endpoint that works without signed tokens.
    AccessToken,
}

impl Kind {
    /// The kind's name, as an engine writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::AccessToken => "access-token",
        }
    }

    /// The domain under which a token of this kind is digested.
    #[must_use]
    pub fn domain(self) -> &'static str {
        match self {
            Self::ApiKey => "countersign/1/api-key",
            Self::AccessToken => "countersign/1/access-token",
        }
    }
}

/// What is known of a random token. The token itself is in no record; Debug shows neither owner nor name.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TokenRecord {
    /// Names the token in lists and for removal; unique in the store, and no secret.
    pub id: String,
    /// What the token is for.
    pub kind: Kind,
    /// The subject whom the token authenticates.
    pub owner: String,
    /// What the owner calls it.
    pub name: String,
    /// The visible start of the token, for telling one from another in a list.
    pub hint: String,
    /// What it may be used for, one scope token each (RFC 6749 section 3.3).
    pub scopes: Vec<String>,
    /// The roles that it carries. A record that was written without them has none.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub roles: Vec<String>,
    /// When it was made. Moments are kept to the millisecond.
    #[cfg_attr(feature = "serde", serde(with = "time::serde::timestamp::milliseconds"))]
    pub created_at: OffsetDateTime,
    /// From when on it is refused; never, if absent.
    #[cfg_attr(feature = "serde", serde(with = "time::serde::timestamp::milliseconds::option"))]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, give or take the throttle of whoever records that.
    #[cfg_attr(feature = "serde", serde(with = "time::serde::timestamp::milliseconds::option"))]
    pub last_used_at: Option<OffsetDateTime>,
}

impl TokenRecord {
    /// Whether the token is refused at `now` because its time is over.
    #[must_use]
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|expires_at| now >= expires_at)
    }
}

impl fmt::Debug for TokenRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRecord").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A record and the digest that it is found by: what an engine keeps.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StoredToken {
    /// The record.
    pub record: TokenRecord,
    /// The digest of the token, and the id of the key that made it.
    #[cfg_attr(feature = "serde", serde(with = "crate::serde_digest"))]
    pub digest: KeyedDigest,
}

/// The rules of one token. Each returns whether it changed the token, which must then be written.
impl StoredToken {
    /// Brings the end forward to `at`. An earlier end stays.
    pub fn expire(&mut self, at: OffsetDateTime) -> bool {
        let is_sooner = self.record.expires_at.is_none_or(|end| at < end);
        if is_sooner {
            self.record.expires_at = Some(at);
        }
        is_sooner
    }

    /// Records a use at `now`. A later use stays.
    pub fn record_use(&mut self, now: OffsetDateTime) -> bool {
        let is_later = self.record.last_used_at.is_none_or(|last| last < now);
        if is_later {
            self.record.last_used_at = Some(now);
        }
        is_later
    }

    /// Replaces the digest `from` by `to`. A digest that is not `from` stays.
    pub fn redigest(&mut self, from: KeyedDigest, to: KeyedDigest) -> bool {
        let is_expected = self.digest.key_id == from.key_id && self.digest.digest.matches(&from.digest);
        if is_expected {
            self.digest = to;
        }
        is_expected
    }
}

/// The outcome of [`find_token`](crate::TokenStoreExt::find_token).
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "the large one is the usual outcome, and a box costs more")]
pub enum TokenLookup {
    /// There is such a token, and its time is not over.
    Found(FoundToken),
    /// There is such a token, but its time is over.
    Expired,
    /// No token of that kind has any of the digests.
    Unknown,
}

/// A token that a look-up found.
#[derive(Clone, Debug)]
pub struct FoundToken {
    /// Its record.
    pub record: TokenRecord,
    /// The digest that it is stored under. If another key than the primary one made it, the caller replaces it by
    /// [`redigest`](crate::TokenStoreExt::redigest).
    pub digest: KeyedDigest,
}
