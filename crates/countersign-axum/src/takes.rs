//! What an endpoint takes, as types, so that a handler's signature says it.
//!
//! Scopes and roles are texts instead, which a route's layer or the handler demands: a type for each scope would be
//! harder to read.

use countersign_session::Accept;

/// A type that stands for what an endpoint takes. There are a few in this crate; an application makes others:
///
/// ```
/// use countersign_axum::Takes;
/// use countersign_session::Accept;
///
/// /// Access tokens of this service, and no others.
/// enum OwnAccessToken {}
///
/// impl Takes for OwnAccessToken {
///     const ACCEPT: Accept = Accept::access_tokens().ours_only();
/// }
/// ```
pub trait Takes {
    /// What it stands for.
    const ACCEPT: Accept;
}

/// Anything that comes as Bearer: [`Accept::bearer`].
#[derive(Debug)]
pub enum Bearer {}

/// Access tokens: [`Accept::access_tokens`].
#[derive(Debug)]
pub enum AccessToken {}

/// API keys: [`Accept::api_keys`].
#[derive(Debug)]
pub enum ApiKey {}

/// User name and password: [`Accept::basic`].
#[derive(Debug)]
pub enum Basic {}

/// Anything that comes as Bearer, or else user name and password.
#[derive(Debug)]
pub enum BearerOrBasic {}

/// Whatever the [`AuthenticateLayer`](crate::AuthenticateLayer) around the handler took. It needs no state,
/// and so it is nothing that a handler could take by itself: without a layer the answer is 500.
#[derive(Debug)]
pub enum Layered {}

impl Takes for Bearer {
    const ACCEPT: Accept = Accept::bearer();
}

impl Takes for AccessToken {
    const ACCEPT: Accept = Accept::access_tokens();
}

impl Takes for ApiKey {
    const ACCEPT: Accept = Accept::api_keys();
}

impl Takes for Basic {
    const ACCEPT: Accept = Accept::basic();
}

impl Takes for BearerOrBasic {
    const ACCEPT: Accept = Accept::bearer().or(Accept::basic());
}
