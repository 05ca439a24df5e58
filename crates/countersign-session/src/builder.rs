//! How an [`Authenticator`] is put together, and what is refused.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_header::Challenge;
use countersign_random::{DigestKey, DigestKeys, OsRandom, Prefix, RandomSource};
use countersign_revocation::{AnyRevocationStore, RevocationStore};
use countersign_signed::{SigningKey, Verifier, VerifyingKey};
use countersign_token_store::{AnyTokenStore, TokenStore};

use crate::authenticator::{Inner, Prefixes, SignedTokens};
use crate::claims::TOKEN_TYPE;
use crate::credentials::AnyCredentialVerifier;
use crate::digest_keys::SharedDigestKeys;
use crate::limiter::{AnyLimiter, LogInLimiter};
use crate::policy::Policy;
use crate::signed_token::TokenVerifier;
use crate::signing_keys::SigningKeys;
use crate::trusted_issuer::TrustedIssuers;
use crate::{
    AuditSink, Authenticator, Clock, ConfigurationFault, CredentialVerifier, Error, SystemClock,
    TrustedIssuer,
};

/// How far ahead another node's clock may run.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// How many API keys an owner may have at a time, by default.
const MAX_API_KEYS: usize = 100;

/// What a log-in gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Issuance {
    /// A short-lived signed access token, and a refresh token that renews it.
    #[default]
    Pair,
    /// A signed access token alone: nothing is stored until one is revoked.
    SignedToken,
    /// A random access token alone: every request is looked up, and revoking is removing. With a store of
    /// revocations beside it, a log-out everywhere also stops a log-in that is under way.
    RandomToken,
}

/// Gathers what an [`Authenticator`] needs. See [`Authenticator::builder`].
#[must_use]
pub struct AuthenticatorBuilder {
    issuer: String,
    audience: String,
    realm: String,
    prefix: String,
    issuance: Issuance,
    policy: Policy,
    max_api_keys: usize,
    keys_make_keys: bool,
    signing_key: Option<SigningKey>,
    next_keys: Vec<VerifyingKey>,
    former_keys: Vec<VerifyingKey>,
    remembered: Option<usize>,
    issuers: Vec<TrustedIssuer>,
    digest_keys: Option<DigestKeys>,
    next_digest_key: Option<DigestKey>,
    revocations: Option<AnyRevocationStore>,
    tokens: Option<AnyTokenStore>,
    credentials: Option<AnyCredentialVerifier>,
    limiter: Option<AnyLimiter>,
    audit: Option<Arc<dyn AuditSink>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

impl AuthenticatorBuilder {
    pub(crate) fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            realm: "api".to_owned(),
            prefix: "cs".to_owned(),
            issuance: Issuance::default(),
            policy: Policy::default(),
            max_api_keys: MAX_API_KEYS,
            keys_make_keys: false,
            signing_key: None,
            next_keys: Vec::new(),
            former_keys: Vec::new(),
            remembered: None,
            issuers: Vec::new(),
            digest_keys: None,
            next_digest_key: None,
            revocations: None,
            tokens: None,
            credentials: None,
            limiter: None,
            audit: default_sink(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
        }
    }

    /// What a log-in gives: [`Issuance::Pair`], unless told otherwise.
    pub fn issuance(mut self, issuance: Issuance) -> Self {
        self.issuance = issuance;
        self
    }

    /// The key that signs access tokens, which must have a `kid` (an HMAC key is given one with `with_kid`).
    /// Tokens that it has signed verify as well.
    pub fn signing_key(mut self, key: SigningKey) -> Self {
        self.signing_key = Some(key);
        self
    }

    /// A key that will sign later: see [`Authenticator::announce_key`].
    pub fn next_key(mut self, key: VerifyingKey) -> Self {
        self.next_keys.push(key);
        self
    }

    /// A key whose tokens still verify, for as long as they live after another key has taken its place. It stays
    /// until [`Authenticator::drop_key`], since other nodes may sign with it for who knows how long.
    pub fn former_key(mut self, key: VerifyingKey) -> Self {
        self.former_keys.push(key);
        self
    }

    /// Remembers up to this many of our own signed tokens, so that their signature is not verified again on each
    /// request: see [`CachedVerifier`](countersign_signed::CachedVerifier). What has changed since is asked each
    /// time all the same: the clock, the keys, and what has been revoked. An entry takes about half a KiB and
    /// its claims. For asymmetric keys; under a secret it costs and gains nothing. Off, unless this is called.
    pub fn remember_tokens(mut self, entries: usize) -> Self {
        self.remembered = Some(entries);
        self
    }

