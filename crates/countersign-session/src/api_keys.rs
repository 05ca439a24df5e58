//! API keys: made once, shown once, listed, removed.

use std::fmt;
use std::time::Duration;

use countersign_random::{DEFAULT_KEY_BYTES, PrefixedKey, SecretString};
use countersign_revocation::{RevocationStore, Verdict};
use countersign_token_store::{Kind, StoredToken, TokenRecord, TokenStore};

use crate::audit::{Action, Trail};
use crate::clock::later;
use crate::issue::check_scopes;
use crate::principal::Presented;
use crate::{Authenticator, Error, ErrorKind, Method, Principal, TokenFault};

/// What an API key is to be. Debug does not show its name.
#[derive(Clone, Default)]
pub struct NewApiKey<'a> {
    /// What its owner calls it.
    pub name: &'a str,
    /// What it may be used for, one scope token each (RFC 6749 section 3.3).
    pub scopes: &'a [String],
    /// How long it lives; until it is removed, if absent.
    pub lifetime: Option<Duration>,
}

impl fmt::Debug for NewApiKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewApiKey").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// An API key that was just made. The key can be read here, and never again.
pub struct CreatedApiKey {
    /// The key, to be shown to its owner.
    pub key: SecretString,
    /// All that is kept of it but its digest.
    pub record: TokenRecord,
}

