//! Giving the space of removed rows back to the system.

use std::path::Path;

use crate::error::{Failure, OpenError};
use crate::{RedbOptions, RedbStore};

/// The file's size before and after a [`RedbStore::compact`], in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// The size before.
    pub before: u64,
    /// The size after.
    pub after: u64,
}

impl RedbStore {
    /// Moves what the file at `path` holds to its start and cuts off the rest. The whole file is checked first.
    ///
    /// Removed rows leave free space inside the file, which later rows use, so a file stays as large as it was at its
    /// fullest. Compact it after it held far more than it will again, for example after the first purge in months. No
    /// process may have the file open, so the service is down meanwhile: half a minute for a gigabyte.
    ///
    /// A compaction that is cut short loses nothing. The next open repairs the file.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing), and if the file cannot be written.
    pub fn compact(path: impl AsRef<Path>) -> Result<Compacted, OpenError> {
        let path = path.as_ref();
        let size = || std::fs::metadata(path).map(|file| file.len()).map_err(OpenError::io);
        let mut database = RedbOptions::new().existing(path)?;
        let before = size()?;
        database.compact().map_err(Failure::from)?;
        database.close()?;
        Ok(Compacted { before, after: size()? })
    }
}
