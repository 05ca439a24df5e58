//! The statements, each with the tables' prefix in it.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// The prefix in the texts below and in the migrations.
const PREFIX: &str = "countersign_";

macro_rules! statements {
    ($($name:ident = $text:expr;)+) => {
        /// The texts with the chosen prefix.
        #[derive(Debug)]
        pub(crate) struct Sql { $(pub(crate) $name: SqlStr,)+ check_start: String }

        impl Sql {
            pub(crate) fn new(prefix: &str) -> Self {
                Self { $($name: with_prefix($text, prefix),)+ check_start: CHECK_START.replace(PREFIX, prefix) }
            }
        }
    };
}

/// A text for a prefix of letters, digits and underscores, so that it ends in no text.
fn with_prefix(text: &str, prefix: &str) -> SqlStr {
    AssertSqlSafe(Arc::<str>::from(text.replace(PREFIX, prefix))).into_sql_str()
}

impl Sql {
    /// The statement of a check for so many keys. There are few numbers of keys, so the driver keeps them prepared.
    pub(crate) fn check(&self, keys: usize) -> SqlStr {
        let marks = vec!["?"; keys].join(", ");
        AssertSqlSafe(format!("{}{marks})", self.check_start)).into_sql_str()
    }
}

const CHECK_START: &str =
    "SELECT name, subject_version, cutoff FROM countersign_revoked WHERE until > ? AND name IN (";

statements! {
    migration = include_str!("../../migrations/sqlite/0001_countersign.sql");
    version = "SELECT value FROM countersign_numbers WHERE name = 'version'";

    next_version = "UPDATE countersign_numbers SET value = value + 1 WHERE name = 'record-version' RETURNING value";
    insert = "INSERT INTO countersign_records \
        (kind, id, owner, digest_key, digest, counted_key, ends_at, version, body) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    find = "SELECT version, body FROM countersign_records WHERE kind = ?1 AND digest_key = ?2 AND digest = ?3";
    get = "SELECT version, body FROM countersign_records WHERE kind = ?1 AND id = ?2";
    counted_key = "SELECT counted_key FROM countersign_records WHERE kind = ?1 AND id = ?2 AND version = ?3";
    replace = "UPDATE countersign_records \
        SET digest_key = ?3, digest = ?4, counted_key = ?5, ends_at = ?6, version = ?7, body = ?8 \
        WHERE kind = ?1 AND id = ?2";
    list = "SELECT version, body FROM countersign_records WHERE kind = ?1 AND owner = ?2";
    remove = "DELETE FROM countersign_records WHERE kind = ?1 AND owner = ?2 AND id = ?3 RETURNING counted_key";
    remove_by_owner = "DELETE FROM countersign_records WHERE kind = ?1 AND owner = ?2 RETURNING counted_key";
    purge = "DELETE FROM countersign_records WHERE rowid IN ( \
        SELECT rowid FROM countersign_records WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2) RETURNING counted_key";
    recount = "INSERT INTO countersign_digest_keys VALUES (?1, ?2) \
        ON CONFLICT (digest_key) DO UPDATE SET records = records + excluded.records";
    forget_key = "DELETE FROM countersign_digest_keys WHERE records = 0";
    count_by_digest_key = "SELECT digest_key, records FROM countersign_digest_keys";

    revoke = "INSERT INTO countersign_revoked (name, until) VALUES (?1, ?2) \
        ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE until < excluded.until";
    // ?3: the version that `next_subject_version` gives without a previous one. So both maxima are that rule.
    revoke_subject = "INSERT INTO countersign_revoked (name, until, subject_version, cutoff) \
        SELECT ?1, ?2, max(value + 1, ?3), ?4 FROM countersign_numbers WHERE name = 'subject-version-floor' \
        ON CONFLICT (name) DO UPDATE SET until = max(until, excluded.until), \
            subject_version = max(subject_version + 1, ?3), cutoff = max(cutoff, excluded.cutoff) \
        RETURNING subject_version";
    subject_version = "SELECT subject_version FROM countersign_revoked WHERE name = ?1";
    purge_revoked = "DELETE FROM countersign_revoked WHERE name IN ( \
        SELECT name FROM countersign_revoked WHERE until <= ?1 ORDER BY until LIMIT ?2) RETURNING subject_version";
    raise_floor = "UPDATE countersign_numbers SET value = max(value, ?1) WHERE name = 'subject-version-floor'";
    count_revoked = "SELECT hex(substr(name, 1, 1)), count(*) FROM countersign_revoked GROUP BY 1";
}
