//! From a user name and a password to an account, and to tokens.

pub(crate) mod client;
pub(crate) mod credentials;
pub(crate) mod limiter;
pub(crate) mod limiter_tables;
pub(crate) mod memory_limiter;

use std::net::IpAddr;

use countersign_header::{Authorization, BasicCredentials};

use crate::audit::{Action, AuditFields};
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ConfigurationFault, ErrorKind};
use crate::issue::token_response::TokenResponse;
use crate::log_in::credentials::Account;
use crate::log_in::limiter::{Attempt, AttemptOutcome};
use crate::state::clock::milliseconds;

/// Login with user name and password.
impl Authenticator {
    /// Checks the Basic credentials of a request and issues tokens. `values` are all values of its `Authorization`
    /// headers. It passes no client address, so use it only without a [`LogInLimiter`](crate::LogInLimiter).
    ///
    /// # Errors
    /// As [`log_in_from`](Self::log_in_from) with the address `None`.
    pub async fn log_in<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<TokenResponse, Error> {
        self.log_in_from(values, None).await
    }

    /// Checks the Basic credentials of a request from `address` and issues tokens, as `POST /tokens` does.
    /// `values` are all values of its `Authorization` headers.
    ///
    /// `address` is the peer of the connection, or the client that a trusted proxy reports. Do not take it from a
    /// header that any client can write. `None` means that the address is unknown; then no password is checked if a
    /// [`LogInLimiter`](crate::LogInLimiter) is set.
    ///
    /// # Errors
    /// Those of the credentials, as [`authenticate`](Self::authenticate) has them;
    /// [`TooManyAttempts`](ErrorKind::TooManyAttempts) (429);
    /// [`ConfigurationFault::NoClientAddress`] (500) if a limiter is set and `address` is `None`;
    /// [`Unavailable`](ErrorKind::Unavailable) (503) if a store cannot be reached. Then nothing was issued.
    pub async fn log_in_from<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
        address: Option<IpAddr>,
    ) -> Result<TokenResponse, Error> {
        let credentials = basic_credentials(values);
        let issued = self.observe(AuditFields::of(Action::LogIn), async |fields| {
            let (account, subject_version) = self.account_of(&credentials?, address).await?;
            self.issue_of(&account, subject_version, fields).await
        });
        issued.await.map_err(Error::at_token_endpoint)
    }

    /// The account that Basic credentials stand for, and a subject version that was read before
    /// the password was found to be right.
    ///
    /// The subject is known only once the password has been checked, and checking takes its time. If the
    /// subject was revoked lately, that may have been meanwhile, and the password the one that it was
    /// revoked for. So it is checked again then: now the subject version has been read before. Near a revocation
    /// a log-in costs two checks. For the limiter they are one attempt.
    pub(crate) async fn account_of(
        &self,
        credentials: &BasicCredentials,
        address: Option<IpAddr>,
    ) -> Result<(Account, u64), Error> {
        let Some(limiter) = &self.inner().limiter else {
            return self.checked_account(credentials, address).await;
        };
        // Without an address one guess a minute would lock a user out, and one client could guess at all users.
        let address = address.ok_or(ConfigurationFault::NoClientAddress)?;
        let attempt = Attempt { user_id: credentials.user_id(), address, now: self.now() };
        limiter.admit(&attempt).await?;
        let checked = self.checked_account(credentials, Some(address)).await;
        let outcome = match &checked {
            Ok(_) => AttemptOutcome::Right,
            Err(error) if error.kind() == ErrorKind::InvalidCredentials => AttemptOutcome::Wrong,
            Err(_) => AttemptOutcome::Undecided,
        };
        limiter.settle(&attempt, outcome).await;
        checked
    }

    async fn checked_account(
        &self,
        credentials: &BasicCredentials,
        address: Option<IpAddr>,
    ) -> Result<(Account, u64), Error> {
        let began = milliseconds(self.now());
        let account = self.verify(credentials, address).await?;
        let subject_version = self.subject_version(&account.subject).await?;
        // A subject version is a time by the clock of the node that revoked, so the comparison allows for a clock
        // behind ours.
        if subject_version.saturating_add(self.inner().policy.clock_skew_milliseconds()) < began {
            return Ok((account, subject_version));
        }
        let again = self.verify(credentials, address).await?;
        if again.subject == account.subject {
            Ok((again, subject_version))
        } else {
            Err(Error::new(ErrorKind::InvalidCredentials))
        }
    }

    async fn verify(
        &self,
        credentials: &BasicCredentials,
        address: Option<IpAddr>,
    ) -> Result<Account, Error> {
        let verifier = self.inner().credentials()?;
        let account = verifier.verify_from(credentials.user_id(), credentials.password(), address).await?;
        account.ok_or_else(|| Error::new(ErrorKind::InvalidCredentials))
    }
}

/// The Basic credentials of a request.
fn basic_credentials<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<BasicCredentials, Error> {
    match Authorization::from_values(values).map_err(header_error)? {
        Authorization::Basic(credentials) => Ok(credentials),
        _ => Err(Error::new(ErrorKind::UnacceptedCredentials)),
    }
}

pub(crate) fn header_error(error: countersign_header::Error) -> Error {
    let kind = if error.kind().is_missing() { ErrorKind::NoCredentials } else { ErrorKind::MalformedRequest };
    Error::caused(kind, error)
}
