//! Tokens and sessions beyond the suite: stored sessions follow the rules of the Rust function, unreadable records let
//! nobody in, and lost pointers hide nothing.

use std::sync::OnceLock;
use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_redis::RedisTokenStore;
use countersign_test_servers::{Redis, redis_is_installed};
use countersign_token_store::{
    ErrorKind, Kind, Previous, Replays, Rotation, RotationOutcome, Salt, SessionRecord, StoredSession,
    StoredToken, Successor, TokenLookup, TokenRecord, TokenStore, TokenStoreExt,
};
use proptest::prelude::*;
use time::OffsetDateTime;
use tokio::runtime::Runtime;

use crate::fixture::{NOW, can_run, connect, fresh, runtime};

pub(crate) fn digest(key_id: u32, byte: u8) -> KeyedDigest {
    KeyedDigest { key_id, digest: LookupDigest::from_bytes([byte; 32]) }
}

pub(crate) fn token(id: &str, owner: &str, byte: u8) -> StoredToken {
    let record = TokenRecord {
        id: id.to_owned(),
        kind: Kind::ApiKey,
        owner: owner.to_owned(),
        name: String::new(),
        hint: String::new(),
        scopes: Vec::new(),
        roles: vec![],
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    };
    StoredToken { record, digest: digest(1, byte) }
}

/// A session that began now and may be idle for 100 s, with this locator and first secret.
pub(crate) fn session(id: &str, byte: u8) -> StoredSession {
    StoredSession {
        record: SessionRecord {
            id: id.to_owned(),
            subject: "alice".to_owned(),
            name: String::new(),
            last_refreshed_at: None,
            subject_version: 5,
            scopes: vec!["read".to_owned()],
            created_at: NOW,
            idle_expires_at: NOW + Duration::from_secs(100),
            expires_at: NOW + Duration::from_secs(1000),
        },
        locator: digest(0, byte).digest,
        current: digest(1, byte),
        previous: None,
        ended: false,
    }
}

pub(crate) fn rotation(locator: u8, presented: &[KeyedDigest], candidate: u8) -> Rotation<'_> {
    Rotation {
        locator: digest(0, locator).digest,
        presented,
        successor: Successor {
            secret: digest(1, candidate),
            salt: Salt([candidate; 16]),
            derivation_key_id: 7,
        },
        now: NOW + Duration::from_secs(1),
        grace: Duration::from_secs(30),
        idle_lifetime: Duration::from_secs(100),
    }
}

/// One server for all cases.
fn shared() -> &'static (Runtime, RedisTokenStore, Redis) {
    static SHARED: OnceLock<(Runtime, RedisTokenStore, Redis)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let (server, runtime) = (Redis::start(&[]), runtime());
        let store = runtime.block_on(connect(&server, fresh())).tokens();
        (runtime, store, server)
    })
}

fn whole_milliseconds(moment: OffsetDateTime) -> i128 {
    moment.unix_timestamp_nanos() / 1_000_000
}

/// An outcome as text, with moments as a record has them.
fn shown(outcome: &RotationOutcome) -> String {
    let record = |record: &SessionRecord| {
        format!(
            "{} {} {}",
            record.id,
            whole_milliseconds(record.idle_expires_at),
            whole_milliseconds(record.expires_at)
        )
    };
    match outcome {
        RotationOutcome::Rotated(session) => format!("rotated {}", record(session)),
        RotationOutcome::WithinGrace { session, salt, derivation_key_id } => {
            format!("within grace {} {:?} {derivation_key_id}", record(session), salt.0)
        }
        RotationOutcome::Reused(session) => format!("reused {}", record(session)),
        RotationOutcome::Expired => "expired".to_owned(),
        RotationOutcome::Revoked(session) => format!("revoked {}", record(session)),
        RotationOutcome::Unknown => "unknown".to_owned(),
    }
}

