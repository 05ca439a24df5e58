//! The statements, each with the schema in it, so that no `search_path` leads it elsewhere.
//!
//! # Locks
//!
//! - A purge takes its rows with `FOR UPDATE SKIP LOCKED`, so several purges share the work, and a row that was
//!   lengthened meanwhile stays.
//! - The floor of subject versions is locked before any row of a subject: shared by a revocation, alone by a purge. So a
//!   revocation that finds its subject purged has read the floor that the purge raised.
//! - An insertion shares the lock of its owner, and a removal of all of an owner's records takes it alone. A `DELETE`
//!   sees the rows that were committed when it began, so without the lock it would leave a record that another
//!   connection inserts meanwhile, such as the successor of an API key.
//!
//! # Standbys and durability
//!
//! A standby answers reads, from the past. So each reading statement asks the server whether it is one, in the same
//! round trip. A writing statement puts `synchronous_commit` on for its transaction if the application has it off.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

macro_rules! statements {
    ($($name:ident = $text:expr;)+) => {
        /// The texts with the chosen schema.
        #[derive(Debug)]
        pub(crate) struct Sql { $(pub(crate) $name: SqlStr,)+ }

        impl Sql {
            /// `schema` is a quoted identifier.
            pub(crate) fn new(schema: &str) -> Self {
                Self { $($name: with_schema($text, schema),)+ }
            }
        }
    };
}

fn with_schema(text: &str, schema: &str) -> SqlStr {
    AssertSqlSafe(Arc::<str>::from(text.replace("\"countersign\"", schema))).into_sql_str()
}

/// A statement that reads: whether the server is a standby, then the columns, which are null where no row was found. It
/// answers with at least one row.
macro_rules! reading {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT pg_is_in_recovery(), r.* FROM (VALUES (0)) AS one LEFT JOIN (SELECT ",
            $columns,
            " ",
            $rest,
            ") AS r ON true"
        )
    };
}

/// The beginning of a statement that writes, from which it selects.
macro_rules! durable {
    ($rest:literal) => {
        concat!(
            "WITH durable AS MATERIALIZED (SELECT CASE WHEN current_setting('synchronous_commit') = 'off' \
             THEN set_config('synchronous_commit', 'on', true) END) ",
            $rest
        )
    };
}

