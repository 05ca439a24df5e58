//! Names the cause of a database error, in one line.
//!
//! The texts of redb and of the system are not shown, since a storage backend of the application's own may put anything
//! into them. They stay reachable by [`source`](std::error::Error::source).

use std::io;

use redb::Error;

/// Returns the cause, and where it helps what to do.
pub(crate) fn of(error: &Error) -> &'static str {
    match error {
        Error::Io(error) => of_io(error),
        Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch => {
            "another process, or another store of this one, has the file open"
        }
        Error::UpgradeRequired(_) => "the file has a form of redb that this program does not read",
        Error::Corrupted(_) | Error::RepairAborted => "the file is damaged: restore it from a backup",
        Error::PreviousIo => "the file failed before, and redb stops then: open the store again",
        Error::DatabaseClosed => "the application has closed the database",
        Error::ValueTooLarge(_) => "a record is too large for redb",
        Error::TableDoesNotExist(_) => "a table is missing: another program changed the file",
        Error::TableTypeMismatch { .. } | Error::TypeDefinitionChanged { .. } => {
            "a table has another form: another program or version changed the file"
        }
        Error::LockPoisoned(_) => "a thread panicked while it used the database: open the store again",
        Error::Backend(_) | Error::Unsupported => "the storage backend failed",
        _ => "the database refused the operation",
    }
}

/// Whether the file ends too early, or begins as no redb database does.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

/// The same for an error of the system.
pub(crate) fn of_io(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::InvalidData => "the file is no redb database, or its beginning is damaged",
        io::ErrorKind::UnexpectedEof => "the file is cut short: restore it from a backup",
        io::ErrorKind::NotFound => "there is no such file, or no such folder to make it in",
        io::ErrorKind::PermissionDenied => {
            "this user may not read and write the file, or make it in its folder"
        }
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::QuotaExceeded => "the user's share of the disk is used up",
        io::ErrorKind::FileTooLarge => "the file is larger than the file system allows",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read only",
        io::ErrorKind::IsADirectory => "the path leads to a folder",
        io::ErrorKind::NotADirectory => "a part of the path is no folder",
        _ => "the system failed to read or write the file",
    }
}
