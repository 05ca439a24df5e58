//! Audit events as events of `tracing`: what an authenticator does with them unless told otherwise.

use tracing::Level;

use crate::audit::{AuditEvent, AuditSink, Outcome};
use crate::{ErrorKind, GrantFault, TokenFault};

/// Writes audit events to `tracing`, under the target `countersign::audit`, with the fields `action`,
/// `outcome`, `reason` and `removed`: words of closed sets and a count.
///
/// Ids are claims of tokens, and a subject may be a person's name, so they stay out of logs unless
/// [`with_ids`](Self::with_ids) asks for them.
///
/// | level | what |
/// |---|---|
/// | ERROR | something is out of reach, or configured wrongly |
/// | WARN | a refresh token was used twice, a revoked token was shown, log-ins are limited or do not fit |
/// | INFO | what was done; other refusals |
/// | DEBUG | requests without credentials, expired tokens, a purge with nothing to remove |
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink {
    with_ids: bool,
}

impl TracingSink {
    /// Writes no ids.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the ids that an event has too, as `subject`, `session`, `token` and `key`.
    ///
    /// Security: whoever reads the log then learns who does what and when. They get no access by it.
    #[must_use]
    pub fn with_ids(self) -> Self {
        Self { with_ids: true }
    }
}

impl AuditSink for TracingSink {
    fn record(&self, event: &AuditEvent<'_>) {
        let (action, outcome) = (event.action().as_str(), event.outcome());
        let id = |id: Option<&'_ str>| id.filter(|_| self.with_ids).map(str::to_owned);
        macro_rules! write {
            ($level:ident) => {
                tracing::event!(
                    target: "countersign::audit",
                    Level::$level,
                    action,
                    outcome = outcome.as_str(),
                    reason = outcome.reason(),
                    removed = event.removed(),
                    subject = id(event.subject()),
                    session = id(event.session()),
                    token = id(event.token()),
                    key = id(event.key())
                )
            };
        }
        match level(event) {
            Level::ERROR => write!(ERROR),
            Level::WARN => write!(WARN),
            Level::INFO => write!(INFO),
            _ => write!(DEBUG),
        }
    }
}

fn level(event: &AuditEvent<'_>) -> Level {
    match event.outcome() {
        Outcome::Done | Outcome::WithinGrace if event.removed() == Some(0) => Level::DEBUG,
        Outcome::Done | Outcome::WithinGrace => Level::INFO,
        Outcome::Refused(kind) => match kind {
            ErrorKind::Unavailable | ErrorKind::InvalidConfiguration(_) => Level::ERROR,
            ErrorKind::Busy
            | ErrorKind::TooManyAttempts
            | ErrorKind::InvalidGrant(GrantFault::Reused | GrantFault::Revoked)
            | ErrorKind::InvalidToken(TokenFault::Revoked(_)) => Level::WARN,
            ErrorKind::NoCredentials
            | ErrorKind::UnacceptedCredentials
            | ErrorKind::InvalidGrant(GrantFault::Expired)
            | ErrorKind::InvalidToken(TokenFault::Expired) => Level::DEBUG,
            _ => Level::INFO,
        },
    }
}
