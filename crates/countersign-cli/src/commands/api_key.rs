//! `countersign api-key`: keys with a prefix and a checksum, made and looked at.
//!
//! The check needs no store, so it tells a typo from a key and nothing more: anybody can compute a checksum.

use clap::{Args, Subcommand};
use countersign_random::{DEFAULT_KEY_BYTES, ErrorKind, OsRandom, ParsedKey, Prefix, PrefixedKey};

use crate::code::Code;
use crate::failure::Failure;
use crate::sink::print_line;
use crate::source::Source;

/// API keys with a prefix and a checksum.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKey {
    New(New),
    Check(Check),
}

/// Makes a key and prints it.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What tells people and secret scanners whose key it is: letters, digits and single underscores.
    #[arg(long)]
    prefix: String,
    /// Random bytes, 16 to 64.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_KEY_BYTES)]
    bytes: usize,
}

/// Reads a key and says whether its form, its checksum and its prefix are right. It asks no store.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The prefix that it must have.
    #[arg(long)]
    prefix: Option<String>,
    /// Where the key is read from: a file, `-` or `env:NAME`.
    #[arg(value_name = "FILE", default_value = "-")]
    key: Source,
}

impl ApiKey {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match self {
            Self::New(options) => options.run(),
            Self::Check(options) => options.run(),
        }
    }
}

impl New {
    fn run(&self) -> Result<(), Failure> {
        let prefix = Prefix::parse(&self.prefix).map_err(|error| Failure::random(&error))?;
        let key = PrefixedKey::generate(&OsRandom, &prefix, self.bytes);
        print_line(key.map_err(|error| Failure::random(&error))?.expose())
    }
}

impl Check {
    fn run(&self) -> Result<(), Failure> {
        let text = self.key.line()?;
        let key = ParsedKey::parse(&text).map_err(|error| {
            let code = match error.kind() {
                ErrorKind::ChecksumMismatch => Code::CHECKSUM_MISMATCH,
                _ => Code::MALFORMED_KEY,
            };
            Failure::Refused(code, error.to_string())
        })?;
        if self.prefix.as_deref().is_some_and(|prefix| prefix != key.prefix()) {
            return Err(Failure::Refused(Code::UNEXPECTED_PREFIX, "the key has another prefix".to_owned()));
        }
        print_line(key.prefix())
    }
}
