//! A primary and its standby, which follows by streaming replication. A standby is behind by the changes that it has not
//! replayed yet, so no answer may come from it.

use std::str::FromStr as _;
use std::time::Duration;

use countersign_postgres::tokio_postgres::{Client, Config, NoTls};
use countersign_postgres::{OpenErrorKind, Options, PostgresStore, ReplicaOptions, deadpool_postgres};
use countersign_revocation::{
    Check, Error, ErrorKind, RetainUntil, RevocationStore, Scope, SubjectVersion, Target, Verdict,
};
use countersign_test_servers::Postgres;
use countersign_token_store::{
    ErrorKind as TokenErrorKind, Kind, RecordKind, TokenLookup, TokenStore, TokenStoreExt,
};

use crate::common::{ISSUER, NOW, beside, config, eventually, open, own_server, runtime};
use crate::records::{keyed, rotate, session, token};

/// As an operator names a pair: the primary's address first.
fn both(primary: &Postgres, standby: &Postgres) -> Config {
    let ports = format!("{},{}", primary.port(), standby.port());
    let text = format!("host=127.0.0.1,127.0.0.1 port={ports} user=countersign dbname=postgres");
    Config::from_str(&text).unwrap()
}

async fn open_both(primary: &Postgres, standby: &Postgres) -> PostgresStore {
    let options = Options::new().pool_size(4);
    PostgresStore::connect_without_tls(both(primary, standby), &options).await.unwrap()
}

/// Writes a key and a session, waits until the standby has both, stops its replay, and revokes at the primary.
async fn hold_back(store: &PostgresStore, standby: &Client) {
    store.tokens().insert_token(token(1)).await.unwrap();
    store.tokens().create_session(session(1)).await.unwrap();
    eventually("the standby has the session", async || {
        let there = "SELECT to_regclass('countersign.records') IS NOT NULL";
        standby.query_one(there, &[]).await.unwrap().get::<_, bool>(0)
            && standby
                .query_one("SELECT count(*) FROM countersign.records", &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
                == 2
    })
    .await;
    standby.batch_execute("SELECT pg_wal_replay_pause()").await.unwrap();
    eventually("the replay pauses", async || {
        let state = "SELECT pg_get_wal_replay_pause_state()";
        standby.query_one(state, &[]).await.unwrap().get::<_, String>(0) == "paused"
    })
    .await;
    revoke(store).await;
    store.tokens().remove(RecordKind::ApiKey, "alice", "token-1").await.unwrap();
    store.tokens().end_session("session-1").await.unwrap();
}

async fn revoke(store: &PostgresStore) {
    store.revocations().revoke(ISSUER, Target::Session("stolen"), RetainUntil::FOREVER).await.unwrap();
}

async fn check(store: &impl RevocationStore) -> Result<Verdict, Error> {
    store.check(&Check::new(ISSUER).session("stolen"), NOW).wait().await
}

const REVOKED: Verdict = Verdict::Revoked(Scope::Session);

/// Every question that a store can be asked is an error, and so is every change.
async fn nothing_is_answered(store: &PostgresStore) {
    let (revocations, tokens) = (store.revocations(), store.tokens());
    let subject = Check::new(ISSUER).subject("u", SubjectVersion::Version(0));
    let answers = [
        ("check", check(&revocations).await.err()),
        ("check of a subject", revocations.check(&subject, NOW).wait().await.err()),
        ("subject version", revocations.subject_version(ISSUER, "u").await.err()),
        ("count", revocations.count().await.err()),
        ("revoke", revocations.revoke(ISSUER, Target::Session("s"), RetainUntil::FOREVER).await.err()),
        ("purge", revocations.purge_expired(NOW, 1).await.err()),
    ];
    for (asked, error) in answers {
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Unavailable), "{asked}");
    }
    let answers = [
        ("find", tokens.find_token(Kind::ApiKey, &[keyed(1)], NOW).await.err()),
        ("find of what is not there", tokens.find_token(Kind::ApiKey, &[keyed(2)], NOW).await.err()),
        ("list", tokens.list_tokens(Kind::ApiKey, "alice").await.err()),
        ("list of what is not there", tokens.list_tokens(Kind::ApiKey, "bob").await.err()),
        ("count", tokens.count_by_digest_key().await.err()),
        ("find session", tokens.find_session(&keyed(1).digest).await.err()),
        ("session", tokens.session("session-1", NOW).await.err()),
        ("rotate", rotate(&tokens, 1, 1, 2).await.err()),
        ("insert", tokens.insert_token(token(3)).await.err()),
        ("end session", tokens.end_session("session-1").await.err()),
    ];
    for (asked, error) in answers {
        assert_eq!(error.map(|error| error.kind()), Some(TokenErrorKind::Unavailable), "{asked}");
    }
}

/// Asks for a second, while the pair changes; no answer may be "not revoked".
async fn until_revoked(store: &PostgresStore) {
    let revocations = store.revocations();
    eventually("the primary answers", async || match check(&revocations).await {
        Ok(verdict) => {
            assert_eq!(verdict, REVOKED);
            true
        }
        Err(_) => false,
    })
    .await;
}

