//! From an account to tokens.

pub(crate) mod claims;
pub(crate) mod login_tokens;
pub(crate) mod scope;
pub(crate) mod token_response;

use std::time::Duration;

use countersign_random::{DEFAULT_KEY_BYTES, PrefixedKey, SecretString, token_urlsafe_from};
use countersign_revocation::RevocationStore;
use countersign_signed::ErrorKind as SignedErrorKind;
use countersign_token_store::{Kind, StoredToken, TokenRecord, TokenStore, TokenStoreExt};
use time::OffsetDateTime;

use crate::audit::{Action, AuditFields};
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ConfigurationFault, ErrorKind};
use crate::issue::claims::AccessClaims;
use crate::issue::login_tokens::LoginTokens;
use crate::issue::scope::check_scopes;
use crate::issue::token_response::{Session, TokenResponse};
use crate::log_in::credentials::Account;
use crate::refresh::refresh_token::RefreshToken;
use crate::state::clock::later;

/// What an access token is issued for.
pub(crate) struct Grant<'a> {
    pub(crate) subject: &'a str,
    pub(crate) session: Option<&'a str>,
    pub(crate) subject_version: u64,
    pub(crate) scopes: &'a [String],
    pub(crate) roles: &'a [String],
    pub(crate) now: OffsetDateTime,
    /// The session's end, past which no access token lives.
    pub(crate) not_after: OffsetDateTime,
}

/// Login without a password, for example after a passkey or single sign-on.
impl Authenticator {
    /// Issues tokens to an account that the application has just authenticated by other means.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable) if a store cannot be reached;
    /// [`InvalidConfiguration`](ErrorKind::InvalidConfiguration) if a scope of the account is malformed or a token
    /// cannot hold all its scopes and roles. Then nothing was issued.
    pub async fn issue(&self, account: &Account) -> Result<TokenResponse, Error> {
        self.observe(AuditFields::of(Action::Issue), async |fields| {
            let subject_version = self.subject_version(&account.subject).await?;
            self.issue_of(account, subject_version, fields).await
        })
        .await
    }

    /// Issues tokens with this subject version. It was read before the account was authenticated for the last
    /// time, so that a revocation in the meantime ends these tokens too.
    pub(crate) async fn issue_of(
        &self,
        account: &Account,
        subject_version: u64,
        fields: &mut AuditFields,
    ) -> Result<TokenResponse, Error> {
        fields.subject = Some(account.subject.clone());
        check_scopes(&account.scopes)?;
        match self.inner().login_tokens {
            LoginTokens::AccessAndRefresh => self.issue_pair(account, subject_version, fields).await,
            LoginTokens::Signed => self.issue_signed_token(account, subject_version),
            LoginTokens::Random => self.issue_random_token(account, subject_version, fields).await,
        }
    }

    /// The subject's version now; 0 where no revocations are kept.
    pub(crate) async fn subject_version(&self, subject: &str) -> Result<u64, Error> {
        let inner = self.inner();
        match &inner.revocations {
            Some(revocations) => Ok(revocations.subject_version(&inner.issuer, subject).await?),
            None => Ok(0),
        }
    }

    async fn issue_pair(
        &self,
        account: &Account,
        subject_version: u64,
        fields: &mut AuditFields,
    ) -> Result<TokenResponse, Error> {
        let inner = self.inner();
        let now = self.now();
        let (token, session) = RefreshToken::begin(inner, account, subject_version, now)?;
        let record = &session.record;
        fields.session = Some(record.id.clone());
        let grant = Grant {
            subject: &record.subject,
            session: Some(&record.id),
            subject_version,
            scopes: &record.scopes,
            roles: &account.roles,
            now,
            not_after: record.expires_at,
        };
        // Signed first: a session of which nobody has a token would only lie in the store.
        let issued = self.sign(&grant, Some(token))?;
        inner.tokens()?.create_session(session).await?;
        Ok(issued)
    }