    /// Accepts signed tokens of another issuer beside our own: those that this verifier takes, which demands the
    /// issuer and has its own keys. They are refused when they are revoked under their issuer, which needs a
    /// store of revocations. May be called for several issuers.
    ///
    /// Security: [`Principal::subject`](crate::Principal::subject) is then unique only together with
    /// [`Principal::issuer`](crate::Principal::issuer); an endpoint that goes by the subject alone takes
    /// [`Accept::ours_only`](crate::Accept::ours_only).
    pub fn accept_issuer(mut self, issuer: impl Into<TrustedIssuer>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// The keys under which random tokens are digested, to be kept outside the database. The primary one
    /// also derives refresh tokens, and must be a keyed one for that.
    pub fn digest_keys(mut self, keys: DigestKeys) -> Self {
        self.digest_keys = Some(keys);
        self
    }

    /// A digest key that will be the primary one later: see [`Authenticator::announce_digest_key`].
    pub fn next_digest_key(mut self, key: DigestKey) -> Self {
        self.next_digest_key = Some(key);
        self
    }

    /// Where revocations are kept.
    pub fn revocations(mut self, store: impl RevocationStore + 'static) -> Self {
        self.revocations = Some(AnyRevocationStore::new(store));
        self
    }

    /// Where API keys, random tokens and sessions are kept. Tokens of one issuer are unknown to another over
    /// the same store; lists, and what ends all that a subject has, go by the subject alone. So issuers may
    /// share a store only if a subject is the same account for all of them.
    pub fn tokens(mut self, store: impl TokenStore + 'static) -> Self {
        self.tokens = Some(AnyTokenStore::new(store));
        self
    }

    /// Who may log in, and what their accounts are now. A refresh asks it too, so [`Issuance::Pair`] needs
    /// one even where the application authenticates users by other means.
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

    /// Where audit events go. To `tracing`, without ids, unless told otherwise (with the feature of that name,
    /// and nowhere without it).
    pub fn audit(mut self, sink: impl AuditSink + 'static) -> Self {
        self.audit = Some(Arc::new(sink));
        self
    }

    /// The realm that challenges name, printable ASCII. `api` unless told otherwise.
    pub fn realm(mut self, realm: &str) -> Self {
        realm.clone_into(&mut self.realm);
        self
    }

    /// What the service's random tokens begin with, so that a leaked one tells whose it is: API keys with
    /// `PREFIX_key_`, refresh tokens with `PREFIX_refresh_`, random access tokens with `PREFIX_access_`.
    /// At most 24 characters; see [`Prefix`]. `cs` unless told otherwise.
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How long an access token lives: 1 second to 24 hours; 10 minutes unless told otherwise. A token
    /// that claims to live longer is refused.
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.access_lifetime = lifetime;
        self
    }

