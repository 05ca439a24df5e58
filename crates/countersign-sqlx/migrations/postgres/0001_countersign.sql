-- The tables of countersign. `PostgresStore::migrate` runs this file, with its own schema in place of "countersign".
-- By hand: psql --single-transaction -f 0001_countersign.sql

CREATE SCHEMA IF NOT EXISTS "countersign";

-- The version of the tables, and the highest subject version that was ever purged.
CREATE TABLE "countersign".numbers (name text PRIMARY KEY, value bigint NOT NULL);
INSERT INTO "countersign".numbers VALUES ('version', 1), ('subject-version-floor', 0);

-- No version is given twice, also not to a record that was removed and inserted again.
CREATE SEQUENCE "countersign".record_version;

-- API keys, random access tokens and sessions. `body` is the record as JSON; the other columns are for look-ups.
-- `id` and `owner` are digests: an index takes no more than about 2,700 bytes, and these texts have any length.
CREATE TABLE "countersign".records (
    kind text NOT NULL,
    id bytea NOT NULL,
    owner bytea NOT NULL,
    digest_key bigint NOT NULL,
    digest bytea NOT NULL,
    counted_key bigint,
    ends_at bigint, -- Unix milliseconds; from then on a purge removes the record
    version bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (kind, id),
    CONSTRAINT records_digest UNIQUE (kind, digest_key, digest)
);
CREATE INDEX records_by_owner ON "countersign".records (kind, owner);
CREATE INDEX records_by_end ON "countersign".records (ends_at) WHERE ends_at IS NOT NULL;

-- How many records need each digest key: the sum of the changes. A row for each change, and not one for each key, lets
-- writers run beside each other. Purges and counts add up what has gathered.
CREATE TABLE "countersign".digest_key_changes (digest_key bigint NOT NULL, change bigint NOT NULL);

-- What is revoked. `key` is SHA-256 of `name`, which begins with its scope and holds its issuer. Subject version and
-- cutoff are 0 but for subjects. `changed_by` is for replicas.
CREATE TABLE "countersign".revoked (
    key bytea PRIMARY KEY,
    name bytea NOT NULL,
    until bigint NOT NULL, -- Unix seconds
    subject_version bigint NOT NULL DEFAULT 0,
    cutoff bigint NOT NULL DEFAULT 0,
    changed_by xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX revoked_by_end ON "countersign".revoked (until) WHERE subject_version = 0;
CREATE INDEX revoked_subjects_by_end ON "countersign".revoked (until) WHERE subject_version > 0;
CREATE INDEX revoked_by_change ON "countersign".revoked (changed_by);
