//! What an endpoint takes, as types, so that a handler's signature says it.
//!
//! Scopes and roles are texts instead, which a route's layer or the handler demands: a type for each scope would be
//! harder to read.

use countersign_session::AuthMethods;

/// A type that states which credentials an endpoint accepts. This crate has a few; an application can add its own:
///
/// ```
/// use countersign_axum::AuthPolicy;
/// use countersign_session::AuthMethods;
///
/// /// Access tokens of this service, and no others.
/// enum OwnAccessToken {}
///
/// impl AuthPolicy for OwnAccessToken {
///     const METHODS: AuthMethods = AuthMethods::access_tokens().first_party_only();
/// }
/// ```
pub trait AuthPolicy {
    /// What it stands for.
    const METHODS: AuthMethods;
}

/// Anything that comes as Bearer: [`AuthMethods::bearer`].
#[derive(Debug)]
pub enum Bearer {}

/// Access tokens: [`AuthMethods::access_tokens`].
#[derive(Debug)]
pub enum AccessToken {}

/// API keys: [`AuthMethods::api_keys`].
#[derive(Debug)]
pub enum ApiKey {}

/// User name and password: [`AuthMethods::basic`].
#[derive(Debug)]
pub enum Basic {}

/// Anything that comes as Bearer, or else user name and password.
#[derive(Debug)]
pub enum BearerOrBasic {}

/// Whatever the [`AuthenticateLayer`](crate::AuthenticateLayer) around the handler took. It needs no state,
/// and so it is nothing that a handler could take by itself: without a layer the answer is 500.
#[derive(Debug)]
pub enum FromLayer {}

impl AuthPolicy for Bearer {
    const METHODS: AuthMethods = AuthMethods::bearer();
}

impl AuthPolicy for AccessToken {
    const METHODS: AuthMethods = AuthMethods::access_tokens();
}

impl AuthPolicy for ApiKey {
    const METHODS: AuthMethods = AuthMethods::api_keys();
}

impl AuthPolicy for Basic {
    const METHODS: AuthMethods = AuthMethods::basic();
}

impl AuthPolicy for BearerOrBasic {
    const METHODS: AuthMethods = AuthMethods::bearer().or(AuthMethods::basic());
}
