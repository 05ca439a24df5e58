//! What people write for a whole check: a map each for tokens, sessions, subjects and keys.

use std::rc::Rc;

use super::maps::Locked;
use super::names::text;
use super::questions::{Question, Questions};
use super::{KEYS, LATER, SESSIONS, SUBJECTS, TOKENS};
use crate::contender::Contender;

pub(super) fn whole(questions: &Rc<Questions>) -> Result<Contender, String> {
    let of = |entries: u64| Locked::of((0..entries).map(|number| (text(number), LATER)));
    let (tokens, sessions, subjects, keys) = (of(TOKENS), of(SESSIONS), of(SUBJECTS), of(KEYS));
    questions.contender("four RwLock<HashMap>s", false, Question::read_all, move |question| {
        tokens.has(question.jti.as_str())
            || sessions.has(question.sid.as_str())
            || subjects.has(question.sub.as_str())
            || keys.has(question.kid.as_str())
    })
}
