//! From options to an [`Authenticator`]: which combinations are refused.

use std::time::Duration;

use countersign_header::Challenge;
use countersign_signed::Verifier;

use crate::authenticate::signed_token::TokenVerifier;
use crate::authenticate::trusted_issuer::TrustedIssuers;
use crate::authenticator::Authenticator;
use crate::authenticator::builder::{AuthenticatorBuilder, SigningOptions};
use crate::error::Error;
use crate::error::kind::ConfigurationFault;
use crate::issue::claims::TOKEN_TYPE;
use crate::issue::login_tokens::LoginTokens;
use crate::keys::digest_keys::SharedDigestKeys;
use crate::keys::signing_keys::SigningKeys;
use crate::state::policy::Policy;
use crate::state::{Inner, Prefixes, SignedTokens};

/// How far ahead another node's clock may run.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

impl AuthenticatorBuilder {
    /// Builds the authenticator.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration), with the option that is missing or
    /// contradicts another.
    pub fn build(self) -> Result<Authenticator, Error> {
        if self.issuer.is_empty() || self.audience.is_empty() || Challenge::basic(&self.realm).is_err() {
            return Err(ConfigurationFault::InvalidName.into());
        }
        self.policy.check()?;
        self.check_parts()?;
        let prefixes = Prefixes::new(&self.prefix)?;
        let signed = signed_tokens(self.signing, &self.issuer, &self.audience, &self.policy)?;
        let verifier = signed.as_ref().map(|signed| signed.verifier.verifier());
        let issuers = TrustedIssuers::new(self.issuers, &self.issuer, verifier)?;
        let digest_keys = match self.digests.keys {
            Some(keys) => Some(SharedDigestKeys::new(keys, self.digests.next)?),
            None => None,
        };
        Ok(Authenticator::from_inner(Inner {
            issuer: self.issuer.into(),
            audience: self.audience,
            realm: self.realm,
            prefixes,
            login_tokens: self.login_tokens,
            policy: self.policy,
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

    /// Checks that every token that a login returns has the keys and the stores that it needs.
    fn check_parts(&self) -> Result<(), ConfigurationFault> {
        let signed = self.login_tokens != LoginTokens::Random;
        let stored = self.login_tokens != LoginTokens::Signed;
        let signing = &self.signing;
        if signed && signing.key.is_none() {
            return Err(ConfigurationFault::NoSigningKey);
        }
        if signing.key.as_ref().is_some_and(|key| key.kid().is_none()) {
            return Err(ConfigurationFault::SigningKeyWithoutKid);
        }
        if signing.next.iter().any(|key| key.kid().is_none()) {
            return Err(ConfigurationFault::SigningKeyWithoutKid);
        }
        let takes_signed = signing.key.is_some() || !self.issuers.is_empty();
        if takes_signed && self.revocations.is_none() {
            return Err(ConfigurationFault::NoRevocationStore);
        }
        if stored && self.tokens.is_none() {
            return Err(ConfigurationFault::NoTokenStore);
        }
        if self.tokens.is_some() && self.digests.keys.is_none() {
            return Err(ConfigurationFault::NoDigestKeys);
        }
        if self.login_tokens == LoginTokens::AccessAndRefresh && self.credentials.is_none() {
            return Err(ConfigurationFault::NoCredentialVerifier);
        }
        let plain = self.digests.keys.as_ref().is_some_and(|keys| !keys.primary().is_keyed());
        if self.login_tokens == LoginTokens::AccessAndRefresh && plain {
            return Err(ConfigurationFault::PlainDigestKey);
        }
        Ok(())
    }
}

/// The signing keys and their verifier; `None` without a signing key.
fn signed_tokens(
    signing: SigningOptions,
    issuer: &str,
    audience: &str,
    policy: &Policy,
) -> Result<Option<SignedTokens>, Error> {
    let SigningOptions { key: Some(key), next, previous, cached } = signing else { return Ok(None) };
    let keys = SigningKeys::new(&key, next, previous)?;
    let verifier = Verifier::builder(keys.verifying().clone())
        .issuer(issuer)
        .audience(audience)
        .token_type(TOKEN_TYPE)
        .leeway(policy.leeway)
        .iat_leeway(CLOCK_SKEW)
        .max_lifetime(policy.access_lifetime)
        .build()
        .map_err(|_| ConfigurationFault::InvalidKeySet)?;
    Ok(Some(SignedTokens { keys, verifier: TokenVerifier::new(verifier, cached) }))
}
