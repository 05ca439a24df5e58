//! Where keys, secrets and tokens come from: a file, standard input, or a variable of the environment.
//!
//! Never an argument, which every other user of the machine can read in the list of processes. What is read is
//! bounded, since it may be a device, and wiped when it is dropped.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::str::FromStr;

use countersign_random::ParsedKey;
use zeroize::Zeroizing;

use crate::code::Code;
use crate::failure::Failure;
use crate::sink::warn;

/// Bytes of the largest thing that is read whole: a JWK set has at most 256 KiB.
const LIMIT: usize = 256 * 1024;

/// What errors call a secret's file.
pub(crate) const SECRET: &str = "--secret-file";

/// One place to read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    File(PathBuf),
    Input,
    Environment(String),
}

/// `-` is standard input, `env:NAME` a variable, anything else a file: `./env:NAME` too.
impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("env:") {
            _ if text == "-" => Ok(Self::Input),
            Some("") => Err("the variable has no name".to_owned()),
            Some(name) => Ok(Self::Environment(name.to_owned())),
            None if text.is_empty() => Err("the file has no name".to_owned()),
            None => Ok(Self::File(text.into())),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) if path.to_str().is_some_and(is_secret) => {
                f.write_str("a key that stands where the name of a file should")
            }
            Self::File(path) => path.display().fmt(f),
            Self::Input => f.write_str("standard input"),
            Self::Environment(name) => write!(f, "the variable {name}"),
        }
    }
}

/// Whether somebody has typed the key itself and not the name of its file, or an address with a password in it: such
/// text is not shown.
pub(crate) fn is_secret(text: &str) -> bool {
    let user = text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    let address = user.is_some_and(|(user, _)| user.contains(':'));
    let text = text.trim_ascii();
    address || text.starts_with('{') || text.contains("-----BEGIN") || ParsedKey::parse(text).is_ok()
}

impl Source {
    /// All of it.
    pub(crate) fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.bytes_of(self)
    }

    /// The same; errors call it by this name.
    fn bytes_of(&self, name: &dyn fmt::Display) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let unreadable = |why: &dyn fmt::Display| unreadable(name, why);
        let bytes = match self {
            Self::File(path) => File::open(path).and_then(read),
            Self::Input => read(io::stdin().lock()),
            Self::Environment(name) => match std::env::var(name) {
                Ok(value) => Ok(Zeroizing::new(value.into_bytes())),
                Err(_) => return Err(unreadable(&"it is not set, or no text")),
            },
        };
        let bytes = bytes.map_err(|error| unreadable(&error))?;
        if bytes.len() > LIMIT {
            return Err(unreadable(&"it has more than 262144 bytes"));
        }
        Ok(bytes)
    }

    /// All of it, which must be UTF-8, without a byte order mark.
    pub(crate) fn text(&self) -> Result<Zeroizing<String>, Failure> {
        let bytes = self.bytes()?;
        let text = str::from_utf8(&bytes).map_err(|_| unreadable(self, &"it is not UTF-8"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// The one line that it holds, without the end of the line.
    pub(crate) fn line(&self) -> Result<Zeroizing<String>, Failure> {
        let text = self.text()?;
        Ok(Zeroizing::new(without_line_end(&text).to_owned()))
    }

    /// A secret's bytes, as they are. But where all of it is visible text and an end of a line, the end of the line
    /// came from an editor or `echo` and is not part of it; random bytes do not look like that.
    ///
    /// Warns of an end of a line in either case: a service that reads the same file may take the other secret.
    ///
    /// Errors do not say which file it is: whoever types the secret instead would find it in a log.
    pub(crate) fn secret(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let bytes = self.bytes_of(&SECRET)?;
        if !bytes.ends_with(b"\n") {
            return Ok(bytes);
        }
        let line = str::from_utf8(&bytes).map(without_line_end);
        let line = line.ok().filter(|line| line.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        let taken = if line.is_some() { "is left out of" } else { "is part of" };
        warn(&format!(
            "{SECRET}: it ends in a line feed, which {taken} the secret here. Other programs may differ: write the \
             file without it (`printf %s`, not `echo`), or strip it (`head -c -1 FILE`)"
        ));
        Ok(line.map_or_else(|| bytes.clone(), |line| Zeroizing::new(line.as_bytes().to_vec())))
    }

    /// What standard input has for a token: its beginning, if there is more than any token has, and with replaced
    /// characters, if it is no text. Then the verifier refuses it, and the answer is that of a token.
    pub(crate) fn token() -> Result<Zeroizing<String>, Failure> {
        let bytes = read(io::stdin().lock()).map_err(|error| unreadable(&Self::Input, &error))?;
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        Ok(Zeroizing::new(without_line_end(&text).to_owned()))
    }
}

/// The token of a command: its argument, or for `-` what standard input has.
pub(crate) fn token(argument: &str) -> Result<Zeroizing<String>, Failure> {
    if argument == "-" { Source::token() } else { Ok(Zeroizing::new(argument.to_owned())) }
}

fn unreadable(name: &dyn fmt::Display, why: &dyn fmt::Display) -> Failure {
    Failure::Unanswered(Code::UNREADABLE, format!("{name}: {why}"))
}

/// At most one end of a line is taken off.
pub(crate) fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// One byte more than is allowed, so that too much can be told. The room is there from the beginning: a buffer
/// that grows leaves copies behind.
fn read(input: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT.saturating_add(2)));
    input.take((LIMIT as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Refuses standard input for two things at once.
pub(crate) fn at_most_one_input<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Result<(), Failure> {
    if sources.into_iter().filter(|source| **source == Source::Input).count() > 1 {
        return Err(Failure::usage("standard input can be read for one thing only"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_end_of_a_line_is_taken_off_and_nothing_else() {
        for (text, expected) in
            [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("\n", ""), ("", "")]
        {
            assert_eq!(without_line_end(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_secret_keeps_its_last_byte_unless_it_is_a_line_of_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let binary = [&[0xff; 31][..], b"\n"].concat();
        let control = b"\x01\x02\n".to_vec();
        for (written, expected) in
            [(b"text\n".to_vec(), b"text".to_vec()), (binary.clone(), binary), (control.clone(), control)]
        {
            std::fs::write(&path, &written).unwrap();
            assert_eq!(*Source::File(path.clone()).secret().unwrap(), expected);
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        std::fs::write(&path, vec![b'a'; LIMIT]).unwrap();
        assert_eq!(Source::File(path.clone()).bytes().unwrap().len(), LIMIT);
        std::fs::write(&path, vec![b'a'; LIMIT + 1]).unwrap();
        let failure = Source::File(path).bytes().unwrap_err();
        assert_eq!(failure.status(), 2);
        assert!(failure.line().unwrap().starts_with("unreadable: "), "{failure:?}");
    }
}
