//! A module for each command.

pub(crate) mod api_key;
pub(crate) mod keygen;
pub(crate) mod public;
pub(crate) mod random;
