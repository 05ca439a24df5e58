//! On six servers: the same suites, a shard that was emptied, a primary that fails.

use std::time::{Duration, Instant};

use countersign_redis::redis::{Client, cmd};
use countersign_redis::{ConnectErrorKind, RedisOptions, RedisStore};
use countersign_revocation::{Check, RetainUntil, RevocationStore, Scope, Target, Verdict};
use countersign_test_servers::RedisCluster;
use countersign_token_store::{Kind, TokenLookup, TokenStoreExt};
use futures_util::future::join_all;

use crate::fixture::{ISSUER, NOW, can_run, fresh, runtime};
use crate::records::{digest, token};

async fn connect(cluster: &RedisCluster, options: RedisOptions) -> RedisStore {
    RedisStore::connect_cluster(cluster.urls(), options).await.unwrap()
}

/// So many sessions that each bucket has some.
fn sessions() -> Vec<String> {
    (0..64).map(|number| format!("s{number}")).collect()
}

async fn verdicts(store: &RedisStore) -> Vec<Result<Verdict, countersign_revocation::Error>> {
    let store = store.revocations();
    let check = async |session: &str| {
        let check = Check::new(ISSUER).session(session);
        store.check(&check, NOW).wait().await
    };
    let sessions = sessions();
    join_all(sessions.iter().map(|session| check(session))).await
}

#[test]
fn a_cluster_conforms_and_fails_closed() {
    if !can_run() {
        return;
    }
    let (mut cluster, runtime) = (RedisCluster::start(), runtime());

    let revocations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            connect(&cluster, fresh()).await.revocations()
        });
    assert_eq!(revocations, []);
    let tokens = countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
        connect(&cluster, fresh()).await.tokens()
    });
    assert_eq!(tokens, []);

    runtime.block_on(a_replica_follows_all_shards(&cluster));
    runtime.block_on(an_open_slot_answers_checks_and_look_ups(&cluster));
    runtime.block_on(a_failover_costs_errors_and_no_wrong_answer(&mut cluster));
    runtime.block_on(an_emptied_shard_is_noticed(&cluster));
}