/// Moments about the edges: a few seconds, with parts of a millisecond.
fn moments() -> impl Strategy<Value = OffsetDateTime> {
    let part = prop_oneof![Just(0), Just(1), Just(999_999), Just(1_000_000), Just(500_000)];
    (0..6_i64, part).prop_map(|(seconds, part)| {
        NOW + time::Duration::seconds(seconds) + time::Duration::nanoseconds(part)
    })
}

/// As a record is once it has been written and read.
fn written(moment: OffsetDateTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(whole_milliseconds(moment) * 1_000_000).unwrap()
}

fn digests() -> impl Strategy<Value = KeyedDigest> {
    (1..3_u32, 1..4_u8).prop_map(|(key_id, byte)| digest(key_id, byte))
}

prop_compose! {
    fn sessions()(
        locator in any::<[u8; 32]>(),
        current in digests(),
        previous in proptest::option::of((digests(), moments(), any::<[u8; 16]>(), any::<u32>(), (0..7_u32, any::<bool>()))),
        idle in moments(),
        end in moments(),
        ended in proptest::bool::weighted(0.1),
    ) -> StoredSession {
        let mut session = session(&format!("{locator:?}"), 0);
        session.locator = LookupDigest::from_bytes(locator);
        session.current = current;
        session.previous = previous.map(|(digest, rotated_at, salt, derivation_key_id, (before, is_replayed))| {
            let replays = Replays { before, is_replayed };
            Previous { digest, salt: Salt(salt), derivation_key_id, rotated_at: written(rotated_at), replays }
        });
        session.record.idle_expires_at = written(idle);
        session.record.expires_at = written(end);
        session.ended = ended;
        session
    }
}

prop_compose! {
    fn attempts()(
        presented in proptest::collection::vec(digests(), 0..3),
        candidate in digests(),
        now in moments(),
        grace in prop_oneof![
            Just(Duration::ZERO), Just(Duration::from_nanos(1)), Just(Duration::from_secs(1)),
            Just(Duration::from_millis(2001)), Just(Duration::MAX),
        ],
        idle in prop_oneof![Just(1), Just(1_500_000_001), Just(3_000_000_000_u64), Just(u64::MAX)],
    ) -> (Vec<KeyedDigest>, KeyedDigest, OffsetDateTime, Duration, Duration) {
        (presented, candidate, now, grace, Duration::from_nanos(idle))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Four rotations one after the other, so that the records that came of each are compared too.
    #[test]
    fn a_stored_session_is_rotated_as_the_function_decides(
        session in sessions(),
        attempts in proptest::collection::vec(attempts(), 4),
    ) {
        if !redis_is_installed() {
            return Ok(());
        }
        let (runtime, store, _) = shared();
        let mut expected = session.clone();
        runtime.block_on(store.create_session(session)).unwrap();
        for (presented, secret, now, grace, idle_lifetime) in attempts {
            let rotation = Rotation {
                locator: expected.locator,
                presented: &presented,
                successor: Successor { secret, salt: Salt([secret.digest.as_bytes()[0]; 16]), derivation_key_id: 3 },
                now,
                grace,
                idle_lifetime,
            };
            let got = runtime.block_on(store.rotate(&rotation)).unwrap();
            prop_assert_eq!(shown(&got), shown(&expected.rotate(&rotation).outcome));
            // What an engine writes is in milliseconds.
            expected.record.idle_expires_at = written(expected.record.idle_expires_at);
            if let Some(previous) = &mut expected.previous {
                previous.rotated_at = written(previous.rotated_at);
            }
        }
    }
}

#[test]
fn a_record_that_cannot_be_read_is_corrupt_and_lets_nobody_in() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    // What is done to every record: another type, no value, half a value, another value.
    for spoil in [
        "redis.call('DEL', key) redis.call('SET', key, 'x')",
        "each(key, function(value) return '' end)",
        "each(key, function(value) return string.sub(value, 1, 147) end)",
        "each(key, function(value) return string.sub(value, 1, -2) end)",
        "each(key, function(value) return string.sub(value, 1, 148) .. '{}' end)",
    ] {
        runtime().block_on(async {
            let store = connect(&server, fresh()).await.tokens();
            store.insert_token(token("t", "alice", 1)).await.unwrap();
            store.create_session(session("s", 1)).await.unwrap();
            let script = format!(
                "local function each(key, change)
                    for _, id in ipairs(redis.call('HKEYS', key)) do
                        redis.call('HSET', key, id, change(redis.call('HGET', key, id)))
                    end
                end
                for _, key in ipairs(redis.call('KEYS', '*:o:*')) do {spoil} end"
            );
            server.command(&["eval", &script, "0"]);
            let listed = store.list_tokens(Kind::ApiKey, "alice").await;
            assert!(listed.is_err_and(|error| error.kind() == ErrorKind::Corrupt), "list: {spoil}");
            let ended = store.end_session("s").await;
            assert!(ended.is_err_and(|error| error.kind() == ErrorKind::Corrupt), "end_session: {spoil}");
            let found = store.find_token(Kind::ApiKey, &[digest(1, 1)], NOW).await;
            assert!(found.is_err_and(|error| error.kind() == ErrorKind::Corrupt), "find: {spoil}");
            let found = store.find_session(&digest(0, 1).digest).await;
            assert!(found.is_err_and(|error| error.kind() == ErrorKind::Corrupt), "find_session: {spoil}");
            let presented = [digest(1, 1)];
            let rotated = store.rotate(&rotation(1, &presented, 2)).await;
            assert!(!matches!(rotated, Ok(RotationOutcome::Rotated(_))), "rotate: {spoil}");
            server.command(&["flushall"]);
        });
    }
}

