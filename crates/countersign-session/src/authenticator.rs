//! The one plain type that an application holds.

use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;
use countersign_random::{DigestKeys, Prefix, RandomSource};
use countersign_revocation::AnyRevocationStore;
use countersign_token_store::AnyTokenStore;
use time::OffsetDateTime;

use crate::audit::AuditSink;
use crate::builder::{AuthenticatorBuilder, Issuance};
use crate::clock::to_millisecond;
use crate::credentials::AnyCredentialVerifier;
use crate::digest_keys::SharedDigestKeys;
use crate::limiter::AnyLimiter;
use crate::policy::Policy;
use crate::signed_token::TokenVerifier;
use crate::signing_keys::SigningKeys;
use crate::trusted_issuer::TrustedIssuers;
use crate::{Clock, ConfigurationFault, Error, Reply};

/// The life of a token, over the stores and keys that it was built with: log in, authenticate, refresh,
/// revoke, purge. Cheap to clone, and without type parameters.
///
/// The operations stand in files of their own: `log_in.rs`, `authenticate.rs`, `refresh.rs`, `revoke.rs`,
/// `api_keys.rs`, `rotate_api_key.rs`, `signing_keys.rs`, `digest_keys.rs`, `trusted_issuer.rs`, `purge.rs`.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) issuer: Arc<str>,
    pub(crate) audience: String,
    pub(crate) realm: String,
    pub(crate) prefixes: Prefixes,
    pub(crate) issuance: Issuance,
    pub(crate) policy: Policy,
    /// How many API keys an owner may have at a time.
    pub(crate) max_api_keys: usize,
    /// Whether a request that was authenticated by an API key may make another one.
    pub(crate) keys_make_keys: bool,
    pub(crate) signed: Option<SignedTokens>,
    pub(crate) issuers: Option<TrustedIssuers>,
    pub(crate) digest_keys: Option<SharedDigestKeys>,
    pub(crate) revocations: Option<AnyRevocationStore>,
    pub(crate) tokens: Option<AnyTokenStore>,
    pub(crate) credentials: Option<AnyCredentialVerifier>,
    pub(crate) limiter: Option<AnyLimiter>,
    pub(crate) audit: Option<Arc<dyn AuditSink>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn RandomSource>,
}

/// Signing and verifying access tokens, prepared once.
pub(crate) struct SignedTokens {
    pub(crate) keys: SigningKeys,
    pub(crate) verifier: TokenVerifier,
}

/// What random tokens begin with, by kind.
pub(crate) struct Prefixes {
    pub(crate) api_key: Prefix,
    pub(crate) access: Prefix,
    pub(crate) refresh: Prefix,
}

impl Authenticator {
    /// Begins an authenticator for tokens that `issuer` issues for `audience`; both are URLs as a rule, and
    /// the same one in a service that issues its own tokens.
    pub fn builder(issuer: &str, audience: &str) -> AuthenticatorBuilder {
        AuthenticatorBuilder::new(issuer, audience)
    }

    /// What the client is told of an error.
    #[must_use]
    pub fn reply(&self, error: &Error) -> Reply {
        Reply::new(error, &self.0.realm)
    }

    /// Whether both are clones of one authenticator, so that what the one has authenticated stands for the other.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The current moment, to the millisecond: what the stores keep of one.
    pub(crate) fn now(&self) -> OffsetDateTime {
        to_millisecond(self.0.clock.now())
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("issuance", &self.0.issuance).finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn signed(&self) -> Result<&SignedTokens, ConfigurationFault> {
        self.signed.as_ref().ok_or(ConfigurationFault::NoSigningKey)
    }

    /// The digest keys in force, for one step: not to be held while something is awaited.
    pub(crate) fn digest_keys(&self) -> Result<Guard<Arc<DigestKeys>>, ConfigurationFault> {
        Ok(self.shared_digest_keys()?.current())
    }

    pub(crate) fn shared_digest_keys(&self) -> Result<&SharedDigestKeys, ConfigurationFault> {
        self.digest_keys.as_ref().ok_or(ConfigurationFault::NoDigestKeys)
    }

    pub(crate) fn revocations(&self) -> Result<&AnyRevocationStore, ConfigurationFault> {
        self.revocations.as_ref().ok_or(ConfigurationFault::NoRevocationStore)
    }

    pub(crate) fn tokens(&self) -> Result<&AnyTokenStore, ConfigurationFault> {
        self.tokens.as_ref().ok_or(ConfigurationFault::NoTokenStore)
    }

    pub(crate) fn credentials(&self) -> Result<&AnyCredentialVerifier, ConfigurationFault> {
        self.credentials.as_ref().ok_or(ConfigurationFault::NoCredentialVerifier)
    }
}
