//! `countersign store create`: the one command that makes a store.

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::sink::print_line;
use crate::store::StoreOptions;

/// Makes stores.
#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    Create(Create),
}

/// Makes an empty store: a redb file, the tables in a schema of PostgreSQL, or the marks under a prefix of Redis.
///
/// No other command makes a store, so that a typing error in its name is an error and not an empty store, in which
/// nothing is revoked.
#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    store: StoreOptions,
}

impl Store {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Create(Create { store }) => {
                store.create()?;
                print_line("created")
            }
        }
    }
}
