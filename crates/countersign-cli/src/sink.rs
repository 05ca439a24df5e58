//! Where output goes: standard output, or a new file that nobody else can read.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use crate::code::Code;
use crate::failure::Failure;

/// Writes all of it to standard output.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    output.flush()?;
    Ok(())
}

/// The same, with an end of a line behind it.
pub(crate) fn print_line(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.write_all(b"\n")?;
    output.flush()?;
    Ok(())
}

/// Says something on standard error that changes nothing about the outcome.
pub(crate) fn warn(text: &str) {
    // A warning that cannot be written is no reason to stop.
    let _ = writeln!(io::stderr(), "warning: {text}");
}

/// Writes a private key into a file of its own, of mode 0600 from the moment that it is there. What is there already
/// stays as it is: a key that was written over is gone.
pub(crate) fn write_new(path: &Path, parts: &[&str]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error: io::Error| {
        let code = if error.kind() == io::ErrorKind::AlreadyExists { Code::EXISTS } else { Code::UNWRITABLE };
        Failure::Unanswered(code, format!("{}: {error}", path.display()))
    };
    let mut file = options.open(path).map_err(failed)?;
    let written = parts.iter().try_for_each(|part| file.write_all(part.as_bytes()));
    written.and_then(|()| file.sync_all()).map_err(|error| {
        // Half a key is of no use and would be in the way of the next attempt.
        let _ = std::fs::remove_file(path);
        failed(error)
    })
}
