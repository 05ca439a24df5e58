//! What the manual says of each class of attack, beside the tables of patches.
//!
//! Each sentence about this project is one that the code can be held to. What a patch shows stands in the table of
//! the class and is not told again here.

pub(super) mod axum;
pub(super) mod formats;
pub(super) mod http;
pub(super) mod keys;
pub(super) mod secrets;
pub(super) mod sessions;
pub(super) mod signed;
