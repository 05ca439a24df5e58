//! From a user name and a password to an account, and to tokens.

use countersign_header::{Authorization, BasicCredentials};

use crate::{Account, Authenticator, Error, ErrorKind, Issued};

impl Authenticator {
    /// Checks the Basic credentials of a request and issues tokens: what `POST /tokens` does. `values` are
    /// all values that the request has for `Authorization`.
    ///
    /// # Errors
    /// Those of the credentials, as [`authenticate`](Self::authenticate) has them; or a store cannot be
    /// reached, and nothing was issued. A subject that is revoked while its password is being checked gets
    /// [`InvalidCredentials`](ErrorKind::InvalidCredentials): the password may have been the old one.
    pub async fn log_in<'a>(&self, values: impl IntoIterator<Item = &'a [u8]>) -> Result<Issued, Error> {
        let issued = async {
            let credentials = basic_credentials(values)?;
            let began = self.now();
            let account = self.account_of(&credentials).await?;
            self.issue_since(&account, began).await
        };
        issued.await.map_err(Error::at_token_endpoint)
    }

    /// The account that Basic credentials stand for.
    pub(crate) async fn account_of(&self, credentials: &BasicCredentials) -> Result<Account, Error> {
        let verifier = self.inner().credentials()?;
        let account = verifier.verify(credentials.user_id(), credentials.password()).await?;
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