#[test]
fn a_pointer_that_leads_elsewhere_is_not_believed() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        store.insert_token(token("mine", "alice", 1)).await.unwrap();
        store.insert_token(token("other", "bob", 2)).await.unwrap();
        // Every digest now leads to the other one's record.
        let script = r"local targets = {}
            for n, key in ipairs(redis.call('KEYS', '*:d:*')) do
                local target = string.sub(redis.call('GET', key), 37)
                if string.find(target, ':other$') then targets[1] = target end
            end
            for _, key in ipairs(redis.call('KEYS', '*:d:*')) do
                redis.call('SET', key, string.sub(redis.call('GET', key), 1, 36) .. targets[1])
            end";
        server.command(&["eval", script, "0"]);
        let found = store.find_token(Kind::ApiKey, &[digest(1, 1)], NOW).await.unwrap();
        assert!(matches!(found, TokenLookup::Unknown));
        let found = store.find_token(Kind::ApiKey, &[digest(1, 2)], NOW).await.unwrap();
        assert!(matches!(found, TokenLookup::Found(_)));
        for (owner, id) in [("alice", "mine"), ("bob", "other")] {
            let list = store.list_tokens(Kind::ApiKey, owner).await.unwrap();
            assert_eq!(list.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), [id]);
        }
    });
}

/// Removes all pointers, as an eviction or the loss of their shard does, and returns them.
fn lose_pointers(server: &Redis) -> Vec<(String, String)> {
    let keys = server.command(&["keys", "*}:[id]:*"]);
    let lost: Vec<_> = keys.lines().map(|key| (key.to_owned(), server.command(&["get", key]))).collect();
    for (key, _) in &lost {
        server.command(&["del", key]);
    }
    lost
}

#[test]
fn lost_pointers_hide_no_session_from_its_end() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        for (id, byte) in [("by id", 1), ("by subject", 2)] {
            store.create_session(session(id, byte)).await.unwrap();
        }
        let lost = lose_pointers(&server);
        assert_eq!(lost.len(), 4);
        assert!(store.session("by id", NOW).await.unwrap().is_some());
        assert!(store.end_session("by id").await.unwrap());
        assert!(!store.end_session("by id").await.unwrap());
        assert!(!store.end_session("unknown").await.unwrap());
        assert_eq!(store.end_sessions("alice").await.unwrap(), 1);
        // The shard comes back with what it had.
        for (key, value) in lost {
            server.command(&["set", &key, &value]);
        }
        for byte in [1, 2] {
            let presented = [digest(1, byte)];
            let outcome = store.rotate(&rotation(byte, &presented, 9)).await.unwrap();
            assert!(matches!(outcome, RotationOutcome::Revoked(_)), "{outcome:?}");
        }
    });
}

