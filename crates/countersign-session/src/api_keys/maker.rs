//! Whether a principal may have a new credential issued to it.
//!
//! A principal says what was true when its request was authenticated: some moments ago, perhaps by a replica that had
//! not heard of a revocation, or unchecked, by `DangerouslyFailOpen`. That is good enough for the request. A credential
//! that is issued on the strength of it would last, so the stores themselves are asked here.

use countersign_revocation::{RevocationStore, Verdict};
use countersign_token_store::TokenStoreExt;
use time::OffsetDateTime;

use crate::authenticate::auth_methods::AuthMethod;
use crate::authenticate::principal::{Presented, Principal};
use crate::authenticate::signed_token::{Origin, SignedToken};
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ErrorKind, TokenFault};
use crate::state::clock::later;

impl Authenticator {
    /// Refuses principals for which no API key is made whatever else they may do, and returns the moment at which a key
    /// that this one makes must have expired.
    pub(crate) fn check_maker(&self, principal: &Principal) -> Result<Option<OffsetDateTime>, Error> {
        match principal.method() {
            // Its subject is an account of another service, whatever its name.
            AuthMethod::ExternalToken => Err(Error::new(ErrorKind::UnacceptedCredentials)),
            AuthMethod::ApiKey if self.inner().policy.keys_make_keys => Ok(principal.expires_at()),
            AuthMethod::ApiKey => Err(Error::new(ErrorKind::UnacceptedCredentials)),
            AuthMethod::Basic | AuthMethod::SignedToken | AuthMethod::RandomToken => Ok(None),
        }
    }

    /// Whether the presented credentials would still be accepted, by the answer of the stores themselves.
    pub(crate) async fn check_still_good(&self, principal: &Principal) -> Result<(), Error> {
        let (kind, id, owner) = match &principal.presented {
            Presented::Signed(token) => return self.check_token_still_good(token).await,
            Presented::Basic { account, subject_version, .. } => {
                let is_same = self.subject_version(&account.subject).await? == *subject_version;
                return if is_same { Ok(()) } else { Err(Error::new(ErrorKind::InvalidCredentials)) };
            }
            Presented::Stored { kind, id, owner, .. } => (*kind, id, owner),
        };
        let records = self.inner().tokens()?.list_tokens(kind, owner).await?;
        match records.iter().find(|record| record.id == *id) {
            Some(record) if record.is_expired(self.now()) => Err(TokenFault::Expired.into()),
            Some(_) => Ok(()),
            None => Err(TokenFault::Unknown.into()),
        }
    }

    async fn check_token_still_good(&self, token: &SignedToken) -> Result<(), Error> {
        let (inner, now) = (self.inner(), self.now());
        let leeway = match &token.origin {
            Origin::Ours { .. } => inner.policy.leeway,
            Origin::External { leeway, .. } => *leeway,
        };
        if token.claims.registered().exp().is_some_and(|exp| now >= later(exp, leeway)) {
            return Err(TokenFault::Expired.into());
        }
        let check = token.check().ask_engine();
        match inner.revocations()?.check(&check, now).wait().await? {
            Verdict::NotRevoked => Ok(()),
            Verdict::Revoked(scope) => Err(TokenFault::Revoked(scope).into()),
        }
    }
}
