//! From an account to tokens.

pub(crate) mod claims;
pub(crate) mod issued;
pub(crate) mod login_tokens;
pub(crate) mod scope;

use std::time::Duration;

use countersign_random::{DEFAULT_KEY_BYTES, PrefixedKey, SecretString, token_urlsafe_from};
use countersign_revocation::RevocationStore;
use countersign_signed::ErrorKind as SignedErrorKind;
use countersign_token_store::{Kind, StoredToken, TokenRecord, TokenStore, TokenStoreExt};
use time::OffsetDateTime;

use crate::audit::{Action, Trail};
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ConfigurationFault, ErrorKind};
use crate::issue::claims::AccessClaims;
use crate::issue::issued::{Issued, Session};
use crate::issue::login_tokens::Issuance;
use crate::issue::scope::check_scopes;
use crate::log_in::credentials::Account;
use crate::refresh::refresh_token::RefreshToken;
use crate::state::clock::later;

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

/// Login by other means.
impl Authenticator {
    /// Issues tokens to an account that the application has authenticated by other means, this moment.
    ///
    /// # Errors
    /// A store cannot be reached, or what is known of the account cannot stand in a token; nothing was
    /// issued.
    pub async fn issue(&self, account: &Account) -> Result<Issued, Error> {
        self.observe(Trail::of(Action::Issue), async |trail| {
            let generation = self.generation(&account.subject).await?;
            self.issue_of(account, generation, trail).await
        })
        .await
    }

    /// Issues tokens of a generation of the subject's: one that was read before the account was
    /// authenticated for the last time, so that whoever is revoked meanwhile leaves these tokens behind.
    pub(crate) async fn issue_of(
        &self,
        account: &Account,
        generation: u64,
        trail: &mut Trail,
    ) -> Result<Issued, Error> {
        trail.subject = Some(account.subject.clone());
        check_scopes(&account.scopes)?;
        match self.inner().issuance {
            Issuance::Pair => self.issue_pair(account, generation, trail).await,
            Issuance::SignedToken => self.issue_signed_token(account, generation),
            Issuance::RandomToken => self.issue_random_token(account, generation, trail).await,
        }
    }

    /// The subject's generation now; 0 where no revocations are kept.
    pub(crate) async fn generation(&self, subject: &str) -> Result<u64, Error> {
        let inner = self.inner();
        match &inner.revocations {
            Some(revocations) => Ok(revocations.generation(&inner.issuer, subject).await?),
            None => Ok(0),
        }
    }

    async fn issue_pair(
        &self,
        account: &Account,
        generation: u64,
        trail: &mut Trail,
    ) -> Result<Issued, Error> {
        let inner = self.inner();
        let now = self.now();
        let (token, session) = RefreshToken::begin(inner, account, generation, now)?;
        let record = &session.record;
        trail.session = Some(record.id.clone());
        let grant = Grant {
            subject: &record.subject,
            session: Some(&record.id),
            generation,
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

    fn issue_signed_token(&self, account: &Account, generation: u64) -> Result<Issued, Error> {
        let now = self.now();
        let grant = Grant {
            subject: &account.subject,
            session: None,
            generation,
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
        generation: u64,
        trail: &mut Trail,
    ) -> Result<Issued, Error> {
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
        trail.token = Some(id.clone());
        let digest = inner.primary_digest(Kind::AccessToken, key.expose())?;
        inner.tokens()?.insert_token(StoredToken { record, digest }).await?;
        // A random token carries no generation. So it is asked after the insertion: a revocation that came
        // before it has raised the generation, and one that comes after it removes the token.
        if self.generation(&account.subject).await? != generation {
            inner.tokens()?.remove(Kind::AccessToken.into(), &account.subject, &id).await?;
            return Err(Error::new(ErrorKind::InvalidCredentials));
        }
        Ok(Issued {
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
    ) -> Result<Issued, Error> {
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
            generation: grant.generation,
            scope: &scope,
            roles: grant.roles,
        };
        let token = inner.signed()?.keys.signer().sign(&claims);
        let token = token.map_err(|error| {
            let kind = match error.kind() {
                // More roles or scopes than a token holds: trying again would not help.
                SignedErrorKind::UnsignableClaims => {
                    ErrorKind::InvalidConfiguration(ConfigurationFault::OversizedAccount)
                }
                _ => ErrorKind::Unavailable,
            };
            Error::caused(kind, error)
        })?;
        let expires_in = u64::try_from(exp.saturating_sub(iat)).unwrap_or(0);
        Ok(Issued {
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
