//! How long tokens live, and how many API keys an owner may have.

use std::time::Duration;

use crate::error::kind::ConfigurationFault;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The durations and bounds of an authenticator. Each has a builder method of its own, where it is documented.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) access_lifetime: Duration,
    pub(crate) refresh_lifetime: Duration,
    pub(crate) idle_lifetime: Duration,
    pub(crate) grace: Duration,
    pub(crate) leeway: Duration,
    pub(crate) margin: Duration,
    pub(crate) last_used_throttle: Duration,
    /// How many API keys an owner may have at a time.
    pub(crate) max_api_keys: usize,
    /// Whether a request that was authenticated by an API key may make another one.
    pub(crate) keys_make_keys: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            access_lifetime: MINUTE.saturating_mul(10),
            refresh_lifetime: DAY.saturating_mul(30),
            idle_lifetime: DAY.saturating_mul(14),
            grace: Duration::from_secs(30),
            leeway: Duration::ZERO,
            margin: countersign_revocation::DEFAULT_MARGIN,
            last_used_throttle: MINUTE.saturating_mul(5),
            max_api_keys: 100,
            keys_make_keys: false,
        }
    }
}

impl Policy {
    /// How far the clocks of two nodes may differ, in milliseconds: the margin for which revocations are kept longer,
    /// and never less than its default, since a service may shorten the margin for the sake of memory.
    pub(crate) fn clock_skew_milliseconds(&self) -> u64 {
        let skew = self.margin.max(countersign_revocation::DEFAULT_MARGIN);
        u64::try_from(skew.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn check(&self) -> Result<(), ConfigurationFault> {
        let sound = self.access_lifetime >= Duration::from_secs(1)
            && self.access_lifetime <= DAY
            && self.access_lifetime <= self.idle_lifetime
            && self.idle_lifetime <= self.refresh_lifetime
            && self.refresh_lifetime <= DAY.saturating_mul(400)
            && self.grace < self.idle_lifetime
            && self.grace <= MINUTE.saturating_mul(5)
            && self.leeway <= MINUTE.saturating_mul(5);
        if sound { Ok(()) } else { Err(ConfigurationFault::InvalidLifetimes) }
    }
}
