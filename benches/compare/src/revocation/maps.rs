//! The maps that people keep revoked tokens in, each from its name to when it may be forgotten.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::{PoisonError, RwLock};

use dashmap::DashMap;
use moka::sync::Cache;

use super::names::{id, text};
use super::questions::{Question, Questions};
use super::{LATER, NOW, TOKENS};
use crate::contender::Contender;

pub(super) const PLAIN: &str = "RwLock<HashMap>";

/// What people write first: a map behind a lock.
pub(super) struct Locked<K>(RwLock<HashMap<K, u64>>);

impl<K: Hash + Eq> Locked<K> {
    /// One entry after the other, as they come.
    pub(super) fn of(entries: impl Iterator<Item = (K, u64)>) -> Self {
        let mut map = HashMap::new();
        for (key, until) in entries {
            map.insert(key, until);
        }
        Self(RwLock::new(map))
    }

    /// Forgets what may be forgotten at this time.
    pub(super) fn purge(&self, now: u64) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        map.retain(|_, until| *until > now);
    }

    pub(super) fn has<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.get(key).is_some_and(|until| *until > NOW)
    }
}

/// All maps, filled.
pub(super) struct Maps {
    ids: Rc<Locked<[u8; 16]>>,
    texts: Rc<Locked<String>>,
    dashmap: Rc<DashMap<String, u64>>,
    papaya: Rc<papaya::HashMap<String, u64>>,
    moka: Cache<String, u64>,
}

impl Maps {
    pub(super) fn filled() -> Self {
        let (papaya, moka) = (papaya::HashMap::new(), Cache::new(2 * TOKENS));
        for number in 0..TOKENS {
            papaya.pin().insert(text(number), LATER);
            moka.insert(text(number), LATER);
        }
        moka.run_pending_tasks();
        Self {
            ids: Rc::new(Locked::of((0..TOKENS).map(|number| (id(number), LATER)))),
            texts: Rc::new(Locked::of((0..TOKENS).map(|number| (text(number), LATER)))),
            dashmap: Rc::new((0..TOKENS).map(|number| (text(number), LATER)).collect()),
            papaya: Rc::new(papaya),
            moka,
        }
    }

    /// Each of them, asked about the token.
    pub(super) fn contenders(
        &self,
        questions: &Rc<Questions>,
        expected: bool,
    ) -> Result<Vec<Contender>, String> {
        let dashmap = Rc::clone(&self.dashmap);
        let papaya = Rc::clone(&self.papaya);
        let moka = self.moka.clone();
        let read = Question::read_jti;
        Ok(vec![
            self.of_ids(questions, expected)?,
            of_texts(&self.texts, questions, expected)?,
            questions.contender("dashmap", expected, read, move |question| {
                dashmap.get(&question.jti).is_some_and(|until| *until > NOW)
            })?,
            questions.contender("papaya", expected, read, move |question| {
                papaya.pin().get(&question.jti).is_some_and(|until| *until > NOW)
            })?,
            questions.contender("moka", expected, read, move |question| {
                moka.get(&question.jti).is_some_and(|until| until > NOW)
            })?,
        ])
    }

    /// The plain map of ids.
    pub(super) fn of_ids(&self, questions: &Rc<Questions>, expected: bool) -> Result<Contender, String> {
        let ids = Rc::clone(&self.ids);
        questions.contender("RwLock<HashMap> of 16-byte ids", expected, Question::read_id, move |question| {
            ids.has(&question.id)
        })
    }
}

/// The plain map of texts.
pub(super) fn of_texts(
    map: &Rc<Locked<String>>,
    questions: &Rc<Questions>,
    expected: bool,
) -> Result<Contender, String> {
    let map = Rc::clone(map);
    questions.contender(PLAIN, expected, Question::read_jti, move |question| map.has(question.jti.as_str()))
}
