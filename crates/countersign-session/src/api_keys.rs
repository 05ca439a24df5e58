//! API keys: made once, shown once, listed, removed.

use std::fmt;
use std::time::Duration;

use countersign_random::{DEFAULT_KEY_BYTES, PrefixedKey, SecretString};
use countersign_token_store::{Kind, StoredToken, TokenRecord, TokenStore};

use crate::clock::later;
use crate::log_in::check_scopes;
use crate::{Authenticator, Error};

/// What an API key is to be.
#[derive(Clone, Debug, Default)]
pub struct NewApiKey<'a> {
    /// What its owner calls it.
    pub name: &'a str,
    /// What it may be used for, one scope token each (RFC 6749 section 3.3).
    pub scopes: &'a [String],
    /// How long it lives; until it is removed, if absent.
    pub lifetime: Option<Duration>,
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
    /// Makes an API key for `owner`.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): nothing was made that could be used.
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration) for a scope that is none.
    pub async fn create_api_key(&self, owner: &str, new: &NewApiKey<'_>) -> Result<CreatedApiKey, Error> {
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
            created_at: now,
            expires_at: new.lifetime.map(|lifetime| later(now, lifetime)),
            last_used_at: None,
        };
        let digest = inner.primary_digest(Kind::ApiKey, key.expose())?;
        inner.tokens()?.insert(StoredToken { record: record.clone(), digest }).await?;
        Ok(CreatedApiKey { key: key.into_secret(), record })
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
        Ok(self.inner().tokens()?.remove(Kind::ApiKey, owner, id).await?)
    }
}
