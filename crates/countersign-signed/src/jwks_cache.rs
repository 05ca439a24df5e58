//! Someone else's keys: the JWK Set (RFC 7517 section 5) that an issuer publishes, fetched by the caller and
//! kept here.
//!
//! A service that takes an issuer's tokens must follow that issuer's keys, and most of what goes wrong does
//! so around the request and not in it: every thread fetches at once, forged tokens make the service fetch
//! without end, an outage of the issuer becomes one's own, a withdrawn key lives on, the keys of one issuer
//! verify the tokens of another. [`JwksCache`] holds the rules against these. The request is the caller's,
//! with whatever client, blocking or not; time comes in as `now`.
//!
//! # The flow
//!
//! ```
//! use countersign_signed::jwks_cache::{Fetch, JwksCache};
//! use countersign_signed::{Error, Verified, Verifier};
//! use serde::Deserialize;
//! use time::OffsetDateTime;
//!
//! # struct Response { status: u16, body: Vec<u8>, max_age: Option<std::time::Duration> }
//! # fn get(_url: &str, _timeout: std::time::Duration, _max_bytes: usize) -> Option<Response> { None }
//! #[derive(Deserialize)]
//! struct Claims { role: String }
//!
//! struct Trust { cache: JwksCache, verifier: Verifier, url: &'static str }
//!
//! impl Trust {
//!     fn new() -> Result<Self, Error> {
//!         let cache = JwksCache::builder("https://login.example").build()?;
//!         let verifier = cache.verifier().audience("https://api.example").build()?;
//!         Ok(Self { cache, verifier, url: "https://login.example/.well-known/jwks.json" })
//!     }
//!
//!     /// Runs at the start, and then every few seconds in a task or thread of its own.
//!     fn refresh(&self) {
//!         if let Some(fetch) = self.cache.poll(OffsetDateTime::now_utc()) {
//!             self.run(fetch);
//!         }
//!     }
//!
//!     fn run(&self, fetch: Fetch) {
//!         let response = get(self.url, fetch.limit(), fetch.max_bytes());
//!         let now = OffsetDateTime::now_utc();
//!         match response {
//!             Some(response) if response.status == 200 => {
//!                 match fetch.complete(&response.body, response.max_age, now) {
//!                     Ok(keys) => {
//!                         for _skipped in keys.skipped() {
//!                             // Log it: which key cannot be used, and why.
//!                         }
//!                     }
//!                     // Log it: the issuer published something that is no key set.
//!                     Err(_error) => {}
//!                 }
//!             }
//!             _ => fetch.fail(now),
//!         }
//!     }
//!
//!     fn verify<'t>(&self, token: &'t str) -> Result<Verified<'t, Claims>, Error> {
//!         let now = OffsetDateTime::now_utc();
//!         let first = self.verifier.verify(token, now);
//!         // The issuer may use a new key, also under its old `kid`: fetch, if that is due, and try once more.
//!         let Some(fetch) = first.as_ref().err().and_then(|error| self.cache.fetch_for(error, now)) else {
//!             return first;
//!         };
//!         self.run(fetch);
//!         self.verifier.verify(token, now)
//!     }
//! }
//! # let trust = Trust::new()?;
//! # trust.refresh();
//! # let error = trust.verify("eyJhbGciOiJFZERTQSJ9.e30.").err().unwrap();
//! # assert_eq!(error.kind(), countersign_signed::ErrorKind::KeysUnavailable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In a service without blocking calls it is the same with an `.await` in `run`. A [`Fetch`] may be moved
//! into a task; a task that is cancelled drops it, and that is a failure like another.
//!
//! # Several issuers
//!
//! Each has a cache of its own, and the verifiers of a cache take tokens of its issuer alone. So a key that
//! one issuer publishes, under whatever `kid`, verifies no token that names another. [`Issuers`] chooses among
//! the verifiers by the issuer that a token names.
//!
//! [`Issuers`]: crate::Issuers
//!
//! ```
//! use countersign_signed::{Error, Issuers, JwksCache, UnverifiedToken};
//! # let now = time::OffsetDateTime::UNIX_EPOCH;
//! # let token = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3BhcnRuZXIuZXhhbXBsZSJ9.";
//!
//! let caches = ["https://login.example", "https://partner.example"]
//!     .map(|issuer| JwksCache::builder(issuer).build())
//!     .into_iter()
//!     .collect::<Result<Vec<JwksCache>, Error>>()?;
//! let verifiers = caches.iter().map(|cache| cache.verifier().audience("https://api.example").build());
//! let issuers = Issuers::new(verifiers.collect::<Result<Vec<_>, Error>>()?)?;
//!
//! let first = issuers.verify::<serde_json::Value>(token, now);
//! // Which cache may fetch is all that the name in an unverified token is used for.
//! let fetch = first.as_ref().err().and_then(|error| {
//!     let token = UnverifiedToken::parse(token).ok()?;
//!     let cache = caches.iter().find(|cache| token.unverified_iss() == Some(cache.issuer()))?;
//!     cache.fetch_for(error, now)
//! });
//! // Then as above: run the fetch, and verify once more.
//! # assert_eq!(fetch.unwrap().issuer(), "https://partner.example");
//! # Ok::<(), Error>(())
//! ```
//!
//! # What it holds to
//!
//! - One [`Fetch`] is out at a time. One that never comes back counts as lost after a limit.
//! - Tokens cause at most one fetch in 30 seconds, counted from the last one, whatever its cause and its
//!   outcome: tokens that name an unknown key, and tokens whose signature is wrong, since an issuer may change its
//!   key without a new `kid`. After failures the wait is longer, for every cause.
//! - A set is replaced as a whole. A response that was overtaken by a later one changes nothing.
//! - While fetches fail, the last good set stays, stale, for a bounded time; then there are no keys, and
//!   verifying says [`KeysUnavailable`](ErrorKind::KeysUnavailable). The verifiers see to that themselves,
//!   each time, so that it holds though nobody calls the cache any more.
//! - A clock that is set back makes no key younger: ages go on from where they were, as soon as a call to
//!   the cache has seen the new time. A step of up to a minute is not told from a caller who comes late, and
//!   can prolong by as much. Until such a call, a time before the set was asked for finds no keys.
//!
//! It makes no request, knows no address, follows no redirect, reads no discovery document and has no
//! thread: those belong to the caller's client and runtime.

