//! What a caller may choose, each with a default that is safe.

use std::time::Duration;

use crate::error::{ConnectError, ConnectErrorKind};
use crate::link::Timeouts;

/// How a [`RedisStore`](crate::RedisStore) uses its server.
#[derive(Clone, Debug)]
#[must_use]
pub struct RedisOptions {
    pub(crate) prefix: String,
    pub(crate) connection_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) margin: Duration,
    pub(crate) feed_length: u32,
    pub(crate) replicas: Option<(u32, Duration)>,
    pub(crate) accept_evicting_server: bool,
    pub(crate) acknowledge_emptied_server: bool,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            prefix: "countersign".to_owned(),
            connection_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(2),
            margin: Duration::from_secs(60 * 60),
            feed_length: 1000,
            replicas: None,
            accept_evicting_server: false,
            acknowledge_emptied_server: false,
        }
    }
}

impl RedisOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What every key begins with: letters, digits, `_`, `.`, `:` and `-`, at least one and at most 64 of them.
    /// `countersign` by default. Two services on one server take two prefixes; all processes of one service take
    /// the same.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long making a connection may take: 2 s by default.
    pub fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.connection_timeout = timeout;
        self
    }

    /// How long an answer may take, on a cluster with everything that is tried again: 2 s by default. A check during
    /// an outage is an error after at most this and the time for a connection.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// How long after its end the server keeps an entry or a record: one hour by default, and at least a minute.
    ///
    /// Ends are judged by the `now` of whoever asks; the server's own expiry only collects garbage. So this is how
    /// far the server's clock may run ahead of the others.
    pub fn collection_margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// How many of the last changes each of the 16 buckets keeps for replicas, roughly: 1000 by default, at least
    /// 100. A replica that was cut off for longer than they reach back reads everything anew.
    pub fn feed_length(mut self, entries: u32) -> Self {
        self.feed_length = entries;
        self
    }

    /// Makes every write wait until `replicas` of the server's replicas have it (`WAIT`), for at most `timeout`, which
    /// must be shorter than `response_timeout`. A write that fewer replicas have is an error, though it may stand. A
    /// call that finds its work done (a session that had ended, an entry that was there) waits in the same way.
    ///
    /// This narrows the window in which a failover loses a revocation. It does not close it, since another replica may
    /// be promoted.
    pub fn wait_for_replicas(mut self, replicas: u32, timeout: Duration) -> Self {
        self.replicas = Some((replicas, timeout));
        self
    }

    /// Takes a server whose `maxmemory-policy` is not `noeviction`, or that does not tell it. Such a server forgets
    /// revocations when its memory is full, and then lets revoked tokens in: only for one that is known never to
    /// reach its limit.
    pub fn accept_a_server_that_may_forget_revocations(mut self) -> Self {
        self.accept_evicting_server = true;
        self
    }

    /// Takes a store of which a part is gone: see
    /// [`RedisStore::acknowledge_emptied_server`](crate::RedisStore::acknowledge_emptied_server).
    pub fn acknowledge_emptied_server(mut self) -> Self {
        self.acknowledge_emptied_server = true;
        self
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts { connection: self.connection_timeout, response: self.response_timeout }
    }

    pub(crate) fn margin_milliseconds(&self) -> u64 {
        u64::try_from(self.margin.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn validate(&self) -> Result<(), ConnectError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
        let (minute, year) = (Duration::from_secs(60), Duration::from_secs(366 * 86_400));
        let replicas = self.replicas.is_none_or(|(count, timeout)| {
            count > 0 && timeout >= Duration::from_millis(1) && timeout < self.response_timeout
        });
        let rules = [
            (
                (1..=64).contains(&self.prefix.len()) && self.prefix.bytes().all(plain),
                "the prefix must have 1 to 64 characters: letters, digits, `_`, `.`, `:` or `-`",
            ),
            (
                !self.connection_timeout.is_zero() && !self.response_timeout.is_zero(),
                "connection_timeout and response_timeout must not be zero",
            ),
            (
                (minute..=year).contains(&self.margin),
                "collection_margin must be between a minute and 366 days",
            ),
            (self.feed_length >= 100, "feed_length must be at least 100"),
            (
                replicas,
                "wait_for_replicas takes at least 1 replica, and a timeout of at least 1 ms that is shorter than \
                 response_timeout",
            ),
        ];
        match rules.into_iter().find(|(is_kept, _)| !is_kept) {
            None => Ok(()),
            Some((_, rule)) => Err(ConnectError::new(ConnectErrorKind::Invalid, rule)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_are_refused() {
        let second = Duration::from_secs(1);
        let options = RedisOptions::new;
        assert!(options().validate().is_ok());
        assert!(options().prefix("a:b-c_d.1").wait_for_replicas(1, second).validate().is_ok());
        for wrong in [
            options().prefix(""),
            options().prefix("a*"),
            options().prefix("{a}"),
            options().prefix("ключ"),
            options().prefix("a".repeat(65)),
            options().connection_timeout(Duration::ZERO),
            options().response_timeout(Duration::ZERO),
            options().collection_margin(second),
            options().collection_margin(Duration::MAX),
            options().feed_length(99),
            options().wait_for_replicas(0, second),
            options().wait_for_replicas(1, Duration::ZERO),
            options().wait_for_replicas(1, 2 * second),
        ] {
            let error = wrong.validate().unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::Invalid, "{wrong:?}");
        }
    }
}
