//! The tables, and the version of their form.
//!
//! Every name begins with `countersign/`, since the file may be shared with the application's own tables.
//! Records are JSON, as `countersign-token-store` writes them; all that a look-up goes by is a key.

use countersign_revocation::{RetainUntil, SUBJECT_TAG};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};

use crate::error::{Failure, OpenError};
use crate::older;

/// An entry: its end in Unix seconds (`u64::MAX`: never) and, for a subject, its version and its cutoff in
/// Unix seconds.
pub(crate) type Entry = (u64, u64, i64);

/// What is revoked, by the canonical bytes of its name. A table for each scope: redb knows how long a table
/// is, and a request's session, subject and key are not looked for among a million tokens.
pub(crate) type Revoked = TableDefinition<'static, &'static [u8], Entry>;
/// Single tokens.
pub(crate) const REVOKED_TOKENS: Revoked = TableDefinition::new("countersign/revoked-tokens");
/// Sessions.
pub(crate) const REVOKED_SESSIONS: Revoked = TableDefinition::new("countersign/revoked-sessions");
/// Subjects.
pub(crate) const REVOKED_SUBJECTS: Revoked = TableDefinition::new("countersign/revoked-subjects");
/// Signing keys.
pub(crate) const REVOKED_KEYS: Revoked = TableDefinition::new("countersign/revoked-keys");
/// When to look at entries again that have an end: the span of [`END_SPAN`] seconds in which it lies and a
/// number, to the end itself and the entry's key. Rows of one span are appended, not sorted, so that what is
/// revoked together goes into few pages. A row whose entry has got another end means nothing.
pub(crate) const REVOKED_ENDS: TableDefinition<'_, (u64, u64), (u64, &[u8])> =
    TableDefinition::new("countersign/revoked-ends");
/// The length of a span of [`REVOKED_ENDS`], in seconds. A purge reads the whole of the span that is ending.
pub(crate) const END_SPAN: u64 = 64;

/// A stored record: its version, the digest key that it needs, its places in the indexes (digest key id and digest,
/// owner, end in Unix milliseconds), and its JSON.
pub(crate) type Row = (u64, Option<u32>, u32, &'static [u8; 32], &'static str, Option<i64>, &'static [u8]);
/// Records by kind and id.
pub(crate) const RECORDS: TableDefinition<'_, (&str, &str), Row> =
    TableDefinition::new("countersign/records");
/// Ids by kind, digest key and digest.
pub(crate) const RECORDS_BY_DIGEST: TableDefinition<'_, (&str, u32, &[u8; 32]), &str> =
    TableDefinition::new("countersign/records-by-digest");
/// Ids by kind and owner.
pub(crate) const RECORDS_BY_OWNER: TableDefinition<'_, (&str, &str, &str), ()> =
    TableDefinition::new("countersign/records-by-owner");
/// Kinds and ids by their end in Unix milliseconds.
pub(crate) const RECORDS_BY_END: TableDefinition<'_, (i64, &str, &str), ()> =
    TableDefinition::new("countersign/records-by-end");
/// How many records need each digest key.
pub(crate) const DIGEST_KEYS: TableDefinition<'_, u32, u64> = TableDefinition::new("countersign/digest-keys");

/// Single numbers: [`VERSION`], [`SUBJECT_VERSION_FLOOR`] and [`RECORD_VERSION`].
pub(crate) const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("countersign/numbers");
/// The version of this form.
const VERSION: &str = "version";
/// The highest version of a subject that was ever purged.
pub(crate) const SUBJECT_VERSION_FLOOR: &str = "generation-floor";

/// The version that a record got last.
pub(crate) const RECORD_VERSION: &str = "record-version";

const CURRENT_VERSION: u64 = 3;

/// Makes the tables where they are missing, brings those of an older form to this one, and refuses a form
/// newer than this crate knows. What it changes is one transaction: it is done, or nothing is.
pub(crate) fn prepare(database: &Database) -> Result<(), OpenError> {
    let version = version(database)?;
    match version {
        Some(CURRENT_VERSION) => return Ok(()),
        None | Some(1 | 2) => {}
        Some(version) => return Err(OpenError::unknown_version(version, CURRENT_VERSION)),
    }
    let write = || -> Result<(), Failure> {
        let transaction = database.begin_write()?;
        create_tables(&transaction)?;
        older::migrate(&transaction, version)?;
        transaction.open_table(NUMBERS)?.insert(VERSION, CURRENT_VERSION)?;
        Ok(transaction.commit()?)
    };
    Ok(write()?)
}

/// Whether the database has this crate's tables, of whatever version.
pub(crate) fn exists(database: &Database) -> Result<bool, OpenError> {
    Ok(version(database)?.is_some())
}

fn version(database: &Database) -> Result<Option<u64>, Failure> {
    match database.begin_read()?.open_table(NUMBERS) {
        Ok(numbers) => Ok(numbers.get(VERSION)?.map(|version| version.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A read of a table that does not exist is an error, so all are made at once.
fn create_tables(transaction: &WriteTransaction) -> Result<(), Failure> {
    transaction.open_table(REVOKED_TOKENS)?;
    transaction.open_table(REVOKED_SESSIONS)?;
    transaction.open_table(REVOKED_SUBJECTS)?;
    transaction.open_table(REVOKED_KEYS)?;
    transaction.open_table(REVOKED_ENDS)?;
    transaction.open_table(RECORDS)?;
    transaction.open_table(RECORDS_BY_DIGEST)?;
    transaction.open_table(RECORDS_BY_OWNER)?;
    transaction.open_table(RECORDS_BY_END)?;
    transaction.open_table(DIGEST_KEYS)?;
    Ok(())
}

/// A number of [`NUMBERS`], 0 where it is not set.
pub(crate) fn number(transaction: &WriteTransaction, name: &str) -> Result<u64, Failure> {
    let numbers = transaction.open_table(NUMBERS)?;
    let number = numbers.get(name)?.map_or(0, |number| number.value());
    Ok(number)
}

/// The table of what `key` names.
pub(crate) fn revoked(key: &[u8]) -> Result<Revoked, Failure> {
    by_scope(key, [REVOKED_TOKENS, REVOKED_SESSIONS, REVOKED_SUBJECTS, REVOKED_KEYS])
}

/// That of tokens, sessions, subjects and keys to whose scope `key` belongs by its tag.
pub(crate) fn by_scope<T>(key: &[u8], [tokens, sessions, subjects, keys]: [T; 4]) -> Result<T, Failure> {
    match *key.first().ok_or(Failure::Corrupt)? {
        // A token is named by its `jti` or by its signing input.
        b'j' | b'i' => Ok(tokens),
        b's' => Ok(sessions),
        SUBJECT_TAG => Ok(subjects),
        b'k' => Ok(keys),
        _ => Err(Failure::Corrupt),
    }
}

/// Adds the row by which a purge finds the entry at its end, if it has one.
pub(crate) fn add_end(transaction: &WriteTransaction, until: u64, key: &[u8]) -> Result<(), Failure> {
    if RetainUntil::from_unix_seconds(until) == RetainUntil::FOREVER {
        return Ok(());
    }
    let span = until / END_SPAN;
    let mut ends = transaction.open_table(REVOKED_ENDS)?;
    let last = ends.range((span, 0)..=(span, u64::MAX))?.next_back();
    let number = last.transpose()?.map_or(0, |(place, _)| place.value().1.saturating_add(1));
    ends.insert((span, number), (until, key))?;
    Ok(())
}
