//! What goes wrong with the server: the outcome is an error and never "not revoked".

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use countersign_redis::{ConnectErrorKind, RedisOptions, RedisStore};
use countersign_revocation::{
    Check, Error, ErrorKind, RetainUntil, RevocationStore, Scope, SubjectVersion, Target, TokenId, Verdict,
};
use countersign_test_servers::Redis;
use countersign_token_store::{Kind, TokenStore, TokenStoreExt};

use crate::fixture::{ISSUER, Link, NOW, can_run, can_run_valkey, connect, fresh, runtime};
use crate::records::{digest, rotation, session, token};

const REVOKED: Verdict = Verdict::Revoked(Scope::Session);

async fn check(store: &RedisStore, session: &str) -> Result<Verdict, Error> {
    let check = Check::new(ISSUER).session(session);
    store.revocations().check(&check, NOW).wait().await
}

async fn revoke(store: &RedisStore, session: &str) -> Result<(), Error> {
    store.revocations().revoke(ISSUER, Target::Session(session), RetainUntil::FOREVER).await
}

fn is_unavailable<T>(result: Result<T, Error>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Unavailable)
}

/// A fresh store in which the session `s` is revoked.
async fn store_with_one(server: &Redis) -> RedisStore {
    let store = connect(server, fresh()).await;
    revoke(&store, "s").await.unwrap();
    assert_eq!(check(&store, "s").await.unwrap(), REVOKED);
    store
}

#[test]
fn an_outage_is_an_error_and_ends_with_it() {
    if !can_run() {
        return;
    }
    let mut server = Redis::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    runtime().block_on(async {
        let store = store_with_one(&server).await;
        server.kill();
        for _ in 0..3 {
            let start = Instant::now();
            assert!(is_unavailable(check(&store, "s").await));
            assert!(is_unavailable(revoke(&store, "t").await));
            assert!(is_unavailable(store.revocations().subject_version(ISSUER, "u").await));
            assert!(start.elapsed() < Duration::from_secs(6));
        }
        server.restart();
        // The first call after it already.
        assert_eq!(check(&store, "s").await.unwrap(), REVOKED);
        server.restart();
        tokio::time::sleep(Duration::from_millis(100)).await;
        revoke(&store, "t").await.unwrap();
    });
}

#[test]
fn a_server_that_is_silent_is_an_error_in_time() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let timeout = Duration::from_millis(300);
        let store = connect(&server, fresh().response_timeout(timeout).connection_timeout(timeout)).await;
        revoke(&store, "s").await.unwrap();
        server.pause();
        for _ in 0..3 {
            let start = Instant::now();
            assert!(is_unavailable(check(&store, "s").await));
            assert!(start.elapsed() < 3 * timeout, "{:?}", start.elapsed());
        }
        server.resume();
        assert_eq!(check(&store, "s").await.unwrap(), REVOKED);
    });
}

#[test]
fn a_connection_that_was_cut_is_made_anew() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = store_with_one(&server).await;
        for _ in 0..20 {
            // In the middle of a hundred checks.
            let checks: Vec<_> = (0..100)
                .map(|_| {
                    let store = store.clone();
                    tokio::spawn(async move { check(&store, "s").await })
                })
                .collect();
            server.command(&["client", "kill", "type", "normal", "skipme", "yes"]);
            for check in checks {
                if let Ok(verdict) = check.await.unwrap() {
                    assert_eq!(verdict, REVOKED);
                }
            }
            assert_eq!(check(&store, "s").await.unwrap(), REVOKED);
        }
    });
}

