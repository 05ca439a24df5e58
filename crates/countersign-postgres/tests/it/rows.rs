//! Rows that are not what this crate wrote, and what is left of names and tokens in the tables.

use std::time::Duration;

use countersign_postgres::Options;
use countersign_revocation::{Check, ErrorKind, RetainUntil, RevocationStore, SubjectVersion, Target};
use countersign_token_store::{Kind, RecordKind, TokenStore, TokenStoreExt};
use time::OffsetDateTime;

use crate::common::{ISSUER, NOW, beside, fresh_schema, open, runtime, server};
use crate::records::{keyed, rotate, session, token};

#[test]
fn a_record_that_cannot_be_read_lets_nobody_in_and_holds_up_no_purge() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let tokens = open(server, &Options::new().schema(&name).pool_size(2)).await.tokens();
        let client = beside(server).await;
        for number in [1, 2] {
            tokens.insert_token(token(number)).await.unwrap();
            tokens.create_session(session(number)).await.unwrap();
        }
        let statement = format!("UPDATE \"{name}\".records SET record = $1");
        client.execute(&statement, &[&b"{\"record\"".as_slice()]).await.unwrap();
        let corrupt = countersign_token_store::ErrorKind::Corrupt;
        assert_eq!(tokens.find_token(Kind::ApiKey, &[keyed(1)], NOW).await.unwrap_err().kind(), corrupt);
        assert_eq!(tokens.list_tokens(Kind::ApiKey, "alice").await.unwrap_err().kind(), corrupt);
        assert_eq!(rotate(&tokens, 1, 1, 2).await.unwrap_err().kind(), corrupt);
        assert_eq!(tokens.find_session(&keyed(1).digest).await.unwrap_err().kind(), corrupt);
        // It cannot be refreshed, so it is over, and holds up no logout.
        assert!(tokens.session("session-1", NOW).await.unwrap().is_none());
        assert!(!tokens.end_session("session-1").await.unwrap());
        assert_eq!(tokens.end_sessions("alice").await.unwrap(), 0);
        // What needs no record goes on.
        assert!(tokens.remove(RecordKind::ApiKey, "alice", "token-1").await.unwrap());
        let purged = tokens.purge_expired(NOW + Duration::from_secs(86_400), 100).await.unwrap();
        assert_eq!((purged.removed, purged.more), (3, false));
    });
}

#[test]
fn a_revocation_whose_numbers_make_no_sense_is_an_error() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let store = open(server, &Options::new().schema(&name).pool_size(2)).await.revocations();
        store.revoke_subject(ISSUER, "u", RetainUntil::FOREVER, NOW, Duration::ZERO).await.unwrap();
        let statement = format!("UPDATE \"{name}\".revoked SET generation = -1");
        beside(server).await.batch_execute(&statement).await.unwrap();
        let check = Check::new(ISSUER).subject("u", SubjectVersion::Version(0));
        let error = store.check(&check, NOW).wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert_eq!(store.subject_version(ISSUER, "u").await.unwrap_err().kind(), ErrorKind::Corrupt);
    });
}

#[test]
fn an_entry_of_a_kind_that_is_not_known_is_no_obstacle_to_checks_counts_and_purges() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let store = open(server, &Options::new().schema(&name).pool_size(2)).await.revocations();
        let client = beside(server).await;
        for name_bytes in [b"".as_slice(), b"z\0\0\0\0\0\0\0\0later"] {
            let statement = format!("INSERT INTO \"{name}\".revoked VALUES (sha256($1), $1, 1000)");
            client.execute(&statement, &[&name_bytes]).await.unwrap();
        }
        store.revoke(ISSUER, Target::Key("k"), RetainUntil::from_unix_seconds(1000)).await.unwrap();
        assert_eq!(store.count().await.unwrap().keys, 1);
        let check = Check::new(ISSUER).key("k");
        assert!(store.check(&check, OffsetDateTime::UNIX_EPOCH).wait().await.is_ok());
        assert_eq!(store.purge_expired(NOW, 10).await.unwrap().removed, 3);
    });
}

#[test]
fn an_entry_that_changes_nothing_is_not_written() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let store = open(server, &Options::new().schema(&name).pool_size(2)).await.revocations();
        let client = beside(server).await;
        let statement = format!("SELECT changed_by::text FROM \"{name}\".revoked");
        let changed_by = async || client.query_one(&statement, &[]).await.unwrap().get::<_, String>(0);
        store.revoke(ISSUER, Target::Key("k"), RetainUntil::from_unix_seconds(2000)).await.unwrap();
        let first = changed_by().await;
        for until in [2000, 1000] {
            store.revoke(ISSUER, Target::Key("k"), RetainUntil::from_unix_seconds(until)).await.unwrap();
            assert_eq!(changed_by().await, first);
        }
        store.revoke(ISSUER, Target::Key("k"), RetainUntil::from_unix_seconds(2001)).await.unwrap();
        assert_ne!(changed_by().await, first);
    });
}

#[test]
fn a_dump_of_another_server_does_not_stand_in_the_future() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let options = Options::new().schema(&name).pool_size(2);
        let store = open(server, &options).await;
        store.revocations().revoke(ISSUER, Target::Key("k"), RetainUntil::FOREVER).await.unwrap();
        let client = beside(server).await;
        let ahead = format!("UPDATE \"{name}\".revoked SET changed_by = '9000000000000'::xid8");
        client.batch_execute(&ahead).await.unwrap();
        open(server, &options).await;
        let statement =
            format!("SELECT changed_by < pg_snapshot_xmax(pg_current_snapshot()) FROM \"{name}\".revoked");
        assert!(client.query_one(&statement, &[]).await.unwrap().get::<_, bool>(0));
    });
}
