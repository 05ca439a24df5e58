//! The one plain type that an application holds.

pub(crate) mod builder;

mod build;

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::state::Inner;
use crate::state::clock::to_millisecond;

/// Issues, checks and ends tokens, over the stores and keys that it was built with. Cheap to clone: build one and
/// clone it into your handlers.
///
/// ```
/// use countersign_random::{DigestKey, DigestKeys};
/// use countersign_revocation::MemoryRevocationStore;
/// use countersign_session::{AuthMethods, Authenticator};
/// use countersign_signed::{Algorithm, SigningKey};
/// use countersign_token_store::MemoryTokenStore;
/// # use countersign_session::{Account, CredentialError, CredentialVerifier};
/// # struct Users;
/// # impl CredentialVerifier for Users {
/// #     async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
/// #         if (user_id, password) == ("alice", "secret") { self.account("alice").await } else { Ok(None) }
/// #     }
/// #     async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
/// #         Ok(Some(Account { subject: subject.into(), roles: vec![], scopes: vec!["read".into()] }))
/// #     }
/// # }
///
/// # pollster::block_on(async {
/// let authenticator = Authenticator::builder("https://api.example", "https://api.example")
///     .signing_key(SigningKey::generate(Algorithm::EdDSA)?)
///     .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32])?)) // use a secret of yours
///     .revocation_store(MemoryRevocationStore::new())
///     .token_store(MemoryTokenStore::new())
///     .credentials(Users) // your `CredentialVerifier`
///     .build()?;
///
/// // Log in: the `Authorization` header has user name and password ("alice:secret" in Base64).
/// let login = authenticator.log_in([b"Basic YWxpY2U6c2VjcmV0".as_slice()]).await?;
///
/// // Authenticate every request.
/// let bearer = format!("Bearer {}", login.access_token().expose());
/// let principal = authenticator.authenticate([bearer.as_bytes()], AuthMethods::bearer()).await?;
/// assert_eq!(principal.subject(), "alice");
///
/// // Refresh: trade the refresh token for a new pair.
/// let refresh_token = login.refresh_token().ok_or("a login returns a refresh token by default")?;
/// authenticator.refresh(refresh_token.expose()).await?;
///
/// // Log out: no token of this login is accepted any more.
/// authenticator.revoke(&principal).await?;
/// let error = authenticator.authenticate([bearer.as_bytes()], AuthMethods::bearer()).await.unwrap_err();
/// assert_eq!(authenticator.error_response(&error).status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

impl Authenticator {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The current moment, to the millisecond: what the stores keep of one.
    pub(crate) fn now(&self) -> OffsetDateTime {
        to_millisecond(self.0.clock.now())
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("login_tokens", &self.0.login_tokens).finish_non_exhaustive()
    }
}