#[test]
fn an_emptied_server_is_noticed_until_it_is_acknowledged() {
    if !can_run() {
        return;
    }
    let mut server = Redis::start(&[]);
    runtime().block_on(async {
        for restarted in [false, true] {
            let options = fresh();
            let store = connect(&server, options.clone()).await;
            store.tokens().insert_token(token("t", "alice", 1)).await.unwrap();
            let tokens = connect(&server, options.clone()).await;
            revoke(&store, "s").await.unwrap();
            let writer = connect(&server, options.clone()).await;
            if restarted {
                server.restart();
            } else {
                server.command(&["flushall"]);
            }
            // Not "unknown", which would be 401.
            assert!(tokens.tokens().find_token(Kind::ApiKey, &[digest(1, 1)], NOW).await.is_err());
            assert!(tokens.is_emptied());
            assert!(tokens.tokens().get(Kind::ApiKey.into(), "t").await.is_err());
            assert!(tokens.tokens().list_tokens(Kind::ApiKey, "alice").await.is_err());
            assert!(tokens.tokens().insert_token(token("u", "alice", 2)).await.is_err());
            assert!(tokens.tokens().count_by_digest_key().await.is_err());
            // Whichever comes first, a question or a revocation.
            assert!(is_unavailable(check(&store, "s").await));
            assert!(is_unavailable(revoke(&writer, "t").await));
            assert!(store.is_emptied() && writer.is_emptied());
            // Another process sets up what it takes for a new server; that makes it no better for this one.
            let other = connect(&server, options.clone()).await;
            assert_eq!(check(&other, "s").await.unwrap(), Verdict::NotRevoked);
            for _ in 0..3 {
                assert!(is_unavailable(check(&store, "s").await));
                assert!(is_unavailable(revoke(&store, "s").await));
                assert!(is_unavailable(store.revocations().subject_version(ISSUER, "u").await));
                assert!(is_unavailable(store.revocations().count().await));
            }
            let empty = Check::new(ISSUER);
            assert!(store.revocations().check(&empty, NOW).wait().await.is_err());

            store.acknowledge_emptied_server().await.unwrap();
            assert_eq!(check(&store, "s").await.unwrap(), Verdict::NotRevoked);
            revoke(&store, "s").await.unwrap();
            // And the other one has not been disturbed by it.
            assert_eq!(check(&other, "s").await.unwrap(), REVOKED);
        }
    });
}

#[test]
fn a_part_of_the_epochs_is_refused_unless_it_is_acknowledged() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let options = RedisOptions::new().prefix("part");
        connect(&server, options.clone()).await;
        server.command(&["del", "part:{07}:e"]);
        let error = RedisStore::connect(&server.url(), options.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Emptied);
        connect(&server, options.clone().acknowledge_emptied_server()).await;
        connect(&server, options).await;
    });
}

#[test]
fn a_server_that_forgot_its_scripts_is_given_them_again() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = store_with_one(&server).await;
        server.command(&["script", "flush"]);
        revoke(&store, "t").await.unwrap();
        assert_eq!(check(&store, "t").await.unwrap(), REVOKED);
    });
}

#[test]
fn a_server_that_may_evict_is_refused_unless_it_is_accepted_by_name() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&["--maxmemory-policy", "allkeys-lru"]);
    runtime().block_on(async {
        let error = RedisStore::connect(&server.url(), fresh()).await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Evicting);
        connect(&server, fresh().accept_a_server_that_may_forget_revocations()).await;

        server.command(&["config", "set", "maxmemory-policy", "noeviction"]);
        connect(&server, fresh()).await;
        // A user who may not ask in the one way, and one who may not ask at all.
        let url = format!("redis://user:secret@127.0.0.1:{}/", server.port());
        server.command(&["acl", "setuser", "user", "on", ">secret", "~*", "&*", "+@all", "-config"]);
        RedisStore::connect(&url, fresh()).await.unwrap();
        server.command(&["acl", "setuser", "user", "-info"]);
        let error = RedisStore::connect(&url, fresh()).await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Evicting);
        server.command(&["acl", "setuser", "user", "+info"]);
        server.command(&["config", "set", "maxmemory-policy", "volatile-ttl"]);
        let error = RedisStore::connect(&url, fresh()).await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Evicting);
    });
}

