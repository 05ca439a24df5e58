//! The store in memory keeps every law, and the suite notices stores that break one on purpose.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod racy;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    AnyTokenStore, Error, FoundSession, Kind, MemoryTokenStore, Purged, Rotation, RotationOutcome,
    SessionRecord, StoredSession, StoredToken, TokenLookup, TokenRecord, TokenStore, conformance,
};
use time::OffsetDateTime;

/// How a store is broken.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    IgnoresTheKind,
    PurgesTooEarly,
    ForgetsToEndSessions,
    GrantsAnEndlessGrace,
    AnyOwnerMayRemove,
    DropsTheDigestKey,
    DropsTheRoles,
}

/// A correct store behind one fault.
struct Broken(MemoryTokenStore, Fault);

impl TokenStore for Broken {
    async fn insert(&self, token: StoredToken) -> Result<(), Error> {
        self.0.insert(token).await
    }

    async fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Error> {
        let kind = if self.1 == Fault::IgnoresTheKind { Kind::ApiKey } else { kind };
        let mut lookup = self.0.find(kind, digests, now).await?;
        if let (TokenLookup::Found(found), Fault::DropsTheRoles) = (&mut lookup, self.1) {
            found.record.roles.clear();
        }
        Ok(lookup)
    }

    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        self.0.list(kind, owner).await
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Error> {
        if self.1 == Fault::AnyOwnerMayRemove {
            return self.0.remove(kind, "alice", id).await;
        }
        self.0.remove(kind, owner, id).await
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Error> {
        if self.1 == Fault::AnyOwnerMayRemove {
            return self.0.expire(kind, "alice", id, at).await;
        }
        self.0.expire(kind, owner, id, at).await
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Error> {
        self.0.remove_by_owner(kind, owner).await
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Error> {
        self.0.record_use(id, now).await
    }

    async fn redigest(&self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Error> {
        self.0.redigest(id, from, to).await
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        self.0.count_by_digest_key().await
    }

    async fn create_session(&self, session: StoredSession) -> Result<(), Error> {
        self.0.create_session(session).await
    }

    async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Error> {
        let mut rotation = rotation.clone();
        if self.1 == Fault::GrantsAnEndlessGrace {
            rotation.grace = Duration::MAX;
        }
        if self.1 == Fault::DropsTheDigestKey {
            rotation.presented = rotation.presented.get(..1).unwrap_or_default();
        }
        self.0.rotate(&rotation).await
    }

    async fn find_session(&self, locator: &LookupDigest) -> Result<Option<FoundSession>, Error> {
        self.0.find_session(locator).await
    }

    async fn session(&self, id: &str, now: OffsetDateTime) -> Result<Option<SessionRecord>, Error> {
        self.0.session(id, now).await
    }

    async fn end_session(&self, id: &str) -> Result<bool, Error> {
        if self.1 == Fault::ForgetsToEndSessions {
            return Ok(true);
        }
        self.0.end_session(id).await
    }

    async fn end_sessions(&self, subject: &str) -> Result<u64, Error> {
        self.0.end_sessions(subject).await
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let early =
            if self.1 == Fault::PurgesTooEarly { time::Duration::MINUTE } else { time::Duration::ZERO };
        self.0.purge_expired(now.saturating_add(early), limit).await
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
        (Fault::ForgetsToEndSessions, "an_ended_session_is_never_rotated"),
        (Fault::GrantsAnEndlessGrace, "a_replay_within_grace_gets_the_winners_salt"),
        (Fault::AnyOwnerMayRemove, "an_owner_removes_only_their_own"),
        (Fault::AnyOwnerMayRemove, "an_end_is_brought_forward_and_never_put_off"),
        (Fault::DropsTheDigestKey, "a_rotation_finds_a_secret_under_an_older_key_and_moves_it"),
    ] {
        let make = async || Broken(MemoryTokenStore::new(), fault);
        let violations = conformance::run(&|future| pollster::block_on(future), make);
        expect_noticed(law, &violations);
    }
}

#[test]
fn the_suite_notices_a_store_that_forgets_replays() {
    let make = async || racy::GetThenSet::forgetful();
    let violations = conformance::run(&|future| pollster::block_on(future), make);
    expect_noticed("replays_of_six_tokens_in_a_row_end_the_session", &violations);
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
