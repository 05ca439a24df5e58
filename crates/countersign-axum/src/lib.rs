#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod auth_policy;
mod authenticated;
mod client_address;
mod extract;
mod grpc;
mod layer;
#[cfg(feature = "openapi")]
mod openapi;
mod rejection;
mod routes;

pub use auth_policy::{AccessToken, ApiKey, AuthPolicy, Basic, Bearer, BearerOrBasic, FromLayer};
pub use authenticated::Authenticated;
pub use client_address::{ClientAddressLayer, WithClientAddress};
pub use layer::{Authenticate, AuthenticateLayer};
pub use rejection::Rejection;
pub use routes::{BrowserTokens, TokenRoutes};
