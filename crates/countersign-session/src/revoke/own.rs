//! Revoking tokens of this service.

use countersign_revocation::{RetainUntil, RevocationStore, Target};
use countersign_token_store::{Kind, TokenStore, TokenStoreExt};
use time::OffsetDateTime;

use crate::audit::{Action, AuditFields};
use crate::authenticate::principal::{Presented, Principal};
use crate::authenticate::signed_token::Origin;
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ConfigurationFault, ErrorKind};
use crate::refresh::refresh_token::RefreshToken;
use crate::revoke::ApiKeys;
use crate::state::clock::later;

/// Logout and revocation.
impl Authenticator {
    /// Revokes the token of a request and all other tokens of the same login, as `DELETE /tokens` does. This is also
    /// the logout. A session ends with its refresh token and all its access tokens; an API key or random token is
    /// removed. A token of another issuer is revoked alone, because its session belongs to that issuer.
    ///
    /// A node without a token store records a session's end in the revocation store, for the node's own refresh
    /// lifetime. So give all nodes of a service the same lifetimes.
    ///
    /// Once it has returned `Ok`, none of these tokens is accepted any more.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) if the revocation may not have been recorded. Answer 503, never
    /// 204. [`UnacceptedCredentials`](crate::ErrorKind::UnacceptedCredentials) for Basic, where there is no token.
    pub async fn revoke(&self, principal: &Principal) -> Result<(), Error> {
        let fields =
            AuditFields { subject: Some(principal.subject().to_owned()), ..fields_of(&principal.presented) };
        self.observe(fields, async |_| self.revoke_presented(principal).await).await
    }

    async fn revoke_presented(&self, principal: &Principal) -> Result<(), Error> {
        let inner = self.inner();
        match &principal.presented {
            Presented::Basic { .. } => Err(Error::new(ErrorKind::UnacceptedCredentials)),
            Presented::Signed(token) => {
                let (leeway, session) = match &token.origin {
                    Origin::Ours { .. } => (inner.policy.leeway, token.sid.as_deref()),
                    // Its session is its issuer's to end, who knows what else belongs to it.
                    Origin::External { leeway, .. } => (*leeway, None),
                };
                if let Some(sid) = session {
                    return self.end_by_id(sid).await;
                }
                let until =
                    RetainUntil::for_token(token.claims.registered().exp(), leeway, inner.policy.margin);
                let target = Target::Token(token.id());
                Ok(inner.revocations()?.revoke(token.issuer(), target, until).await?)
            }
            Presented::Stored { kind, id, owner, .. } => {
                inner.tokens()?.remove((*kind).into(), owner, id).await?;
                Ok(())
            }
        }
    }

    /// Ends one session: its refresh token and all its access tokens.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): it may not have been recorded.
    pub async fn revoke_session(&self, sid: &str) -> Result<(), Error> {
        let fields = AuditFields { session: Some(sid.to_owned()), ..AuditFields::of(Action::RevokeSession) };
        self.observe(fields, async |_| self.end_by_id(sid).await).await
    }

