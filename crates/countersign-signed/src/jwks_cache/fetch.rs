//! A fetch that is to be made: the one ticket that is out at a time.
//!
//! Whoever holds it does the request and says what came of it. It gives itself back when dropped, so that a
//! caller who is cancelled, panics or returns early stops nobody else.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

use super::JwksCache;
use super::state::Ticket;
use crate::algorithm::Kind;
use crate::error::{Error, ErrorKind};
use crate::keys::KeySet;

/// A fetch that is to be made now, by whoever holds this and by nobody else.
///
/// The holder requests the issuer's key set, over TLS, from an address that it was configured with, and then
/// says what came of it: [`complete`](Self::complete) or [`fail`](Self::fail). Dropping it is a failure at a
/// time unknown, and frees the next fetch after the usual wait.
///
/// Security: the address never comes from a token (`jku`, `iss`): a forger would name his own.
#[must_use = "dropped, it counts as a fetch that failed"]
pub struct Fetch {
    cache: JwksCache,
    /// Until it is settled.
    ticket: Option<Ticket>,
}

impl Fetch {
    pub(super) fn new(cache: JwksCache, ticket: Ticket) -> Self {
        Self { cache, ticket: Some(ticket) }
    }

    /// The issuer whose keys are wanted.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.cache.issuer()
    }

    /// How long the request may take, from now. A fetch that is out for longer counts as lost.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.cache.0.fetch_limit
    }

    /// The most bytes of body that are worth reading. A longer one is refused, so reading can stop one
    /// byte later.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        self.cache.0.limits.max_bytes
    }

    /// Takes the body of a response of status 200. The whole set is replaced: a key that is not in the new
    /// one is gone when this returns.
    ///
    /// `max_age` is that of the response's `Cache-Control` (RFC 9111 section 5.2.2.1), if it has one: below
    /// 5 minutes it counts as 5 minutes, beyond 24 hours as 24 hours. `now` is the time after the response.
    ///
    /// Returns the set that was read, so that the caller can log its [`skipped`](KeySet::skipped) keys.
    ///
    /// If a fetch that began later has brought its set already, this one is dropped. That is no error: the keys at
    /// hand are the newer ones.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKeySet`] if the body is too long, not UTF-8, has too many keys, or its reader took a secret
    /// from it; otherwise the error of the reader, where [`Error::skipped`] has the keys if none can be used. Each
    /// counts as a failure: the last good set stays for its time.
    pub fn complete(
        mut self,
        body: &[u8],
        max_age: Option<Duration>,
        now: OffsetDateTime,
    ) -> Result<KeySet, Error> {
        let keys = self.read(body);
        if let Some(ticket) = self.ticket.take() {
            self.cache.update(Some(now), |state| match &keys {
                Ok(keys) => state.succeed(ticket, keys.clone(), max_age, now),
                Err(_) => state.fail(ticket),
            });
        }
        keys
    }

    /// Says that there was no response, or none of status 200. The last good set stays for its time.
    pub fn fail(mut self, now: OffsetDateTime) {
        if let Some(ticket) = self.ticket.take() {
            self.cache.update(Some(now), |state| state.fail(ticket));
        }
    }

    fn read(&self, body: &[u8]) -> Result<KeySet, Error> {
        let refused = |note| Error::noted(ErrorKind::InvalidKeySet, note);
        let inner = &self.cache.0;
        if body.len() > inner.limits.max_bytes {
            return Err(refused("its text is too long"));
        }
        let text = std::str::from_utf8(body).map_err(|_| refused("its text is not UTF-8"))?;
        let keys = (inner.read)(text)?;
        // A reader of the caller's may take what `KeySet::from_jwks` never takes.
        if keys.keys().iter().any(|key| key.algorithm().kind() == Kind::Secret) {
            return Err(refused("a secret is not taken from a set of public keys"));
        }
        if keys.len() > inner.limits.max_keys { Err(refused("it has too many keys")) } else { Ok(keys) }
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.cache.update(None, |state| state.fail(ticket));
        }
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}
