//! What a call costs, counted by the server, and how long the server keeps what it is given.

use std::collections::BTreeMap;
use std::time::Duration;

use countersign_random::LookupDigest;
use countersign_redis::RedisStore;
use countersign_revocation::{Check, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId};
use countersign_test_servers::Redis;
use countersign_token_store::{Kind, RotationOutcome, TokenLookup, TokenStore, TokenStoreExt};
use time::macros::datetime;

use crate::fixture::{ISSUER, NOW, can_run, connect, fresh, runtime};
use crate::records::{digest, rotation, session, token};

/// How often the server has read from connections so far, and run each command.
fn stats(server: &Redis) -> (u64, BTreeMap<String, u64>) {
    let stats = server.command(&["info", "all"]);
    let parse = |line: &str| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        Some((name.to_owned(), rest.split_once(',')?.0.parse().ok()?))
    };
    let reads = stats.lines().find_map(|line| line.strip_prefix("total_reads_processed:")).unwrap();
    (reads.trim().parse().unwrap(), stats.lines().filter_map(|line| parse(line.trim())).collect())
}

/// The round trips of `call`, the commands that it has the server run, those of a script among them, and its result.
async fn cost<T>(server: &Redis, call: impl Future<Output = T>) -> (u64, Vec<(String, u64)>, T) {
    // The counting costs some reads too.
    let (first, _) = stats(server);
    let (before, commands) = stats(server);
    let result = call.await;
    let (after, more) = stats(server);
    let mut cost = Vec::new();
    for (name, calls) in more {
        let calls = calls - commands.get(&name).copied().unwrap_or(0);
        if calls > 0 && name != "info" {
            cost.push((name, calls));
        }
    }
    (after - before - (before - first), cost, result)
}

fn named(cost: &[(&str, u64)]) -> Vec<(String, u64)> {
    cost.iter().map(|&(name, calls)| (name.to_owned(), calls)).collect()
}

#[test]
fn a_check_is_one_pipeline_whatever_it_asks_about() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await;
        let check = Check::new(ISSUER)
            .token(TokenId::Jti("t"))
            .session("s")
            .subject("u", SubjectVersion::Version(0))
            .key("k");
        let (round_trips, cost, verdict) = cost(&server, store.revocations().check(&check, NOW).wait()).await;
        let _ = verdict.unwrap();
        // For each of the four names the entry and its epoch; and that the server is a primary.
        assert_eq!(round_trips, 1);
        assert_eq!(cost, named(&[("del", 1), ("get", 8)]));
    });
}

#[test]
fn a_rotation_is_a_pointer_a_record_and_a_write() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        store.create_session(session("s", 1)).await.unwrap();
        // The first one brings the script.
        let presented = [digest(1, 1)];
        let outcome = store.rotate(&rotation(1, &presented, 2)).await.unwrap();
        assert!(matches!(outcome, RotationOutcome::Rotated(_)));
        let presented = [digest(1, 2)];
        let (round_trips, cost, outcome) = cost(&server, store.rotate(&rotation(1, &presented, 3))).await;
        assert!(matches!(outcome.unwrap(), RotationOutcome::Rotated(_)));
        assert_eq!(round_trips, 3);
        let calls =
            |name: &str| cost.iter().find(|(command, _)| command == name).map_or(0, |&(_, calls)| calls);
        // A pointer and three epochs. The script reads the version once more.
        assert_eq!(["get", "hget", "evalsha", "hset"].map(calls), [4, 2, 1, 1]);
    });
}

#[test]
fn a_thousand_tokens_of_an_owner_go_by_one_script() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        for number in 0..1000_u32 {
            let mut token = token(&number.to_string(), "alice", 0);
            token.digest.key_id = number;
            store.insert_token(token).await.unwrap();
        }
        let (_, cost, removed) = cost(&server, store.remove_by_owner(Kind::ApiKey.into(), "alice")).await;
        assert_eq!(removed.unwrap(), 1000);
        let calls =
            |name: &str| cost.iter().find(|(command, _)| command == name).map_or(0, |&(_, calls)| calls);
        // Two pointers each are given up beside it.
        assert_eq!(["hgetall", "unlink", "evalsha", "pexpire"].map(calls), [1, 1, 2001, 2000]);
        assert!(lifetimes(&server, "test-*}:[id]:*").is_empty());
    });
}

