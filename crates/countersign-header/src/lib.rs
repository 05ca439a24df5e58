#![doc = include_str!("../README.md")]

mod authorization;
mod basic;
mod bearer;
mod challenge;
mod elsewhere;
mod error;
#[cfg(feature = "http")]
mod http;
mod other;
mod parameters;
mod received;
mod syntax;
mod value;

#[cfg(feature = "http")]
pub use self::http::bearer_from_cookie_headers;
pub use authorization::{Authorization, MAX_LENGTH};
pub use basic::BasicCredentials;
pub use bearer::Bearer;
pub use challenge::{BearerError, Challenge};
pub use elsewhere::{
    DecodedBearer, bearer_from_cookies, bearer_from_form, dangerous_bearer_from_query, one_of,
};
pub use error::{Error, ErrorKind};
pub use other::OtherScheme;
pub use parameters::Parameters;
pub use received::ReceivedChallenge;
pub use value::HeaderValue;
