//! A temporary folder that goes when the program ends, in a value that is never dropped too.
//!
//! Tests share a server by a `static`, and the folder of a database is large. A shell waits for the end of a pipe that
//! this process holds, and removes what is left then.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A temporary folder.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    cleaner: Child,
}

impl Folder {
    /// A new, empty one, that only its owner can enter.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A server that is killed at the same moment may write for a little longer.
        let script = r#"read _; for again in 1 2 3; do rm -rf "$1" && exit; sleep 1; done"#;
        let cleaner = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        Self { folder, cleaner }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.cleaner.stdin.take());
        let _ = self.cleaner.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_value_and_with_its_pipe() {
        let folder = Folder::new();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "text").unwrap();
        drop(folder);
        assert!(!path.exists());

        let mut folder = Folder::new();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "text").unwrap();
        // As the system does when the program ends.
        drop(folder.cleaner.stdin.take());
        folder.cleaner.wait().unwrap();
        assert!(!path.exists());
        std::mem::forget(folder);
    }
}
