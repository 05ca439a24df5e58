//! Brings the tables of older versions to the form of this one.

use redb::WriteTransaction;

use crate::error::Failure;

/// Migrates tables of version 1 or 2. A file without a version is new.
pub(crate) fn migrate(transaction: &WriteTransaction, version: Option<u64>) -> Result<(), Failure> {
    if version == Some(1) {
        version_1::migrate(transaction)?;
    }
    if version.is_some() {
        version_2::migrate(transaction)?;
    }
    Ok(())
}

/// The form before the scopes had tables of their own, which counted its entries by itself and had the ends
/// sorted to the second.
mod version_1 {
    use redb::{ReadableTable, TableDefinition, WriteTransaction};

    use crate::error::Failure;
    use crate::schema::{Entry, add_end, revoked};

    const REVOKED: TableDefinition<'_, &[u8], Entry> = TableDefinition::new("countersign/revoked");
    const BY_END: TableDefinition<'_, (u64, &[u8]), ()> = TableDefinition::new("countersign/revoked-by-end");
    const COUNTS: TableDefinition<'_, u8, u64> = TableDefinition::new("countersign/revoked-counts");

    pub(super) fn migrate(transaction: &WriteTransaction) -> Result<(), Failure> {
        let old = transaction.open_table(REVOKED)?;
        for row in old.iter()? {
            let (key, entry) = row?;
            transaction.open_table(revoked(key.value())?)?.insert(key.value(), entry.value())?;
            add_end(transaction, entry.value().0, key.value())?;
        }
        drop(old);
        transaction.delete_table(REVOKED)?;
        transaction.delete_table(BY_END)?;
        transaction.delete_table(COUNTS)?;
        Ok(())
    }
}

/// The form before tokens and sessions were records of one table.
mod version_2 {
    use countersign_token_store::{Record, StoredSession, StoredToken};
    use redb::{ReadableTable, TableDefinition, WriteTransaction};

    use crate::error::Failure;
    use crate::records::{Encoded, insert};

    const TOKENS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("countersign/tokens");
    const SESSIONS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("countersign/sessions");

    const TOKENS_BY_DIGEST: TableDefinition<'_, (u32, &[u8; 32]), &str> =
        TableDefinition::new("countersign/tokens-by-digest");
    const TOKENS_BY_OWNER: TableDefinition<'_, (&str, &str, &str), ()> =
        TableDefinition::new("countersign/tokens-by-owner");
    const TOKENS_BY_END: TableDefinition<'_, (i64, &str), ()> =
        TableDefinition::new("countersign/tokens-by-end");
    const SESSIONS_BY_LOCATOR: TableDefinition<'_, &[u8; 32], &str> =
        TableDefinition::new("countersign/sessions-by-locator");
    const SESSIONS_BY_SUBJECT: TableDefinition<'_, (&str, &str), ()> =
        TableDefinition::new("countersign/sessions-by-subject");
    const SESSIONS_BY_END: TableDefinition<'_, (i64, &str), ()> =
        TableDefinition::new("countersign/sessions-by-end");

    fn encoded(record: Record) -> Result<Encoded, Failure> {
        Encoded::new(record).map_err(|_| Failure::Corrupt)
    }

    pub(super) fn migrate(transaction: &WriteTransaction) -> Result<(), Failure> {
        for row in transaction.open_table(TOKENS)?.iter()? {
            let token: StoredToken = serde_json::from_slice(row?.1.value())?;
            insert(transaction, &encoded(token.into())?)?;
        }
        for row in transaction.open_table(SESSIONS)?.iter()? {
            let session: StoredSession = serde_json::from_slice(row?.1.value())?;
            insert(transaction, &encoded(session.into())?)?;
        }
        transaction.delete_table(TOKENS)?;
        transaction.delete_table(TOKENS_BY_DIGEST)?;
        transaction.delete_table(TOKENS_BY_OWNER)?;
        transaction.delete_table(TOKENS_BY_END)?;
        transaction.delete_table(SESSIONS)?;
        transaction.delete_table(SESSIONS_BY_LOCATOR)?;
        transaction.delete_table(SESSIONS_BY_SUBJECT)?;
        transaction.delete_table(SESSIONS_BY_END)?;
        Ok(())
    }
}