    /// How long a session lives at most, however often it is refreshed: at most 400 days; 30 days unless
    /// told otherwise.
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.refresh_lifetime = lifetime;
        self
    }

    /// How long a session lives without being refreshed: 14 days unless told otherwise.
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.idle_lifetime = lifetime;
        self
    }

    /// How long after a refresh the same refresh token still gets the same successor, for clients whose
    /// answer was lost and for tabs that refresh at once: at most 5 minutes, or zero; 30 seconds unless
    /// told otherwise.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.policy.grace = grace;
        self
    }

    /// How far past its `exp` a signed token is still taken: at most 5 minutes; none unless told otherwise.
    /// A token whose `iat` lies up to a minute ahead is taken in any case, for nodes whose clocks disagree.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.policy.leeway = leeway;
        self
    }

    /// How long a revocation is kept past the last moment at which its token could be accepted, for
    /// clocks that disagree. 5 minutes by default. So the clocks of any two nodes may differ by this much.
    ///
    /// A login checks the password twice if the subject was revoked within this time (at least 5 minutes) by the
    /// clock of the node that revoked it: the first check may have been before a change of password.
    pub fn revocation_margin(mut self, margin: Duration) -> Self {
        self.policy.margin = margin;
        self
    }

    /// How often, at most, the last use of an API key is written down. 5 minutes unless told otherwise.
    pub fn last_used_throttle(mut self, throttle: Duration) -> Self {
        self.policy.last_used_throttle = throttle;
        self
    }

    /// The most API keys that one owner may have at a time, expired ones not counted. 100 by default. Making another
    /// one is refused with [`TooManyApiKeys`](crate::ErrorKind::TooManyApiKeys). Keys that are there stay.
    pub fn max_api_keys_per_owner(mut self, maximum: usize) -> Self {
        self.max_api_keys = maximum;
        self
    }

    /// Allows a request that was authenticated by an API key to make and rotate API keys. By default it is refused with
    /// [`UnacceptedCredentials`](crate::ErrorKind::UnacceptedCredentials).
    ///
    /// Security: a stolen key can then leave keys behind that still work once the stolen one has been removed. A key
    /// made by a key expires no later than its maker; one whose maker has no end has none either.
    pub fn dangerously_allow_api_keys_to_make_api_keys(mut self) -> Self {
        self.keys_make_keys = true;
        self
    }

    /// The clock. The system's, unless told otherwise.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where random bytes come from. The operating system, unless told otherwise.
    pub fn random(mut self, source: impl RandomSource + 'static) -> Self {
        self.random = Arc::new(source);
        self
    }

    /// Puts the authenticator together.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration), with what is missing or
    /// contradictory.
    pub fn build(mut self) -> Result<Authenticator, Error> {
        if self.issuer.is_empty() || self.audience.is_empty() || Challenge::basic(&self.realm).is_err() {
            return Err(ConfigurationFault::InvalidName.into());
        }
        self.policy.check()?;
        self.check_parts()?;
        let prefixes = Prefixes::new(&self.prefix)?;
        let signed = match self.signing_key.take() {
            Some(key) => Some(self.signed_tokens(&key)?),
            None => None,
        };
        let verifier = signed.as_ref().map(|signed| signed.verifier.verifier());
        let issuers = TrustedIssuers::new(std::mem::take(&mut self.issuers), &self.issuer, verifier)?;
        let digest_keys = match self.digest_keys {
            Some(keys) => Some(SharedDigestKeys::new(keys, self.next_digest_key)?),
            None => None,
        };
        Ok(Authenticator::from_inner(Inner {
            issuer: self.issuer.into(),
            audience: self.audience,
            realm: self.realm,
            prefixes,
            issuance: self.issuance,
            policy: self.policy,
            max_api_keys: self.max_api_keys,
            keys_make_keys: self.keys_make_keys,
            signed,
            issuers,
            digest_keys,
            revocations: self.revocations,
            tokens: self.tokens,
            credentials: self.credentials,
            limiter: self.limiter,
            audit: self.audit,
            clock: self.clock,
            random: self.random,
        }))
    }

    /// Whether what is to be issued can be.
    fn check_parts(&self) -> Result<(), ConfigurationFault> {
        let signed = self.issuance != Issuance::RandomToken;
        let stored = self.issuance != Issuance::SignedToken;
        if signed && self.signing_key.is_none() {
            return Err(ConfigurationFault::NoSigningKey);
        }
        if self.signing_key.as_ref().is_some_and(|key| key.kid().is_none()) {
            return Err(ConfigurationFault::SigningKeyWithoutKid);
        }
        if self.next_keys.iter().any(|key| key.kid().is_none()) {
            return Err(ConfigurationFault::SigningKeyWithoutKid);
        }
        let takes_signed = self.signing_key.is_some() || !self.issuers.is_empty();
        if takes_signed && self.revocations.is_none() {
            return Err(ConfigurationFault::NoRevocationStore);
        }
        if stored && self.tokens.is_none() {
            return Err(ConfigurationFault::NoTokenStore);
        }
        if self.tokens.is_some() && self.digest_keys.is_none() {
            return Err(ConfigurationFault::NoDigestKeys);
        }
        if self.issuance == Issuance::Pair && self.credentials.is_none() {
            return Err(ConfigurationFault::NoCredentialVerifier);
        }
        let plain = self.digest_keys.as_ref().is_some_and(|keys| !keys.primary().is_keyed());
        if self.issuance == Issuance::Pair && plain {
            return Err(ConfigurationFault::PlainDigestKey);
        }
        Ok(())
    }

    fn signed_tokens(&mut self, key: &SigningKey) -> Result<SignedTokens, Error> {
        let fault = |_| ConfigurationFault::InvalidKeySet;
        let (next, former) = (std::mem::take(&mut self.next_keys), std::mem::take(&mut self.former_keys));
        let keys = SigningKeys::new(key, next, former)?;
        let verifier = Verifier::builder(keys.verifying().clone())
            .issuer(&self.issuer)
            .audience(&self.audience)
            .token_type(TOKEN_TYPE)
            .leeway(self.policy.leeway)
            .iat_leeway(CLOCK_SKEW)
            .max_lifetime(self.policy.access_lifetime)
            .build()
            .map_err(fault)?;
        Ok(SignedTokens { keys, verifier: TokenVerifier::new(verifier, self.remembered) })
    }
}

/// Where audit events go unless told otherwise.
fn default_sink() -> Option<Arc<dyn AuditSink>> {
    #[cfg(feature = "tracing")]
    return Some(Arc::new(crate::TracingSink::new()));
    #[cfg(not(feature = "tracing"))]
    None
}

impl fmt::Debug for AuthenticatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticatorBuilder").field("issuance", &self.issuance).finish_non_exhaustive()
    }
}

impl Prefixes {
    fn new(prefix: &str) -> Result<Self, ConfigurationFault> {
        let of = |kind: &str| {
            Prefix::parse(&format!("{prefix}_{kind}")).map_err(|_| ConfigurationFault::InvalidPrefix)
        };
        Ok(Self { api_key: of("key")?, access: of("access")?, refresh: of("refresh")? })
    }
}
