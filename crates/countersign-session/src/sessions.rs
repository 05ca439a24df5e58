//! The sessions that a user can see: list them, name them, end one of them or all others.

use countersign_revocation::RevocationStore;
use countersign_token_store::{SessionRecord, TokenStoreExt};

use crate::audit::{Action, AuditFields};
use crate::authenticate::auth_methods::AuthMethod;
use crate::authenticate::principal::Principal;
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ConfigurationFault, ErrorKind};

/// The longest name of a session, in bytes.
const MAX_NAME: usize = 200;

/// Sessions, as a user sees them.
impl Authenticator {
    /// Returns the live sessions of a subject, the oldest first. A page shows them with
    /// [`Principal::session`] marked as the current one.
    ///
    /// No address and no user agent are stored. Give a session a name with [`name_session`](Self::name_session) if
    /// the user should recognize it.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable) if a store cannot answer;
    /// [`InvalidConfiguration`](ErrorKind::InvalidConfiguration) without a token store.
    pub async fn sessions(&self, subject: &str) -> Result<Vec<SessionRecord>, Error> {
        let inner = self.inner();
        let mut sessions = inner.tokens()?.sessions(subject, self.now()).await?;
        // A logout everywhere raises the subject version first and ends the sessions then. Between the two steps, they
        // are over already.
        let subject_version = inner.revocations()?.subject_version(&inner.issuer, subject).await?;
        sessions.retain(|session| session.subject_version >= subject_version);
        Ok(sessions)
    }

    /// Gives a session of the principal's subject a name, for example "Firefox on Linux". Returns `false` if the
    /// subject has no such session.
    ///
    /// Security: the name is stored as it is given. Escape it when you show it, since it may come from a header that the
    /// client wrote.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable): the name may not have been stored.
    /// [`InvalidConfiguration`](ErrorKind::InvalidConfiguration) if the name is longer than 200 bytes, or without a
    /// token store.
    pub async fn name_session(&self, subject: &str, id: &str, name: &str) -> Result<bool, Error> {
        if name.len() > MAX_NAME {
            return Err(ConfigurationFault::InvalidName.into());
        }
        Ok(self.inner().tokens()?.name_session(subject, id, name).await?)
    }

    /// Ends one session of the principal's subject: its refresh token and all its access tokens. Returns `false` if
    /// the subject has no such live session.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable): it may not have been recorded (503, never 204).
    /// [`UnacceptedCredentials`](ErrorKind::UnacceptedCredentials) for a token of another issuer.
    pub async fn revoke_session_of(&self, principal: &Principal, id: &str) -> Result<bool, Error> {
        let session = self.own_sessions(principal).await?.into_iter().find(|session| session.id == id);
        let Some(session) = session else { return Ok(false) };
        self.end_observed(&session).await?;
        Ok(true)
    }

    /// Ends all sessions of the principal's subject except the one that the principal's token comes from. Returns how
    /// many it ended. A user does this after a password change, for example.
    ///
    /// # Errors
    /// As [`revoke_session_of`](Self::revoke_session_of). Some of the sessions may have ended; call it again.
    pub async fn revoke_other_sessions(&self, principal: &Principal) -> Result<u64, Error> {
        let mut ended = 0_u64;
        for session in self.own_sessions(principal).await? {
            if principal.session() != Some(session.id.as_str()) {
                self.end_observed(&session).await?;
                ended = ended.saturating_add(1);
            }
        }
        Ok(ended)
    }

    /// The sessions of a principal that is one of this service's subjects.
    async fn own_sessions(&self, principal: &Principal) -> Result<Vec<SessionRecord>, Error> {
        if principal.method() == AuthMethod::ExternalToken {
            return Err(Error::new(ErrorKind::UnacceptedCredentials));
        }
        self.sessions(principal.subject()).await
    }

    async fn end_observed(&self, session: &SessionRecord) -> Result<(), Error> {
        let fields = AuditFields {
            session: Some(session.id.clone()),
            subject: Some(session.subject.clone()),
            ..AuditFields::of(Action::RevokeSession)
        };
        self.observe(fields, async |_| self.end(&session.id, session.expires_at).await).await
    }
}
