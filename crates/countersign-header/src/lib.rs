#![doc = include_str!("../README.md")]

mod authorization;
mod basic;
mod bearer;
mod challenge;
mod error;
mod other;
mod syntax;
mod value;

pub use authorization::{Authorization, MAX_LENGTH};
pub use basic::BasicCredentials;
pub use bearer::Bearer;
pub use challenge::{BearerError, Challenge};
pub use error::{Error, ErrorKind};
pub use other::OtherScheme;
pub use value::HeaderValue;
