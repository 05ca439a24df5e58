//! The tables, and how a schema is brought to this crate's version.
//!
//! Names, ids, owners and subjects are any text, NUL included, which PostgreSQL's `text` cannot hold and its indexes
//! can hold only if it is short. So what a look-up goes by is a digest of 32 bytes, and the record itself is JSON, as
//! `countersign-token-store` writes it, in a `bytea`. What a look-up or a purge needs is a column besides. So a purge or a
//! removal works for a record that this version cannot read.

use std::time::Duration;

use deadpool_postgres::Object;

use crate::error::{Failure, OpenError};
use crate::options::Schema;
use crate::tokens::column;

/// The steps from one version to the next; a schema of version `n` has had the first `n`.
const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2];

const VERSION_1: &str = r"
-- One row for each name that is revoked. generation is 0 but for subjects, which begin at 1.
-- until is in Unix seconds, the largest bigint standing for ever; cutoff is in Unix seconds.
CREATE TABLE {s}.revoked (
    key bytea PRIMARY KEY,
    name bytea NOT NULL,
    until bigint NOT NULL,
    generation bigint NOT NULL DEFAULT 0,
    cutoff bigint NOT NULL DEFAULT 0,
    changed_by xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX revoked_by_end ON {s}.revoked (until) WHERE generation = 0;
CREATE INDEX subjects_by_end ON {s}.revoked (until) WHERE generation > 0;
CREATE INDEX revoked_by_change ON {s}.revoked (changed_by);

-- Moments are in Unix milliseconds.
CREATE TABLE {s}.tokens (
    id bytea PRIMARY KEY,
    owner bytea NOT NULL,
    digest_key bigint NOT NULL,
    digest bytea NOT NULL,
    expires_at bigint,
    last_used bigint,
    record bytea NOT NULL,
    UNIQUE (digest, digest_key)
);
CREATE INDEX tokens_by_owner ON {s}.tokens (owner);
CREATE INDEX tokens_by_end ON {s}.tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE {s}.sessions (
    id bytea PRIMARY KEY,
    locator bytea NOT NULL UNIQUE,
    subject bytea NOT NULL,
    digest_key bigint NOT NULL,
    ends_at bigint NOT NULL,
    ended boolean NOT NULL,
    record bytea NOT NULL
);
CREATE INDEX sessions_by_subject ON {s}.sessions (subject);
CREATE INDEX sessions_by_end ON {s}.sessions (ends_at);

-- The highest generation of a subject that was ever purged.
INSERT INTO {s}.numbers VALUES ('generation-floor', 0);
";

/// Version 1 had tables of tokens and of sessions. It was never published, so a schema with rows in them is refused.
const VERSION_2: &str = r"
DO $$ BEGIN
    IF EXISTS (SELECT FROM {s}.tokens) OR EXISTS (SELECT FROM {s}.sessions) THEN
        RAISE EXCEPTION 'countersign: this schema has tokens or sessions in the form of version 1, which is not migrated';
    END IF;
END $$;
DROP TABLE {s}.tokens;
DROP TABLE {s}.sessions;

-- API keys, access tokens and sessions. id, owner and digest are digests; record is JSON. ends_at is in Unix
-- milliseconds. needs_key is the digest key that the record still needs.
CREATE TABLE {s}.records (
    id bytea PRIMARY KEY,
    kind text NOT NULL,
    owner bytea NOT NULL,
    digest_key bigint NOT NULL,
    digest bytea NOT NULL,
    needs_key bigint,
    ends_at bigint,
    version bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    record bytea NOT NULL,
    UNIQUE (digest, digest_key, kind)
);
CREATE INDEX records_by_owner ON {s}.records (owner);
CREATE INDEX records_by_end ON {s}.records (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX records_by_needed_key ON {s}.records (needs_key) WHERE needs_key IS NOT NULL;
";

/// Makes what is missing, if it `may_create`, and refuses what is newer. Any number of processes may do this at once.
///
/// What is asked is answered within `timeout`; what is done to the tables takes as long as it takes.
pub(crate) async fn prepare(
    client: &mut Object,
    schema: &Schema,
    timeout: Duration,
    may_create: bool,
) -> Result<(), OpenError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    // A user who may not make tables can still use those that are there.
    let found = in_time(timeout, async { Ok(version(&*client, schema).await?) }).await?;
    if found.is_none() && !may_create {
        return Err(OpenError::not_found());
    }
    if found != Some(known) {
        migrate(client, schema, known).await?;
    }
    if in_time(timeout, async { Ok(is_from_the_future(client, schema).await?) }).await? {
        bring_back_from_the_future(client, schema).await?;
    }
    Ok(())
}

async fn in_time<T>(
    timeout: Duration,
    asked: impl Future<Output = Result<T, OpenError>>,
) -> Result<T, OpenError> {
    tokio::time::timeout(timeout, asked).await.unwrap_or_else(|_| Err(Failure::Timeout.into()))
}

/// The schema's version; `None` where there are no tables of ours.
async fn version(
    client: &impl deadpool_postgres::GenericClient,
    schema: &Schema,
) -> Result<Option<i64>, Failure> {
    // By the rows of the catalogue, which a statement sees as they are when it begins. `to_regclass` goes by what the
    // connection has cached of them, and misses a table that another one has made while this one waited for the lock.
    let exists = "SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
                  WHERE n.nspname = $1 AND c.relname = 'numbers')";
    if !client.query_one(exists, &[&schema.name()]).await?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let statement = format!("SELECT value FROM {}.numbers WHERE name = 'version'", schema.quoted());
    let row = client
        .query_opt(&statement, &[])
        .await?
        .ok_or(Failure::Corrupt("its table `numbers` has no row `version`"))?;
    Ok(Some(column(&row, 0)?))
}

