//! The commands that work on a store: `revoke`, `check`, `purge` and `stats`.

mod check;
mod purge;
mod revoke;
mod stats;

pub(crate) use check::Options as Check;
pub(crate) use purge::Options as Purge;
pub(crate) use revoke::Options as Revoke;
pub(crate) use stats::Options as Stats;
