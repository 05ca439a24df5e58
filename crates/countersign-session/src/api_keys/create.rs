//! An API key is made, and shown once.

use countersign_random::{DEFAULT_KEY_BYTES, PrefixedKey};
use countersign_token_store::{Kind, StoredToken, TokenRecord, TokenStore, TokenStoreExt};

use crate::api_keys::{CreatedApiKey, Making, NewApiKey};
use crate::audit::{Action, AuditFields};
use crate::authenticate::principal::Principal;
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::issue::scope::check_scopes;
use crate::state::clock::later;

/// The longest name of an API key, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// Making API keys.
impl Authenticator {
    /// Makes an API key for the principal's subject, with scopes and roles that the principal has. Any other is refused,
    /// so no key can do what its maker cannot.
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
    /// [`InsufficientScope`](ErrorKind::InsufficientScope) for a scope or a role that the principal does not have;
    /// [`create_api_key_for`](Self::create_api_key_for) grants any.
    /// [`TooManyApiKeys`](ErrorKind::TooManyApiKeys) and
    /// [`ApiKeyNameTooLong`](ErrorKind::ApiKeyNameTooLong), as the names say.
    pub async fn create_api_key(
        &self,
        principal: &Principal,
        new: &NewApiKey<'_>,
    ) -> Result<CreatedApiKey, Error> {
        let fields = AuditFields::subject(Action::CreateApiKey, principal.subject());
        let made = self.observe(fields, async |fields| self.make_for_principal(principal, new, fields).await);
        made.await.map_err(|error| error.at(principal.accept))
    }

    async fn make_for_principal(
        &self,
        principal: &Principal,
        new: &NewApiKey<'_>,
        fields: &mut AuditFields,
    ) -> Result<CreatedApiKey, Error> {
        let not_after = self.check_maker(principal)?;
        principal.check_grants(new.scopes, new.roles)?;
        self.check_still_good(principal).await?;
        let making = Making { owner: principal.subject(), new, not_after, replaces: None };
        let created = self.make(&making, fields).await?;
        self.confirm(principal, &created).await?;
        Ok(created)
    }

    /// Removes a key again if its maker was revoked before it was stored. A revocation that comes after this question
    /// removes the key itself.
    pub(crate) async fn confirm(&self, maker: &Principal, created: &CreatedApiKey) -> Result<(), Error> {
        if let Err(error) = self.check_still_good(maker).await {
            self.inner().tokens()?.remove(Kind::ApiKey.into(), maker.subject(), &created.record.id).await?;
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
        let fields = AuditFields::subject(Action::CreateApiKey, owner);
        let making = Making { owner, new, not_after: None, replaces: None };
        self.observe(fields, async |fields| self.make(&making, fields).await).await
    }

    pub(crate) async fn make(
        &self,
        making: &Making<'_>,
        fields: &mut AuditFields,
    ) -> Result<CreatedApiKey, Error> {
        let Making { owner, new, not_after, .. } = *making;
        check_scopes(new.scopes)?;
        if new.name.len() > MAX_NAME_BYTES {
            return Err(Error::new(ErrorKind::ApiKeyNameTooLong));
        }
        let inner = self.inner();
        let tokens = inner.tokens()?;
        let maximum = inner.policy.max_api_keys;
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
            roles: without_repeats(new.roles),
            created_at: now,
            expires_at: ends.into_iter().chain(not_after).min(),
            last_used_at: None,
        };
        fields.token = Some(record.id.clone());
        let digest = inner.primary_digest(Kind::ApiKey, key.expose())?;
        tokens.insert_token(StoredToken { record: record.clone(), digest }).await?;
        // Counted again: others may have been stored since. Several that are stored at once may all be removed.
        if self.count_beside(making).await? > maximum {
            tokens.remove(Kind::ApiKey.into(), owner, &record.id).await?;
            return Err(Error::new(ErrorKind::TooManyApiKeys));
        }
        Ok(CreatedApiKey { key: key.into_secret(), record })
    }

    /// How many keys the owner has that have not expired, without the one that is replaced.
    async fn count_beside(&self, making: &Making<'_>) -> Result<usize, Error> {
        let now = self.now();
        let keys = self.inner().tokens()?.list_tokens(Kind::ApiKey, making.owner).await?;
        let counts = |key: &&TokenRecord| !key.is_expired(now) && Some(&*key.id) != making.replaces;
        Ok(keys.iter().filter(counts).count())
    }
}

/// The scopes or roles in their order, each once.
fn without_repeats(texts: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for text in texts {
        if !once.contains(text) {
            once.push(text.clone());
        }
    }
    once
}