async fn migrate(client: &mut Object, schema: &Schema, known: i64) -> Result<(), OpenError> {
    // Dropped half-way, it is rolled back.
    let transaction = client.transaction().await?;
    // A step over a large table, or another process's, may take its time.
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    // Until the end of the transaction, so that it cannot be left behind.
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&schema.lock()]).await?;
    let found = version(&transaction, schema).await?;
    let done = match found {
        Some(version) if (0..=known).contains(&version) => version,
        Some(version) => return Err(OpenError::unknown_version(version, known)),
        None => {
            make_numbers(&transaction, schema).await?;
            0
        }
    };
    let quoted = schema.quoted();
    for step in MIGRATIONS.iter().skip(usize::try_from(done).unwrap_or(usize::MAX)) {
        transaction.batch_execute(&step.replace("{s}", &quoted)).await?;
    }
    let version = format!("UPDATE {quoted}.numbers SET value = $1 WHERE name = 'version'");
    transaction.execute(&version, &[&known]).await?;
    transaction.commit().await?;
    Ok(())
}

async fn make_numbers(
    transaction: &deadpool_postgres::Transaction<'_>,
    schema: &Schema,
) -> Result<(), tokio_postgres::Error> {
    let exists = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)";
    let quoted = schema.quoted();
    // `IF NOT EXISTS` would demand the right to make schemas even where there is nothing to make.
    if !transaction.query_one(exists, &[&schema.name()]).await?.try_get::<_, bool>(0)? {
        transaction.batch_execute(&format!("CREATE SCHEMA {quoted}")).await?;
    }
    let numbers = format!(
        "CREATE TABLE {quoted}.numbers (name text PRIMARY KEY, value bigint NOT NULL); \
         INSERT INTO {quoted}.numbers VALUES ('version', 0);"
    );
    transaction.batch_execute(&numbers).await
}

const FROM_THE_FUTURE: &str = "changed_by >= pg_snapshot_xmax(pg_current_snapshot())";

/// Whether there are rows of transactions that this server has not had yet, which a dump brings along.
async fn is_from_the_future(client: &Object, schema: &Schema) -> Result<bool, tokio_postgres::Error> {
    let quoted = schema.quoted();
    let statement = format!("SELECT EXISTS (SELECT FROM {quoted}.revoked WHERE {FROM_THE_FUTURE})");
    client.query_one(&statement, &[]).await?.try_get(0)
}

/// Replicas would read such rows again and again until the server has had those transactions. So they are put down to
/// one of now.
async fn bring_back_from_the_future(
    client: &mut Object,
    schema: &Schema,
) -> Result<(), tokio_postgres::Error> {
    let quoted = schema.quoted();
    let transaction = client.transaction().await?;
    let statement = format!(
        "SET LOCAL statement_timeout = 0; \
         UPDATE {quoted}.revoked SET changed_by = pg_current_xact_id() WHERE {FROM_THE_FUTURE};"
    );
    transaction.batch_execute(&statement).await?;
    transaction.commit().await
}
