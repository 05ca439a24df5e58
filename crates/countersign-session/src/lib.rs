#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod accept;
mod api_keys;
mod audit;
mod authenticate;
mod authenticator;
mod builder;
mod capability;
mod claims;
mod client;
mod clock;
mod credentials;
mod digest_keys;
mod digests;
mod error;
mod issue;
mod issued;
mod limiter;
mod limiter_tables;
mod log_in;
mod memory_limiter;
mod observe;
mod policy;
mod principal;
mod purge;
mod reason;
mod refresh;
mod refresh_token;
mod reply;
mod revoke;
mod rotate_api_key;
mod signed_token;
mod signing_keys;
mod still_good;
#[cfg(feature = "tracing")]
mod tracing_sink;
mod trusted_issuer;

pub use accept::Accept;
pub use api_keys::{CreatedApiKey, NewApiKey};
pub use audit::{Action, AuditEvent, AuditSink, Outcome};
pub use authenticator::Authenticator;
pub use builder::{AuthenticatorBuilder, Issuance};
pub use capability::Capability;
pub use client::ClientNetwork;
pub use clock::{Clock, SystemClock, TestClock};
pub use credentials::{Account, CredentialError, CredentialErrorKind, CredentialVerifier};
pub use error::{ConfigurationFault, Error, ErrorKind, GrantFault, TokenFault};
pub use issue::is_scope_token;
pub use issued::Issued;
pub use limiter::{Admission, Attempt, AttemptOutcome, LimiterError, LogInLimiter};
pub use memory_limiter::{Limit, MemoryLimiter};
pub use principal::{Method, Principal};
pub use purge::{PurgeStatus, PurgeTask, Purged};
pub use reply::Reply;
pub use revoke::ApiKeys;
#[cfg(feature = "tracing")]
pub use tracing_sink::TracingSink;
pub use trusted_issuer::{Grants, TrustedIssuer};
