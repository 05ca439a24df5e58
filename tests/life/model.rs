//! The reference: what is to come out of each step, by rules of one line each.
//!
//! Times are whole seconds since the history began.

use crate::outcomes::Outcome;

pub(crate) const ACCESS: i64 = 600;
pub(crate) const IDLE: i64 = 14 * 86_400;
pub(crate) const ABSOLUTE: i64 = 30 * 86_400;
pub(crate) const GRACE: i64 = 30;
/// How far ahead of the clock a token may have been issued.
const FUTURE: i64 = 60;

/// An access token, beside its text.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    issued: i64,
    expires: i64,
}

/// A session, and its refresh tokens in the order in which they came.
pub(crate) struct Session {
    pub(crate) user: usize,
    /// How often the user had been logged out everywhere when it began.
    epoch: u64,
    ends: i64,
    idle_ends: i64,
    ended: bool,
    /// Whether a purge has run after its time was over.
    maybe_purged: bool,
    /// When the token before the current one was traded, if that still counts.
    traded: Option<i64>,
    pub(crate) refresh: Vec<String>,
    pub(crate) access: Vec<(String, Access)>,
}

#[derive(Default)]
pub(crate) struct User {
    epoch: u64,
}

/// An API key, beside its text and id.
pub(crate) struct Key {
    pub(crate) user: usize,
    pub(crate) text: String,
    pub(crate) id: String,
    expires: Option<i64>,
    removed: bool,
    maybe_purged: bool,
}

pub(crate) struct Model {
    pub(crate) now: i64,
    /// The latest moment that the clock has shown.
    latest: i64,
    pub(crate) users: [User; 2],
    pub(crate) sessions: Vec<Session>,
    pub(crate) keys: Vec<Key>,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self { now: 0, latest: 0, users: Default::default(), sessions: vec![], keys: vec![] }
    }

    pub(crate) fn step_clock(&mut self, seconds: i64) {
        // Set back it may be, but by less than the margin that entries are kept for.
        self.now = (self.now + seconds).max(self.latest - 240).max(0);
        self.latest = self.latest.max(self.now);
    }

    fn access(&self, ends: i64) -> Access {
        Access { issued: self.now, expires: (self.now + ACCESS).min(ends) }
    }

    pub(crate) fn log_in(&mut self, user: usize, access: String, refresh: String) {
        let ends = self.now + ABSOLUTE;
        self.sessions.push(Session {
            user,
            epoch: self.users[user].epoch,
            ends,
            idle_ends: self.now + IDLE,
            ended: false,
            maybe_purged: false,
            traded: None,
            refresh: vec![refresh],
            access: vec![(access, self.access(ends))],
        });
    }

    /// What comes of presenting the refresh token that is `back` tokens older than the current one.
    pub(crate) fn refresh(&self, session: usize, back: usize) -> Outcome {
        let session = &self.sessions[session];
        let dead = session.ended || session.epoch < self.users[session.user].epoch;
        match session.traded {
            _ if self.now >= session.ends.min(session.idle_ends) => Outcome::GrantExpired,
            _ if dead => Outcome::GrantRevoked,
            _ if back == 0 => Outcome::Rotated,
            Some(traded) if back == 1 && self.now < traded + GRACE => Outcome::WithinGrace,
            _ => Outcome::Reused,
        }
    }

    /// Whether the session may be unknown instead: it was past its time when somebody purged.
    pub(crate) fn may_be_unknown(&self, session: usize) -> bool {
        self.sessions[session].maybe_purged
    }

    pub(crate) fn rotated(&mut self, session: usize, access: String, refresh: String) {
        let token = self.access(self.sessions[session].ends);
        let session = &mut self.sessions[session];
        session.traded = Some(self.now);
        session.idle_ends = self.now + IDLE;
        session.refresh.push(refresh);
        session.access.push((access, token));
    }

    pub(crate) fn replayed(&mut self, session: usize, access: String) {
        let token = self.access(self.sessions[session].ends);
        self.sessions[session].access.push((access, token));
    }

    pub(crate) fn end(&mut self, session: usize) {
        self.sessions[session].ended = true;
    }

    pub(crate) fn use_access(&self, session: usize, token: usize) -> Outcome {
        let session = &self.sessions[session];
        let token = session.access[token].1;
        if self.now >= token.expires {
            Outcome::TokenExpired
        } else if token.issued > self.now + FUTURE {
            Outcome::TokenFromTheFuture
        } else if session.epoch < self.users[session.user].epoch {
            Outcome::SubjectRevoked
        } else if session.ended {
            Outcome::SessionRevoked
        } else {
            Outcome::LetIn
        }
    }

    pub(crate) fn log_out_everywhere(&mut self, user: usize, keys_too: bool) {
        self.users[user].epoch += 1;
        for key in self.keys.iter_mut().filter(|key| key.user == user && keys_too) {
            key.removed = true;
        }
    }

    pub(crate) fn create_key(&mut self, user: usize, text: String, id: String, lifetime: Option<i64>) {
        let expires = lifetime.map(|lifetime| self.now + lifetime);
        self.keys.push(Key { user, text, id, expires, removed: false, maybe_purged: false });
    }

    pub(crate) fn use_key(&self, key: usize) -> Outcome {
        let key = &self.keys[key];
        match key.expires {
            _ if key.removed => Outcome::KeyUnknown,
            Some(expires) if self.now >= expires => Outcome::KeyExpired,
            _ => Outcome::KeyLetIn,
        }
    }

    pub(crate) fn key_may_be_unknown(&self, key: usize) -> bool {
        self.keys[key].maybe_purged
    }

    pub(crate) fn remove_key(&mut self, key: usize) -> Outcome {
        let was_removed = std::mem::replace(&mut self.keys[key].removed, true);
        if was_removed { Outcome::KeyNotThere } else { Outcome::KeyRemoved }
    }

    pub(crate) fn purge(&mut self) {
        for session in &mut self.sessions {
            session.maybe_purged |= self.now >= session.ends.min(session.idle_ends);
        }
        for key in &mut self.keys {
            key.maybe_purged |= key.expires.is_some_and(|expires| self.now >= expires);
        }
    }
}
