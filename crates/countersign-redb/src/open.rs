//! Opening the file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use redb::{Builder, Database};

use crate::error::{OpenError, OpenErrorKind};
use crate::latest::Latest;
use crate::writer::Writer;
use crate::{RedbRevocationStore, RedbTokenStore, new_file, schema};

/// How to open a file. The methods of [`RedbStore`] open it with the defaults.
///
/// ```
/// use countersign_redb::RedbOptions;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("countersign.redb");
/// # countersign_redb::RedbStore::open(&path)?;
/// let store = RedbOptions::new().check_whole_file(false).open_existing(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RedbOptions {
    checks_whole_file: bool,
}

impl Default for RedbOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl RedbOptions {
    /// Starts with the defaults: the whole file is checked.
    #[must_use]
    pub fn new() -> Self {
        Self { checks_whole_file: true }
    }

    /// Whether to verify the checksum of every page before the store is used. Default: `true`.
    ///
    /// The check takes time in proportion to the file: about a second for a few hundred megabytes. Without it, a file
    /// that was closed in good order opens in milliseconds, whatever its size. After a crash redb checks and repairs
    /// the file in any case.
    ///
    /// Security: without the check a page that the disk has damaged shows only when a request reads it. redb trusts
    /// its pages: it may panic then, or miss an entry, and a revoked token would be let in. Leave the check out only if
    /// something else verifies the disk (a file system with checksums, for example), or if you check copies of the
    /// file: [`RedbStore::open_existing`] on a backup checks all of it.
    #[must_use]
    pub fn check_whole_file(mut self, checks: bool) -> Self {
        self.checks_whole_file = checks;
        self
    }

    /// Opens the file at `path`, or makes it. See [`RedbStore::open`].
    ///
    /// # Errors
    /// As [`RedbStore::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<RedbStore, OpenError> {
        let path = path.as_ref();
        let is_there = path.try_exists().map_err(OpenError::io)?;
        let made = if is_there { None } else { new_file::make(path)? };
        let database = match made {
            Some(database) => database,
            None => self.open_file(path)?,
        };
        RedbStore::from_database(database)
    }

    /// Opens the store in the file at `path`, and never makes one. See [`RedbStore::open_existing`].
    ///
    /// # Errors
    /// As [`RedbStore::open_existing`].
    pub fn open_existing(&self, path: impl AsRef<Path>) -> Result<RedbStore, OpenError> {
        RedbStore::from_database(self.existing(path.as_ref())?)
    }

    /// Opens a file that has this crate's tables.
    pub(crate) fn existing(&self, path: &Path) -> Result<Database, OpenError> {
        if !path.try_exists().map_err(OpenError::io)? {
            return Err(OpenError::not_found());
        }
        let database = self.open_file(path)?;
        if schema::exists(&database)? { Ok(database) } else { Err(OpenError::not_found()) }
    }

    fn open_file(&self, path: &Path) -> Result<Database, OpenError> {
        if std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == 0) {
            let cause = "the file is empty, so it lost what it held: restore it, or remove it to begin with nothing revoked";
            return Err(OpenError::text(OpenErrorKind::Unreadable, cause));
        }
        Ok(Builder::new().set_check_integrity_on_open(self.checks_whole_file).open(path)?)
    }
}

/// One redb file that holds what is revoked, tokens and sessions. Cheap to clone; the file is closed when
/// the last clone, and the last store made from one, is dropped.
///
/// What it has acknowledged is on the disk. Writers that come together share one commit.
#[derive(Clone)]
pub struct RedbStore {
    latest: Arc<Latest>,
    writer: Arc<Writer>,
}

impl RedbStore {
    /// Opens the file at `path`, or makes it: readable by its owner alone, where the system has such
    /// permissions. The whole file is checked for damage first, which takes time in proportion to its
    /// size (about a second for a few hundred megabytes). [`RedbOptions`] can leave the check out.
    ///
    /// A new file is made under its name with `.new` behind it, and gets its own name once it is whole, so
    /// that a crash leaves none that cannot be opened. An empty file is refused: it has lost what it held, and a new
    /// store in its place would answer that nothing is revoked.
    ///
    /// # Errors
    /// See [`OpenErrorKind`]: the file is open elsewhere, is no sound database, was
    /// written by a version that this one does not know, or cannot be read or written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        RedbOptions::new().open(path)
    }

    /// Opens the store in the file at `path`, and never makes one. A file that is missing is an error, and so is a
    /// database without this crate's tables.
    ///
    /// Use it where the path comes from a person: [`open`](Self::open) answers a typing error with a new, empty
    /// store, in which nothing is revoked.
    ///
    /// # Errors
    /// [`OpenErrorKind::NotFound`] if there is no store, and the errors of [`open`](Self::open).
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        RedbOptions::new().open_existing(path)
    }

    /// Uses a database that the application has opened, for example because it keeps its own tables in
    /// the same file; it finds it again at [`database`](Self::database). The names of this crate's tables begin
    /// with `countersign/`.
    ///
    /// The database is given away, so that there is one writer for each: what a second one commits, the readers
    /// of the first would not see at once. Who needs the store twice clones it.
    ///
    /// # Errors
    /// The tables in it were written by a version that this one does not know, or it cannot be read.
    pub fn from_database(database: Database) -> Result<Self, OpenError> {
        let database = Arc::new(database);
        schema::prepare(&database)?;
        let latest = Arc::new(Latest::new(database));
        let writer = Arc::new(Writer::spawn(Arc::clone(&latest)).map_err(OpenError::io)?);
        Ok(Self { latest, writer })
    }

    /// The database itself, for an application that keeps its own tables in the same file. A write
    /// transaction of its own waits for the disk, and makes this store's writes wait meanwhile.
    #[must_use]
    pub fn database(&self) -> &Arc<Database> {
        self.latest.database()
    }

    /// Whether the file has not failed so far.
    ///
    /// redb writes no more once a read or a write has failed, be it for a disk that was full for a moment,
    /// and reads only what it still has in memory. What needs the file is then answered with 503 until it is
    /// opened anew, so a service that sees `false` here should end, and be started again.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.latest.is_writable()
    }

    /// What is revoked.
    #[must_use]
    pub fn revocations(&self) -> RedbRevocationStore {
        RedbRevocationStore::new(Arc::clone(&self.latest), Arc::clone(&self.writer))
    }

    /// Tokens and sessions.
    #[must_use]
    pub fn tokens(&self) -> RedbTokenStore {
        RedbTokenStore::new(Arc::clone(&self.latest), Arc::clone(&self.writer))
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbStore")
    }
}
