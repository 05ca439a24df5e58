//! Making a file that is there whole or not at all.
//!
//! redb makes a file in several steps, and one on which it was killed in between is no database to it, so the
//! service could not be started again. Here the steps are done under another name, with the tables made, and
//! the file is renamed while it is open and locked.
//!
//! Two processes that begin at once do so under one other name. Whoever gets its lock looks again whether the
//! file has come into being; whoever does not is told that it is open elsewhere.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Builder, Database};

use crate::error::OpenError;
use crate::schema;

/// Makes the file at `path`, with the tables in it, and opens it. `None` if it is there by now.
pub(crate) fn make(path: &Path) -> Result<Option<Database>, OpenError> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    let unfinished = Path::new(&unfinished);
    let file = open_private(unfinished).map_err(OpenError::io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::locked()),
        Err(TryLockError::Error(error)) => return Err(OpenError::io(error)),
    }
    if path.try_exists().map_err(OpenError::io)? {
        // It came between. What was opened here is nothing, or the file itself by its former name.
        let _ = std::fs::remove_file(unfinished);
        return Ok(None);
    }
    // What an earlier process has left was never finished, so nothing was acknowledged in it.
    file.set_len(0).map_err(OpenError::io)?;
    // redb takes a lock of its own, for which this one would be another's. Whoever comes in between fails
    // to get it, or this one does.
    file.unlock().map_err(OpenError::io)?;
    let database = Builder::new().create_with_backend(FileBackend::new(file)?)?;
    schema::prepare(&database)?;
    std::fs::rename(unfinished, path).map_err(OpenError::io)?;
    sync_folder_of(path).map_err(OpenError::io)?;
    Ok(Some(database))
}

/// Its owner alone may read it, since it tells who uses the service.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file's name survives a power cut only once its folder has been written too.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
