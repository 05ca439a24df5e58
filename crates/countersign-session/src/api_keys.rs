//! API keys: made once, shown once, listed, removed. `rotate_api_key.rs` replaces them.

use std::fmt;
use std::time::Duration;

use countersign_random::{DEFAULT_KEY_BYTES, PrefixedKey, SecretString};
use countersign_token_store::{Kind, StoredToken, TokenRecord, TokenStore};
use time::OffsetDateTime;

use crate::audit::{Action, Outcome, Trail};
use crate::clock::later;
use crate::issue::check_scopes;
use crate::{Authenticator, Error, ErrorKind, Principal};

/// The longest name of an API key, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// The settings of a new API key. Debug does not show its name.
#[derive(Clone, Default)]
pub struct NewApiKey<'a> {
    /// The owner's name for it, at most 256 bytes.
    pub name: &'a str,
    /// The scopes that it grants, one scope token each (RFC 6749 section 3.3). A repeated one is stored once.
    pub scopes: &'a [String],
    /// How long it lives. `None`: until it is removed.
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

/// A key to be made, with its bounds.
pub(crate) struct Making<'a> {
    pub(crate) owner: &'a str,
    pub(crate) new: &'a NewApiKey<'a>,
    /// The key expires at this moment at the latest.
    pub(crate) not_after: Option<OffsetDateTime>,
    /// The id of the key that this one replaces, which does not count towards the owner's maximum.
    pub(crate) replaces: Option<&'a str>,
}

