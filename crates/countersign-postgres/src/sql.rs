//! The statements. Each names its schema, so that no `search_path` leads it elsewhere.
//!
//! What is worth knowing of their locks:
//!
//! - The rows of a purge are taken with `FOR UPDATE SKIP LOCKED`, which looks at each row again once it is locked:
//!   one that was lengthened meanwhile stays, and several purges share the work. They are removed by an array of keys
//!   and not by a join, for which a plan made without knowing the limit reads the whole table.
//! - The floor of subject versions is locked *before* any row of a subject, shared by a revocation and alone by a
//!   purge. So a revocation that finds its subject gone has read the floor that the purge has raised, whatever the
//!   order, and the two cannot wait for each other crosswise.
//! - `NOTIFY` is sent behind the change, as a separate statement: a transaction with it takes a lock of the whole
//!   server while it commits.
//! - What inserts a record shares the lock of its owner, and what removes all of an owner's takes it alone: see [`owner_lock`](crate::owner_lock).
//!
//! # Standbys
//!
//! A standby refuses every write by itself, but it answers reads, from the past. So each reading statement also asks
//! the server whether it is one, in the same round trip: see [`reading`]. Asking on the opening of a connection alone
//! would trust whatever a proxy, a moved address or the application's own pool hands out later.

use crate::options::Schema;

/// The texts, with the schema's name in them.
#[derive(Debug)]
pub(crate) struct Sql {
    /// Wakes the replicas. It takes a lock of the whole server's, to the end of its transaction; so it is one by
    /// itself, that need not wait for the disk, and stands in no transaction that must.
    pub(crate) notify: String,
    pub(crate) listen: String,

    pub(crate) check: String,
    pub(crate) revoke: String,
    pub(crate) revoke_subject: String,
    pub(crate) subject_version: String,
    pub(crate) purge_revoked: String,
    pub(crate) purge_subjects: String,
    pub(crate) count_revoked: String,
    pub(crate) changes: String,
    pub(crate) is_there: String,

    pub(crate) insert_record: String,
    pub(crate) find_record: String,
    pub(crate) get_record: String,
    pub(crate) replace_record: String,
    pub(crate) list_records: String,
    pub(crate) remove_record: String,
    pub(crate) remove_records_of_owner: String,
    pub(crate) purge_records: String,
    pub(crate) count_by_digest_key: String,
}

impl Sql {
    pub(crate) fn new(schema: &Schema) -> Self {
        let channel = schema.channel();
        let text = |statement: &str| statement.replace("{s}", &schema.quoted());
        let read = |columns: &str, rest: &str| text(&reading(columns, rest));
        Self {
            notify: format!("NOTIFY {channel}"),
            listen: format!("LISTEN {channel}"),
            // `$2`: now in Unix seconds. An entry counts before its end, and not at it.
            check: read("key, generation, cutoff", "FROM {s}.revoked WHERE key = ANY($1) AND until > $2"),
            revoke: text(REVOKE),
            revoke_subject: text(REVOKE_SUBJECT),
            subject_version: read("generation", "FROM {s}.revoked WHERE key = $1"),
            purge_revoked: text(PURGE_REVOKED),
            purge_subjects: text(PURGE_SUBJECTS),
            count_revoked: read(
                "get_byte(name, 0), count(*)",
                "FROM {s}.revoked WHERE octet_length(name) > 0 GROUP BY 1",
            ),
            changes: text(
                "SELECT name, until, generation, cutoff, changed_by::text FROM {s}.revoked \
                 WHERE changed_by >= $1::text::xid8",
            ),
            is_there: text(
                "SELECT EXISTS (SELECT FROM {s}.revoked WHERE changed_by = $1::text::xid8 AND name = $2)",
            ),
            insert_record: text(INSERT_RECORD),
            find_record: read(
                "digest_key, digest, version, record",
                "FROM {s}.records WHERE kind = $1 AND digest = ANY($2)",
            ),
            get_record: read("version, record", "FROM {s}.records WHERE id = $1"),
            replace_record: text(
                "UPDATE {s}.records SET digest_key = $3, digest = $4, needs_key = $5, ends_at = $6, record = $7, \
                 version = DEFAULT WHERE id = $1 AND version = $2",
            ),
            list_records: read("version, record", "FROM {s}.records WHERE owner = $1"),
            remove_record: text("DELETE FROM {s}.records WHERE id = $1 AND owner = $2"),
            remove_records_of_owner: text("DELETE FROM {s}.records WHERE owner = $1"),
            purge_records: text(PURGE_RECORDS),
            count_by_digest_key: read("key_id, number", COUNTED_BY_DIGEST_KEY),
        }
    }
}