#[test]
fn a_primary_that_became_a_replica_is_believed_no_more() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let store = store_with_one(&server).await;
        // A primary that cannot be reached: this one keeps what it has, and would answer.
        server.command(&["replicaof", "127.0.0.1", "1"]);
        assert!(is_unavailable(check(&store, "t").await));
        assert!(is_unavailable(revoke(&store, "t").await));
        assert!(is_unavailable(store.revocations().subject_version(ISSUER, "u").await));
        server.command(&["replicaof", "no", "one"]);
        assert_eq!(check(&store, "s").await.unwrap(), REVOKED);
    });
}

#[test]
fn a_write_that_too_few_replicas_have_is_an_error() {
    if !can_run() {
        return;
    }
    let (server, replica) = (Redis::start(&[]), Redis::start(&[]));
    runtime().block_on(async {
        let store = connect(&server, fresh().wait_for_replicas(1, Duration::from_millis(200))).await;
        assert!(is_unavailable(revoke(&store, "s").await));
        // It stands nevertheless.
        assert_eq!(check(&store, "s").await.unwrap(), REVOKED);
        replica.command(&["replicaof", "127.0.0.1", &server.port().to_string()]);
        let start = Instant::now();
        while revoke(&store, "t").await.is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "the replica does not follow");
        }
    });
}

#[test]
fn nothing_is_acknowledged_that_no_replica_has_on_redis() {
    if can_run() {
        expect_nothing_acknowledged(&Redis::start(&[]), &Redis::start(&[]));
    }
}

#[test]
fn nothing_is_acknowledged_that_no_replica_has_on_valkey() {
    if can_run_valkey() {
        expect_nothing_acknowledged(&Redis::start_valkey(&[]), &Redis::start_valkey(&[]));
    }
}

/// One node's writes reach no replica and are errors. The client tries again at another node, which finds them done:
/// that is an error as well.
fn expect_nothing_acknowledged(primary: &Redis, replica: &Redis) {
    runtime().block_on(async {
        let options = fresh().wait_for_replicas(1, Duration::from_millis(150));
        let link = Link::to(primary);
        primary.command(&["config", "set", "repl-diskless-sync-delay", "0"]);
        replica.command(&["replicaof", "127.0.0.1", &link.port.to_string()]);
        let start = Instant::now();
        while !primary.command(&["info", "replication"]).contains("state=online") {
            assert!(start.elapsed() < Duration::from_secs(30), "the replica does not follow");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let nodes = [connect(primary, options.clone()).await, connect(primary, options).await];
        for (node, name) in nodes.iter().zip(["a", "b"]) {
            // Both have written something that the replica has.
            revoke(node, name).await.unwrap();
        }
        let tokens = nodes.each_ref().map(RedisStore::tokens);
        let [first, second] = &tokens;
        for (id, byte) in [("removed", 1), ("expired", 2), ("all", 3)] {
            first.insert_token(token(id, id, byte)).await.unwrap();
        }
        for (id, byte) in [("ended", 1), ("traded", 2)] {
            let mut session = session(id, byte);
            session.record.subject = id.to_owned();
            first.create_session(session).await.unwrap();
        }

        link.is_cut.store(true, Ordering::SeqCst);
        for node in &nodes {
            assert!(is_unavailable(revoke(node, "s").await), "revoke");
        }
        for node in [first, second] {
            assert!(node.remove(Kind::ApiKey.into(), "removed", "removed").await.is_err(), "remove");
            assert!(node.expire_token(Kind::ApiKey, "expired", "expired", NOW).await.is_err(), "expire");
            assert!(node.remove_by_owner(Kind::ApiKey.into(), "all").await.is_err(), "remove_by_owner");
            assert!(node.end_session("ended").await.is_err(), "end_session");
            assert!(node.end_sessions("ended").await.is_err(), "end_sessions");
            let presented = [digest(1, 2)];
            assert!(node.rotate(&rotation(2, &presented, 9)).await.is_err(), "rotate");
        }
    });
}

#[test]
fn a_key_of_another_type_or_shape_is_corrupt_and_lets_nobody_in() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        for value in [["rpush", "x"], ["set", "x"], ["set", ""], ["hset", "x"]] {
            let store = store_with_one(&server).await;
            store
                .revocations()
                .revoke_subject(ISSUER, "u", RetainUntil::FOREVER, NOW, Duration::ZERO)
                .await
                .unwrap();
            overwrite_entries(&server, value);
            let is_corrupt = |error: Error| error.kind() == ErrorKind::Corrupt;
            assert!(check(&store, "s").await.is_err_and(is_corrupt));
            assert!(revoke(&store, "s").await.is_err_and(is_corrupt));
            assert!(store.revocations().subject_version(ISSUER, "u").await.is_err_and(is_corrupt));
            let subject =
                Check::new(ISSUER).subject("u", SubjectVersion::Version(0)).token(TokenId::Jti("x"));
            assert!(store.revocations().check(&subject, NOW).wait().await.is_err_and(is_corrupt));
            let revocations = store.revocations();
            let again = revocations.revoke_subject(ISSUER, "u", RetainUntil::FOREVER, NOW, Duration::ZERO);
            assert!(again.await.is_err_and(is_corrupt));
            // A replica does not take it for "not there" either.
            let (replica, driver) =
                store.replica(Duration::from_secs(2), Duration::from_millis(100)).unwrap();
            tokio::select! {
                () = driver => panic!("the driver has ended"),
                () = tokio::time::sleep(Duration::from_millis(600)) => {}
            }
            assert!(!replica.is_fresh());
            server.command(&["flushall"]);
        }
    });
}

