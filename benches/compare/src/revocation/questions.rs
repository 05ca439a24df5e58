//! What is asked about, made before anything is measured.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use super::names::{id, text};
use crate::contender::{Contender, Pace};

/// More than a batch asks, and what goes before it.
const MANY: u64 = 1 << 19;

/// The names of many tokens, in an order that jumps about.
pub(super) struct Questions(Vec<Question>);

/// One token: itself by either name, and its session, subject and key.
pub(super) struct Question {
    pub(super) id: [u8; 16],
    pub(super) jti: String,
    pub(super) sid: String,
    pub(super) sub: String,
    pub(super) kid: String,
}

impl Questions {
    /// About tokens that are revoked where the first `tokens` are.
    pub(crate) fn revoked(tokens: u64) -> Rc<Self> {
        Self::of(0, tokens)
    }

    /// About tokens of which nothing is revoked there.
    pub(crate) fn good(tokens: u64) -> Rc<Self> {
        Self::of(1, tokens)
    }

    fn of(part: u64, tokens: u64) -> Rc<Self> {
        let drawn = |turn| id(turn).first_chunk().map_or(0, |half| u64::from_be_bytes(*half) % tokens);
        Rc::new(Self((0..MANY).map(|turn| Question::of(drawn(turn) + part * tokens, tokens)).collect()))
    }

    /// A contender that is asked about one after the other, and whose every answer is as expected. `read` reads the
    /// names that it is asked about, as whoever asks has just read them from a request.
    pub(super) fn contender(
        self: &Rc<Self>,
        name: &'static str,
        expected: bool,
        read: fn(&Question) -> u8,
        ask: impl Fn(&Question) -> bool + 'static,
    ) -> Result<Contender, String> {
        if self.0.iter().any(|question| ask(question) != expected) {
            return Err(format!("{name} gives a wrong answer"));
        }
        let (turns, idle) = (Turns::new(self), Turns::new(self));
        let asking = move || {
            turns.next(|question| {
                apart(read(question));
                ask(question)
            })
        };
        let contender = Contender::new(name, asking, |answer| *answer == expected)?;
        let contender = contender.without(move || idle.next(|question| apart(read(question))));
        Ok(contender.at(Pace::LONG))
    }
}

impl Question {
    fn of(number: u64, tokens: u64) -> Self {
        Self {
            id: id(number),
            jti: text(number),
            sid: text(number + 2 * tokens),
            sub: text(number + 4 * tokens),
            kid: text(6 * tokens + number % 4),
        }
    }

    pub(super) fn read_id(&self) -> u8 {
        self.id.first().copied().unwrap_or_default()
    }

    pub(super) fn read_jti(&self) -> u8 {
        first(&self.jti)
    }

    pub(super) fn read_all(&self) -> u8 {
        [&self.jti, &self.sid, &self.sub, &self.kid].into_iter().fold(0, |sum, text| sum ^ first(text))
    }
}

fn first(text: &str) -> u8 {
    text.as_bytes().first().copied().unwrap_or_default()
}

/// To read the clock, the processor waits for what is under way.
fn apart(read: u8) {
    black_box(read);
    black_box(Instant::now());
}

/// Questions one after the other, round and round.
struct Turns {
    questions: Rc<Questions>,
    turn: Cell<usize>,
}

impl Turns {
    fn new(questions: &Rc<Questions>) -> Self {
        Self { questions: Rc::clone(questions), turn: Cell::new(0) }
    }

    fn next<T: Default>(&self, with: impl FnOnce(&Question) -> T) -> T {
        let turn = self.turn.get();
        self.turn.set((turn + 1) % MANY as usize);
        self.questions.0.get(turn).map(with).unwrap_or_default()
    }
}
