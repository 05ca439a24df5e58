//! The store in memory keeps every law, and the suite notices stores that break one on purpose.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod racy;

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_random::KeyedDigest;
use countersign_token_store::{
    AnyTokenStore, Error, MemoryTokenStore, Purged, Record, RecordKind, Replays, TokenStore, Version,
    Versioned, conformance,
};
use time::OffsetDateTime;

/// How a store is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    IgnoresTheKind,
    PurgesTooEarly,
    ForgetsReplacements,
    IgnoresTheVersion,
    ForgetsThePreviousSecret,
    ForgetsReplays,
    AnyOwnerMayRemove,
    FindsByTheFirstDigest,
    FindsByThePreviousDigest,
    DropsTheRoles,
    CountsEndedSessions,
    HidesExpired,
}

/// A correct store behind one fault.
struct Broken(MemoryTokenStore, Fault);

impl TokenStore for Broken {
    async fn insert(&self, mut record: Record) -> Result<(), Error> {
        if let (Record::Token(token), Fault::DropsTheRoles) = (&mut record, self.1) {
            token.record.roles.clear();
        }
        self.0.insert(record).await
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        let kind = if self.1 == Fault::IgnoresTheKind { RecordKind::ApiKey } else { kind };
        let digests = if self.1 == Fault::FindsByTheFirstDigest {
            digests.get(..1).unwrap_or(digests)
        } else {
            digests
        };
        self.0.find(kind, digests).await
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        self.0.get(kind, id).await
    }

    async fn replace(&self, version: Version, mut next: Record) -> Result<bool, Error> {
        let stored = self.0.get(next.kind(), next.id()).await?;
        let version = match (self.1, &stored) {
            (Fault::ForgetsReplacements, _) => return Ok(true),
            (Fault::IgnoresTheVersion, Some(stored)) => stored.version,
            _ => version,
        };
        match (self.1, &mut next, stored.map(|stored| stored.record)) {
            (Fault::ForgetsThePreviousSecret, Record::Session(session), _) => session.previous = None,
            (Fault::ForgetsReplays, Record::Session(session), _) => {
                if let Some(previous) = &mut session.previous {
                    previous.replays = Replays::default();
                }
            }
            (Fault::FindsByThePreviousDigest, Record::Token(token), Some(stored)) => {
                token.digest = stored.digest();
            }
            _ => {}
        }
        self.0.replace(version, next).await
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        let mut listed = self.0.list(kind, owner).await?;
        if self.1 == Fault::HidesExpired {
            listed.retain(|stored| stored.record.ends_at().is_none());
        }
        Ok(listed)
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        let owner = if self.1 == Fault::AnyOwnerMayRemove { "alice" } else { owner };
        self.0.remove(kind, owner, id).await
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        self.0.remove_by_owner(kind, owner).await
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let early =
            if self.1 == Fault::PurgesTooEarly { time::Duration::MINUTE } else { time::Duration::ZERO };
        self.0.purge_expired(now.saturating_add(early), limit).await
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        let mut counts = self.0.count_by_digest_key().await?;
        if self.1 == Fault::CountsEndedSessions {
            for stored in self.0.list(RecordKind::Session, "alice").await? {
                if stored.record.digest_key().is_none() {
                    *counts.entry(2).or_default() += 1;
                }
            }
        }
        Ok(counts)
    }
}

#[test]
fn the_store_in_memory_conforms() {
    assert_eq!(conformance::run(&|future| pollster::block_on(future), async || MemoryTokenStore::new()), []);
}

#[test]
fn an_erased_store_conforms() {
    let make = async || AnyTokenStore::new(MemoryTokenStore::new());
    assert_eq!(conformance::run(&|future| pollster::block_on(future), make), []);
}

#[test]
fn shared_store_conforms() {
    let make = async || Arc::new(MemoryTokenStore::new());
    assert_eq!(conformance::run(&|future| pollster::block_on(future), make), []);
}

#[test]
fn debug_shows_nothing_of_what_the_store_holds() {
    let store = MemoryTokenStore::new();
    assert_eq!(
        format!("{store:?} {:?}", AnyTokenStore::new(MemoryTokenStore::new())),
        "MemoryTokenStore AnyTokenStore"
    );
}

#[test]
fn the_suite_notices_each_fault() {
    for (fault, law) in [
        (Fault::IgnoresTheKind, "a_token_of_another_kind_is_unknown"),
        (Fault::DropsTheRoles, "an_inserted_token_is_found_by_its_digest"),
        (Fault::PurgesTooEarly, "a_purge_removes_what_has_expired_and_keeps_the_rest"),
        (Fault::PurgesTooEarly, "a_purge_removes_sessions_past_their_end"),
        (Fault::ForgetsReplacements, "an_ended_session_is_never_rotated"),
        (Fault::ForgetsReplacements, "an_end_is_brought_forward_and_never_put_off"),
        (Fault::IgnoresTheVersion, "a_replacement_needs_the_version_that_is_stored"),
        (Fault::ForgetsThePreviousSecret, "a_replay_within_grace_gets_the_winners_salt"),
        (Fault::ForgetsReplays, "replays_of_six_tokens_in_a_row_end_the_session"),
        (Fault::AnyOwnerMayRemove, "an_owner_removes_only_their_own"),
        (Fault::FindsByTheFirstDigest, "an_inserted_token_is_found_by_its_digest"),
        (Fault::FindsByThePreviousDigest, "a_redigest_replaces_what_it_expected_and_nothing_else"),
        (Fault::CountsEndedSessions, "digest_keys_are_counted"),
        (Fault::HidesExpired, "expired_records_are_found_and_listed"),
    ] {
        let make = async || Broken(MemoryTokenStore::new(), fault);
        let violations = conformance::run(&|future| pollster::block_on(future), make);
        expect_noticed(law, &violations);
    }
}

fn expect_noticed(law: &str, violations: &[conformance::Violation]) {
    let broken: Vec<_> = violations.iter().map(|violation| violation.law).collect();
    assert!(broken.contains(&law), "{law} did not notice; noticed: {broken:?}");
}

#[test]
fn the_suite_notices_steps_that_read_and_then_write() {
    // On a busy machine its threads may happen to run one after the other, and nothing goes wrong.
    let mut noticed = Vec::new();
    for _ in 0..20 {
        let violations =
            conformance::run(&|future| pollster::block_on(future), async || racy::GetThenSet::default());
        let wrong_alone = violations.iter().filter(|violation| !racy::MAY_BREAK.contains(&violation.law));
        assert_eq!(wrong_alone.count(), 0, "it is right but for its races: {violations:?}");
        noticed.extend(violations);
        let laws = [
            "of_concurrent_rotations_one_wins_and_the_others_get_its_salt",
            "without_grace_of_concurrent_rotations_one_wins_and_the_session_ends",
            "tokens_inserted_beside_lists_are_listed_and_removed",
            "a_successor_is_removed_with_its_predecessor",
            "sessions_created_beside_an_end_are_live_or_ended",
        ];
        if laws.iter().all(|law| noticed.iter().any(|violation| violation.law == *law)) {
            return;
        }
    }
    panic!("its races were not noticed: {noticed:?}");
}
