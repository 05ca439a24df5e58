//! A store that is right, but that its steps read first and write later: what no engine may do.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use countersign_revocation::{
    Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, SUBJECT_TAG, Scope, Target,
    Verdict, cutoff, encode, next_subject_version,
};
use time::OffsetDateTime;

/// The laws that its races can break, and need not break each time.
pub(crate) const MAY_BREAK: &[&str] = &[
    "the_longest_of_concurrent_ends_stays",
    "concurrent_revocations_of_a_subject_each_raise_it",
    "a_purge_during_load_takes_nothing_that_counts",
    "a_purge_does_not_take_what_is_lengthened_meanwhile",
    "a_subject_version_never_falls_back_while_a_purge_runs",
];

#[derive(Default)]
pub(crate) struct GetThenSet {
    entries: Mutex<HashMap<Vec<u8>, RetainUntil>>,
    subjects: Mutex<HashMap<Vec<u8>, (u64, i64, RetainUntil)>>,
    floor: Mutex<u64>,
}

fn key(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
    let mut key = Vec::new();
    encode(issuer, tag, name, |part| key.extend_from_slice(part));
    key
}

/// The moment between reading and writing, in which others come.
fn pause() {
    std::thread::sleep(Duration::from_micros(100));
}

impl RevocationStore for GetThenSet {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        let (tag, name) = target.name();
        let key = key(issuer, tag, name);
        let before = self.entries.lock().unwrap().get(&key).copied();
        pause();
        self.entries.lock().unwrap().insert(key, before.map_or(until, |before| before.max(until)));
        Ok(())
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let key = key(issuer, SUBJECT_TAG, sub.as_bytes());
        let before = self.subjects.lock().unwrap().get(&key).copied();
        let floor = *self.floor.lock().unwrap();
        pause();
        let (subject_version, old_cutoff, old_until) = before.unwrap_or((floor, i64::MIN, until));
        let subject_version = next_subject_version(subject_version, now);
        let after = (subject_version, old_cutoff.max(cutoff(now, skew)), old_until.max(until));
        self.subjects.lock().unwrap().insert(key, after);
        Ok(subject_version)
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        let key = key(issuer, SUBJECT_TAG, sub.as_bytes());
        Ok(self.subjects.lock().unwrap().get(&key).map_or(0, |entry| entry.0))
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        let entries = self.entries.lock().unwrap();
        let mut found = check.targets().find(|target| {
            let (tag, name) = target.name();
            entries.get(&key(check.issuer(), tag, name)).is_some_and(|until| !until.is_past(now))
        });
        let subjects = self.subjects.lock().unwrap();
        let dead = check.asked_subject().is_some_and(|(sub, version)| {
            let entry = subjects.get(&key(check.issuer(), SUBJECT_TAG, sub.as_bytes()));
            entry.is_some_and(|entry| !entry.2.is_past(now) && version.is_dead(entry.0, entry.1))
        });
        let verdict = match found.take().map(|target| target.scope()) {
            Some(Scope::Key) => Verdict::Revoked(Scope::Key),
            _ if dead => Verdict::Revoked(Scope::Subject),
            Some(scope) => Verdict::Revoked(scope),
            None => Verdict::NotRevoked,
        };
        MaybeReady::<std::future::Ready<_>>::Ready(Ok(verdict))
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let is_past = |until: &RetainUntil| until.is_past(now);
        let entries = self.entries.lock().unwrap().clone();
        let subjects = self.subjects.lock().unwrap().clone();
        pause();
        let mut removed = 0;
        for key in entries.iter().filter(|(_, until)| is_past(until)).map(|(key, _)| key).take(limit) {
            removed += usize::from(self.entries.lock().unwrap().remove(key).is_some());
        }
        let room = limit - removed;
        for (key, entry) in subjects.iter().filter(|(_, entry)| is_past(&entry.2)).take(room) {
            removed += usize::from(self.subjects.lock().unwrap().remove(key).is_some());
            let mut floor = self.floor.lock().unwrap();
            *floor = entry.0.max(*floor);
        }
        Ok(Purged { removed, more: removed == limit })
    }

    async fn count(&self) -> Result<Counts, Error> {
        let mut counts = Counts { subjects: self.subjects.lock().unwrap().len() as u64, ..Counts::default() };
        for key in self.entries.lock().unwrap().keys() {
            match key.first() {
                Some(b'k') => counts.keys += 1,
                Some(b's') => counts.sessions += 1,
                _ => counts.tokens += 1,
            }
        }
        Ok(counts)
    }
}