    fn issue_signed_token(&self, account: &Account, subject_version: u64) -> Result<TokenResponse, Error> {
        let now = self.now();
        let grant = Grant {
            subject: &account.subject,
            session: None,
            subject_version,
            scopes: &account.scopes,
            roles: &account.roles,
            now,
            not_after: later(now, self.inner().policy.access_lifetime),
        };
        self.sign(&grant, None)
    }

    async fn issue_random_token(
        &self,
        account: &Account,
        subject_version: u64,
        fields: &mut AuditFields,
    ) -> Result<TokenResponse, Error> {
        let inner = self.inner();
        let now = self.now();
        let key = PrefixedKey::generate(&*inner.random, &inner.prefixes.access, DEFAULT_KEY_BYTES)?;
        let record = TokenRecord {
            id: self.random_id()?,
            kind: Kind::AccessToken,
            owner: account.subject.clone(),
            name: String::new(),
            hint: key.hint(),
            scopes: account.scopes.clone(),
            roles: account.roles.clone(),
            created_at: now,
            expires_at: Some(later(now, inner.policy.access_lifetime)),
            last_used_at: None,
        };
        let id = record.id.clone();
        fields.token = Some(id.clone());
        let digest = inner.primary_digest(Kind::AccessToken, key.expose())?;
        inner.tokens()?.insert_token(StoredToken { record, digest }).await?;
        // A random token carries no subject version. So it is asked after the insertion: a revocation that came
        // before it has raised the subject version, and one that comes after it removes the token.
        if self.subject_version(&account.subject).await? != subject_version {
            inner.tokens()?.remove(Kind::AccessToken.into(), &account.subject, &id).await?;
            return Err(Error::new(ErrorKind::InvalidCredentials));
        }
        Ok(TokenResponse {
            access_token: key.into_secret(),
            refresh_token: None,
            expires_in: Duration::from_secs(inner.policy.access_lifetime.as_secs()),
            scopes: account.scopes.clone(),
            session: None,
        })
    }

    /// Signs an access token, to be handed out with `refresh_token`.
    pub(crate) fn sign(
        &self,
        grant: &Grant<'_>,
        refresh_token: Option<SecretString>,
    ) -> Result<TokenResponse, Error> {
        let inner = self.inner();
        let iat = grant.now.unix_timestamp();
        // In whole seconds from `iat`, so that the verifier's own bound on the lifetime holds.
        let lifetime = i64::try_from(inner.policy.access_lifetime.as_secs()).unwrap_or(i64::MAX);
        let exp = iat.saturating_add(lifetime).min(grant.not_after.unix_timestamp());
        let (jti, scope) = (self.random_id()?, grant.scopes.join(" "));
        let claims = AccessClaims {
            iss: &inner.issuer,
            sub: grant.subject,
            aud: &inner.audience,
            exp,
            iat,
            jti: &jti,
            sid: grant.session,
            generation: grant.subject_version,
            scope: &scope,
            roles: grant.roles,
        };
        let token = inner.signed()?.keys.signer().sign(&claims);
        let token = token.map_err(|error| {
            let kind = match error.kind() {
                // More roles or scopes than a token holds: trying again would not help.
                SignedErrorKind::ClaimsSerialize => {
                    ErrorKind::InvalidConfiguration(ConfigurationFault::OversizedAccount)
                }
                _ => ErrorKind::Unavailable,
            };
            Error::caused(kind, error)
        })?;
        let expires_in = u64::try_from(exp.saturating_sub(iat)).unwrap_or(0);
        Ok(TokenResponse {
            access_token: SecretString::from(token),
            refresh_token,
            expires_in: Duration::from_secs(expires_in),
            scopes: grant.scopes.to_vec(),
            session: grant.session.map(|id| Session { id: id.to_owned(), subject: grant.subject.to_owned() }),
        })
    }

    /// 128 random bits, URL-safe: a `jti`, a session's or a token's id.
    pub(crate) fn random_id(&self) -> Result<String, Error> {
        Ok(token_urlsafe_from(&*self.inner().random, 16)?.into_exposed())
    }
}