async fn a_replica_follows_all_shards(cluster: &RedisCluster) {
    let store = connect(cluster, fresh()).await;
    for session in sessions() {
        store.revocations().revoke(ISSUER, Target::Session(&session), RetainUntil::FOREVER).await.unwrap();
    }
    // The interval is long, so what comes sooner has been heard of.
    let (replica, driver) = store.replica(Duration::from_secs(60), Duration::from_secs(30)).unwrap();
    tokio::spawn(driver);
    let until = async |sessions: u64| {
        let start = Instant::now();
        while !replica.is_fresh() || replica.local_count().sessions < sessions {
            assert!(start.elapsed() < Duration::from_secs(20), "{:?}", replica.local_count());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    until(64).await;
    let later: Vec<_> = (0..64).map(|number| format!("later {number}")).collect();
    for (session, sessions) in later.iter().zip(65..) {
        store.revocations().revoke(ISSUER, Target::Session(session), RetainUntil::FOREVER).await.unwrap();
        until(sessions).await;
    }
}

/// Half of the keys of a bucket's slot have moved to another node, as after a reshard that was interrupted.
async fn an_open_slot_answers_checks_and_look_ups(cluster: &RedisCluster) {
    let store = connect(cluster, RedisOptions::new().prefix("open")).await;
    for session in sessions() {
        store.revocations().revoke(ISSUER, Target::Session(&session), RetainUntil::FOREVER).await.unwrap();
    }
    store.tokens().insert_token(token("t", "alice", 1)).await.unwrap();
    // A bucket of revocations, and that of the token's digest.
    for key in ["open:{06}:e", "open:{t01}:e"] {
        let any = cluster.server(0);
        let slot = any.command(&["cluster", "keyslot", key]);
        let node_id = |number| cluster.server(number).command(&["cluster", "myid"]);
        let primaries = cluster.primaries();
        let holds =
            |number: &usize| cluster.server(*number).command(&["cluster", "countkeysinslot", &slot]) != "0";
        let from = primaries.iter().copied().find(holds).unwrap();
        let to = primaries.iter().copied().find(|&number| number != from).unwrap();
        cluster.server(to).command(&["cluster", "setslot", &slot, "importing", &node_id(from)]);
        cluster.server(from).command(&["cluster", "setslot", &slot, "migrating", &node_id(to)]);
        let port = cluster.server(to).port().to_string();
        // Names have zero bytes, which no command line takes.
        let client = Client::open(cluster.server(from).url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut get_keys = cmd("CLUSTER");
        get_keys.arg("GETKEYSINSLOT").arg(&slot).arg(10_000);
        let mut keys: Vec<Vec<u8>> = get_keys.query_async(&mut connection).await.unwrap();
        keys.sort_by_key(|key| !key.starts_with(b"open:"));
        assert!(keys.len() > 1);
        for (moved, name) in keys.iter().enumerate() {
            if !name.starts_with(b"open:") {
                let mut migrate = cmd("MIGRATE");
                migrate.arg("127.0.0.1").arg(&port).arg(name).arg(0).arg(5000);
                let _: String = migrate.query_async(&mut connection).await.unwrap();
                continue;
            }
            // With none moved, one after the other, and at the end all of them.
            let answers = verdicts(&store).await;
            let wrong = answers.iter().find(|verdict| !matches!(verdict, Ok(Verdict::Revoked(_))));
            let wrong = wrong.map(|verdict| verdict.as_ref().map_err(ToString::to_string));
            assert!(wrong.is_none(), "{key}: {moved} of {} moved: {wrong:?}", keys.len());
            let found = store.tokens().find_token(Kind::ApiKey, &[digest(1, 1)], NOW).await;
            assert!(matches!(found, Ok(TokenLookup::Found(_))), "{moved} moved: {found:?}");
            let unknown = store.tokens().find_token(Kind::ApiKey, &[digest(2, 1)], NOW).await;
            assert!(matches!(unknown, Ok(TokenLookup::Unknown)), "{moved} moved: {unknown:?}");
            let mut migrate = cmd("MIGRATE");
            migrate.arg("127.0.0.1").arg(&port).arg(name).arg(0).arg(5000);
            let answer: String = migrate.query_async(&mut connection).await.unwrap();
            assert_eq!(answer, "OK");
        }
        assert!(verdicts(&store).await.iter().all(Result::is_ok));
        for number in [to, from] {
            cluster.server(number).command(&["cluster", "setslot", &slot, "node", &node_id(to)]);
        }
        // The driver looks up the nodes again, which it does not always finish. Then checks are errors until the
        // connection has been replaced.
        let start = Instant::now();
        while verdicts(&store).await.iter().any(Result::is_err) {
            assert!(start.elapsed() < Duration::from_secs(20), "{key}: no answers after the move");
        }
    }
    assert!(!store.is_emptied());
}

async fn a_failover_costs_errors_and_no_wrong_answer(cluster: &mut RedisCluster) {
    let options = fresh().wait_for_replicas(1, Duration::from_millis(100));
    let store = connect(cluster, options).await;
    for session in sessions() {
        store.revocations().revoke(ISSUER, Target::Session(&session), RetainUntil::FOREVER).await.unwrap();
    }
    let primary = cluster.primaries().first().copied().unwrap();
    cluster.fail_over(primary);
    let start = Instant::now();
    loop {
        let verdicts = verdicts(&store).await;
        let revoked = Verdict::Revoked(Scope::Session);
        assert!(verdicts.iter().flatten().all(|&verdict| verdict == revoked), "a revocation was lost");
        if verdicts.iter().all(Result::is_ok) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "it does not work again");
    }
    // The shard has no replica left, and says so.
    let mut refused = 0;
    for session in sessions() {
        let later = store.revocations();
        refused +=
            u32::from(later.revoke(ISSUER, Target::Session(&session), RetainUntil::FOREVER).await.is_err());
    }
    assert!((1..64).contains(&refused), "{refused} writes were refused for want of replicas");
}

async fn an_emptied_shard_is_noticed(cluster: &RedisCluster) {
    let prefix = "emptied";
    let options = || RedisOptions::new().prefix(prefix);
    let store = connect(cluster, options()).await;
    for session in sessions() {
        store.revocations().revoke(ISSUER, Target::Session(&session), RetainUntil::FOREVER).await.unwrap();
    }
    let emptied = cluster.primaries().first().copied().unwrap();
    cluster.server(emptied).command(&["flushall"]);

    assert!(verdicts(&store).await.iter().any(Result::is_err), "nothing was noticed");
    assert!(store.is_emptied());
    // And now the whole store answers nothing, whichever shard is asked.
    assert!(verdicts(&store).await.iter().all(Result::is_err));
    assert!(store.revocations().subject_version(ISSUER, "alice").await.is_err());
    assert!(store.revocations().revoke(ISSUER, Target::Session("s"), RetainUntil::FOREVER).await.is_err());
    let error = RedisStore::connect_cluster(cluster.urls(), options()).await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Emptied);

    store.acknowledge_emptied_server().await.unwrap();
    let verdicts = verdicts(&store).await;
    let lost = verdicts.iter().filter(|verdict| matches!(verdict, Ok(Verdict::NotRevoked))).count();
    let kept = verdicts.iter().filter(|verdict| matches!(verdict, Ok(Verdict::Revoked(_)))).count();
    assert!(lost > 0 && kept > 0 && lost + kept == verdicts.len(), "{lost} lost, {kept} kept");
    // Another process finds it in order.
    connect(cluster, options()).await;
}
