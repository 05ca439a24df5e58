//! API keys are listed and removed.

use countersign_token_store::{Kind, TokenRecord, TokenStore, TokenStoreExt};

use crate::audit::{Action, AuditFields, Outcome};
use crate::authenticator::Authenticator;
use crate::error::Error;

/// Listing and removing API keys.
impl Authenticator {
    /// The API keys of `owner`, the oldest first. None of them can be read back.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable).
    pub async fn api_keys(&self, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        let listed: Result<_, Error> =
            async { Ok(self.inner().tokens()?.list_tokens(Kind::ApiKey, owner).await?) }.await;
        if let Err(error) = &listed {
            let fields = AuditFields::subject(Action::ListApiKeys, owner);
            self.tell(&fields, Outcome::Refused(error.kind()), Some(error));
        }
        listed
    }

    /// Removes an API key of `owner`, which revokes it. `false` if the owner has no such key.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): it may still be there.
    pub async fn remove_api_key(&self, owner: &str, id: &str) -> Result<bool, Error> {
        let fields =
            AuditFields { token: Some(id.to_owned()), ..AuditFields::subject(Action::RemoveApiKey, owner) };
        self.observe(fields, async |_| {
            Ok(self.inner().tokens()?.remove(Kind::ApiKey.into(), owner, id).await?)
        })
        .await
    }

    /// Removes all API keys of `owner`, which revokes them, and returns how many there were. One that is made
    /// at this moment may stay; [`revoke_subject`](Self::revoke_subject) lets none stay.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): some of them may still be there.
    pub async fn remove_api_keys(&self, owner: &str) -> Result<u64, Error> {
        let fields = AuditFields::subject(Action::RemoveApiKey, owner);
        self.observe(fields, async |_| {
            Ok(self.inner().tokens()?.remove_by_owner(Kind::ApiKey.into(), owner).await?)
        })
        .await
    }
}