#[test]
fn a_look_up_is_pointers_and_then_records() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        store.insert_token(token("t", "alice", 1)).await.unwrap();
        let digests = [digest(2, 9), digest(1, 1)];
        let (round_trips, cost, found) = cost(&server, store.find_token(Kind::ApiKey, &digests, NOW)).await;
        assert!(matches!(found.unwrap(), TokenLookup::Found(_)));
        assert_eq!(round_trips, 2);
        assert_eq!(cost, named(&[("del", 2), ("get", 5), ("hget", 1)]));
    });
}

/// The milliseconds that the server will keep each key that matches, -1 for ever.
fn lifetimes(server: &Redis, pattern: &str) -> Vec<i64> {
    let script = r"local all = {}
        for n, key in ipairs(redis.call('KEYS', ARGV[1])) do all[n] = redis.call('PTTL', key) end
        return all";
    let lines = server.command(&["eval", script, "0", pattern]);
    lines.lines().map(|line| line.parse().unwrap()).collect()
}

async fn revoke(store: &RedisStore, until: RetainUntil) {
    store.revocations().revoke(ISSUER, Target::Session("s"), until).await.unwrap();
}

#[test]
fn the_server_keeps_an_entry_past_its_end_by_its_own_clock_and_the_margin() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh().collection_margin(Duration::from_secs(600))).await;
        let close =
            |lifetime: i64, seconds: i64| ((seconds - 60) * 1000..=seconds * 1000).contains(&lifetime);
        // An end long ago: others may have other clocks.
        revoke(&store, RetainUntil::at(datetime!(1970-01-01 00:10 UTC))).await;
        assert!(close(lifetimes(&server, "*:r:*")[0], 600));
        let seconds: i64 = server.command(&["time"]).lines().next().unwrap().parse().unwrap();
        let later = time::OffsetDateTime::from_unix_timestamp(seconds + 5000).unwrap();
        revoke(&store, RetainUntil::at(later)).await;
        assert!(close(lifetimes(&server, "*:r:*")[0], 5600));
        revoke(&store, RetainUntil::FOREVER).await;
        assert_eq!(lifetimes(&server, "*:r:*"), [-1]);
        revoke(&store, RetainUntil::at(later)).await;
        assert_eq!(lifetimes(&server, "*:r:*"), [-1]);
        // Neither epochs nor floors ever go.
        store
            .revocations()
            .revoke_subject(ISSUER, "u", RetainUntil::at(later), NOW, Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(lifetimes(&server, "*:e"), vec![-1; 272]);
        assert_eq!(lifetimes(&server, "*:f"), [-1]);
    });
}

#[test]
fn nothing_of_a_token_or_session_that_ends_stays_for_ever() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        let mut ending = token("t", "alice", 1);
        ending.record.expires_at = Some(NOW);
        store.insert_token(ending).await.unwrap();
        assert!(store.redigest(Kind::ApiKey, "t", digest(1, 1), digest(2, 7)).await.unwrap());
        store.create_session(session("s", 1)).await.unwrap();
        let presented = [digest(1, 1)];
        let _ = store.rotate(&rotation(1, &presented, 2)).await.unwrap();
        for what in ["i", "d", "o", "c"] {
            let lifetimes = lifetimes(&server, &format!("test-*}}:{what}:*"));
            assert!(!lifetimes.is_empty() && lifetimes.iter().all(|&left| left > 0), "{what}: {lifetimes:?}");
        }
        // And nothing at all of a token that was removed.
        store.insert_token(token("gone", "bob", 3)).await.unwrap();
        assert!(store.remove(Kind::ApiKey.into(), "bob", "gone").await.unwrap());
        for pattern in ["test-*}:[id]:*", "test-*}:[oc]:*"] {
            assert!(lifetimes(&server, pattern).iter().all(|&left| left > 0), "{pattern}");
        }
        // Nor of one whose end was brought forward.
        store.insert_token(token("ended", "carol", 4)).await.unwrap();
        assert!(store.expire_token(Kind::ApiKey, "carol", "ended", NOW).await.unwrap());
        for pattern in ["test-*}:[id]:*", "test-*}:[oc]:*"] {
            assert!(lifetimes(&server, pattern).iter().all(|&left| left > 0), "{pattern}");
        }
    });
}