#[test]
fn lost_pointers_hide_no_token_from_its_owner() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        for (id, byte) in [("a", 1), ("b", 2), ("c", 3)] {
            store.insert_token(token(id, "alice", byte)).await.unwrap();
        }
        let lost = lose_pointers(&server);
        assert_eq!(store.list_tokens(Kind::ApiKey, "alice").await.unwrap().len(), 3);
        assert!(store.expire_token(Kind::ApiKey, "alice", "a", NOW).await.unwrap());
        assert!(store.remove(Kind::ApiKey.into(), "alice", "b").await.unwrap());
        assert_eq!(store.remove_by_owner(Kind::ApiKey.into(), "alice").await.unwrap(), 2);
        for (key, value) in lost {
            server.command(&["set", &key, &value]);
        }
        for byte in 1..=3 {
            let found = store.find_token(Kind::ApiKey, &[digest(1, byte)], NOW).await.unwrap();
            assert!(matches!(found, TokenLookup::Unknown));
        }
    });
}

#[test]
fn a_pointer_without_a_record_is_taken_over_after_a_minute() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        store.insert_token(token("t", "alice", 1)).await.unwrap();
        // As after a crash between the pointers and the record.
        server.command(&["eval", "return redis.call('DEL', unpack(redis.call('KEYS', '*:o:*')))", "0"]);
        let under_way = store.insert_token(token("t", "bob", 1)).await;
        assert!(under_way.is_err_and(|error| error.kind() == ErrorKind::Duplicate));
        let age = r"for _, key in ipairs(redis.call('KEYS', '*}:[id]:*')) do
            local value = redis.call('GET', key)
            local since = string.format('%020.0f', tonumber(string.sub(value, 17, 36)) - 60000)
            redis.call('SET', key, string.sub(value, 1, 16) .. since .. string.sub(value, 37))
        end";
        server.command(&["eval", age, "0"]);
        store.insert_token(token("t", "bob", 1)).await.unwrap();
        let found = store.find_token(Kind::ApiKey, &[digest(1, 1)], NOW).await.unwrap();
        assert!(matches!(found, TokenLookup::Found(found) if found.record.owner == "bob"));
        // However old, the pointer of a record that is there stays.
        server.command(&["eval", age, "0"]);
        let taken = store.insert_token(token("t", "alice", 1)).await;
        assert!(taken.is_err_and(|error| error.kind() == ErrorKind::Duplicate));
        let found = store.find_token(Kind::ApiKey, &[digest(1, 1)], NOW).await.unwrap();
        assert!(matches!(found, TokenLookup::Found(_)));
    });
}

#[test]
fn a_token_that_was_removed_on_a_new_primary_is_not_found_on_the_old_one() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        store.insert_token(token("t", "alice", 1)).await.unwrap();
        store.create_session(session("s", 1)).await.unwrap();
        server.command(&["replicaof", "127.0.0.1", "1"]);
        let unavailable = |kind| kind == ErrorKind::Unavailable;
        let found = store.find_token(Kind::ApiKey, &[digest(1, 1)], NOW).await;
        assert!(found.is_err_and(|error| unavailable(error.kind())));
        assert!(store.session("s", NOW).await.is_err_and(|error| unavailable(error.kind())));
        assert!(store.list_tokens(Kind::ApiKey, "alice").await.is_err_and(|error| unavailable(error.kind())));
        assert!(store.end_session("s").await.is_err_and(|error| unavailable(error.kind())));
    });
}
