//! `countersign keygen`: new private keys.

use std::path::PathBuf;

use clap::Args;
use countersign_signed::{KeyFormat, SigningKey};

use crate::failure::Failure;
use crate::keys::Alg;
use crate::sink::{print_line, write_new};

/// Makes a private key: a JWK, or PEM.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The algorithm that it is for.
    #[arg(long, value_parser = Alg::parser(), hide_possible_values = true)]
    alg: Alg,
    /// A new file for it, of mode 0600. A file that is there already is not written over. Without it: standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// PEM (PKCS#8), which names neither the algorithm nor a `kid`.
    #[arg(long, conflicts_with = "kid")]
    pem: bool,
    /// Its name. Without it: the thumbprint, and of a secret none.
    #[arg(long)]
    kid: Option<String>,
    /// Bits of the modulus of an RSA key, 2048 to 8192.
    #[arg(long, value_name = "N")]
    bits: Option<usize>,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let text = self.key().and_then(|key| match self.pem {
            true => key.to_pem(KeyFormat::Pkcs8),
            false => key.to_jwk(),
        });
        let text = text.map_err(|error| Failure::unanswered(&error))?;
        let text = text.expose().trim_ascii_end();
        match &self.out {
            Some(path) => write_new(path, &[text, "\n"]),
            None => print_line(text),
        }
    }

    fn key(&self) -> Result<SigningKey, countersign_signed::Error> {
        let key = match self.bits {
            Some(bits) => SigningKey::generate_rsa(self.alg.algorithm, bits)?,
            None => SigningKey::generate(self.alg.algorithm)?,
        };
        let key = if self.alg.rfc_9864_name { key.with_rfc_9864_name() } else { key };
        match &self.kid {
            Some(kid) => key.with_kid(kid),
            None => Ok(key),
        }
    }
}
