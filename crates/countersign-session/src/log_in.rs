//! From a user name and a password to tokens.

use countersign_header::{Authorization, BasicCredentials};
use countersign_random::{DEFAULT_KEY_BYTES, PrefixedKey, SecretString, token_urlsafe_from};
use countersign_revocation::RevocationStore;
use countersign_token_store::{Kind, StoredToken, TokenRecord, TokenStore};
use time::OffsetDateTime;

use crate::claims::AccessClaims;
use crate::clock::later;
use crate::principal::Presented;
use crate::refresh_token::RefreshToken;
use crate::{Accept, Account, Authenticator, Error, ErrorKind, Issuance, Issued, Principal};

/// What an access token is issued for.
pub(crate) struct Grant<'a> {
    pub(crate) subject: &'a str,
    pub(crate) session: Option<&'a str>,
    pub(crate) generation: u64,
    pub(crate) scopes: &'a [String],
    pub(crate) roles: &'a [String],
    pub(crate) now: OffsetDateTime,
    /// The session's end, past which no access token lives.
    pub(crate) not_after: OffsetDateTime,
}

impl Authenticator {
    /// Checks the Basic credentials of a request and issues tokens: what `POST /tokens` does. `values` are
    /// all values that the request has for `Authorization`.
    ///
    /// # Errors
    /// Those of the credentials, as [`authenticate`](Self::authenticate) has them; or a store cannot be
    /// reached, and nothing was issued.
    pub async fn log_in<'a>(&self, values: impl IntoIterator<Item = &'a [u8]>) -> Result<Issued, Error> {
        let at_token_endpoint = |error: Error| error.at(Accept::basic());
        let credentials = basic_credentials(values).map_err(at_token_endpoint)?;
        let account = self.account_of(&credentials).await.map_err(at_token_endpoint)?;
        self.issue(&account).await
    }

    /// Issues tokens to an account that the application has authenticated by other means.
    ///
    /// # Errors
    /// A store cannot be reached, or the account's scopes cannot stand in a token; nothing was issued.
    pub async fn issue(&self, account: &Account) -> Result<Issued, Error> {
        check_scopes(&account.scopes)?;
        match self.inner().issuance {
            Issuance::Pair => self.issue_pair(account).await,
            Issuance::SignedToken => self.issue_signed_token(account).await,
            Issuance::RandomToken => self.issue_random_token(account).await,
        }
    }

    /// The account that Basic credentials stand for.
    pub(crate) async fn account_of(&self, credentials: &BasicCredentials) -> Result<Account, Error> {
        let verifier = self.inner().credentials()?;
        let account = verifier.verify(credentials.user_id(), credentials.password()).await?;
        account.ok_or_else(|| Error::new(ErrorKind::InvalidCredentials))
    }

    async fn issue_pair(&self, account: &Account) -> Result<Issued, Error> {
        let inner = self.inner();
        let now = self.now();
        // Read before anything is issued: a subject revoked meanwhile leaves these tokens behind.
        let generation = inner.revocations()?.generation(&inner.issuer, &account.subject).await?;
        let (token, session) = RefreshToken::begin(inner, account, generation, now)?;
        let record = session.record.clone();
        inner.tokens()?.create_session(session).await?;
        let grant = Grant {
            subject: &record.subject,
            session: Some(&record.id),
            generation,
            scopes: &record.scopes,
            roles: &account.roles,
            now,
            not_after: record.expires_at,
        };
        self.sign(&grant, Some(token))
    }

    async fn issue_signed_token(&self, account: &Account) -> Result<Issued, Error> {
        let inner = self.inner();
        let now = self.now();
        let generation = inner.revocations()?.generation(&inner.issuer, &account.subject).await?;
        let grant = Grant {
            subject: &account.subject,
            session: None,
            generation,
            scopes: &account.scopes,
            roles: &account.roles,
            now,
            not_after: later(now, inner.policy.access_lifetime),
        };
        self.sign(&grant, None)
    }

    async fn issue_random_token(&self, account: &Account) -> Result<Issued, Error> {
        let inner = self.inner();
        let now = self.now();
        let key = PrefixedKey::generate(&*inner.random, &inner.prefixes.access, DEFAULT_KEY_BYTES)?;
        let token = StoredToken {
            record: TokenRecord {
                id: self.random_id()?,
                kind: Kind::AccessToken,
                owner: account.subject.clone(),
                name: String::new(),
                hint: key.hint(),
                scopes: account.scopes.clone(),
                created_at: now,
                expires_at: Some(later(now, inner.policy.access_lifetime)),
                last_used_at: None,
            },
            digest: inner.primary_digest(Kind::AccessToken, key.expose())?,
        };
        inner.tokens()?.insert(token).await?;
        Ok(Issued {
            access_token: key.into_secret(),
            refresh_token: None,
            expires_in: inner.policy.access_lifetime,
            scopes: account.scopes.clone(),
        })
    }

    /// Signs an access token, to be handed out with `refresh_token`.
    pub(crate) fn sign(
        &self,
        grant: &Grant<'_>,
        refresh_token: Option<SecretString>,
    ) -> Result<Issued, Error> {
        let inner = self.inner();
        let iat = grant.now.unix_timestamp();
        let end = later(grant.now, inner.policy.access_lifetime).min(grant.not_after);
        let exp = end.unix_timestamp();
        let claims = AccessClaims {
            iss: inner.issuer.clone(),
            sub: grant.subject.to_owned(),
            aud: inner.audience.clone(),
            exp,
            iat,
            jti: self.random_id()?,
            sid: grant.session.map(str::to_owned),
            generation: grant.generation,
            scope: grant.scopes.join(" "),
            roles: grant.roles.to_vec(),
        };
        let token = inner.signed()?.signer.sign(&claims);
        let token = token.map_err(|error| Error::caused(ErrorKind::Unavailable, error))?;
        let lifetime = u64::try_from(exp.saturating_sub(iat)).unwrap_or(0);
        Ok(Issued {
            access_token: SecretString::from(token),
            refresh_token,
            expires_in: std::time::Duration::from_secs(lifetime),
            scopes: grant.scopes.to_vec(),
        })
    }

    /// 128 random bits, URL-safe: a `jti`, a session's or a token's id.
    pub(crate) fn random_id(&self) -> Result<String, Error> {
        Ok(token_urlsafe_from(&*self.inner().random, 16)?.into_exposed())
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

/// Scope tokens as RFC 6749 section 3.3 has them: visible ASCII without quote and backslash. One with a
/// space in it would be two once it stands in a token.
pub(crate) fn check_scopes(scopes: &[String]) -> Result<(), Error> {
    let is_scope_token = |scope: &String| {
        !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    };
    if scopes.iter().all(is_scope_token) {
        Ok(())
    } else {
        Err(crate::ConfigurationFault::InvalidName.into())
    }
}

impl Principal {
    /// The principal of an account that showed its password.
    pub(crate) fn of_account(account: Account) -> Self {
        Self {
            subject: account.subject,
            scopes: account.scopes,
            roles: account.roles,
            presented: Presented::Basic,
        }
    }
}
