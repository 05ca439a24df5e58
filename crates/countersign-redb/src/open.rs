//! Opening the file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use redb::{Builder, Database};

use crate::error::OpenError;
use crate::writer::Writer;
use crate::{RedbRevocationStore, RedbTokenStore, schema};

/// One redb file that holds what is revoked, tokens and sessions. Cheap to clone; the file is closed when
/// the last clone, and the last store made from one, is dropped.
///
/// What it has acknowledged is on the disk. Writers that come together share one commit.
#[derive(Clone)]
pub struct RedbStore {
    database: Arc<Database>,
    writer: Arc<Writer>,
}

impl RedbStore {
    /// Opens the file at `path`, or makes it: readable by its owner alone, where the system has such
    /// permissions. The whole file is checked for damage first, which takes time in proportion to its
    /// size (about a second for a few hundred megabytes).
    ///
    /// # Errors
    /// See [`OpenErrorKind`](crate::OpenErrorKind): the file is open elsewhere, is no sound database, was
    /// written by a version that this one does not know, or cannot be read or written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let is_new = !path.exists();
        create_private(path).map_err(OpenError::io)?;
        let database = Builder::new().set_check_integrity_on_open(true).create(path)?;
        if is_new {
            sync_folder_of(path).map_err(OpenError::io)?;
        }
        Self::from_database(Arc::new(database))
    }

    /// Uses a database that the application has opened, for example because it keeps its own tables in
    /// the same file. The names of this crate's tables begin with `countersign/`.
    ///
    /// # Errors
    /// The tables in it were written by a version that this one does not know, or it cannot be read.
    pub fn from_database(database: Arc<Database>) -> Result<Self, OpenError> {
        schema::prepare(&database)?;
        let writer = Writer::spawn(Arc::clone(&database)).map_err(OpenError::io)?;
        Ok(Self { database, writer: Arc::new(writer) })
    }

    /// The database itself, for an application that keeps its own tables in the same file. A write
    /// transaction of its own waits for the disk, and makes this store's writes wait meanwhile.
    #[must_use]
    pub fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// Whether the file has not failed so far.
    ///
    /// redb writes no more once a read or a write has failed, be it for a disk that was full for a moment,
    /// and reads only what it still has in memory. What needs the file is then answered with 503 until it is
    /// opened anew, so a service that sees `false` here should end, and be started again.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.writer.is_writable()
    }

    /// What is revoked.
    #[must_use]
    pub fn revocations(&self) -> RedbRevocationStore {
        RedbRevocationStore::new(Arc::clone(&self.database), Arc::clone(&self.writer))
    }

    /// Tokens and sessions.
    #[must_use]
    pub fn tokens(&self) -> RedbTokenStore {
        RedbTokenStore::new(Arc::clone(&self.database), Arc::clone(&self.writer))
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbStore")
    }
}

/// Makes the file where there is none: its owner alone may read it, since it tells who uses the service.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// A new file survives a power cut only once its folder has been written too.
fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
