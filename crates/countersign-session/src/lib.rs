#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod accept;
mod api_keys;
mod authenticate;
mod authenticator;
mod builder;
mod claims;
mod clock;
mod credentials;
mod digest_keys;
mod digests;
mod error;
mod issue;
mod issued;
mod log_in;
mod policy;
mod principal;
mod purge;
mod refresh;
mod refresh_token;
mod reply;
mod revoke;
mod signed_token;
mod signing_keys;
mod trusted_issuer;

pub use accept::Accept;
pub use api_keys::{CreatedApiKey, NewApiKey};
pub use authenticator::Authenticator;
pub use builder::{AuthenticatorBuilder, Issuance};
pub use clock::{Clock, SystemClock, TestClock};
pub use credentials::{Account, CredentialError, CredentialErrorKind, CredentialVerifier};
pub use error::{ConfigurationFault, Error, ErrorKind, GrantFault, TokenFault};
pub use issued::Issued;
pub use principal::{Method, Principal};
pub use purge::{PurgeStatus, PurgeTask, Purged};
pub use reply::Reply;
pub use revoke::ApiKeys;
pub use trusted_issuer::{Grants, TrustedIssuer};
