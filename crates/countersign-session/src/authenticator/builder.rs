//! The options of an [`Authenticator`], by groups, the most needed first. `authenticator/build.rs` checks them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys, OsRandom, RandomSource};
use countersign_revocation::{AnyRevocationStore, RevocationStore};
use countersign_signed::{SigningKey, VerifyingKey};
use countersign_token_store::{AnyTokenStore, TokenStore};

use crate::audit::AuditSink;
use crate::authenticate::trusted_issuer::TrustedIssuer;
use crate::authenticator::Authenticator;
use crate::issue::login_tokens::LoginTokens;
use crate::log_in::credentials::{AnyCredentialVerifier, CredentialVerifier};
use crate::log_in::limiter::{AnyLimiter, LogInLimiter};
use crate::state::clock::{Clock, SystemClock};
use crate::state::policy::Policy;

/// Start here.
impl Authenticator {
    /// Starts a builder of an authenticator for tokens that `issuer` issues for `audience`. Both are usually URLs, and
    /// the same one in a service that issues its own tokens.
    pub fn builder(issuer: &str, audience: &str) -> AuthenticatorBuilder {
        AuthenticatorBuilder {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            realm: "api".to_owned(),
            prefix: "cs".to_owned(),
            login_tokens: LoginTokens::default(),
            signing: SigningOptions::default(),
            digests: DigestOptions::default(),
            issuers: Vec::new(),
            revocations: None,
            tokens: None,
            credentials: None,
            limiter: None,
            policy: Policy::default(),
            audit: default_sink(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
        }
    }
}

/// Builds an [`Authenticator`]. [`Authenticator::builder`] starts one.
///
/// Which options you must set depends on what a login returns:
///
/// | [`login_tokens`](Self::login_tokens) | needs |
/// |---|---|
/// | [`AccessAndRefresh`](LoginTokens::AccessAndRefresh), the default | `signing_key`, `digest_keys` (a keyed one first), `revocation_store`, `token_store`, `credentials` |
/// | [`Signed`](LoginTokens::Signed) | `signing_key`, `revocation_store` |
/// | [`Random`](LoginTokens::Random) | `digest_keys`, `token_store` |
///
/// `log_in` also needs `credentials`, and API keys need `digest_keys` and `token_store`. All other options have
/// defaults. For example, a service that issues signed access tokens alone:
///
/// ```
/// use std::time::Duration;
///
/// use countersign_revocation::MemoryRevocationStore;
/// use countersign_session::{Account, Authenticator, LoginTokens};
/// use countersign_signed::{Algorithm, SigningKey};
///
/// # pollster::block_on(async {
/// let authenticator = Authenticator::builder("https://api.example", "https://api.example")
///     .login_tokens(LoginTokens::Signed)
///     .signing_key(SigningKey::generate(Algorithm::EdDSA)?)
///     .revocation_store(MemoryRevocationStore::new())
///     .access_lifetime(Duration::from_secs(15 * 60))
///     .build()?;
///
/// let alice = Account { subject: "alice".into(), roles: vec![], scopes: vec![] };
/// assert!(authenticator.issue(&alice).await?.refresh_token().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[must_use]
pub struct AuthenticatorBuilder {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) realm: String,
    pub(super) prefix: String,
    pub(super) login_tokens: LoginTokens,
    pub(super) signing: SigningOptions,
    pub(super) digests: DigestOptions,
    pub(super) issuers: Vec<TrustedIssuer>,
    pub(super) revocations: Option<AnyRevocationStore>,
    pub(super) tokens: Option<AnyTokenStore>,
    pub(super) credentials: Option<AnyCredentialVerifier>,
    pub(super) limiter: Option<AnyLimiter>,
    pub(super) policy: Policy,
    pub(super) audit: Option<Arc<dyn AuditSink>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn RandomSource>,
}

/// The keys of our own signed tokens.
#[derive(Default)]
pub(super) struct SigningOptions {
    pub(super) key: Option<SigningKey>,
    pub(super) next: Vec<VerifyingKey>,
    pub(super) previous: Vec<VerifyingKey>,
    /// How many verified tokens to cache.
    pub(super) cached: Option<usize>,
}

/// The keys under which random tokens are digested.
#[derive(Default)]
pub(super) struct DigestOptions {
    pub(super) keys: Option<DigestKeys>,
    pub(super) next: Option<DigestKey>,
}

