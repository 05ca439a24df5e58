#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

// In the order in which a reader of `Authenticator` needs its methods, which is also that of its page in the docs.
// The blank lines keep rustfmt from sorting.
mod authenticator;

mod log_in;

mod issue;

mod authenticate;

mod refresh;

mod revoke;

mod sessions;

mod api_keys;

mod keys;

mod purge;

mod capability;

// What all of them use.
mod audit;
mod error;
mod state;

pub use api_keys::{CreatedApiKey, NewApiKey, RotateApiKey};
#[cfg(feature = "tracing")]
pub use audit::tracing_sink::TracingSink;
pub use audit::{Action, AuditEvent, AuditSink, Outcome};
pub use authenticate::auth_methods::{AuthMethod, AuthMethods};
pub use authenticate::error_response::ErrorResponse;
pub use authenticate::principal::Principal;
pub use authenticate::trusted_issuer::{Grants, TrustedIssuer};
pub use authenticator::Authenticator;
pub use authenticator::builder::AuthenticatorBuilder;
pub use capability::Capability;
pub use error::Error;
pub use error::kind::{ConfigurationFault, ErrorKind, GrantFault, TokenFault};
pub use issue::login_tokens::LoginTokens;
pub use issue::scope::is_scope_token;
pub use issue::token_response::TokenResponse;
pub use log_in::client::ClientNetwork;
pub use log_in::credentials::{Account, CredentialError, CredentialErrorKind, CredentialVerifier};
pub use log_in::limiter::{Admission, Attempt, AttemptOutcome, LimiterError, LogInLimiter};
pub use log_in::memory_limiter::{Limit, MemoryLimiter};
pub use purge::{PurgeStatus, PurgeTask, Purged};
pub use revoke::ApiKeys;
pub use revoke::external::{ExternalSession, ExternalSubject};
pub use state::clock::{Clock, SystemClock, TestClock};
