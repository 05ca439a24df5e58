//! What a cache is told once, judged when it is built.
//!
//! Each setting has bounds beyond which it cannot be meant: keys that are kept for ever, a fetch on every
//! forged token. A value outside is an error and is not drawn to the nearest, so that a slip in the unit
//! shows when the service starts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::state::FRESHNESS;
use super::{JwksCache, Limits};
use crate::algorithm::Algorithm;
use crate::error::{Error, ErrorKind};
use crate::keys::{KeySet, check_assumed_rsa};

/// Bytes of a key set's text, by default and at most: 100 RSA keys of 8192 bits need about 150 KiB.
const MAX_BYTES: usize = 256 * 1024;

/// Keys of a set, by default and at most; [`KeySet`] takes no more either.
const MAX_KEYS: usize = 100;

/// Reads a key set's text.
pub(super) type Read = Arc<dyn Fn(&str) -> Result<KeySet, Error> + Send + Sync>;

/// The spans of time by which the state goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Config {
    pub(super) fresh_for: Duration,
    pub(super) refresh_ahead: Duration,
    pub(super) kept_for: Duration,
    pub(super) unknown_kid_cooldown: Duration,
    /// The first and the longest wait after failures.
    pub(super) retry: (Duration, Duration),
    pub(super) fetch_limit: Duration,
}

/// Gathers what a [`JwksCache`] goes by.
#[must_use]
pub struct JwksCacheBuilder {
    issuer: String,
    read: Option<Read>,
    assumed: Option<Algorithm>,
    config: Config,
    max_bytes: usize,
    max_keys: usize,
}

impl JwksCacheBuilder {
    pub(super) fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            read: None,
            assumed: None,
            config: Config {
                fresh_for: Duration::from_hours(1),
                refresh_ahead: Duration::from_mins(5),
                kept_for: Duration::from_hours(24),
                unknown_kid_cooldown: Duration::from_secs(30),
                retry: (Duration::from_secs(5), Duration::from_mins(5)),
                fetch_limit: Duration::from_secs(30),
            },
            max_bytes: MAX_BYTES,
            max_keys: MAX_KEYS,
        }
    }

    /// The algorithm of RSA keys without `alg`, as in [`KeySet::from_jwks_assuming`]. Without it such keys are
    /// skipped. Microsoft Entra leaves `alg` out and signs with RS256. It has no effect beside
    /// [`read_with`](Self::read_with).
    pub fn assume_algorithm(mut self, rsa: Algorithm) -> Self {
        self.assumed = Some(rsa);
        self
    }

    /// Reads the text of a key set with this function instead of [`KeySet::from_jwks`], for example to compute the
    /// keys with another engine. `read` must refuse text that it does not fully understand. It runs
    /// outside of any lock, on text no longer than [`max_bytes`](Self::max_bytes).
    ///
    /// Security: the text comes from another machine, so a set that has a secret in it is refused.
    pub fn read_with(mut self, read: impl Fn(&str) -> Result<KeySet, Error> + Send + Sync + 'static) -> Self {
        self.read = Some(Arc::new(read));
        self
    }

    /// How long a set is fresh if its response does not say: 5 minutes to 24 hours, 1 hour by default.
    pub fn fresh_for(mut self, span: Duration) -> Self {
        self.config.fresh_for = span;
        self
    }

    /// How long before the end of its freshness a set is fetched anew: at most 12 hours, 5 minutes by
    /// default. More than half of a set's freshness counts as half.
    pub fn refresh_ahead(mut self, span: Duration) -> Self {
        self.config.refresh_ahead = span;
        self
    }

    /// How long beyond its freshness the last good set is used, when no fetch brings another: at most
    /// 7 days, 24 hours by default. After it there are no keys, and no token verifies.
    ///
    /// Security: whoever keeps the cache from its issuer makes a withdrawn key live longer by this.
    pub fn kept_for(mut self, span: Duration) -> Self {
        self.config.kept_for = span;
        self
    }

    /// The shortest time between a fetch and the next one that a token causes, because it names an unknown key or its
    /// signature is wrong: 1 second to 1 hour, 30 seconds by default. Anyone can make up such tokens.
    pub fn unknown_kid_cooldown(mut self, span: Duration) -> Self {
        self.config.unknown_kid_cooldown = span;
        self
    }

    /// How long no fetch follows one that failed: `first` after the first failure, twice as long after each
    /// further one, never more than `most`. 1 second to 1 hour; 5 seconds and 5 minutes by default.
    pub fn retry_after(mut self, first: Duration, most: Duration) -> Self {
        self.config.retry = (first, most);
        self
    }

    /// How long a fetch may be out before it counts as lost, and another may be started: 1 second to
    /// 5 minutes, 30 seconds by default. The request should give up no later.
    pub fn fetch_limit(mut self, span: Duration) -> Self {
        self.config.fetch_limit = span;
        self
    }

    /// The most bytes that a set's text may have: 1 to 262144, which is the default.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// The most keys that a set may have: 1 to 100, which is the default.
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.max_keys = keys;
        self
    }

    /// The cache, which has no keys yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`] if the issuer is empty, a setting is out of range, or the assumed
    /// algorithm is not one of RSA keys.
    pub fn build(self) -> Result<JwksCache, Error> {
        self.assumed.map_or(Ok(()), check_assumed_rsa)?;
        let second = Duration::from_secs(1);
        let hour = Duration::from_hours(1);
        let (shortest, longest) = FRESHNESS;
        let (first_retry, longest_retry) = self.config.retry;
        let within = |span: Duration, least: Duration, most: Duration| (least..=most).contains(&span);
        let config = &self.config;
        let problem = if self.issuer.is_empty() {
            "the issuer is empty"
        } else if !within(config.fresh_for, shortest, longest) {
            "a set is fresh for 5 minutes to 24 hours"
        } else if config.refresh_ahead > Duration::from_hours(12) {
            "a refresh comes at most 12 hours ahead"
        } else if config.kept_for > Duration::from_hours(7 * 24) {
            "a set is kept for at most 7 days"
        } else if !within(config.unknown_kid_cooldown, second, hour) {
            "the cooldown is 1 second to 1 hour"
        } else if !within(first_retry, second, longest_retry) || longest_retry > hour {
            "a retry comes after 1 second to 1 hour, first no later than last"
        } else if !within(config.fetch_limit, second, Duration::from_mins(5)) {
            "a fetch is given 1 second to 5 minutes"
        } else if !(1..=MAX_BYTES).contains(&self.max_bytes) {
            "a set's text may have 1 to 262144 bytes"
        } else if !(1..=MAX_KEYS).contains(&self.max_keys) {
            "a set may have 1 to 100 keys"
        } else {
            let limits = Limits { max_bytes: self.max_bytes, max_keys: self.max_keys };
            let read = self.read.unwrap_or_else(|| match self.assumed {
                Some(rsa) => Arc::new(move |text: &str| KeySet::from_jwks_assuming(text, rsa)),
                None => Arc::new(KeySet::from_jwks),
            });
            return Ok(JwksCache::new(self.issuer, read, self.config, limits));
        };
        Err(Error::noted(ErrorKind::InvalidConfiguration, problem))
    }
}

impl fmt::Debug for JwksCacheBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksCacheBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
