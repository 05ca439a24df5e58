//! `countersign purge`: the job for cron.
//!
//! Bounded batches, so that a service that works on the same store waits for one of them at most. It may be ended at any
//! moment and started again, and may run in several places at once.

use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;
use countersign_revocation::RevocationStore as _;
use countersign_token_store::TokenStore as _;
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::sink::print_line;
use crate::store::{Store, StoreOptions};

/// Characters of the bar.
const WIDTH: u64 = 30;

/// Removes what has expired: revocations, API keys and sessions.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    store: StoreOptions,
    /// The most that is removed in one step.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch: u32,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let batch = usize::try_from(self.batch).map_err(|error| Failure::usage(error.to_string()))?;
        let (revocations, records) = self.store.with(async |store| purge(&store, batch).await)?;
        print_line(&format!("removed {revocations} revocations, {records} API keys and sessions"))
    }
}

/// What was removed of either half.
async fn purge(store: &Store, batch: usize) -> Result<(u64, u64), Failure> {
    let now = OffsetDateTime::now_utc();
    let mut progress = Progress::new(store).await?;
    let (mut revocations, mut records) = (0_u64, 0_u64);
    loop {
        let purged = store.revocations.purge_expired(now, batch).await?;
        revocations = revocations.saturating_add(purged.removed as u64);
        progress.show(revocations);
        if !purged.more {
            break;
        }
    }
    loop {
        let purged = store.tokens.purge_expired(now, batch).await?;
        records = records.saturating_add(purged.removed as u64);
        progress.show(revocations.saturating_add(records));
        if !purged.more {
            break;
        }
    }
    Ok((revocations, records))
}

/// A bar on standard error, if that is a terminal. Nobody knows how much has expired before it is removed, so the bar is
/// full when all revocations are gone, and ends before that.
struct Progress {
    all: Option<u64>,
}

impl Progress {
    async fn new(store: &Store) -> Result<Self, Failure> {
        // Counting can take a while, so it is left out where nobody looks.
        let all = if io::stderr().is_terminal() && !store.revocations.purges_itself() {
            Some(store.revocations.count().await?.total())
        } else {
            None
        };
        Ok(Self { all })
    }

    fn show(&mut self, removed: u64) {
        let Some(all) = self.all else { return };
        // A bar that cannot be drawn is no reason to stop.
        let _ = write!(io::stderr(), "\r{}", bar(removed, all)).and_then(|()| io::stderr().flush());
    }
}

impl Drop for Progress {
    /// What follows begins on a line of its own.
    fn drop(&mut self) {
        if self.all.is_some() {
            let _ = writeln!(io::stderr());
        }
    }
}

fn bar(removed: u64, all: u64) -> String {
    let full = removed.saturating_mul(WIDTH).checked_div(all).unwrap_or(WIDTH).min(WIDTH);
    let (done, left) = (usize::try_from(full).unwrap_or(0), usize::try_from(WIDTH - full).unwrap_or(0));
    format!(
        "[{}{}] removed {removed}, of {all} revocations and all API keys and sessions",
        "#".repeat(done),
        " ".repeat(left)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_long_whatever_it_shows() {
        for (removed, all, done) in [(0, 10, 0), (5, 10, 15), (10, 10, 30), (40, 10, 30), (0, 0, 30)] {
            let shown = bar(removed, all);
            let expected = format!("[{}{}]", "#".repeat(done), " ".repeat(30 - done));
            assert!(shown.starts_with(&expected), "{shown}");
        }
    }
}
