//! Who may log in: the application's answer, asked through a trait.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::Error;
use crate::error::kind::ErrorKind;

/// What the application knows of somebody who may log in. Debug shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The subject (`sub`) that its tokens name: stable, and never given to anybody else.
    pub subject: String,
    /// The roles that its tokens carry. Read again on each refresh, so a demotion takes effect.
    pub roles: Vec<String>,
    /// The scopes that its tokens may carry, one scope token each (RFC 6749 section 3.3). Read again on
    /// each refresh: a session keeps of its scopes what is still here.
    pub scopes: Vec<String>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(..)")
    }
}

/// Checks a user name and a password, and knows accounts.
///
/// `countersign-password` has one for argon2 hashes. An implementation does equal work for a user that
/// does not exist as for a wrong password, and blocks no async thread.
pub trait CredentialVerifier: Send + Sync {
    /// The account, if there is such a user and the password is right; `None` for either failure alike.
    ///
    /// # Errors
    /// It cannot tell: the request is answered with 503, and nobody is let in.
    fn verify(
        &self,
        user_id: &str,
        password: &str,
    ) -> impl Future<Output = Result<Option<Account>, CredentialError>> + Send;

    /// [`verify`](Self::verify) for a client at `address`. `None` means that the address is not known.
    ///
    /// Override it if checks wait for one another, as they do in a pool of threads, so that a single client
    /// cannot keep all others waiting: serve clients in turn, by [`ClientNetwork`](crate::ClientNetwork). By
    /// default it ignores the address. The authenticator calls this function and never
    /// [`verify`](Self::verify).
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    fn verify_from(
        &self,
        user_id: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> impl Future<Output = Result<Option<Account>, CredentialError>> + Send {
        let _ = address;
        self.verify(user_id, password)
    }

    /// The account of a subject as it is now; `None` if there is none any more, which ends its sessions
    /// on their next refresh.
    ///
    /// # Errors
    /// It cannot tell: the request is answered with 503.
    fn account(&self, subject: &str)
    -> impl Future<Output = Result<Option<Account>, CredentialError>> + Send;
}

/// A verifier that is shared with the rest of the application.
impl<V: CredentialVerifier> CredentialVerifier for Arc<V> {
    fn verify(
        &self,
        user_id: &str,
        password: &str,
    ) -> impl Future<Output = Result<Option<Account>, CredentialError>> + Send {
        (**self).verify(user_id, password)
    }

    fn verify_from(
        &self,
        user_id: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> impl Future<Output = Result<Option<Account>, CredentialError>> + Send {
        (**self).verify_from(user_id, password, address)
    }

    fn account(
        &self,
        subject: &str,
    ) -> impl Future<Output = Result<Option<Account>, CredentialError>> + Send {
        (**self).account(subject)
    }
}

/// Why a [`CredentialVerifier`] cannot tell. The cause is kept for [`source`](StdError::source) and shown
/// nowhere else.
pub struct CredentialError {
    kind: CredentialErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of a [`CredentialError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialErrorKind {
    /// Too many are waiting already; the client may try again in a moment.
    Busy,
    /// The accounts are out of reach or cannot be read.
    Unavailable,
}

impl CredentialError {
    /// Too many are waiting already.
    #[must_use]
    pub fn busy() -> Self {
        Self { kind: CredentialErrorKind::Busy, source: None }
    }

    /// The accounts are out of reach.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind: CredentialErrorKind::Unavailable, source: Some(source.into()) }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> CredentialErrorKind {
        self.kind
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CredentialErrorKind::Busy => "too many credentials are waiting to be checked",
            CredentialErrorKind::Unavailable => "the accounts are out of reach",
        })
    }
}

impl fmt::Debug for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialError").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl StdError for CredentialError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

impl From<CredentialError> for Error {
    fn from(error: CredentialError) -> Self {
        let kind = match error.kind() {
            CredentialErrorKind::Busy => ErrorKind::Busy,
            CredentialErrorKind::Unavailable => ErrorKind::Unavailable,
        };
        Self::caused(kind, error)
    }
}

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<Option<Account>, CredentialError>> + Send + 'a>>;

/// Any [`CredentialVerifier`], shared.
#[derive(Clone)]
pub(crate) struct AnyCredentialVerifier(Arc<dyn Erased>);

trait Erased: Send + Sync {
    fn verify_from<'a>(&'a self, user_id: &'a str, password: &'a str, address: Option<IpAddr>) -> Boxed<'a>;
    fn account<'a>(&'a self, subject: &'a str) -> Boxed<'a>;
}

impl<V: CredentialVerifier> Erased for V {
    fn verify_from<'a>(&'a self, user_id: &'a str, password: &'a str, address: Option<IpAddr>) -> Boxed<'a> {
        Box::pin(CredentialVerifier::verify_from(self, user_id, password, address))
    }

    fn account<'a>(&'a self, subject: &'a str) -> Boxed<'a> {
        Box::pin(CredentialVerifier::account(self, subject))
    }
}

impl AnyCredentialVerifier {
    pub(crate) fn new(verifier: impl CredentialVerifier + 'static) -> Self {
        Self(Arc::new(verifier))
    }

    pub(crate) async fn verify_from(
        &self,
        user_id: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<Account>, CredentialError> {
        self.0.verify_from(user_id, password, address).await
    }

    pub(crate) async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        self.0.account(subject).await
    }
}
