//! The commands and what they have in common. A command's options are beside its code.

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::commands;
use crate::failure::Failure;

/// Keys, tokens and revocations from a shell.
///
/// Secrets are read from files, standard input (`-`) or variables of the environment (`env:NAME`), never from arguments.
/// Times are RFC 3339, @SECONDS, or relative to now, such as +15m.
#[derive(Debug, Parser)]
#[command(name = "countersign", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Random(commands::random::Options),
    #[command(subcommand)]
    ApiKey(commands::api_key::ApiKey),
    Keygen(commands::keygen::Options),
    Jwks(commands::public::JwksOptions),
    Thumbprint(commands::public::ThumbprintOptions),
    Sign(commands::sign::Options),
    Verify(commands::verify::Options),
    Inspect(commands::inspect::Options),
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    Revoke(commands::revocations::Revoke),
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    Check(commands::revocations::Check),
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    Purge(commands::revocations::Purge),
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    Stats(commands::revocations::Stats),
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    #[command(subcommand)]
    Store(commands::store::Store),
    Completions(commands::completions::Options),
}

impl Command {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Random(options) => options.run(),
            Self::ApiKey(command) => command.run(),
            Self::Keygen(options) => options.run(),
            Self::Jwks(options) => options.run(),
            Self::Thumbprint(options) => options.run(),
            Self::Sign(options) => options.run(),
            Self::Verify(options) => options.run(),
            Self::Inspect(options) => options.run(),
            #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
            Self::Revoke(options) => options.run(),
            #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
            Self::Check(options) => options.run(),
            #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
            Self::Purge(options) => options.run(),
            #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
            Self::Stats(options) => options.run(),
            #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
            Self::Store(command) => command.run(),
            Self::Completions(options) => options.run(&mut Cli::command()),
        }
    }
}
