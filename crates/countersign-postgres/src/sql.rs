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
//! - What inserts a token or a session shares the lock of its owner, and what removes or ends all of an owner's takes it
//!   alone: see [`owner_lock`](crate::owner_lock).
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

    pub(crate) insert_token: String,
    pub(crate) find_token: String,
    pub(crate) list_tokens: String,
    pub(crate) expire_token: String,
    pub(crate) remove_token: String,
    pub(crate) remove_tokens_of_owner: String,
    pub(crate) record_use: String,
    pub(crate) redigest: String,
    pub(crate) count_by_digest_key: String,
    pub(crate) purge_tokens: String,

    pub(crate) create_session: String,
    pub(crate) find_session: String,
    pub(crate) lock_session: String,
    pub(crate) write_session: String,
    pub(crate) live_session: String,
    pub(crate) end_session: String,
    pub(crate) end_session_by_locator: String,
    pub(crate) end_sessions: String,
    pub(crate) purge_sessions: String,
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
            insert_token: text(INSERT_TOKEN),
            find_token: read(
                "digest_key, digest, record, last_used, expires_at",
                "FROM {s}.tokens WHERE digest = ANY($1)",
            ),
            list_tokens: read("record, last_used, expires_at", "FROM {s}.tokens WHERE owner = $1"),
            // The least of nothing and a moment is the moment.
            expire_token: text(
                "UPDATE {s}.tokens SET expires_at = least(expires_at, $3) WHERE id = $1 AND owner = $2",
            ),
            remove_token: text("DELETE FROM {s}.tokens WHERE id = $1 AND owner = $2"),
            remove_tokens_of_owner: text("DELETE FROM {s}.tokens WHERE owner = $1"),
            record_use: text(
                "UPDATE {s}.tokens SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used < $2)",
            ),
            redigest: text(
                "UPDATE {s}.tokens SET digest_key = $4, digest = $5 \
                 WHERE id = $1 AND digest_key = $2 AND digest = $3",
            ),
            count_by_digest_key: read("digest_key, count(*)", COUNTED_BY_DIGEST_KEY),
            purge_tokens: text(PURGE_TOKENS),
            create_session: text(CREATE_SESSION),
            find_session: read("record, ended", "FROM {s}.sessions WHERE locator = $1"),
            lock_session: text("SELECT record, ended FROM {s}.sessions WHERE locator = $1 FOR UPDATE"),
            write_session: text(
                "UPDATE {s}.sessions SET record = $2, digest_key = $3, ends_at = $4 WHERE locator = $1",
            ),
            live_session: read("record, ended", "FROM {s}.sessions WHERE id = $1 AND NOT ended"),
            end_session: text("UPDATE {s}.sessions SET ended = true WHERE id = $1 AND NOT ended"),
            end_session_by_locator: text("UPDATE {s}.sessions SET ended = true WHERE locator = $1"),
            end_sessions: text("UPDATE {s}.sessions SET ended = true WHERE subject = $1 AND NOT ended"),
            purge_sessions: text(PURGE_SESSIONS),
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

/// `$8`: the owner's lock ([`owner_lock`](crate::owner_lock)), shared with other insertions.
const INSERT_TOKEN: &str = "\
    INSERT INTO {s}.tokens (id, owner, digest_key, digest, expires_at, last_used, record) \
    SELECT $1, $2, $3, $4, $5, $6, $7 FROM (SELECT pg_advisory_xact_lock_shared($8)) AS owner_lock \
    ON CONFLICT DO NOTHING";

const COUNTED_BY_DIGEST_KEY: &str = "\
    FROM ( \
        SELECT digest_key FROM {s}.tokens UNION ALL SELECT digest_key FROM {s}.sessions WHERE NOT ended) AS k \
    GROUP BY digest_key";

const PURGE_TOKENS: &str = "\
    WITH due AS MATERIALIZED ( \
        SELECT id FROM {s}.tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) \
    DELETE FROM {s}.tokens WHERE id = ANY(ARRAY(SELECT id FROM due))";

/// `$8`: the subject's lock ([`owner_lock`](crate::owner_lock)), shared with other insertions.
const CREATE_SESSION: &str = "\
    INSERT INTO {s}.sessions (id, locator, subject, digest_key, ends_at, ended, record) \
    SELECT $1, $2, $3, $4, $5, $6, $7 FROM (SELECT pg_advisory_xact_lock_shared($8)) AS owner_lock \
    ON CONFLICT DO NOTHING";

const PURGE_SESSIONS: &str = "\
    WITH due AS MATERIALIZED ( \
        SELECT id FROM {s}.sessions WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED) \
    DELETE FROM {s}.sessions WHERE id = ANY(ARRAY(SELECT id FROM due))";