/// Puts something else in the place of every entry, by a script, since their names are no plain text.
fn overwrite_entries(server: &Redis, [command, value]: [&str; 2]) {
    let script = r"for _, key in ipairs(redis.call('KEYS', '*:r:*')) do
        redis.call('DEL', key)
        if ARGV[1] == 'hset' then redis.call('HSET', key, 'f', ARGV[2]) else redis.call(ARGV[1], key, ARGV[2]) end
    end";
    server.command(&["eval", script, "0", command, value]);
}

/// Everything that an error says, its sources but the driver's included.
fn said(error: &dyn std::error::Error) -> String {
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error}; {source}")
}

#[test]
fn a_connection_error_names_its_cause() {
    if !can_run() {
        return;
    }
    let mut server = Redis::start(&[]);
    server.command(&["acl", "setuser", "reader", "on", ">secret", "~*", "&*", "+@all", "-eval", "-evalsha"]);
    server.command(&["acl", "setuser", "guest", "on", ">secret", "~*", "&*", "+@all", "-get"]);
    server.command(&["config", "set", "requirepass", "canary"]);
    let url = |user: &str| format!("redis://{user}127.0.0.1:{}/", server.port());
    runtime().block_on(async {
        for (user, kind, cause) in [
            ("", ConnectErrorKind::AccessDenied, "it demands a password"),
            (":wrong@", ConnectErrorKind::AccessDenied, "it rejects the user name or the password"),
            ("guest:wrong@", ConnectErrorKind::AccessDenied, "it rejects the user name or the password"),
            ("guest:secret@", ConnectErrorKind::AccessDenied, "the user lacks the permission"),
        ] {
            let error = RedisStore::connect(&url(user), fresh()).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{user}: {error}");
            assert!(error.to_string().contains(cause), "{user}: {error}");
            if user != "guest:secret@" {
                let error = RedisStore::connect_cluster([url(user)], fresh()).await.unwrap_err();
                assert_eq!(error.kind(), kind, "cluster, {user}: {error}");
                assert!(error.to_string().contains(cause), "cluster, {user}: {error}");
            }
        }
        let error = RedisStore::connect_cluster([url("guest:secret@")], fresh()).await.unwrap_err();
        assert!(error.to_string().contains("it is no cluster's node"), "{error}");
        let store = RedisStore::connect(&url("reader:secret@"), fresh()).await.unwrap();
        let error = revoke(&store, "s").await.unwrap_err();
        assert!(said(&error).contains("the user lacks the permission"), "{}", said(&error));

        let store = RedisStore::connect(&url(":canary@"), fresh()).await.unwrap();
        server.command(&["-a", "canary", "config", "set", "maxmemory", "1"]);
        let error = revoke(&store, "s").await.unwrap_err();
        assert!(said(&error).contains("its memory is full"), "{}", said(&error));
    });
    let url = url(":canary@");
    server.kill();
    runtime().block_on(async {
        let error = RedisStore::connect(&url, fresh()).await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Unavailable);
        assert!(error.to_string().contains("nothing accepts connections"), "{error}");
        let error = RedisStore::connect_cluster([&*url], fresh()).await.unwrap_err();
        assert!(error.to_string().contains("nothing accepts connections"), "cluster: {error}");
        // The driver may have been built with TLS, by another crate of the same build.
        let error = RedisStore::connect(&url.replace("redis:", "rediss:"), fresh()).await.unwrap_err();
        let (invalid, away) = (ConnectErrorKind::Invalid, ConnectErrorKind::Unavailable);
        let expected = [(invalid, "without TLS"), (away, "nothing accepts connections")];
        let is_it = |(kind, text): &(_, &str)| error.kind() == *kind && error.to_string().contains(text);
        assert!(expected.iter().any(is_it), "{error}");
        let error = RedisStore::connect(&url, fresh().feed_length(1)).await.unwrap_err();
        assert!(error.to_string().contains("feed_length"), "{error}");
        // Connections are taken, and nothing is answered.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://127.0.0.1:{}/", silent.local_addr().unwrap().port());
        let timeout = Duration::from_millis(100);
        let options = fresh().connection_timeout(timeout).response_timeout(timeout);
        let error = RedisStore::connect(&url, options).await.unwrap_err();
        assert!(error.to_string().contains("did not answer in time"), "{error}");
    });
}