/// A statement that reads, and that says whether the server which answers is a standby.
///
/// It has the asked columns, then `true` where a row was found and nothing where none was, then whether the server is
/// a standby. It has at least one row, so an answer without a hit says it too.
/// [`Database::query`](crate::database::Database::query) takes the last two columns off.
fn reading(columns: &str, rest: &str) -> String {
    format!(
        "SELECT r.*, pg_is_in_recovery() FROM (VALUES (0)) AS one \
         LEFT JOIN (SELECT {columns}, true {rest}) AS r ON true"
    )
}

/// Nothing is written where nothing changes.
const REVOKE: &str = "\
    INSERT INTO {s}.revoked AS r (key, name, until) VALUES ($1, $2, $3) \
    ON CONFLICT (key) DO UPDATE SET until = excluded.until, changed_by = pg_current_xact_id() \
    WHERE r.until < excluded.until";

/// `$4`: the subject version that `next_subject_version` gives without a previous one. So both maxima are that rule.
const REVOKE_SUBJECT: &str = "\
    INSERT INTO {s}.revoked AS r (key, name, until, generation, cutoff) \
    SELECT $1, $2, $3, greatest(f.value + 1, $4), $5 \
    FROM (SELECT value FROM {s}.numbers WHERE name = 'generation-floor' FOR SHARE) AS f \
    ON CONFLICT (key) DO UPDATE SET until = greatest(r.until, excluded.until), \
        generation = greatest(r.generation + 1, $4), cutoff = greatest(r.cutoff, excluded.cutoff), \
        changed_by = pg_current_xact_id() \
    RETURNING generation";

const PURGE_REVOKED: &str = "\
    WITH due AS MATERIALIZED ( \
        SELECT key FROM {s}.revoked WHERE generation = 0 AND until <= $1 \
        ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED) \
    DELETE FROM {s}.revoked WHERE key = ANY(ARRAY(SELECT key FROM due))";

/// The floor is locked only if there is a subject to remove, and raised in the same step.
const PURGE_SUBJECTS: &str = "\
    WITH floor AS MATERIALIZED ( \
        SELECT value FROM {s}.numbers WHERE name = 'generation-floor' \
        AND EXISTS (SELECT FROM {s}.revoked WHERE generation > 0 AND until <= $1) FOR UPDATE), \
    due AS MATERIALIZED ( \
        SELECT s.key, s.generation FROM floor, {s}.revoked AS s WHERE s.generation > 0 AND s.until <= $1 \
        ORDER BY s.until LIMIT $2 FOR UPDATE OF s SKIP LOCKED), \
    raised AS ( \
        UPDATE {s}.numbers SET value = greatest(value, (SELECT max(generation) FROM due)) \
        WHERE name = 'generation-floor' AND EXISTS (SELECT FROM due)) \
    DELETE FROM {s}.revoked WHERE key = ANY(ARRAY(SELECT key FROM due))";

/// `$9`: the owner's lock ([`owner_lock`](crate::owner_lock)), shared with other insertions.
const INSERT_RECORD: &str = "\
    INSERT INTO {s}.records (id, kind, owner, digest_key, digest, needs_key, ends_at, record) \
    SELECT $1, $2, $3, $4, $5, $6, $7, $8 FROM (SELECT pg_advisory_xact_lock_shared($9)) AS owner_lock \
    ON CONFLICT DO NOTHING";

/// Goes from one key to the next in the index, and counts at most 10,000 rows of each. So the cost does not grow with
/// the table.
const COUNTED_BY_DIGEST_KEY: &str = "\
    FROM ( \
        WITH RECURSIVE keys (key_id) AS ( \
            SELECT min(needs_key) FROM {s}.records UNION ALL \
            SELECT (SELECT min(needs_key) FROM {s}.records WHERE needs_key > key_id) FROM keys \
            WHERE key_id IS NOT NULL) \
        SELECT key_id, (SELECT count(*) FROM ( \
            SELECT FROM {s}.records WHERE needs_key = key_id LIMIT 10000) AS counted) AS number \
        FROM keys WHERE key_id IS NOT NULL) AS k";

const PURGE_RECORDS: &str = "\
    WITH due AS MATERIALIZED ( \
        SELECT id FROM {s}.records WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED) \
    DELETE FROM {s}.records WHERE id = ANY(ARRAY(SELECT id FROM due))";
