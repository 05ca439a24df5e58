//! The areas, each a page of results.

mod header;
mod signed;

use super::area::Area;

/// In the order in which they are measured.
pub(super) const ALL: &[&Area] = &[&signed::AREA, &header::AREA];

/// The one that can be compiled for one processor alone.
pub(super) const NATIVE: &Area = &signed::AREA;