#[test]
fn standby_is_not_asked_while_its_primary_is_down() {
    let Some(mut primary) = own_server() else { return };
    let standby = primary.start_standby();
    runtime().block_on(async {
        let store = open_both(&primary, &standby).await;
        let client = beside(&standby).await;
        hold_back(&store, &client).await;
        assert_eq!(check(&store.revocations()).await.unwrap(), REVOKED);
        let options = ReplicaOptions::new().interval(Duration::from_millis(50));
        let (replica, driver) = store.replica(Duration::from_millis(200), options).unwrap();
        tokio::spawn(driver);
        eventually("the replica is fresh", async || replica.is_fresh()).await;

        primary.stop();
        nothing_is_answered(&store).await;
        // The replica's own connection does not go to the standby either.
        eventually("the replica is stale", async || !replica.is_fresh()).await;
        for _ in 0..5 {
            assert_eq!(check(&replica).await.unwrap_err().kind(), ErrorKind::Unavailable);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }

        primary.restart();
        for _ in 0..20 {
            until_revoked(&store).await;
        }
        eventually("the replica is fresh again", async || replica.is_fresh()).await;
        assert_eq!(check(&replica).await.unwrap(), REVOKED);
        let found = store.tokens().find_token(Kind::ApiKey, &[keyed(1)], NOW).await.unwrap();
        assert!(matches!(found, TokenLookup::Unknown), "the key was removed");
    });
}

#[test]
fn promoted_standby_is_followed_and_old_primary_is_refused_after_switch_over() {
    let Some(mut old) = own_server() else { return };
    let new = old.start_standby();
    runtime().block_on(async {
        let pair = open_both(&old, &new).await;
        let options = Options::new().pool_size(4);
        let left_behind = open(&old, &options).await;
        let (replica, driver) = left_behind
            .clone()
            .with_connector(both(&old, &new), NoTls)
            .replica(Duration::from_millis(500), ReplicaOptions::new().interval(Duration::from_millis(50)))
            .unwrap();
        tokio::spawn(driver);
        pair.tokens().insert_token(token(1)).await.unwrap();
        pair.tokens().create_session(session(1)).await.unwrap();
        eventually("the replica is fresh", async || replica.is_fresh()).await;

        // The operator exchanges the two.
        old.stop();
        new.promote();
        old.become_standby_of(&new);
        old.restart();
        let client = beside(&old).await;
        eventually("the old primary follows", async || {
            client.query_one("SELECT count(*) FROM pg_stat_wal_receiver", &[]).await.unwrap().get::<_, i64>(0)
                == 1
        })
        .await;
        client.batch_execute("SELECT pg_wal_replay_pause()").await.unwrap();
        revoke(&pair).await;

        assert_eq!(check(&pair.revocations()).await.unwrap(), REVOKED);
        eventually("the replica sees it at the new primary", async || {
            replica.is_fresh() && check(&replica).await.unwrap() == REVOKED
        })
        .await;
        for _ in 0..5 {
            nothing_is_answered(&left_behind).await;
        }
        let error = PostgresStore::connect_without_tls(config(&old), &options).await.unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::Unsupported);
        assert!(error.to_string().contains("standby"), "{error}");
    });
}

/// The application's own pool takes any host that answers, and has opened its connections before the store sees them.
/// So each answer has to say of which server it is.
#[test]
fn pooled_connection_that_leads_to_standby_answers_nothing() {
    let Some(mut primary) = own_server() else { return };
    let standby = primary.start_standby();
    runtime().block_on(async {
        let manager = deadpool_postgres::Manager::new(both(&primary, &standby), NoTls);
        let pool = deadpool_postgres::Pool::builder(manager).max_size(3).build().unwrap();
        let store = PostgresStore::from_pool(pool.clone(), &Options::new()).await.unwrap();
        let client = beside(&standby).await;
        hold_back(&store, &client).await;
        primary.stop();
        for _ in 0..2 {
            // Those to the primary, which are cut, make way for ones to the standby.
            pool.retain(|_, _| false);
            let opened = [pool.get().await.unwrap(), pool.get().await.unwrap(), pool.get().await.unwrap()];
            for opened in &opened {
                let asked = "SELECT count(*) FROM countersign.records";
                assert_eq!(
                    opened.query_one(asked, &[]).await.unwrap().get::<_, i64>(0),
                    2,
                    "the key and the session are there"
                );
            }
            drop(opened);
            let revocations = store.revocations();
            for _ in 0..3 {
                assert_eq!(check(&revocations).await.unwrap_err().kind(), ErrorKind::Unavailable);
            }
            nothing_is_answered(&store).await;
        }
        client.batch_execute("SELECT pg_wal_replay_resume()").await.unwrap();
        standby.promote();
        assert_eq!(check(&store.revocations()).await.unwrap(), REVOKED, "all that was sent was replayed");
    });
}