impl fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedApiKey").field("record", &self.record).finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Makes an API key for whoever `principal` is, with scopes that the principal has: whoever asks for more is
    /// refused, so that no key does what its maker may not. A revocation that comes meanwhile (a logout, a closed
    /// account) leaves no key behind.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): nothing was made that anybody has seen.
    /// [`InvalidToken`](crate::ErrorKind::InvalidToken) or
    /// [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials) if what was presented is not good any
    /// more. [`UnacceptedCredentials`](crate::ErrorKind::UnacceptedCredentials) for a token of another issuer.
    /// [`InsufficientScope`](crate::ErrorKind::InsufficientScope) for a scope that the principal has not;
    /// [`create_api_key_for`](Self::create_api_key_for) gives any.
    pub async fn create_api_key(
        &self,
        principal: &Principal,
        new: &NewApiKey<'_>,
    ) -> Result<CreatedApiKey, Error> {
        let trail = Trail::subject(Action::CreateApiKey, principal.subject());
        self.observe(trail, async |trail| self.make_for_principal(principal, new, trail).await).await
    }

    async fn make_for_principal(
        &self,
        principal: &Principal,
        new: &NewApiKey<'_>,
        trail: &mut Trail,
    ) -> Result<CreatedApiKey, Error> {
        // Its subject is an account of another service, whatever it is called.
        if principal.method() == Method::ForeignToken {
            return Err(Error::new(ErrorKind::UnacceptedCredentials).at(principal.accept));
        }
        if !new.scopes.iter().all(|scope| principal.has_scope(scope)) {
            return Err(Error::new(ErrorKind::InsufficientScope).at(principal.accept));
        }
        let created = self.make(principal.subject(), new, trail).await?;
        // Asked after the insertion: a revocation that came before it is seen here, and one that comes
        // after it removes the key.
        if let Err(error) = self.check_still_good(principal).await {
            self.inner().tokens()?.remove(Kind::ApiKey, principal.subject(), &created.record.id).await?;
            return Err(error.at(principal.accept));
        }
        Ok(created)
    }

    /// Makes an API key for `owner` on an operator's word. Whether `owner` is revoked meanwhile is not
    /// asked: a key that is made while the account is being closed stays.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): nothing was made that anybody has seen.
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration) for a scope that is none.
    pub async fn create_api_key_for(&self, owner: &str, new: &NewApiKey<'_>) -> Result<CreatedApiKey, Error> {
        let trail = Trail::subject(Action::CreateApiKey, owner);
        self.observe(trail, async |trail| self.make(owner, new, trail).await).await
    }

    async fn make(
        &self,
        owner: &str,
        new: &NewApiKey<'_>,
        trail: &mut Trail,
    ) -> Result<CreatedApiKey, Error> {
        check_scopes(new.scopes)?;
        let inner = self.inner();
        let now = self.now();
        let key = PrefixedKey::generate(&*inner.random, &inner.prefixes.api_key, DEFAULT_KEY_BYTES)?;
        let record = TokenRecord {
            id: self.random_id()?,
            kind: Kind::ApiKey,
            owner: owner.to_owned(),
            name: new.name.to_owned(),
            hint: key.hint(),
            scopes: new.scopes.to_vec(),
            roles: vec![],
            created_at: now,
            expires_at: new.lifetime.map(|lifetime| later(now, lifetime)),
            last_used_at: None,
        };
        trail.token = Some(record.id.clone());
        let digest = inner.primary_digest(Kind::ApiKey, key.expose())?;
        inner.tokens()?.insert(StoredToken { record: record.clone(), digest }).await?;
        Ok(CreatedApiKey { key: key.into_secret(), record })
    }

    /// Makes a successor of an API key of `owner`, with its name and its scopes, to live for `lifetime` (until it
    /// is removed, if absent), and lets the old one work for `overlap` more: until everything that has it has
    /// been given the new one. `None` if the owner has no such key, or it has expired, or it was removed
    /// meanwhile, which leaves no successor either.
    ///
    /// An old key that would have ended sooner still does. With no overlap it ends at once.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): no successor was made that anybody has seen, and the old
    /// key may end after the overlap or not. Call again.
    pub async fn rotate_api_key(
        &self,
        owner: &str,
        id: &str,
        lifetime: Option<Duration>,
        overlap: Duration,
    ) -> Result<Option<CreatedApiKey>, Error> {
        let trail = Trail { token: Some(id.to_owned()), ..Trail::subject(Action::RotateApiKey, owner) };
        self.observe(trail, async |_| self.succeed(owner, id, lifetime, overlap).await).await
    }

    async fn succeed(
        &self,
        owner: &str,
        id: &str,
        lifetime: Option<Duration>,
        overlap: Duration,
    ) -> Result<Option<CreatedApiKey>, Error> {
        let tokens = self.inner().tokens()?;
        let keys = tokens.list(Kind::ApiKey, owner).await?;
        let old = keys.into_iter().find(|record| record.id == id && !record.is_expired(self.now()));
        let Some(old) = old else { return Ok(None) };
        let new = NewApiKey { name: &old.name, scopes: &old.scopes, lifetime };
        let created = self.create_api_key_for(owner, &new).await?;
        // The new one is there before the old one gets its end: a crash in between costs nobody their access.
        let expired = tokens.expire(Kind::ApiKey, owner, id, later(self.now(), overlap)).await;
        if let Ok(true) = expired {
            return Ok(Some(created));
        }
        // Whoever removed the old key meanwhile meant this one too.
        tokens.remove(Kind::ApiKey, owner, &created.record.id).await?;
        expired?;
        Ok(None)
    }

    /// Whether what a principal presented would still be taken.
    async fn check_still_good(&self, principal: &Principal) -> Result<(), Error> {
        let inner = self.inner();
        let (kind, id, owner) = match &principal.presented {
            Presented::Signed(token) => {
                return match inner.revocations()?.check(&token.check(), self.now()).wait().await? {
                    Verdict::NotRevoked => Ok(()),
                    Verdict::Revoked(scope) => Err(TokenFault::Revoked(scope).into()),
                };
            }
            Presented::Basic { account, generation, .. } => {
                let is_same = self.generation(&account.subject).await? == *generation;
                return if is_same { Ok(()) } else { Err(Error::new(ErrorKind::InvalidCredentials)) };
            }
            Presented::Stored { kind, id, owner, .. } => (*kind, id, owner),
        };
        let records = inner.tokens()?.list(kind, owner).await?;
        if records.iter().any(|record| record.id == *id) { Ok(()) } else { Err(TokenFault::Unknown.into()) }
    }

    /// The API keys of `owner`, the oldest first. None of them can be read back.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable).
    pub async fn api_keys(&self, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        Ok(self.inner().tokens()?.list(Kind::ApiKey, owner).await?)
    }

    /// Removes an API key of `owner`, which revokes it. `false` if the owner has no such key.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): it may still be there.
    pub async fn remove_api_key(&self, owner: &str, id: &str) -> Result<bool, Error> {
        let trail = Trail { token: Some(id.to_owned()), ..Trail::subject(Action::RemoveApiKey, owner) };
        self.observe(trail, async |_| Ok(self.inner().tokens()?.remove(Kind::ApiKey, owner, id).await?)).await
    }

    /// Removes all API keys of `owner`, which revokes them, and returns how many there were. One that is made
    /// at this moment may stay; [`revoke_subject`](Self::revoke_subject) lets none stay.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): some of them may still be there.
    pub async fn remove_api_keys(&self, owner: &str) -> Result<u64, Error> {
        let trail = Trail::subject(Action::RemoveApiKey, owner);
        self.observe(trail, async |_| Ok(self.inner().tokens()?.remove_by_owner(Kind::ApiKey, owner).await?))
            .await
    }
}
