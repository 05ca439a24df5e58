//! Revoking tokens that another issuer has signed.

use std::fmt;

use countersign_revocation::{RevocationStore, Target};

use crate::audit::{Action, AuditFields};
use crate::authenticate::trusted_issuer::OtherIssuer;
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::ConfigurationFault;
use crate::state::Inner;

/// A subject of another issuer. Debug shows neither.
#[derive(Clone, Copy)]
pub struct ExternalSubject<'a> {
    /// The issuer, as in the `iss` of its tokens.
    pub issuer: &'a str,
    /// The subject, as in their `sub`.
    pub subject: &'a str,
}

/// A session of another issuer. Debug shows neither.
#[derive(Clone, Copy)]
pub struct ExternalSession<'a> {
    /// The issuer, as in the `iss` of its tokens.
    pub issuer: &'a str,
    /// The session, as in their `sid`.
    pub sid: &'a str,
}

impl fmt::Debug for ExternalSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalSubject").finish_non_exhaustive()
    }
}

impl fmt::Debug for ExternalSession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalSession").finish_non_exhaustive()
    }
}

/// Revoking tokens of other issuers.
impl Authenticator {
    /// Refuses all tokens of a subject of another issuer's that were issued until now, and for as long as any
    /// of them could be accepted: for ever, unless its verifier has a
    /// [`max_lifetime`](countersign_signed::VerifierBuilder::max_lifetime).
    ///
    /// A token's `iat` is compared with this node's clock plus the leeway for `iat` (30 seconds by default). So a token
    /// that is issued within the leeway after this call is refused too. If this node's clock is behind the issuer's by
    /// more than the leeway, tokens that were issued in the difference stay good.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): it may not have been recorded.
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration) for an issuer that is not accepted.
    pub async fn revoke_external_subject(&self, whose: ExternalSubject<'_>) -> Result<(), Error> {
        let ExternalSubject { issuer, subject } = whose;
        self.observe(AuditFields::subject(Action::RevokeSubject, subject), async |_| {
            let inner = self.inner();
            let other = inner.other_issuer(issuer)?;
            let now = self.now();
            let until = other.until(now, inner.policy.margin);
            inner.revocations()?.revoke_subject(issuer, subject, until, now, other.iat_leeway()).await?;
            Ok(())
        })
        .await
    }

    /// Refuses all tokens of a session (`sid`) of another issuer's, for as long as
    /// [`revoke_external_subject`](Self::revoke_external_subject) does: what a back-channel logout asks for.
    ///
    /// # Errors
    /// As [`revoke_external_subject`](Self::revoke_external_subject).
    pub async fn revoke_external_session(&self, session: ExternalSession<'_>) -> Result<(), Error> {
        let ExternalSession { issuer, sid } = session;
        let fields = AuditFields { session: Some(sid.to_owned()), ..AuditFields::of(Action::RevokeSession) };
        self.observe(fields, async |_| {
            let inner = self.inner();
            let until = inner.other_issuer(issuer)?.until(self.now(), inner.policy.margin);
            Ok(inner.revocations()?.revoke(issuer, Target::Session(sid), until).await?)
        })
        .await
    }
}

impl Inner {
    /// The issuer whose tokens have this `iss`, and which is not this service.
    fn other_issuer(&self, issuer: &str) -> Result<&OtherIssuer, ConfigurationFault> {
        let issuers = self.issuers.as_ref().ok_or(ConfigurationFault::InvalidIssuers)?;
        issuers.issuing(issuer).ok_or(ConfigurationFault::InvalidIssuers)
    }
}
