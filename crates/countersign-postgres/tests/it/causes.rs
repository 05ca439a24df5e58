//! Why a store could not be opened: the error's text says the cause, and neither host, user, database nor password.

use std::error::Error as _;

use countersign_postgres::tokio_postgres::Config;
use countersign_postgres::tokio_postgres::config::SslMode;
use countersign_postgres::{OpenError, OpenErrorKind, Options, PostgresStore, ReplicaOptions};
use countersign_revocation::{RetainUntil, RevocationStore, Target};
use countersign_test_servers::free_port;
use countersign_token_store::TokenStoreExt;
use std::time::Duration;

use crate::common::{
    ISSUER, beside, config, eventually, fresh_schema, open, options, own_server, runtime, server,
};

async fn refused(config: Config, options: &Options) -> OpenError {
    PostgresStore::connect_without_tls(config, options).await.unwrap_err()
}

/// Checks the kind, and that text and Debug say the cause and no name or password.
fn says(error: &OpenError, kind: OpenErrorKind, cause: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.contains(cause), "{shown}");
        for hidden in ["canary", "127.0.0.1", "countersign"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

#[test]
fn refused_connection_says_its_cause() {
    let Some(server) = own_server() else { return };
    runtime().block_on(async {
        let client = beside(&server).await;
        client.batch_execute("CREATE ROLE canary LOGIN PASSWORD 'right'").await.unwrap();
        server.allow(
            "host all canary 127.0.0.1/32 scram-sha-256\n\
             host all canary_outside 127.0.0.1/32 reject\n\
             host all all 127.0.0.1/32 trust\n",
        );
        let with = |change: &dyn Fn(&mut Config)| {
            let mut config = config(&server);
            change(&mut config);
            config
        };
        let unavailable = OpenErrorKind::Unavailable;
        // Until the server has read its rules.
        let right = with(&|config| {
            config.user("canary").password("right").dbname("canary");
        });
        eventually("the rules are read", async || {
            refused(right.clone(), &options()).await.to_string().contains("does not exist")
        })
        .await;
        let cases: [(Config, &str); 7] = [
            (
                with(&|config| {
                    config.user("canary").password("canary");
                }),
                "the server refused the password (SQLSTATE 28P01)",
            ),
            (
                with(&|config| {
                    config.user("canary");
                }),
                "the server asks for a password, and none was given",
            ),
            (
                with(&|config| {
                    config.user("canary_missing");
                }),
                "the role is missing",
            ),
            (
                with(&|config| {
                    config.user("canary_outside");
                }),
                "`pg_hba.conf` does not allow it",
            ),
            (
                with(&|config| {
                    config.dbname("canary");
                }),
                "the database does not exist (SQLSTATE 3D000)",
            ),
            (
                with(&|config| {
                    config.ssl_mode(SslMode::Require);
                }),
                "demands TLS, and the server does not offer it",
            ),
            (
                with(&|config| {
                    config.port(free_port());
                }),
                "ports than hosts",
            ),
        ];
        for (config, cause) in cases {
            let error = refused(config, &options()).await;
            says(&error, unavailable, cause);
            assert!(error.source().is_some(), "the driver's own error is kept: {error}");
        }
        let nowhere = format!("host=127.0.0.1 port={} user=canary dbname=canary", free_port());
        let error = refused(nowhere.parse().unwrap(), &options()).await;
        says(&error, unavailable, "no server listens");
    });
}

#[test]
fn refused_schema_says_its_cause() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let client = beside(server).await;
        client.batch_execute("CREATE ROLE canary_without_rights LOGIN").await.unwrap();
        let mut config = config(server);
        let name = fresh_schema();
        let options = Options::new().schema(&name).pool_size(2);

        config.user("canary_without_rights");
        let error = refused(config.clone(), &options).await;
        says(&error, OpenErrorKind::Unavailable, "lacks a right");
        config.user("countersign");

        let error = refused(config.clone(), &Options::new().schema("pg_canary")).await;
        says(&error, OpenErrorKind::Options, "the schema's name");

        let store = open(server, &options).await;
        let error = store.replica(Duration::from_secs(1), ReplicaOptions::new()).map(|_| ()).unwrap_err();
        says(&error, OpenErrorKind::Options, "interval");

        client.batch_execute(&format!("UPDATE \"{name}\".numbers SET value = 7")).await.unwrap();
        let error = refused(config.clone(), &options).await;
        says(&error, OpenErrorKind::UnknownVersion, "version 7, and this program knows 1 to 2");

        client.batch_execute(&format!("DELETE FROM \"{name}\".numbers")).await.unwrap();
        let error = refused(config.clone(), &options).await;
        says(&error, OpenErrorKind::Corrupt, "`numbers` has no row `version`");

        config.options("-c synchronous_commit=off");
        let error = refused(config, &options).await;
        says(&error, OpenErrorKind::Unsupported, "`synchronous_commit` off");
    });
}

#[test]
fn failed_operation_says_its_cause_in_its_source() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let revocations = open(server, &Options::new().schema(&name).pool_size(2)).await.revocations();
        beside(server).await.batch_execute(&format!("DROP SCHEMA \"{name}\" CASCADE")).await.unwrap();
        let error = revocations.revoke(ISSUER, Target::Session("s"), RetainUntil::FOREVER).await.unwrap_err();
        let cause = error.source().unwrap().to_string();
        assert!(cause.contains("a table is missing"), "{cause}");
        assert!(cause.contains("42P01") && !cause.contains(&name), "{cause}");
    });
}

#[test]
fn error_of_an_operation_says_its_cause_and_no_name() {
    let Some(mut server) = own_server() else { return };
    runtime().block_on(async {
        let mut config = config(&server);
        config.application_name("canary");
        let store = PostgresStore::connect_without_tls(config, &options()).await.unwrap();
        let (revocations, tokens) = (store.revocations(), store.tokens());
        revocations.subject_version(ISSUER, "alice").await.unwrap();
        server.kill();
        // The server's other processes answer until they notice.
        let (mut revocation, mut token) = (String::new(), String::new());
        eventually("the server has gone", async || {
            let (asked, ended) = (
                revocations.subject_version(ISSUER, "alice").await,
                TokenStoreExt::end_sessions(&tokens, "alice").await,
            );
            let (Err(asked), Err(ended)) = (asked, ended) else { return false };
            (revocation, token) = (asked.to_string(), ended.to_string());
            true
        })
        .await;
        for (shown, what) in [(revocation, "the revocation store"), (token, "the token store")] {
            let cause = shown.strip_prefix(&format!("{what} cannot answer: "));
            let cause = cause.unwrap_or_else(|| panic!("{shown}"));
            assert!(
                ["no server listens at the host and port", "the connection was cut"].contains(&cause),
                "{shown}"
            );
        }
    });
}
