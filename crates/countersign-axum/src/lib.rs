#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod authenticated;
mod client_address;
mod extract;
mod grpc;
mod layer;
#[cfg(feature = "openapi")]
mod openapi;
mod refusal;
mod routes;
mod takes;

pub use authenticated::Authenticated;
pub use client_address::{ClientAddressLayer, WithClientAddress};
pub use layer::{Authenticate, AuthenticateLayer};
pub use refusal::Refusal;
pub use routes::{BrowserTokens, TokenRoutes};
pub use takes::{AccessToken, ApiKey, Basic, Bearer, BearerOrBasic, Layered, Takes};
