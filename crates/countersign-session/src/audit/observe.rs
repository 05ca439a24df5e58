//! Around each operation: a span, and the audit event at its end.
//!
//! With the feature `tracing` an operation runs in a span of its name, which has two fields, `outcome` and
//! `reason`: words of closed sets, and no values. Spans are of level INFO, but that of `authenticate`, which
//! every request makes, of level DEBUG. Where nobody subscribes, a span costs one look at a number in memory.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::audit::{Action, AuditEvent, AuditFields, Outcome};
use crate::authenticator::Authenticator;
use crate::error::Error;

impl Authenticator {
    /// Runs an operation that fills in `trail` on its way.
    pub(crate) async fn observe<T>(
        &self,
        fields: AuditFields,
        operation: impl AsyncFnOnce(&mut AuditFields) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut fields = fields;
        let span = Span::of(fields.action);
        let result = span.around(operation(&mut fields)).await;
        let outcome = fields.outcome(&result);
        span.note(outcome);
        self.tell(&fields, outcome, result.as_ref().err());
        result
    }

    /// Audits a rejected request. Accepted requests emit no event.
    pub(crate) fn note_refused_request(&self, span: &Span, error: &Error) {
        let outcome = Outcome::Refused(error.kind());
        span.note(outcome);
        self.tell(&AuditFields::of(Action::Authenticate), outcome, Some(error));
    }

    /// Hands an outcome to the sink, with the error if there is one.
    pub(crate) fn tell(&self, fields: &AuditFields, outcome: Outcome, error: Option<&Error>) {
        let Some(sink) = &self.inner().audit else { return };
        let event = AuditEvent { at: self.now(), outcome, fields, error };
        // What has been done is done: an observer that dies must not turn a revocation into an error, or
        // hide a token that was issued.
        let _ = catch_unwind(AssertUnwindSafe(|| sink.record(&event)));
    }
}

/// A span of `tracing`, or nothing.
pub(crate) struct Span(#[cfg(feature = "tracing")] tracing::Span);

#[cfg(feature = "tracing")]
impl Span {
    pub(crate) fn of(action: Action) -> Self {
        macro_rules! span {
            ($level:ident, $name:literal) => {
                tracing::span!(
                    target: "countersign",
                    tracing::Level::$level,
                    $name,
                    outcome = tracing::field::Empty,
                    reason = tracing::field::Empty
                )
            };
        }
        Self(match action {
            Action::LogIn => span!(INFO, "log_in"),
            Action::Issue => span!(INFO, "issue"),
            Action::Authenticate => span!(DEBUG, "authenticate"),
            Action::Refresh => span!(INFO, "refresh"),
            Action::RevokeToken | Action::RevokeSession | Action::RevokeSubject | Action::RevokeKey => {
                span!(INFO, "revoke")
            }
            Action::CreateApiKey | Action::RotateApiKey | Action::ListApiKeys | Action::RemoveApiKey => {
                span!(INFO, "api_key")
            }
            Action::Purge => span!(INFO, "purge"),
        })
    }

    pub(crate) fn around<F: Future>(&self, future: F) -> tracing::instrument::Instrumented<F> {
        tracing::Instrument::instrument(future, self.0.clone())
    }

    pub(crate) fn note(&self, outcome: Outcome) {
        // A disabled span would still look its fields up by name.
        if self.0.is_disabled() {
            return;
        }
        self.0.record("outcome", outcome.as_str());
        if let Some(reason) = outcome.reason() {
            self.0.record("reason", reason);
        }
    }
}

#[cfg(not(feature = "tracing"))]
impl Span {
    pub(crate) fn of(_: Action) -> Self {
        Self()
    }

    pub(crate) fn around<F: Future>(&self, future: F) -> F {
        future
    }

    pub(crate) fn note(&self, _: Outcome) {}
}
