//! The tables, and the version of their form.
//!
//! Every name begins with `countersign/`, since the file may be shared with the application's own tables.
//! Records are JSON, as `countersign-token-store` writes them; all that a look-up goes by is a key.

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};

use crate::error::{Failure, OpenError, OpenErrorKind};

/// What is revoked: the canonical bytes of a name to its end in Unix seconds (`u64::MAX`: never) and, for
/// a subject, its generation and its cutoff in Unix seconds.
pub(crate) const REVOKED: TableDefinition<'_, &[u8], (u64, u64, i64)> =
    TableDefinition::new("countersign/revoked");
/// The keys of [`REVOKED`] that have an end, in the order of their ends.
pub(crate) const REVOKED_BY_END: TableDefinition<'_, (u64, &[u8]), ()> =
    TableDefinition::new("countersign/revoked-by-end");
/// The number of entries of [`REVOKED`] by the first byte of their key, which is their scope.
pub(crate) const REVOKED_COUNTS: TableDefinition<'_, u8, u64> =
    TableDefinition::new("countersign/revoked-counts");

/// Tokens by id.
pub(crate) const TOKENS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("countersign/tokens");
/// Token ids by digest key and digest.
pub(crate) const TOKENS_BY_DIGEST: TableDefinition<'_, (u32, &[u8; 32]), &str> =
    TableDefinition::new("countersign/tokens-by-digest");
/// Token ids by kind and owner.
pub(crate) const TOKENS_BY_OWNER: TableDefinition<'_, (&str, &str, &str), ()> =
    TableDefinition::new("countersign/tokens-by-owner");
/// Token ids by their end in Unix milliseconds.
pub(crate) const TOKENS_BY_END: TableDefinition<'_, (i64, &str), ()> =
    TableDefinition::new("countersign/tokens-by-end");

/// Sessions by id.
pub(crate) const SESSIONS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("countersign/sessions");
/// Session ids by locator digest.
pub(crate) const SESSIONS_BY_LOCATOR: TableDefinition<'_, &[u8; 32], &str> =
    TableDefinition::new("countersign/sessions-by-locator");
/// Session ids by subject.
pub(crate) const SESSIONS_BY_SUBJECT: TableDefinition<'_, (&str, &str), ()> =
    TableDefinition::new("countersign/sessions-by-subject");
/// Session ids by their end in Unix milliseconds.
pub(crate) const SESSIONS_BY_END: TableDefinition<'_, (i64, &str), ()> =
    TableDefinition::new("countersign/sessions-by-end");

/// Single numbers: [`VERSION`] and [`GENERATION_FLOOR`].
pub(crate) const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("countersign/numbers");
/// The version of this form.
const VERSION: &str = "version";
/// The highest generation of a subject that was ever purged.
pub(crate) const GENERATION_FLOOR: &str = "generation-floor";

const CURRENT_VERSION: u64 = 1;

/// Makes the tables where they are missing, and refuses a form newer than this crate knows.
pub(crate) fn prepare(database: &Database) -> Result<(), OpenError> {
    match version(database).map_err(OpenError::unreadable)? {
        Some(CURRENT_VERSION) => return Ok(()),
        None => {}
        Some(_) => return Err(OpenError::new(OpenErrorKind::UnknownVersion)),
    }
    let write = || -> Result<(), Failure> {
        let transaction = database.begin_write()?;
        create_tables(&transaction)?;
        transaction.open_table(NUMBERS)?.insert(VERSION, CURRENT_VERSION)?;
        Ok(transaction.commit()?)
    };
    write().map_err(OpenError::unreadable)
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
    transaction.open_table(REVOKED)?;
    transaction.open_table(REVOKED_BY_END)?;
    transaction.open_table(REVOKED_COUNTS)?;
    transaction.open_table(TOKENS)?;
    transaction.open_table(TOKENS_BY_DIGEST)?;
    transaction.open_table(TOKENS_BY_OWNER)?;
    transaction.open_table(TOKENS_BY_END)?;
    transaction.open_table(SESSIONS)?;
    transaction.open_table(SESSIONS_BY_LOCATOR)?;
    transaction.open_table(SESSIONS_BY_SUBJECT)?;
    transaction.open_table(SESSIONS_BY_END)?;
    Ok(())
}

/// A number of [`NUMBERS`], 0 where it is not set.
pub(crate) fn number(transaction: &WriteTransaction, name: &str) -> Result<u64, Failure> {
    let numbers = transaction.open_table(NUMBERS)?;
    let number = numbers.get(name)?.map_or(0, |number| number.value());
    Ok(number)
}
