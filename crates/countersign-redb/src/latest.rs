//! What a read sees: the file as the last commit left it, with its tables held open.
//!
//! To begin a read transaction and to open a table costs as much as to find a row in it, and every request
//! asks. So one transaction is shared by all reads, and the thread that writes puts the next one in its
//! place after each commit, before it answers anybody: a read that starts after an operation has returned
//! sees it. Readers take a reference and wait for nobody.
//!
//! A transaction that is held keeps redb from using the pages that were freed since. Our own commits replace
//! it, and where the application commits to tables of its own in the same file, the writer's thread replaces
//! it once in a [`PERIOD`]. It does not show such commits at once, and need not: the tables here are this
//! crate's.
//!
//! If no new one can be begun after a commit, none is held, and each read begins its own or fails. What is
//! older than something acknowledged is never read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use redb::{Database, ReadOnlyTable, ReadTransaction, ReadableDatabase};

use crate::error::Failure;
use crate::schema::{
    Entry, RECORDS, RECORDS_BY_DIGEST, REVOKED_KEYS, REVOKED_SESSIONS, REVOKED_SUBJECTS, REVOKED_TOKENS, Row,
    by_scope,
};

/// For how long a read transaction is held at most while this crate commits nothing.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);

/// The tables that requests look into, and the transaction for all others.
pub(crate) struct Snapshot {
    pub(crate) transaction: ReadTransaction,
    pub(crate) revoked_tokens: ReadOnlyTable<&'static [u8], Entry>,
    pub(crate) revoked_sessions: ReadOnlyTable<&'static [u8], Entry>,
    pub(crate) revoked_subjects: ReadOnlyTable<&'static [u8], Entry>,
    pub(crate) revoked_keys: ReadOnlyTable<&'static [u8], Entry>,
    pub(crate) records: ReadOnlyTable<(&'static str, &'static str), Row>,
    pub(crate) records_by_digest: ReadOnlyTable<(&'static str, u32, &'static [u8; 32]), &'static str>,
}

impl Snapshot {
    fn begin(database: &Database) -> Result<Self, Failure> {
        let transaction = database.begin_read()?;
        Ok(Self {
            revoked_tokens: transaction.open_table(REVOKED_TOKENS)?,
            revoked_sessions: transaction.open_table(REVOKED_SESSIONS)?,
            revoked_subjects: transaction.open_table(REVOKED_SUBJECTS)?,
            revoked_keys: transaction.open_table(REVOKED_KEYS)?,
            records: transaction.open_table(RECORDS)?,
            records_by_digest: transaction.open_table(RECORDS_BY_DIGEST)?,
            transaction,
        })
    }

    /// The table of what `key` names.
    pub(crate) fn revoked(&self, key: &[u8]) -> Result<&ReadOnlyTable<&'static [u8], Entry>, Failure> {
        let tables =
            [&self.revoked_tokens, &self.revoked_sessions, &self.revoked_subjects, &self.revoked_keys];
        by_scope(key, tables)
    }
}

/// The database, its latest [`Snapshot`], and whether the file has failed.
pub(crate) struct Latest {
    database: Arc<Database>,
    snapshot: ArcSwapOption<Snapshot>,
    writable: AtomicBool,
}

impl Latest {
    /// Begins with the tables as they are; they must have been made.
    pub(crate) fn new(database: Arc<Database>) -> Self {
        let latest = Self { database, snapshot: ArcSwapOption::empty(), writable: AtomicBool::new(true) };
        latest.advance();
        latest
    }

    pub(crate) fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// Reads from the last commit. A failure of the file is noted: redb goes on with neither reads nor
    /// writes then.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, Failure>) -> Result<T, Failure> {
        let result = match &*self.snapshot.load() {
            Some(snapshot) => read(snapshot),
            None => Snapshot::begin(&self.database).and_then(|snapshot| read(&snapshot)),
        };
        if let Err(failure) = &result {
            self.note(failure);
        }
        result
    }

    /// Shows what has just been committed. Only the thread that writes calls this, so that no older snapshot
    /// can take the place of a newer one.
    pub(crate) fn advance(&self) {
        self.snapshot.store(Snapshot::begin(&self.database).ok().map(Arc::new));
    }

    /// Lets go of pages that the application has freed meanwhile. Nothing of this crate's has changed, so the
    /// snapshot stays if there is no other.
    pub(crate) fn renew(&self) {
        if let Ok(snapshot) = Snapshot::begin(&self.database) {
            self.snapshot.store(Some(Arc::new(snapshot)));
        }
    }

    /// The thread that writes has ended: nothing holds the file open for it, and nothing is written.
    pub(crate) fn end(&self) {
        self.snapshot.store(None);
        self.writable.store(false, Ordering::Release);
    }

    /// Notes a failure, if it is one of the file.
    pub(crate) fn note(&self, failure: &Failure) {
        if matches!(failure, Failure::Storage(_)) {
            self.writable.store(false, Ordering::Release);
        }
    }

    /// Whether the file has not failed so far.
    pub(crate) fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Acquire)
    }
}
