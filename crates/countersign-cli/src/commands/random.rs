//! `countersign random`: tokens of random bytes.

use std::io::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use countersign_random::{token_bytes, token_hex, token_urlsafe};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Random tokens, one a line.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Random bytes in each, 1 to 65536. Fewer than 16 are too few for a credential.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    bytes: u32,
    /// How they are written; `raw` has no ends of lines.
    #[arg(long, value_enum, default_value_t = Format::Urlsafe)]
    format: Format,
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Base64url without padding.
    Urlsafe,
    /// Hexadecimal, in lower case.
    Hex,
    /// Base64 with padding.
    Base64,
    /// The bytes.
    Raw,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let length = usize::try_from(self.bytes).map_err(|error| Failure::usage(error.to_string()))?;
        let random = |error| Failure::random(&error);
        let mut output = io::stdout().lock();
        for _ in 0..self.count {
            match self.format {
                Format::Urlsafe => {
                    writeln!(output, "{}", token_urlsafe(length).map_err(random)?.expose())?;
                }
                Format::Hex => writeln!(output, "{}", token_hex(length).map_err(random)?.expose())?,
                Format::Base64 => {
                    let bytes = token_bytes(length).map_err(random)?;
                    writeln!(output, "{}", *Zeroizing::new(STANDARD.encode(bytes.expose())))?;
                }
                Format::Raw => output.write_all(token_bytes(length).map_err(random)?.expose())?,
            }
        }
        output.flush()?;
        Ok(())
    }
}
