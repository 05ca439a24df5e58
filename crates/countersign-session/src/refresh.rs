//! A refresh token is traded for the next, and for a new access token.

use countersign_revocation::{Check, RevocationStore, Verdict, Vintage};
use countersign_token_store::{Rotation, RotationOutcome, SessionRecord, TokenStore};
use time::OffsetDateTime;

use crate::log_in::{Grant, check_scopes};
use crate::refresh_token::RefreshToken;
use crate::{Accept, Authenticator, ConfigurationFault, Error, GrantFault, Issuance, Issued};

impl Authenticator {
    /// Trades a refresh token for a new pair: what `POST /tokens/refresh` does.
    ///
    /// One store operation decides. A replay within the grace gets the same refresh token again; a later
    /// one ends the session, and its access tokens with it.
    ///
    /// # Errors
    /// [`InvalidGrant`](crate::ErrorKind::InvalidGrant) if the token is not good;
    /// [`Unavailable`](crate::ErrorKind::Unavailable) if a store cannot be reached: the same token may be
    /// presented again.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Issued, Error> {
        self.trade(refresh_token).await.map_err(|error| error.at(Accept::basic()))
    }

    async fn trade(&self, refresh_token: &str) -> Result<Issued, Error> {
        let inner = self.inner();
        if inner.issuance != Issuance::Pair {
            return Err(ConfigurationFault::NoRefreshTokens.into());
        }
        let now = self.now();
        let token = RefreshToken::parse(inner, refresh_token)?;
        let (candidate, successor) = token.candidate(inner)?;
        let rotation = Rotation {
            presented: &token.presented(inner)?,
            successor,
            now,
            grace: inner.policy.grace,
            idle_lifetime: inner.policy.idle_lifetime,
        };
        let (session, next) = match inner.tokens()?.rotate(&rotation).await? {
            RotationOutcome::Rotated(session) => (session, candidate),
            RotationOutcome::WithinGrace { session, salt, derivation_key_id } => {
                let next = token.successor(inner, salt, derivation_key_id)?;
                (session, next)
            }
            RotationOutcome::Reused(session) => {
                // Before the answer, so that the access tokens are dead when it is read.
                self.revoke_session_entry(&session.id, session.expires_at).await?;
                return Err(GrantFault::Reused.into());
            }
            RotationOutcome::Revoked(session) => {
                // Whoever ended it may have died before the access tokens were revoked too.
                self.revoke_session_entry(&session.id, session.expires_at).await?;
                return Err(GrantFault::Revoked.into());
            }
            RotationOutcome::Expired => return Err(GrantFault::Expired.into()),
            RotationOutcome::Unknown => return Err(GrantFault::Unknown.into()),
        };
        self.check_session(&session, now).await?;
        let Some(account) = inner.credentials()?.account(&session.subject).await? else {
            self.end(&session.id, session.expires_at).await?;
            return Err(GrantFault::AccountGone.into());
        };
        check_scopes(&account.scopes)?;
        let granted = session.scopes.iter().filter(|scope| account.scopes.contains(scope));
        let scopes: Vec<String> = granted.cloned().collect();
        let grant = Grant {
            subject: &session.subject,
            session: Some(&session.id),
            generation: session.generation,
            scopes: &scopes,
            roles: &account.roles,
            now,
            not_after: session.expires_at,
        };
        self.sign(&grant, Some(next))
    }

    /// Refuses a session whose revocation was recorded, though its record in the token store has not been
    /// ended: whoever revoked it died between the two steps, or is between them now.
    async fn check_session(&self, session: &SessionRecord, now: OffsetDateTime) -> Result<(), Error> {
        let inner = self.inner();
        let check = Check::new(&inner.issuer)
            .session(&session.id)
            .subject(&session.subject, Vintage::Generation(session.generation));
        match inner.revocations()?.check(&check, now).wait().await? {
            Verdict::NotRevoked => Ok(()),
            Verdict::Revoked(_) => {
                inner.tokens()?.end_session(&session.id).await?;
                Err(GrantFault::Revoked.into())
            }
        }
    }
}
