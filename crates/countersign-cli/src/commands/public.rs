//! `countersign jwks` and `countersign thumbprint`: the public side of keys.

use clap::Args;
use countersign_signed::{KeySet, VerifyingKey};

use crate::failure::Failure;
use crate::keys::{Alg, verifying};
use crate::sink::print_line;
use crate::source::{Source, at_most_one_input};

/// The public halves of keys as one JWK set, for others to verify with.
#[derive(Debug, Args)]
pub(crate) struct JwksOptions {
    #[command(flatten)]
    keys: KeyFiles,
}

/// The RFC 7638 thumbprint of each key, one a line.
#[derive(Debug, Args)]
pub(crate) struct ThumbprintOptions {
    #[command(flatten)]
    keys: KeyFiles,
}

#[derive(Debug, Args)]
struct KeyFiles {
    /// Keys: JWK, JWK set or PEM, private or public, each in a file, `-` or `env:NAME`.
    #[arg(value_name = "KEY", required = true)]
    keys: Vec<Source>,
    /// The algorithm of keys in PEM, and of JWKs that name none.
    #[arg(long, value_parser = Alg::parser(), hide_possible_values = true)]
    alg: Option<Alg>,
}

impl KeyFiles {
    /// Secrets have nothing public, and are an error.
    fn read(&self) -> Result<Vec<VerifyingKey>, Failure> {
        at_most_one_input(&self.keys)?;
        let mut all = Vec::new();
        for source in &self.keys {
            let keys = verifying(source, self.alg)?.set.keys().to_vec();
            if let Some(error) = keys.iter().find_map(|key| key.to_jwk().err()) {
                return Err(Failure::in_key(source, &error));
            }
            all.extend(keys);
        }
        Ok(all)
    }
}

impl JwksOptions {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let keys = KeySet::new(self.keys.read()?).map_err(|error| Failure::unanswered(&error))?;
        print_line(&keys.to_jwks())
    }
}

impl ThumbprintOptions {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let keys = self.keys.read()?;
        keys.iter().filter_map(VerifyingKey::thumbprint).try_for_each(|thumbprint| print_line(&thumbprint))
    }
}
