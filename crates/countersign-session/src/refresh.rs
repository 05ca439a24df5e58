//! A refresh token is traded for the next, and for a new access token.
//!
//! Everything that can fail comes before the rotation, which spends the token: an outage must not look like
//! a token that was used twice. To ask first is enough. A revocation that comes between the question and
//! the rotation has killed the access token that is about to be issued, and is followed by the session's
//! end.

pub(crate) mod refresh_token;

use countersign_revocation::{Check, RevocationStore, SubjectVersion, Verdict};
use countersign_token_store::{FoundSession, Rotation, RotationOutcome, TokenStoreExt};
use time::OffsetDateTime;

use crate::audit::{Action, AuditFields, Outcome};
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ConfigurationFault, GrantFault};
use crate::issue::Grant;
use crate::issue::login_tokens::LoginTokens;
use crate::issue::scope::check_scopes;
use crate::issue::token_response::TokenResponse;
use crate::refresh::refresh_token::RefreshToken;

/// Refresh.
impl Authenticator {
    /// Trades a refresh token for a new access and refresh token, as `POST /tokens/refresh` does.
    ///
    /// One store operation decides. A replay within the grace period gets the same refresh token again; a later
    /// replay ends the session and its access tokens.
    ///
    /// If your server drops the handler when a client hangs up, run this on a task of its own. A refresh that was
    /// dropped half-way is finished by the next attempt, not before.
    ///
    /// # Errors
    /// [`InvalidGrant`](crate::ErrorKind::InvalidGrant) if the token is unknown, expired or revoked;
    /// [`Unavailable`](crate::ErrorKind::Unavailable) if a store or the credential verifier cannot be reached. Then
    /// the client may present the same token again.
    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenResponse, Error> {
        let traded = self.observe(AuditFields::of(Action::Refresh), async |fields| {
            self.trade(refresh_token, fields).await
        });
        traded.await.map_err(Error::at_token_endpoint)
    }

    async fn trade(&self, refresh_token: &str, fields: &mut AuditFields) -> Result<TokenResponse, Error> {
        let inner = self.inner();
        if inner.login_tokens != LoginTokens::AccessAndRefresh {
            return Err(ConfigurationFault::NoRefreshTokens.into());
        }
        let now = self.now();
        let token = RefreshToken::parse(inner, refresh_token)?;
        let (locator, presented) = (token.locator(inner), token.presented(inner)?);
        let presented = presented.as_slice();
        let tokens = inner.tokens()?;
        let found = tokens.find_session(&locator).await?.ok_or(GrantFault::Unknown)?;
        fields.subject = Some(found.record.subject.clone());
        fields.session = Some(found.record.id.clone());
        self.check_session(&found, now).await?;
        let Some(account) = inner.credentials()?.account(&found.record.subject).await? else {
            self.end(&found.record.id, found.record.expires_at).await?;
            return Err(GrantFault::AccountGone.into());
        };
        check_scopes(&account.scopes)?;
        // Asked anew: the account's question may have taken long, and the grace runs from the rotation.
        let now = self.now();
        let session = found.record.clone();
        let granted = session.scopes.iter().filter(|scope| account.scopes.contains(scope));
        let scopes: Vec<String> = granted.cloned().collect();
        let grant = Grant {
            subject: &session.subject,
            session: Some(&session.id),
            subject_version: session.subject_version,
            scopes: &scopes,
            roles: &account.roles,
            now,
            not_after: session.expires_at,
        };
        let (candidate, successor) = token.candidate(inner)?;
        let issued = self.sign(&grant, None)?;
        let (grace, idle_lifetime) = (inner.policy.grace, inner.policy.idle_lifetime);
        let rotation = Rotation { locator, presented, successor, now, grace, idle_lifetime };
        let next = match tokens.rotate_found(found, &rotation).await? {
            RotationOutcome::Rotated(_) => candidate,
            RotationOutcome::WithinGrace { salt, derivation_key_id, .. } => {
                fields.success = Outcome::WithinGrace;
                token.successor(inner, salt, derivation_key_id)?
            }
            RotationOutcome::Reused(session) => {
                // Before the answer, so that the access tokens are dead when it is read.
                self.revoke_session_entry(&session.id, session.expires_at).await?;
                return Err(GrantFault::Reused.into());
            }
            RotationOutcome::Revoked(session) => {
                // Ended since it was found, and whoever ended it may have died before the next step.
                self.revoke_session_entry(&session.id, session.expires_at).await?;
                return Err(GrantFault::Revoked.into());
            }
            RotationOutcome::Expired => return Err(GrantFault::Expired.into()),
            RotationOutcome::Unknown => return Err(GrantFault::Unknown.into()),
        };
        Ok(TokenResponse { refresh_token: Some(next), ..issued })
    }

    /// Refuses a session that is over, or that one of the two stores says is revoked. Where one says so and
    /// the other does not, whoever revoked it died between the two steps, or is between them now: the
    /// missing step is made up for.
    async fn check_session(&self, found: &FoundSession, now: OffsetDateTime) -> Result<(), Error> {
        let inner = self.inner();
        let FoundSession { record, ended, .. } = found;
        if now >= record.ends_at() {
            return Err(GrantFault::Expired.into());
        }
        let check = Check::new(&inner.issuer)
            .session(&record.id)
            .subject(&record.subject, SubjectVersion::Version(record.subject_version))
            .ask_engine();
        match (inner.revocations()?.check(&check, now).wait().await?, ended) {
            (Verdict::NotRevoked, false) => return Ok(()),
            (Verdict::NotRevoked, true) => self.revoke_session_entry(&record.id, record.expires_at).await?,
            (Verdict::Revoked(_), false) => {
                inner.tokens()?.end_session(&record.id).await?;
            }
            (Verdict::Revoked(_), true) => {}
        }
        Err(GrantFault::Revoked.into())
    }
}
