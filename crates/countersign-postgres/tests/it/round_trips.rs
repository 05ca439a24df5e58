//! What an operation costs, counted by the server.

use std::collections::BTreeMap;

use countersign_postgres::tokio_postgres::Client;
use countersign_postgres::{Options, PostgresStore};
use countersign_revocation::{Check, RevocationStore, SubjectVersion, TokenId, Verdict};
use countersign_token_store::{RotationOutcome, TokenStoreExt};

use crate::common::{ISSUER, NOW, beside, config, runtime, server};
use crate::records::{rotate, session};

/// How often each kind of statement has been run in the database `counted`.
async fn counted(client: &Client) -> BTreeMap<String, i64> {
    let statement = "SELECT upper(split_part(query, ' ', 1)), sum(calls)::bigint FROM pg_stat_statements AS s \
                     JOIN pg_database AS d ON d.oid = s.dbid WHERE d.datname = 'counted' GROUP BY 1";
    let rows = client.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn from_zero(client: &Client) {
    client.query("SELECT pg_stat_statements_reset()", &[]).await.unwrap();
}

fn counts(expected: &[(&str, i64)]) -> BTreeMap<String, i64> {
    expected.iter().map(|&(name, calls)| (name.to_owned(), calls)).collect()
}

#[test]
fn a_check_is_one_statement_and_a_rotation_is_two() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let client = beside(server).await;
        client.batch_execute("CREATE DATABASE counted").await.unwrap();
        client.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
        let mut config = config(server);
        config.dbname("counted");
        // One connection, on which each statement is prepared by its first use.
        let store = PostgresStore::connect_without_tls(config, &Options::new().pool_size(1)).await.unwrap();
        let (revocations, tokens) = (store.revocations(), store.tokens());
        let check = Check::new(ISSUER)
            .token(TokenId::Jti("t"))
            .session("s")
            .subject("u", SubjectVersion::Version(0))
            .key("k");
        let _ = revocations.check(&check, NOW).wait().await.unwrap();
        from_zero(&client).await;

        for _ in 0..100 {
            let verdict = revocations.check(&check, NOW).wait().await.unwrap();
            assert_eq!(verdict, Verdict::NotRevoked);
        }
        assert_eq!(counted(&client).await, counts(&[("SELECT", 100)]));

        tokens.create_session(session(1)).await.unwrap();
        from_zero(&client).await;
        for step in 1..=10 {
            let outcome = rotate(&tokens, 1, step, step + 1).await.unwrap();
            assert!(matches!(outcome, RotationOutcome::Rotated(_)), "{outcome:?}");
        }
        let expected = counts(&[("SELECT", 10), ("UPDATE", 10)]);
        assert_eq!(counted(&client).await, expected);

        // A replay changes nothing, and neither does garbage.
        from_zero(&client).await;
        let outcome = rotate(&tokens, 1, 10, 99).await.unwrap();
        assert!(matches!(outcome, RotationOutcome::WithinGrace { .. }), "{outcome:?}");
        let outcome = rotate(&tokens, 2, 10, 99).await.unwrap();
        assert!(matches!(outcome, RotationOutcome::Unknown), "{outcome:?}");
        assert_eq!(counted(&client).await, counts(&[("SELECT", 2)]));
    });
}
