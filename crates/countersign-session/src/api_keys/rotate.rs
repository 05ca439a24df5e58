//! An API key gets a successor, and both work for an overlap.

use countersign_token_store::{Kind, TokenRecord, TokenStore, TokenStoreExt};

use crate::api_keys::{CreatedApiKey, Making, NewApiKey, RotateApiKey};
use crate::audit::{Action, AuditFields};
use crate::authenticate::principal::Principal;
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::state::clock::later;

/// Replacing API keys.
impl Authenticator {
    /// Makes a successor of an API key of `owner`, with its name and its scopes. The old key works for the overlap, in
    /// which everything that uses it can be given the new one. Returns `None` if the owner has no such key, if it has
    /// expired, or if it was removed meanwhile, which leaves no successor either.
    ///
    /// An old key that would have ended sooner still does. With no overlap it ends at once. The old key does not count
    /// towards the owner's maximum.
    ///
    /// Security: this is an operator's call. For a request of the owner's, use
    /// [`rotate_api_key_as`](Self::rotate_api_key_as), which checks what the request was authenticated by.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): no successor was made that anyone has seen, and the old key may end
    /// after the overlap or not. Call again.
    /// [`TooManyApiKeys`](crate::ErrorKind::TooManyApiKeys): the owner has the maximum without the old key.
    pub async fn rotate_api_key(
        &self,
        owner: &str,
        rotation: RotateApiKey<'_>,
    ) -> Result<Option<CreatedApiKey>, Error> {
        let fields = AuditFields {
            token: Some(rotation.id.to_owned()),
            ..AuditFields::subject(Action::RotateApiKey, owner)
        };
        self.observe(fields, async |_| {
            let Some(old) = self.live_key(owner, rotation.id).await? else { return Ok(None) };
            self.succeed(&old, None, rotation).await
        })
        .await
    }

    /// [`rotate_api_key`](Self::rotate_api_key) of a key of the principal's own, at the principal's request.
    ///
    /// As for [`create_api_key`](Self::create_api_key), the stores themselves are asked whether the principal is still
    /// good, before and after; the principal needs every scope of the key; and a principal that was authenticated by an
    /// API key is refused, unless the service was built to allow it.
    ///
    /// # Errors
    /// As for [`rotate_api_key`](Self::rotate_api_key) and [`create_api_key`](Self::create_api_key).
    pub async fn rotate_api_key_as(
        &self,
        principal: &Principal,
        rotation: RotateApiKey<'_>,
    ) -> Result<Option<CreatedApiKey>, Error> {
        let owner = principal.subject();
        let fields = AuditFields {
            token: Some(rotation.id.to_owned()),
            ..AuditFields::subject(Action::RotateApiKey, owner)
        };
        let rotated = self.observe(fields, async |_| {
            self.check_maker(principal)?;
            self.check_still_good(principal).await?;
            let Some(old) = self.live_key(owner, rotation.id).await? else { return Ok(None) };
            principal.check_grants(&old.scopes, &old.roles)?;
            self.succeed(&old, Some(principal), rotation).await
        });
        rotated.await.map_err(|error| error.at(principal.accept))
    }

    async fn live_key(&self, owner: &str, id: &str) -> Result<Option<TokenRecord>, Error> {
        let keys = self.inner().tokens()?.list_tokens(Kind::ApiKey, owner).await?;
        Ok(keys.into_iter().find(|record| record.id == id && !record.is_expired(self.now())))
    }

    async fn succeed(
        &self,
        old: &TokenRecord,
        maker: Option<&Principal>,
        rotation: RotateApiKey<'_>,
    ) -> Result<Option<CreatedApiKey>, Error> {
        let tokens = self.inner().tokens()?;
        let new = NewApiKey {
            name: &old.name,
            scopes: &old.scopes,
            roles: &old.roles,
            lifetime: rotation.lifetime,
        };
        let not_after = match maker {
            Some(principal) => self.check_maker(principal)?,
            None => None,
        };
        let making = Making { owner: &old.owner, new: &new, not_after, replaces: Some(&old.id) };
        let fields = AuditFields::subject(Action::CreateApiKey, &old.owner);
        let created = self.observe(fields, async |fields| self.make(&making, fields).await).await?;
        if let Some(principal) = maker {
            self.confirm(principal, &created).await?;
        }
        // The new one is there before the old one gets its end: a crash in between costs no one their access.
        let expired =
            tokens.expire_token(Kind::ApiKey, &old.owner, &old.id, later(self.now(), rotation.overlap)).await;
        if let Ok(true) = expired {
            return Ok(Some(created));
        }
        // The old key was removed meanwhile, so its successor goes too.
        tokens.remove(Kind::ApiKey.into(), &old.owner, &created.record.id).await?;
        expired?;
        Ok(None)
    }
}
