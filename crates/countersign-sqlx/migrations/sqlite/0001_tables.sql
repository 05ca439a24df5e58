-- Version 1. By hand: run this file in one transaction. For another prefix, replace `countersign_` everywhere first.

-- Owners, ids and names are any text of any length. So `owner`, `id` and `key` are SHA-256 digests of them.
CREATE TABLE countersign_numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO countersign_numbers VALUES ('version', 1), ('subject-version-floor', 0);

-- One row for each revoked name. "until" is in Unix seconds; the largest integer means for ever. "cutoff" is in Unix
-- seconds. "subject_version" is 0 except for subjects.
CREATE TABLE countersign_revoked (
    key BLOB PRIMARY KEY,
    name BLOB NOT NULL,
    until INTEGER NOT NULL,
    subject_version INTEGER NOT NULL DEFAULT 0,
    cutoff INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX countersign_revoked_by_end ON countersign_revoked (until) WHERE subject_version = 0;
CREATE INDEX countersign_subjects_by_end ON countersign_revoked (until) WHERE subject_version > 0;

-- API keys, access tokens and sessions. "ends_at" is in Unix milliseconds. "counted_key" is the digest key that the
-- record still needs. "version" is random. "body" is JSON.
CREATE TABLE countersign_records (
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    owner BLOB NOT NULL,
    digest_key INTEGER NOT NULL,
    digest BLOB NOT NULL,
    counted_key INTEGER,
    ends_at INTEGER,
    version INTEGER NOT NULL DEFAULT (random()),
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id),
    UNIQUE (kind, digest, digest_key)
) STRICT;
CREATE INDEX countersign_records_by_owner ON countersign_records (kind, owner);
CREATE INDEX countersign_records_by_end ON countersign_records (ends_at) WHERE ends_at IS NOT NULL;

-- How many records need each digest key.
CREATE TABLE countersign_counts (digest_key INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;

CREATE TRIGGER countersign_count_added AFTER INSERT ON countersign_records WHEN NEW.counted_key IS NOT NULL
BEGIN
    INSERT INTO countersign_counts VALUES (NEW.counted_key, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER countersign_count_removed AFTER DELETE ON countersign_records WHEN OLD.counted_key IS NOT NULL
BEGIN
    UPDATE countersign_counts SET number = number - 1 WHERE digest_key = OLD.counted_key;
END;
CREATE TRIGGER countersign_count_changed AFTER UPDATE ON countersign_records
    WHEN OLD.counted_key IS NOT NEW.counted_key
BEGIN
    UPDATE countersign_counts SET number = number - 1 WHERE digest_key = OLD.counted_key;
    INSERT INTO countersign_counts SELECT NEW.counted_key, 1 WHERE NEW.counted_key IS NOT NULL
        ON CONFLICT DO UPDATE SET number = number + 1;
END;
