//! A sink that keeps its events, and a subscriber of `tracing` that keeps all that it is shown.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, Once};

use countersign_session::{AuditEvent, AuditSink};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// The events of a sink, each as a line: action, outcome, reason, and the names of the ids that it has.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Captured>>>);

/// One event: as a line, by its Debug, and its ids.
struct Captured {
    line: String,
    debug: String,
    ids: Vec<String>,
}

impl Events {
    /// The events since the last call, without ids.
    pub(crate) fn take(&self) -> Vec<String> {
        self.0.lock().unwrap().drain(..).map(|told| told.line).collect()
    }

    /// All that the events since the last call show, with the ids apart: those are for whoever asks for them.
    pub(crate) fn take_all(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let told: Vec<_> = self.0.lock().unwrap().drain(..).collect();
        let ids = told.iter().flat_map(|told| told.ids.clone());
        (told.iter().map(|told| told.line.clone() + &told.debug).collect(), ids.collect())
    }
}

impl AuditSink for Events {
    fn record(&self, event: &AuditEvent<'_>) {
        let (action, outcome) = (event.action(), event.outcome());
        let mut line = format!("{} {}", action.as_str(), outcome.as_str());
        if let Some(reason) = outcome.reason() {
            write!(line, " {reason}").unwrap();
        }
        let ids = [
            ("subject", event.subject()),
            ("session", event.session()),
            ("token", event.token()),
            ("key", event.key()),
        ];
        for (name, id) in ids {
            if id.is_some() {
                write!(line, " +{name}").unwrap();
            }
        }
        if let Some(removed) = event.removed() {
            write!(line, " removed={removed}").unwrap();
        }
        let ids = ids.into_iter().filter_map(|(_, id)| id.map(str::to_owned)).collect();
        let debug = format!(" {event:?} {action:?} {outcome:?} ");
        self.0.lock().unwrap().push(Captured { line, debug, ids });
    }
}

/// Has `tracing` ask about each span and event every time. Without a global subscriber it remembers "no one is interested"
/// for a place in the code that one thread reaches for the first time while another sets its own subscriber, which is then
/// shown nothing. Each service of these tests calls it first.
pub(crate) fn ask_always() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Deaf).unwrap());
}

/// A subscriber that wants nothing, and wants to be asked.
struct Deaf;

impl Subscriber for Deaf {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What a subscriber was shown, in order: `span NAME`, `NAME: fields`, `event LEVEL fields`.
#[derive(Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lines: Vec<String>,
    spans: Vec<&'static str>,
}

impl Shown {
    /// Runs `work` with everything that it shows kept here.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::subscriber::with_default(self.clone(), work)
    }

    /// The lines since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().lines)
    }

    fn push(&self, line: String) {
        self.0.lock().unwrap().lines.push(line);
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Shown {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("countersign")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let name = span.metadata().name();
        let mut fields = Fields(format!("span {} {name}", span.metadata().level()));
        span.record(&mut fields);
        self.push(fields.0);
        let mut state = self.0.lock().unwrap();
        state.spans.push(name);
        Id::from_u64(state.spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let name = self.0.lock().unwrap().spans[usize::try_from(span.into_u64()).unwrap() - 1];
        let mut fields = Fields(format!("{name}:"));
        values.record(&mut fields);
        self.push(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(format!("event {}", event.metadata().level()));
        event.record(&mut fields);
        self.push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