/// Tokens, keys and stores: what most services set.
impl AuthenticatorBuilder {
    /// Sets which tokens a login returns. [`LoginTokens::AccessAndRefresh`] by default.
    pub fn login_tokens(mut self, login_tokens: LoginTokens) -> Self {
        self.login_tokens = login_tokens;
        self
    }

    /// Sets the key that signs access tokens. It must have a `kid` (give an HMAC key one with `with_kid`). Tokens that
    /// it has signed verify as well.
    pub fn signing_key(mut self, key: SigningKey) -> Self {
        self.signing.key = Some(key);
        self
    }

    /// Sets the keys under which random tokens are digested. Keep them outside the database. The primary key also
    /// derives refresh tokens, and must be a keyed one for that.
    pub fn digest_keys(mut self, keys: DigestKeys) -> Self {
        self.digests.keys = Some(keys);
        self
    }

    /// Sets the store that keeps revocations.
    pub fn revocation_store(mut self, store: impl RevocationStore + 'static) -> Self {
        self.revocations = Some(AnyRevocationStore::new(store));
        self
    }

    /// Sets the store that keeps API keys, random tokens and sessions.
    ///
    /// Several issuers can share a store only if a subject is the same account for all of them: a token of one issuer
    /// is unknown to the others, but lists, and calls that end all tokens of a subject, select by the subject alone.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.tokens = Some(AnyTokenStore::new(store));
        self
    }

    /// Sets the verifier that checks passwords and knows accounts. A refresh asks it too, so
    /// [`LoginTokens::AccessAndRefresh`] needs one even where the application authenticates users by other means.
    pub fn credentials(mut self, verifier: impl CredentialVerifier + 'static) -> Self {
        self.credentials = Some(AnyCredentialVerifier::new(verifier));
        self
    }

    /// Sets the limit on guessed passwords. There is none unless you set one; [`MemoryLimiter`] will do for a
    /// service of one process. With a limiter, each check of a password needs the address of the client: call
    /// [`log_in_from`](Authenticator::log_in_from) and [`authenticate_from`](Authenticator::authenticate_from).
    ///
    /// [`MemoryLimiter`]: crate::MemoryLimiter
    pub fn limiter(mut self, limiter: impl LogInLimiter + 'static) -> Self {
        self.limiter = Some(AnyLimiter::new(limiter));
        self
    }
}

/// Lifetimes.
impl AuthenticatorBuilder {
    /// Sets the lifetime of an access token: 1 second to 24 hours, 10 minutes by default. A signed token that claims to
    /// live longer is refused.
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.access_lifetime = lifetime;
        self
    }

    /// Sets the lifetime of a session, however often it is refreshed: at most 400 days, 30 days by default.
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.refresh_lifetime = lifetime;
        self
    }

    /// Sets how long a session lives without a refresh. 14 days by default.
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.idle_lifetime = lifetime;
        self
    }

    /// Sets how long after a refresh the same refresh token still returns the same successor: zero to 5 minutes, 30
    /// seconds by default. Clients need it if they lose a response, or if several tabs refresh at once.
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.policy.grace = grace;
        self
    }

    /// Sets the clock leeway for `exp` of signed tokens: at most 5 minutes, zero by default. `iat` has a leeway of its
    /// own, 1 minute, for nodes whose clocks disagree.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.policy.leeway = leeway;
        self
    }

    /// Sets how long a revocation is kept past the last moment at which its token could be accepted. 5 minutes by
    /// default. The clocks of any two nodes may differ by this much.
    ///
    /// A login checks the password twice if the subject was revoked within this time (at least 5 minutes) by the
    /// clock of the node that revoked it: the first check may have been before a change of password.
    pub fn revocation_margin(mut self, margin: Duration) -> Self {
        self.policy.margin = margin;
        self
    }
}

/// API keys.
impl AuthenticatorBuilder {
    /// Sets how many API keys one owner may have at a time, expired ones not counted. 100 by default. Making another
    /// one is refused with [`TooManyApiKeys`](crate::ErrorKind::TooManyApiKeys). Existing keys stay.
    pub fn max_api_keys_per_owner(mut self, maximum: usize) -> Self {
        self.policy.max_api_keys = maximum;
        self
    }