mod builder;
mod clock;
mod fetch;
mod state;
mod status;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

use crate::error::{Error, ErrorKind};
use crate::jwt::{Verifier, VerifierBuilder};
use crate::keys::{CachedKeys, KeySet};

pub use builder::JwksCacheBuilder;
pub use fetch::Fetch;
pub use status::Status;

use builder::{Config, Read};
use state::State;

/// The keys that one issuer publishes, kept for the verifiers of that issuer's tokens.
///
/// Cloning gives another handle to the same cache. The [module](self) shows how it is used. Its methods take
/// a lock for a moment; verifying does not.
#[derive(Clone)]
pub struct JwksCache(Arc<Inner>);

struct Inner {
    issuer: String,
    read: Read,
    limits: Limits,
    fetch_limit: Duration,
    /// Changed under the lock of `state` alone, so that no older set comes after a newer one.
    keys: CachedKeys,
    state: Mutex<State>,
}

/// What is refused of a set before it is looked at, and after.
struct Limits {
    max_bytes: usize,
    max_keys: usize,
}

impl JwksCache {
    /// A cache for the keys of this issuer: the `iss` of its tokens, to the letter.
    pub fn builder(issuer: &str) -> JwksCacheBuilder {
        JwksCacheBuilder::new(issuer)
    }

    fn new(issuer: String, read: Read, config: Config, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            issuer,
            read,
            limits,
            fetch_limit: config.fetch_limit,
            keys: CachedKeys::none(),
            state: Mutex::new(State::new(config)),
        }))
    }

    /// The issuer whose keys these are.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// A verifier that demands this issuer and follows its keys, to be told what else to demand.
    ///
    /// Its `now` is the present: a set is used from when it was asked for until its end, and at another time
    /// there are no keys ([`ErrorKind::KeysUnavailable`]).
    pub fn verifier(&self) -> VerifierBuilder {
        Verifier::builder(self.0.keys.clone()).issuer(&self.0.issuer)
    }

    /// A fetch, if one is due: there are no keys, or they are stale or soon will be, none is under way and
    /// the last one did not just fail. One caller gets it; it is to be made without delay.
    ///
    /// To be called before the first request, and then every few seconds, or on every request.
    #[must_use = "dropped, it counts as a fetch that failed"]
    pub fn poll(&self, now: OffsetDateTime) -> Option<Fetch> {
        let ticket = self.update(Some(now), State::poll)?;
        Some(Fetch::new(self.clone(), ticket))
    }

    /// A fetch, if a token gives reason to ask the issuer: it names a key that is not there
    /// ([`ErrorKind::UnknownKey`]), or its signature is wrong ([`ErrorKind::InvalidSignature`]) and the issuer may
    /// have changed the key under the same `kid`. There is none if a fetch is under way or the last one is less than the
    /// cooldown ago: the token is then refused.
    #[must_use = "dropped, it counts as a fetch that failed"]
    pub fn unknown_key(&self, now: OffsetDateTime) -> Option<Fetch> {
        let ticket = self.update(Some(now), State::unknown_key)?;
        Some(Fetch::new(self.clone(), ticket))
    }

    /// A fetch, if one may help against this error of a verifier of this cache:
    ///
    /// - [`unknown_key`](Self::unknown_key) for [`ErrorKind::UnknownKey`], and for
    ///   [`ErrorKind::InvalidSignature`] and [`ErrorKind::AmbiguousKey`], which a rotation without a new `kid` causes;
    /// - [`poll`](Self::poll) for [`ErrorKind::KeysUnavailable`];
    /// - nothing for all other errors.
    ///
    /// After the fetch, verify the token once more, and not again.
    #[must_use = "dropped, it counts as a fetch that failed"]
    pub fn fetch_for(&self, error: &Error, now: OffsetDateTime) -> Option<Fetch> {
        match error.kind() {
            ErrorKind::UnknownKey | ErrorKind::InvalidSignature | ErrorKind::AmbiguousKey => {
                self.unknown_key(now)
            }
            ErrorKind::KeysUnavailable => self.poll(now),
            _ => None,
        }
    }

    /// The last good set, unless it has ended: for looking at its keys and at those that were
    /// [skipped](KeySet::skipped). Verifiers of the cache follow it by themselves.
    #[must_use]
    pub fn current(&self, now: OffsetDateTime) -> Option<KeySet> {
        self.update(Some(now), |state| state.current())
    }

    /// How the cache stands, for monitoring.
    #[must_use]
    pub fn status(&self, now: OffsetDateTime) -> Status {
        self.update(Some(now), |state| state.status())
    }

    /// Changes the state under its lock, and gives verifiers what comes of it before anyone else can.
    fn update<T>(&self, now: Option<OffsetDateTime>, change: impl FnOnce(&mut State) -> T) -> T {
        // Nothing in there panics half-way, so a poisoned state is a sound one.
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = now {
            state.observe(now);
        }
        let outcome = change(&mut state);
        if let Some(span) = state.take_update() {
            self.0.keys.publish(span);
        }
        outcome
    }
}

impl fmt::Debug for JwksCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksCache").field("keys", &self.0.keys).finish_non_exhaustive()
    }
}