    /// Ends the session that a refresh token belongs to: its refresh tokens and all its access tokens. `false` if
    /// it is no refresh token of a session that is known. An older one of the session's does it too, since a
    /// refresh with one would.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): it may not have been recorded.
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration) without a token store: the token looks like a
    /// refresh token of this service, and this node cannot find its session.
    pub async fn revoke_refresh_token(&self, refresh_token: &str) -> Result<bool, Error> {
        // What is no refresh token is no event either: it may be another token, asked about here first.
        let Ok(token) = RefreshToken::parse(self.inner(), refresh_token) else { return Ok(false) };
        let fields = AuditFields::of(Action::RevokeSession);
        self.observe(fields, async |fields| self.end_by_refresh_token(token, fields).await).await
    }

    async fn end_by_refresh_token(
        &self,
        token: RefreshToken<'_>,
        fields: &mut AuditFields,
    ) -> Result<bool, Error> {
        let inner = self.inner();
        let Some(found) = inner.tokens()?.find_session(&token.locator(inner)).await? else {
            return Ok(false);
        };
        fields.subject = Some(found.record.subject.clone());
        fields.session = Some(found.record.id.clone());
        self.end(&found.record.id, found.record.expires_at).await?;
        Ok(true)
    }

    async fn end_by_id(&self, sid: &str) -> Result<(), Error> {
        let inner = self.inner();
        let now = self.now();
        // An error here is not returned yet: the access tokens are revoked all the same, and `end` reports that the
        // session could not be ended.
        let session = match &inner.tokens {
            Some(tokens) => tokens.session(sid, now).await.ok().flatten(),
            None => None,
        };
        // Where the session's end is not known (no token store here, or not the one that has the session), its refresh
        // tokens may be good for as long as any: the entry is what keeps them dead.
        let longest = later(now, inner.policy.refresh_lifetime);
        self.end(sid, session.map_or(longest, |session| session.expires_at)).await
    }

    /// Ends everything that a subject has: every session and every access token, and its API keys too if
    /// `api_keys` says so. A new log-in works at once; one whose password is being checked at this moment
    /// does not.
    ///
    /// After a change of password, call it once the new one is stored: whoever is logging in with the old one at
    /// that moment gets nothing.
    ///
    /// Run it on a task of its own where a client that hangs up drops the handler: dropped half-way, or
    /// with an error, it has done some of its steps and is to be called again.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): it may not have been recorded.
    pub async fn revoke_subject(&self, subject: &str, api_keys: ApiKeys) -> Result<(), Error> {
        let fields = AuditFields::subject(Action::RevokeSubject, subject);
        self.observe(fields, async |_| self.end_subject(subject, api_keys).await).await
    }

    async fn end_subject(&self, subject: &str, api_keys: ApiKeys) -> Result<(), Error> {
        let inner = self.inner();
        // First what depends on nothing else, and again last: a key that is made in between is either seen
        // then, or its maker sees the new subject version (see `create_api_key`).
        self.remove_keys_too(subject, api_keys).await?;
        if let Ok(revocations) = inner.revocations() {
            let now = self.now();
            let longest = inner.policy.refresh_lifetime.max(inner.policy.access_lifetime);
            let until = self.until(later(now, longest));
            revocations.revoke_subject(&inner.issuer, subject, until, now, inner.policy.leeway).await?;
        }
        if let Ok(tokens) = inner.tokens() {
            tokens.end_sessions(subject).await?;
            tokens.remove_by_owner(Kind::AccessToken.into(), subject).await?;
        }
        self.remove_keys_too(subject, api_keys).await
    }

    async fn remove_keys_too(&self, subject: &str, api_keys: ApiKeys) -> Result<(), Error> {
        if let (ApiKeys::Remove, Ok(tokens)) = (api_keys, self.inner().tokens()) {
            tokens.remove_by_owner(Kind::ApiKey.into(), subject).await?;
        }
        Ok(())
    }

    /// Revokes every token that one key (`kid`) has signed, for as long as any of them could live.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): it may not have been recorded.
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration) for an empty `kid`, which no key has.
    pub async fn revoke_key(&self, kid: &str) -> Result<(), Error> {
        let fields = AuditFields { key: Some(kid.to_owned()), ..AuditFields::of(Action::RevokeKey) };
        self.observe(fields, async |_| self.end_key(kid).await).await
    }

    async fn end_key(&self, kid: &str) -> Result<(), Error> {
        if kid.is_empty() {
            return Err(ConfigurationFault::InvalidName.into());
        }
        let inner = self.inner();
        let revocations = inner.revocations()?;
        // A stolen key signs whatever `iat` it likes, so no moment is late enough.
        Ok(revocations.revoke(&inner.issuer, Target::Key(kid), RetainUntil::FOREVER).await?)
    }

    /// Both steps of ending a session whose absolute end is `end`. A node without a token store takes the first alone:
    /// a refresh at another node finds the entry, and takes the second.
    pub(crate) async fn end(&self, sid: &str, end: OffsetDateTime) -> Result<(), Error> {
        self.revoke_session_entry(sid, end).await?;
        if let Some(tokens) = &self.inner().tokens {
            tokens.end_session(sid).await?;
        }
        Ok(())
    }

    /// The first step alone: the entry that kills the session's access tokens, and keeps its refresh
    /// token dead should the second step never come.
    pub(crate) async fn revoke_session_entry(&self, sid: &str, end: OffsetDateTime) -> Result<(), Error> {
        let inner = self.inner();
        let last_access = later(self.now(), inner.policy.access_lifetime);
        let until = self.until(end.max(last_access));
        Ok(inner.revocations()?.revoke(&inner.issuer, Target::Session(sid), until).await?)
    }

    fn until(&self, exp: OffsetDateTime) -> RetainUntil {
        let policy = &self.inner().policy;
        RetainUntil::for_token(Some(exp), policy.leeway, policy.margin)
    }
}

/// What the revocation of something presented is called, and what it is of.
fn fields_of(presented: &Presented) -> AuditFields {
    match presented {
        Presented::Signed(token) => match (&token.origin, &token.sid) {
            (Origin::Ours { .. }, Some(sid)) => {
                AuditFields { session: Some(sid.clone()), ..AuditFields::of(Action::RevokeSession) }
            }
            _ => AuditFields {
                token: token.claims.registered().jti().map(str::to_owned),
                ..AuditFields::of(Action::RevokeToken)
            },
        },
        Presented::Stored { kind, id, .. } => {
            let action = if *kind == Kind::ApiKey { Action::RemoveApiKey } else { Action::RevokeToken };
            AuditFields { token: Some(id.clone()), ..AuditFields::of(action) }
        }
        Presented::Basic { .. } => AuditFields::of(Action::RevokeToken),
    }
}
