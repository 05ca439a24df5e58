//! The areas, each a page of results.

mod header;
mod random;
mod request;
mod revocation;
mod signed;

use super::area::Area;

pub(super) const SIGNED: &Area = &signed::AREA;
pub(super) const RANDOM: &Area = &random::AREA;
pub(super) const HEADER: &Area = &header::AREA;
pub(super) const REVOCATION: &Area = &revocation::AREA;
pub(super) const REQUEST: &Area = &request::AREA;

/// In the order in which they are measured.
pub(super) const ALL: &[&Area] = &[SIGNED, RANDOM, HEADER, REVOCATION, REQUEST];