    /// Sets how often, at most, the store records the last use of an API key. 5 minutes by default.
    pub fn last_used_throttle(mut self, throttle: Duration) -> Self {
        self.policy.last_used_throttle = throttle;
        self
    }

    /// Allows a request that was authenticated by an API key to make and rotate API keys. By default it is refused with
    /// [`UnacceptedCredentials`](crate::ErrorKind::UnacceptedCredentials).
    ///
    /// Security: a stolen key can then leave keys behind that still work once the stolen one has been removed. A key
    /// made by a key expires no later than its maker; one whose maker has no end has none either.
    pub fn dangerously_allow_api_keys_to_make_api_keys(mut self) -> Self {
        self.policy.keys_make_keys = true;
        self
    }
}

/// Names that clients see.
impl AuthenticatorBuilder {
    /// Sets the realm in challenges, printable ASCII. `api` by default.
    pub fn realm(mut self, realm: &str) -> Self {
        realm.clone_into(&mut self.realm);
        self
    }

    /// Sets the start of the service's random tokens, so that a leaked token shows where it belongs: API keys start
    /// with `PREFIX_key_`, refresh tokens with `PREFIX_refresh_`, random access tokens with `PREFIX_access_`. At most
    /// 24 characters; see [`Prefix`](countersign_random::Prefix). `cs` by default.
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }
}

/// Signed tokens: other issuers, a cache, and keys that change.
impl AuthenticatorBuilder {
    /// Accepts signed tokens of another issuer beside our own. The verifier demands the issuer and has its own keys.
    /// The tokens are revoked under their issuer, which needs a revocation store. Call it once for each issuer.
    ///
    /// Security: [`Principal::subject`](crate::Principal::subject) is then unique only together with
    /// [`Principal::issuer`](crate::Principal::issuer). An endpoint that selects by the subject alone must accept
    /// [`AuthMethods::first_party_only`](crate::AuthMethods::first_party_only).
    pub fn trust_issuer(mut self, issuer: impl Into<TrustedIssuer>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Caches up to this many of our own signed tokens, so that a request does not verify a signature again that was
    /// verified before: see [`CachedVerifier`](countersign_signed::CachedVerifier). The clock, the keys and the
    /// revocation store are still asked on every request. An entry takes about half a KiB and its claims. It pays for
    /// asymmetric keys; with a secret it costs and gains nothing. Off by default.
    pub fn cache_verified_tokens(mut self, entries: usize) -> Self {
        self.signing.cached = Some(entries);
        self
    }

    /// Adds a key that will sign later: see [`Authenticator::publish_signing_key`].
    pub fn next_signing_key(mut self, key: VerifyingKey) -> Self {
        self.signing.next.push(key);
        self
    }

    /// Adds a key that another key has replaced, so that its last tokens still verify. It stays until
    /// [`Authenticator::retire_signing_key`], since other nodes may still sign with it.
    pub fn previous_signing_key(mut self, key: VerifyingKey) -> Self {
        self.signing.previous.push(key);
        self
    }

    /// Sets a digest key that will be the primary one later: see [`Authenticator::announce_digest_key`].
    pub fn next_digest_key(mut self, key: DigestKey) -> Self {
        self.digests.next = Some(key);
        self
    }
}

/// Audit, time and randomness.
impl AuthenticatorBuilder {
    /// Sets where audit events go. With the feature `tracing` they go to `tracing` by default, without ids; without it
    /// they go nowhere.
    pub fn audit(mut self, sink: impl AuditSink + 'static) -> Self {
        self.audit = Some(Arc::new(sink));
        self
    }

    /// Sets the clock. The system's by default.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of random bytes. The operating system by default.
    pub fn rng(mut self, source: impl RandomSource + 'static) -> Self {
        self.random = Arc::new(source);
        self
    }
}

/// Where audit events go by default.
fn default_sink() -> Option<Arc<dyn AuditSink>> {
    #[cfg(feature = "tracing")]
    return Some(Arc::new(crate::audit::tracing_sink::TracingSink::new()));
    #[cfg(not(feature = "tracing"))]
    None
}

impl fmt::Debug for AuthenticatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticatorBuilder")
            .field("login_tokens", &self.login_tokens)
            .finish_non_exhaustive()
    }
}