statements! {
    migration = include_str!("../../migrations/postgres/0001_countersign.sql");
    version = "SELECT value FROM \"countersign\".numbers WHERE name = 'version'";
    take_alone = "SELECT pg_advisory_xact_lock($1)";

    insert = durable!(", owner_lock AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared($9) FROM durable), \
        new AS (INSERT INTO \"countersign\".records \
            (kind, id, owner, digest_key, digest, counted_key, ends_at, version, body) \
            SELECT $1, $2, $3, $4, $5, $6, $7, nextval('\"countersign\".record_version'), $8 FROM owner_lock \
            ON CONFLICT DO NOTHING RETURNING counted_key), \
        counted AS (INSERT INTO \"countersign\".digest_key_changes \
            SELECT counted_key, 1 FROM new WHERE counted_key IS NOT NULL) \
        SELECT count(*) FROM new");
    find = reading!("version, body", "FROM \"countersign\".records \
        JOIN unnest($2::bigint[], $3::bytea[]) AS asked (k, d) ON digest_key = k AND digest = d WHERE kind = $1");
    get = reading!("version, body", "FROM \"countersign\".records WHERE kind = $1 AND id = $2");
    list = reading!("version, body", "FROM \"countersign\".records WHERE kind = $1 AND owner = $2");
    // The rows are locked in one order, so that two such statements do not wait for each other crosswise.
    replace = durable!(", asked AS MATERIALIZED (SELECT a.* FROM durable, unnest($2::bytea[], $3::bigint[], \
            $4::bigint[], $5::bytea[], $6::bigint[], $7::bigint[], $8::text[]) \
            AS a (id, version, digest_key, digest, counted_key, ends_at, body)), \
        old AS MATERIALIZED (SELECT r.id, r.counted_key FROM \"countersign\".records AS r \
            JOIN asked AS a ON r.kind = $1 AND r.id = a.id AND r.version = a.version ORDER BY r.id FOR UPDATE OF r), \
        new AS (UPDATE \"countersign\".records AS r SET digest_key = a.digest_key, digest = a.digest, \
            counted_key = a.counted_key, ends_at = a.ends_at, body = a.body, \
            version = nextval('\"countersign\".record_version') \
            FROM old JOIN asked AS a ON a.id = old.id \
            WHERE r.kind = $1 AND r.id = old.id AND r.version = a.version \
            RETURNING r.id, old.counted_key AS before, r.counted_key AS after), \
        counted AS (INSERT INTO \"countersign\".digest_key_changes \
            SELECT before, -1 FROM new WHERE before IS NOT NULL AND before IS DISTINCT FROM after \
            UNION ALL SELECT after, 1 FROM new WHERE after IS NOT NULL AND before IS DISTINCT FROM after) \
        SELECT id FROM new");
    remove = durable!(", gone AS (DELETE FROM \"countersign\".records USING durable \
            WHERE kind = $1 AND owner = $2 AND id = $3 RETURNING counted_key), \
        counted AS (INSERT INTO \"countersign\".digest_key_changes \
            SELECT counted_key, -1 FROM gone WHERE counted_key IS NOT NULL) \
        SELECT count(*) FROM gone");
    remove_by_owner = durable!(", gone AS (DELETE FROM \"countersign\".records USING durable \
            WHERE kind = $1 AND owner = $2 RETURNING counted_key), \
        counted AS (INSERT INTO \"countersign\".digest_key_changes \
            SELECT counted_key, -count(*) FROM gone WHERE counted_key IS NOT NULL GROUP BY 1) \
        SELECT count(*) FROM gone");
    purge = durable!(", due AS MATERIALIZED (SELECT r.kind, r.id FROM \"countersign\".records AS r, durable \
            WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED), \
        gone AS (DELETE FROM \"countersign\".records \
            WHERE (kind, id) IN (SELECT kind, id FROM due) AND ends_at <= $1 RETURNING counted_key), \
        counted AS (INSERT INTO \"countersign\".digest_key_changes \
            SELECT counted_key, -count(*) FROM gone WHERE counted_key IS NOT NULL GROUP BY 1) \
        SELECT count(*) FROM gone");
    add_up = "WITH gone AS (DELETE FROM \"countersign\".digest_key_changes WHERE ctid = ANY(ARRAY( \
            SELECT ctid FROM \"countersign\".digest_key_changes LIMIT 20000 FOR UPDATE SKIP LOCKED)) \
            RETURNING digest_key, change) \
        INSERT INTO \"countersign\".digest_key_changes \
            SELECT digest_key, sum(change)::bigint FROM gone GROUP BY 1 HAVING sum(change) <> 0";
    count_by_digest_key = reading!("digest_key, sum(change)::bigint",
        "FROM \"countersign\".digest_key_changes GROUP BY 1 HAVING sum(change) <> 0");

    check = reading!("key, subject_version, cutoff",
        "FROM \"countersign\".revoked WHERE key = ANY($1) AND until > $2");
    revoke = durable!("INSERT INTO \"countersign\".revoked AS r (key, name, until) SELECT $1, $2, $3 FROM durable \
        ON CONFLICT (key) DO UPDATE SET until = excluded.until, changed_by = pg_current_xact_id() \
        WHERE r.until < excluded.until");
    // $4: the version that `next_subject_version` gives without a previous one. So both maxima are that rule.
    revoke_subject = durable!(", floor AS MATERIALIZED (SELECT value FROM durable, \"countersign\".numbers AS n \
            WHERE name = 'subject-version-floor' FOR SHARE OF n) \
        INSERT INTO \"countersign\".revoked AS r (key, name, until, subject_version, cutoff) \
        SELECT $1, $2, $3, greatest(value + 1, $4), $5 FROM floor \
        ON CONFLICT (key) DO UPDATE SET until = greatest(r.until, excluded.until), \
            subject_version = greatest(r.subject_version + 1, $4), cutoff = greatest(r.cutoff, excluded.cutoff), \
            changed_by = pg_current_xact_id() RETURNING subject_version");
    subject_version = reading!("subject_version", "FROM \"countersign\".revoked WHERE key = $1");
    purge_revoked = durable!(", due AS MATERIALIZED (SELECT r.key FROM \"countersign\".revoked AS r, durable \
            WHERE subject_version = 0 AND until <= $1 ORDER BY until LIMIT $2 FOR UPDATE OF r SKIP LOCKED) \
        DELETE FROM \"countersign\".revoked WHERE key = ANY(ARRAY(SELECT key FROM due))");
    purge_subjects = durable!(", floor AS MATERIALIZED (SELECT value FROM durable, \"countersign\".numbers AS n \
            WHERE name = 'subject-version-floor' AND EXISTS ( \
                SELECT FROM \"countersign\".revoked WHERE subject_version > 0 AND until <= $1) FOR UPDATE OF n), \
        due AS MATERIALIZED (SELECT s.key, s.subject_version FROM floor, \"countersign\".revoked AS s \
            WHERE s.subject_version > 0 AND s.until <= $1 \
            ORDER BY s.until LIMIT $2 FOR UPDATE OF s SKIP LOCKED), \
        raised AS (UPDATE \"countersign\".numbers \
            SET value = greatest(value, (SELECT max(subject_version) FROM due)) \
            WHERE name = 'subject-version-floor' AND EXISTS (SELECT FROM due)) \
        DELETE FROM \"countersign\".revoked WHERE key = ANY(ARRAY(SELECT key FROM due))");
    count_revoked = reading!("get_byte(name, 0), count(*)", "FROM \"countersign\".revoked GROUP BY 1");
}
