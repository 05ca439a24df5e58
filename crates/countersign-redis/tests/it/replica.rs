//! A copy in memory that follows the server.

use std::time::{Duration, Instant};

use countersign_redis::{ConnectErrorKind, RedisRevocationStore, RedisStore};
use countersign_revocation::{
    Check, Counts, Replica, RetainUntil, RevocationStore, Scope, SubjectVersion, Target, Verdict,
};
use countersign_test_servers::Redis;

use crate::fixture::{ISSUER, NOW, can_run, connect, fresh, runtime};

const BOUND: Duration = Duration::from_secs(2);
const INTERVAL: Duration = Duration::from_millis(500);

fn follow(store: &RedisStore) -> Replica<RedisRevocationStore> {
    let (replica, driver) = store.replica(BOUND, INTERVAL).unwrap();
    tokio::spawn(driver);
    replica
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn revoke(store: &RedisStore, session: &str) {
    store.revocations().revoke(ISSUER, Target::Session(session), RetainUntil::FOREVER).await.unwrap();
}

fn local(replica: &Replica<RedisRevocationStore>) -> Counts {
    replica.local_count()
}

#[test]
fn a_replica_begins_with_what_is_there_and_follows() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await;
        for number in 0..3000 {
            revoke(&store, &number.to_string()).await;
        }
        store
            .revocations()
            .revoke_subject(ISSUER, "u", RetainUntil::FOREVER, NOW, Duration::ZERO)
            .await
            .unwrap();
        let replica = follow(&store);
        until("fresh", || replica.is_fresh()).await;
        assert_eq!(local(&replica), Counts { tokens: 0, sessions: 3000, subjects: 1, keys: 0 });
        let check = Check::new(ISSUER).subject("u", SubjectVersion::Version(1));
        let answer = replica.check(&check, NOW);
        assert!(matches!(
            answer,
            countersign_revocation::MaybeReady::Ready(Ok(Verdict::Revoked(Scope::Subject)))
        ));

        // Another process revokes. Well below the interval: the message has been heard.
        let mut delays = Vec::new();
        for number in 0..200 {
            revoke(&store, &format!("later {number}")).await;
            let start = Instant::now();
            until("seen", || local(&replica).sessions > 3000 + number).await;
            delays.push(start.elapsed());
        }
        delays.sort();
        assert!(delays[197] < Duration::from_millis(250), "the slowest: {:?}", delays.split_off(190));
    });
}

#[test]
fn the_driver_ends_with_its_replica_and_odd_intervals_are_refused() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await;
        let (replica, driver) = store.replica(BOUND, INTERVAL).unwrap();
        let driver = tokio::spawn(driver);
        until("fresh", || replica.is_fresh()).await;
        drop(replica);
        tokio::time::timeout(Duration::from_secs(5), driver).await.unwrap().unwrap();
        for (bound, interval) in [(BOUND, Duration::ZERO), (BOUND, BOUND)] {
            let error = store.replica(bound, interval).map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::Invalid);
        }
    });
}

/// A replica of `before` entries whose driver stands still while `meanwhile` runs, and then goes on.
async fn cut_off(
    server: &Redis,
    before: u32,
    meanwhile: impl AsyncFnOnce(&RedisStore),
) -> Replica<RedisRevocationStore> {
    let store = connect(server, fresh().feed_length(100)).await;
    for number in 0..before {
        revoke(&store, &format!("before {number}")).await;
    }
    let (replica, driver) = store.replica(BOUND, INTERVAL).unwrap();
    let mut driver = Box::pin(driver);
    tokio::select! {
        () = &mut driver => panic!("the driver has ended"),
        () = until("fresh", || replica.is_fresh()) => {}
    }
    meanwhile(&store).await;
    tokio::time::sleep(BOUND).await;
    assert!(!replica.is_fresh());
    tokio::spawn(driver);
    until("fresh again", || replica.is_fresh()).await;
    replica
}

#[test]
fn a_feed_that_was_cut_reads_what_it_has_missed() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let replica = cut_off(&server, 500, async |store| {
            for number in 0..100 {
                revoke(store, &number.to_string()).await;
            }
        })
        .await;
        assert_eq!(local(&replica).sessions, 600);
    });
}

#[test]
fn a_stream_that_was_trimmed_has_everything_read_anew() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        // From a place in the streams, and from before their first change.
        for before in [500, 0] {
            let replica = cut_off(&server, before, async |store| {
                for number in 0..6000 {
                    revoke(store, &number.to_string()).await;
                }
            })
            .await;
            assert_eq!(local(&replica).sessions, 6000 + u64::from(before));
        }
    });
}

#[test]
fn another_change_of_the_same_number_is_not_taken_for_the_one_that_was_read() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let replica = cut_off(&server, 500, async |store| {
            revoke(store, "the other").await;
            // As if a promoted replica had lost the last change, and had written this one in its place.
            let script = r"for _, key in ipairs(redis.call('KEYS', '*:s')) do
                local all = redis.call('XRANGE', key, '-', '+')
                if string.find(all[#all][2][2], 'the other', 1, true) then
                    local lost = table.remove(all, #all - 1)
                    all[#all][1] = string.match(lost[1], '^%d+') .. '-18446744073709551615'
                    redis.call('DEL', key)
                    for _, one in ipairs(all) do redis.call('XADD', key, one[1], unpack(one[2])) end
                    return #all
                end
            end";
            let length: u32 = server.command(&["eval", script, "0"]).parse().unwrap();
            assert!(length > 1);
        })
        .await;
        assert_eq!(local(&replica).sessions, 501);
    });
}

#[test]
fn a_replica_of_an_emptied_server_answers_no_longer_than_its_bound() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = connect(&server, fresh()).await;
        revoke(&store, "s").await;
        let replica = follow(&store);
        until("fresh", || replica.is_fresh()).await;
        server.command(&["flushall"]);
        let check = Check::new(ISSUER).session("s");
        let start = Instant::now();
        loop {
            match replica.check(&check, NOW).wait().await {
                Ok(verdict) => assert_eq!(verdict, Verdict::Revoked(Scope::Session)),
                Err(_) => break,
            }
            assert!(start.elapsed() < BOUND + INTERVAL, "it still answers");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(store.is_emptied());
        store.acknowledge_emptied_server().await.unwrap();
        revoke(&store, "t").await;
        until("fresh again", || replica.is_fresh()).await;
        until("the new one", || local(&replica).sessions == 2).await;
    });
}
