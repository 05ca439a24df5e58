//! The issuer's keys: fetched over HTTP, kept by a [`JwksCache`], and fetched anew when a token names one that is not
//! there.
//!
//! The cache says when a fetch may be made. What is added here is that a request which meets an unknown key waits for
//! the fetch that is under way, whoever has begun it: it may bring the very key. So a rotation refuses no good token,
//! and forged ones cause no more than a fetch in each cooldown.

use std::sync::Arc;
use std::time::Duration;

use countersign::session::Clock;
use countersign::signed::jwks_cache::{Fetch, JwksCache};
use countersign::signed::{Error, ErrorKind, Verified, Verifier};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::BoxError;

/// The issuer publishes a key for at least that long before it signs. Short, so that a rotation can be watched; the
/// default is 30 seconds.
const COOLDOWN: Duration = Duration::from_secs(1);
/// How long the issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long keys are still used after their time, while the issuer cannot be reached.
const KEPT: Duration = Duration::from_secs(3600);

/// What is read of a token beside the registered claims.
#[derive(Deserialize)]
pub(crate) struct Claims {
    /// Scopes with spaces between (RFC 8693 section 4.2).
    #[serde(default)]
    pub(crate) scope: String,
}

/// An issuer whose tokens are taken.
pub(crate) struct Trust {
    cache: JwksCache,
    verifier: Verifier,
    client: ureq::Agent,
    /// Made from what the service was told, and from nothing that a token says.
    url: String,
    /// Whose turn it is to fetch.
    turn: Arc<Mutex<()>>,
    clock: Arc<dyn Clock>,
}

impl Trust {
    pub(crate) fn new(issuer: &str, audience: &str, clock: impl Clock + 'static) -> Result<Self, BoxError> {
        let cache = JwksCache::builder(issuer)
            .unknown_kid_cooldown(COOLDOWN)
            .retry_after(COOLDOWN, 10 * COOLDOWN)
            .fetch_limit(PATIENCE)
            .kept_for(KEPT)
            .build()?;
        let verifier = cache.verifier().audience(audience).token_type("at+jwt").build()?;
        // A redirect or a proxy of the environment's would have somebody else say what the keys are. With an issuer
        // elsewhere, this is `https`, and `ureq` has one of its TLS features.
        let client =
            ureq::Agent::config_builder().max_redirects(0).proxy(None).timeout_global(Some(PATIENCE));
        Ok(Self {
            cache,
            verifier,
            client: client.build().new_agent(),
            url: format!("{issuer}/.well-known/jwks.json"),
            turn: Arc::default(),
            clock: Arc::new(clock),
        })
    }

    /// Fetches whenever that is due, for ever.
    pub(crate) async fn keep_fresh(&self) {
        loop {
            self.fetch_if_due().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn fetch_if_due(&self) {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if let Some(fetch) = self.cache.poll(self.clock.now()) {
            self.run(fetch, turn).await;
        }
    }

    pub(crate) async fn verify<'t>(&self, token: &'t [u8]) -> Result<Verified<'t, Claims>, Error> {
        let first = self.verifier.verify(token, self.clock.now());
        // A wrong signature too: the issuer may have changed its key without a new `kid`.
        let needs_keys = |error: &Error| {
            use ErrorKind::{AmbiguousKey, InvalidSignature, KeysUnavailable, UnknownKey};
            matches!(error.kind(), AmbiguousKey | InvalidSignature | KeysUnavailable | UnknownKey)
        };
        if !first.as_ref().is_err_and(needs_keys) {
            return first;
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        // Whoever had the turn before may have brought the key.
        let now = self.clock.now();
        let second = self.verifier.verify(token, now);
        let Some(fetch) = second.as_ref().err().and_then(|error| self.cache.fetch_for(error, now)) else {
            return second;
        };
        self.run(fetch, turn).await;
        self.verifier.verify(token, self.clock.now())
    }

    /// Makes the request on a thread of its own, since the client blocks; and to its end, though whoever caused it
    /// hangs up meanwhile.
    async fn run(&self, fetch: Fetch, turn: OwnedMutexGuard<()>) {
        let (client, url, clock) = (self.client.clone(), self.url.clone(), Arc::clone(&self.clock));
        let work = move || {
            match get(&client, &url, fetch.max_bytes()) {
                Ok((body, max_age)) => match fetch.complete(&body, max_age, clock.now()) {
                    Ok(keys) => {
                        for skipped in keys.skipped() {
                            eprintln!("the keys of {url}: not used: {skipped}");
                        }
                    }
                    Err(error) => eprintln!("the keys of {url}: {error}"),
                },
                Err(error) => {
                    eprintln!("the keys of {url}: {error}");
                    fetch.fail(clock.now());
                }
            }
            drop(turn);
        };
        // A thread that dies drops the fetch, which is a failure like another.
        let _ = tokio::task::spawn_blocking(work).await;
    }
}

/// The body, and the `max-age` of `Cache-Control`.
fn get(client: &ureq::Agent, url: &str, max_bytes: usize) -> Result<(Vec<u8>, Option<Duration>), BoxError> {
    let mut response = client.get(url).call()?;
    if response.status() != 200 {
        return Err(format!("status {}", response.status()).into());
    }
    let directives = response.headers().get("cache-control").and_then(|value| value.to_str().ok());
    let max_age = directives.and_then(|directives| {
        let seconds =
            directives.split(',').find_map(|directive| directive.trim().strip_prefix("max-age="))?;
        Some(Duration::from_secs(seconds.parse().ok()?))
    });
    let body = response.body_mut().with_config().limit(max_bytes as u64).read_to_vec()?;
    Ok((body, max_age))
}
