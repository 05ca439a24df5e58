//! Audit events as events of `tracing`: what an authenticator does with them unless told otherwise.

use countersign_signed::{ClaimFailure, Redacted};
use tracing::Level;

use crate::audit::{AuditEvent, AuditSink, Outcome};
use crate::error::kind::{ErrorKind, GrantFault, TokenFault};

/// Writes audit events to `tracing`, under the target `countersign::audit`.
///
/// | field | value |
/// |---|---|
/// | `action`, `outcome`, `reason` | words of closed sets |
/// | `removed` | a count |
/// | `cause` | why a token, a header or the configuration is wrong, or a store failed: fixed words, and names of claims |
/// | `expected`, `got` | of the first claim that failed: at most 200 characters each, escaped |
///
/// `expected` and `got` are there only if the signature was right. `expected` is written for the claims that you
/// configure, `iss`, `aud` and `typ`, and for dates; `got` for dates. Other values of claims, and the ids of an
/// event, may be a person's name. They stay out of logs unless [`with_ids`](Self::with_ids) asks for them.
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

    /// Writes the ids that an event has too, as `subject`, `session`, `token` and `key`, and the values of all
    /// claims that failed first.
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
        let error = event.error();
        let cause = error.and_then(|error| match error.kind() {
            ErrorKind::InvalidConfiguration(fault) => Some(fault.to_string()),
            _ => error.cause().map(ToString::to_string),
        });
        let failure = error.and_then(|error| error.claim_failures().first());
        let expected = failure.filter(|failure| self.with_ids || CONFIGURED.contains(&failure.claim()));
        let expected = expected.and_then(ClaimFailure::expected).map(shortened);
        let got = failure.and_then(ClaimFailure::got);
        let got = got.filter(|got| self.with_ids || is_number(got.expose())).map(shortened);
        macro_rules! write {
            ($level:ident) => {
                tracing::event!(
                    target: "countersign::audit",
                    Level::$level,
                    action,
                    outcome = outcome.as_str(),
                    reason = outcome.reason(),
                    cause = cause,
                    expected = expected,
                    got = got,
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

/// The claims of which the expected value is configured, or a moment.
const CONFIGURED: [&str; 6] = ["iss", "aud", "typ", "exp", "nbf", "iat"];

/// Whether a value is a moment and nothing else.
fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
}

/// The beginning of a value, with line breaks and control characters escaped.
fn shortened(value: &Redacted) -> String {
    value.expose().chars().take(200).flat_map(char::escape_debug).collect()
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