impl Authenticator {
    /// Makes an API key for the principal's subject, with scopes that the principal has. A larger scope is refused, so
    /// no key can do what its maker cannot.
    ///
    /// The principal may come from a cache or a replica. So the stores themselves are asked whether it is still good,
    /// before the key is stored and again afterwards. If it was revoked in between (by a logout, or because the account was
    /// closed), the key is removed. Run this on a task of its own if a client that hangs up drops the handler: a call
    /// that is dropped between these steps can leave a key that no one has seen.
    ///
    /// A principal that was authenticated by an API key is refused, unless the service was built with
    /// [`dangerously_allow_api_keys_to_make_api_keys`](crate::AuthenticatorBuilder::dangerously_allow_api_keys_to_make_api_keys).
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable): no key was made that anyone has seen.
    /// [`InvalidToken`](ErrorKind::InvalidToken) or [`InvalidCredentials`](ErrorKind::InvalidCredentials) if the
    /// presented credentials are no longer good.
    /// [`UnacceptedCredentials`](ErrorKind::UnacceptedCredentials) for a token of another issuer, and for an API key.
    /// [`InsufficientScope`](ErrorKind::InsufficientScope) for a scope that the principal does not have;
    /// [`create_api_key_for`](Self::create_api_key_for) grants any.
    /// [`TooManyApiKeys`](ErrorKind::TooManyApiKeys) and
    /// [`ApiKeyNameTooLong`](ErrorKind::ApiKeyNameTooLong), as the names say.
    pub async fn create_api_key(
        &self,
        principal: &Principal,
        new: &NewApiKey<'_>,
    ) -> Result<CreatedApiKey, Error> {
        let trail = Trail::subject(Action::CreateApiKey, principal.subject());
        let made = self.observe(trail, async |trail| self.make_for_principal(principal, new, trail).await);
        made.await.map_err(|error| error.at(principal.accept))
    }

    async fn make_for_principal(
        &self,
        principal: &Principal,
        new: &NewApiKey<'_>,
        trail: &mut Trail,
    ) -> Result<CreatedApiKey, Error> {
        let not_after = self.check_maker(principal)?;
        if !new.scopes.iter().all(|scope| principal.has_scope(scope)) {
            return Err(Error::new(ErrorKind::InsufficientScope));
        }
        self.check_still_good(principal).await?;
        let making = Making { owner: principal.subject(), new, not_after, replaces: None };
        let created = self.make(&making, trail).await?;
        self.confirm(principal, &created).await?;
        Ok(created)
    }

    /// Removes a key again if its maker was revoked before it was stored. A revocation that comes after this question
    /// removes the key itself.
    pub(crate) async fn confirm(&self, maker: &Principal, created: &CreatedApiKey) -> Result<(), Error> {
        if let Err(error) = self.check_still_good(maker).await {
            self.inner().tokens()?.remove(Kind::ApiKey, maker.subject(), &created.record.id).await?;
            return Err(error);
        }
        Ok(())
    }

    /// Makes an API key for `owner` on an operator's word. It does not ask whether `owner` is being revoked: a key
    /// that is stored after the last step of [`revoke_subject`](Self::revoke_subject) stays.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable): no key was made that anyone has seen.
    /// [`InvalidConfiguration`](ErrorKind::InvalidConfiguration) for a malformed scope.
    /// [`TooManyApiKeys`](ErrorKind::TooManyApiKeys) and [`ApiKeyNameTooLong`](ErrorKind::ApiKeyNameTooLong), as the
    /// names say.
    pub async fn create_api_key_for(&self, owner: &str, new: &NewApiKey<'_>) -> Result<CreatedApiKey, Error> {
        let trail = Trail::subject(Action::CreateApiKey, owner);
        let making = Making { owner, new, not_after: None, replaces: None };
        self.observe(trail, async |trail| self.make(&making, trail).await).await
    }

    pub(crate) async fn make(&self, making: &Making<'_>, trail: &mut Trail) -> Result<CreatedApiKey, Error> {
        let Making { owner, new, not_after, .. } = *making;
        check_scopes(new.scopes)?;
        if new.name.len() > MAX_NAME_BYTES {
            return Err(Error::new(ErrorKind::ApiKeyNameTooLong));
        }
        let inner = self.inner();
        let tokens = inner.tokens()?;
        let maximum = inner.max_api_keys;
        if self.count_beside(making).await? >= maximum {
            return Err(Error::new(ErrorKind::TooManyApiKeys));
        }
        let now = self.now();
        let key = PrefixedKey::generate(&*inner.random, &inner.prefixes.api_key, DEFAULT_KEY_BYTES)?;
        let ends = new.lifetime.map(|lifetime| later(now, lifetime));
        let record = TokenRecord {
            id: self.random_id()?,
            kind: Kind::ApiKey,
            owner: owner.to_owned(),
            name: new.name.to_owned(),
            hint: key.hint(),
            scopes: without_repeats(new.scopes),
            roles: vec![],
            created_at: now,
            expires_at: ends.into_iter().chain(not_after).min(),
            last_used_at: None,
        };
        trail.token = Some(record.id.clone());
        let digest = inner.primary_digest(Kind::ApiKey, key.expose())?;
        tokens.insert(StoredToken { record: record.clone(), digest }).await?;
        // Counted again: others may have been stored since. Several that are stored at once may all be removed.
        if self.count_beside(making).await? > maximum {
            tokens.remove(Kind::ApiKey, owner, &record.id).await?;
            return Err(Error::new(ErrorKind::TooManyApiKeys));
        }
        Ok(CreatedApiKey { key: key.into_secret(), record })
    }

    /// How many keys the owner has that have not expired, without the one that is replaced.
    async fn count_beside(&self, making: &Making<'_>) -> Result<usize, Error> {
        let now = self.now();
        let keys = self.inner().tokens()?.list(Kind::ApiKey, making.owner).await?;
        let counts = |key: &&TokenRecord| !key.is_expired(now) && Some(&*key.id) != making.replaces;
        Ok(keys.iter().filter(counts).count())
    }

    /// The API keys of `owner`, the oldest first. None of them can be read back.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable).
    pub async fn api_keys(&self, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        let listed: Result<_, Error> =
            async { Ok(self.inner().tokens()?.list(Kind::ApiKey, owner).await?) }.await;
        if let Err(error) = &listed {
            let trail = Trail::subject(Action::ListApiKeys, owner);
            self.tell(&trail, Outcome::Refused(error.kind()), Some(error));
        }
        listed
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

/// The scopes in their order, each once.
fn without_repeats(scopes: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for scope in scopes {
        if !once.contains(scope) {
            once.push(scope.clone());
        }
    }
    once
}
