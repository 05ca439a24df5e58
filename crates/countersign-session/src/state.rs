//! What an authenticator was built from: its keys, its stores, and what the application gave it.

pub(crate) mod clock;
pub(crate) mod policy;

use std::sync::Arc;

use arc_swap::Guard;
use countersign_random::{DigestKeys, Prefix, RandomSource};
use countersign_revocation::AnyRevocationStore;
use countersign_token_store::AnyTokenStore;

use crate::audit::AuditSink;
use crate::authenticate::signed_token::TokenVerifier;
use crate::authenticate::trusted_issuer::TrustedIssuers;
use crate::error::kind::ConfigurationFault;
use crate::issue::login_tokens::LoginTokens;
use crate::keys::digest_keys::SharedDigestKeys;
use crate::keys::signing_keys::SigningKeys;
use crate::log_in::credentials::AnyCredentialVerifier;
use crate::log_in::limiter::AnyLimiter;
use crate::state::clock::Clock;
use crate::state::policy::Policy;

/// The parts of an authenticator, shared by its clones.
pub(crate) struct Inner {
    pub(crate) issuer: Arc<str>,
    pub(crate) audience: String,
    pub(crate) realm: String,
    pub(crate) prefixes: Prefixes,
    pub(crate) login_tokens: LoginTokens,
    pub(crate) policy: Policy,
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

impl Prefixes {
    /// The prefixes of a service whose tokens begin with `prefix`.
    pub(crate) fn new(prefix: &str) -> Result<Self, ConfigurationFault> {
        let of = |kind: &str| {
            Prefix::parse(&format!("{prefix}_{kind}")).map_err(|_| ConfigurationFault::InvalidPrefix)
        };
        Ok(Self { api_key: of("key")?, access: of("access")?, refresh: of("refresh")? })
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