#[test]
fn require_existing_writes_no_epoch() {
    if !can_run() {
        return;
    }
    let server = Redis::start(&[]);
    runtime().block_on(async {
        let existing = || RedisOptions::new().prefix("a").require_existing();
        let kind = async |options| {
            RedisStore::connect(&server.url(), options).await.map(|_| ()).map_err(|error| error.kind())
        };
        assert_eq!(kind(existing()).await, Err(ConnectErrorKind::NotFound));
        assert_eq!(kind(existing().acknowledge_emptied_server()).await, Err(ConnectErrorKind::NotFound));
        assert_eq!(server.command(&["dbsize"]), "0");

        assert_eq!(kind(RedisOptions::new().prefix("a")).await, Ok(()));
        assert_eq!(kind(existing()).await, Ok(()));
        // A part of a store is none that was never there.
        server.command(&["del", "a:{03}:e"]);
        assert_eq!(kind(existing()).await, Err(ConnectErrorKind::Emptied));
    });
}

#[test]
fn no_error_shows_an_address_a_password_or_a_name() {
    if !can_run() {
        return;
    }
    let mut server = Redis::start(&[]);
    server.command(&["config", "set", "requirepass", "canary"]);
    runtime().block_on(async {
        let port = server.port().to_string();
        let shown = |error: &dyn std::fmt::Debug, text: String| {
            let all = format!("{error:?} {text}");
            assert!(!all.contains("canary") && !all.contains(&port) && !all.contains("127.0.0.1"), "{all}");
        };
        let error = RedisStore::connect(&server.url(), fresh()).await.unwrap_err();
        shown(&error, error.to_string());
        let error = RedisStore::connect("redis://:canary@127.0.0.1:port", fresh()).await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Invalid);
        shown(&error, error.to_string());
        let url = format!("redis://:canary@127.0.0.1:{port}/");
        let store = RedisStore::connect(&url, fresh()).await.unwrap();
        server.kill();
        let error = revoke(&store, "canary").await.unwrap_err();
        shown(&error, error.to_string());
        shown(&(&store, store.revocations(), store.tokens()), String::new());
    });
}