#[test]
fn a_record_past_its_time_leaves_an_owner_who_has_others() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        for (id, byte) in [("a", 1), ("b", 2)] {
            store.insert_token(token(id, "alice", byte)).await.unwrap();
        }
        let collect = "return redis.call('ZADD', redis.call('KEYS', '*:c:*')[1], 1, 'a')";
        server.command(&["eval", collect, "0"]);
        store.record_use(Kind::ApiKey, "b", NOW).await.unwrap();
        let listed = store.list_tokens(Kind::ApiKey, "alice").await.unwrap();
        assert_eq!(listed.into_iter().map(|record| record.id).collect::<Vec<_>>(), ["b"]);
        // Where the times are lost, everything stays.
        store.insert_token(token("c", "alice", 3)).await.unwrap();
        server.command(&["eval", "return redis.call('DEL', redis.call('KEYS', '*:c:*')[1])", "0"]);
        let mut ending = token("d", "alice", 4);
        ending.record.expires_at = Some(NOW);
        store.insert_token(ending).await.unwrap();
        assert_eq!(lifetimes(&server, "*:o:*"), [-1]);
        assert_eq!(store.list_tokens(Kind::ApiKey, "alice").await.unwrap().len(), 3);
    });
}

#[test]
fn counts_follow_each_write_and_forget_what_the_server_has_removed() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        let counts = async || store.count_by_digest_key().await.unwrap().into_iter().collect::<Vec<_>>();
        store.insert_token(token("a", "alice", 1)).await.unwrap();
        store.insert_token(token("b", "alice", 2)).await.unwrap();
        store.create_session(session("s", 1)).await.unwrap();
        assert_eq!(counts().await, [(1, 3)]);
        assert!(store.redigest(Kind::ApiKey, "a", digest(1, 1), digest(2, 7)).await.unwrap());
        assert_eq!(counts().await, [(1, 2), (2, 1)]);
        assert!(store.end_session("s").await.unwrap());
        assert!(store.remove(Kind::ApiKey.into(), "alice", "b").await.unwrap());
        assert_eq!(counts().await, [(2, 1)]);
        // As if its time had come: the server removes the owner's keys without running a script.
        let script = "for _, key in ipairs(redis.call('KEYS', '*:o:api-key:*')) do redis.call('DEL', key) end
            for _, key in ipairs(redis.call('KEYS', '*:n')) do
                for _, name in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZADD', key, 1, name) end
            end";
        server.command(&["eval", script, "0"]);
        assert_eq!(counts().await, []);
        // And an eviction of the numbers alone is an error.
        store.insert_token(token("c", "alice", 3)).await.unwrap();
        server.command(&["eval", "return redis.call('DEL', unpack(redis.call('KEYS', '*:k')))", "0"]);
        assert!(store.count_by_digest_key().await.is_err());
    });
}

#[test]
fn counting_costs_the_same_whatever_the_number_of_records() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await.tokens();
        let mut costs = Vec::new();
        for owners in [0..1_u32, 1..300] {
            for number in owners {
                let (id, mut token) = (number.to_string(), token("", "", 0));
                token.record.id.clone_from(&id);
                token.record.owner = id;
                token.digest.digest =
                    LookupDigest::from_bytes(std::array::from_fn(|_| number.to_le_bytes()[0]));
                token.digest.key_id = number / 256;
                store.insert_token(token).await.unwrap();
            }
            // The first one brings the script.
            store.count_by_digest_key().await.unwrap();
            let (_, cost, counts) = cost(&server, store.count_by_digest_key()).await;
            counts.unwrap();
            costs.push(cost);
        }
        assert_eq!(costs[0], costs[1]);
        assert!(costs[1].iter().all(|&(_, calls)| calls == 256), "{:?}", costs[1]);
    });
}
