-- The tables of countersign. `SqliteStore::migrate` runs this file, with its own prefix in place of `countersign_`.
-- By hand: sqlite3 FILE 'PRAGMA journal_mode = WAL' && sqlite3 FILE < 0001_countersign.sql

-- The version of the tables, the last version of a record, the highest subject version that was ever purged.
CREATE TABLE countersign_numbers (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO countersign_numbers VALUES ('version', 1), ('record-version', 0), ('subject-version-floor', 0);

-- API keys, random access tokens and sessions. `body` is the record as JSON; the other columns are for look-ups.
CREATE TABLE countersign_records (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    digest_key INTEGER NOT NULL,
    digest BLOB NOT NULL,
    counted_key INTEGER,
    ends_at INTEGER, -- Unix milliseconds; from then on a purge removes the record
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id),
    UNIQUE (kind, digest_key, digest)
);
CREATE INDEX countersign_records_by_owner ON countersign_records (kind, owner);
CREATE INDEX countersign_records_by_end ON countersign_records (ends_at) WHERE ends_at IS NOT NULL;

-- How many records need each digest key.
CREATE TABLE countersign_digest_keys (digest_key INTEGER NOT NULL PRIMARY KEY, records INTEGER NOT NULL);

-- What is revoked: `name` begins with its scope and holds its issuer. Cutoff and subject version are 0 but for subjects.
CREATE TABLE countersign_revoked (
    name BLOB NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL, -- Unix seconds
    subject_version INTEGER NOT NULL DEFAULT 0,
    cutoff INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX countersign_revoked_by_end ON countersign_revoked (until);
