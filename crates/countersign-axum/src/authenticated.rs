//! Whom a request comes from, as a handler gets it, and how it is found out.
//!
//! What was found out is shared: the layer puts it into the request's extensions, and each extractor takes a counted
//! reference. It carries the authenticator that vouches for it. An extractor or an inner layer uses it only if it is of
//! the same authenticator and of a kind that it accepts; otherwise it authenticates the request again. So the layers
//! around a handler do not change what the handler accepts.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue};
use countersign_session::{AuthMethods, Authenticator, Error, ErrorKind, Principal};

use crate::client_address::client_address;
use crate::rejection::Format;
use crate::{Bearer, FromLayer, Rejection};

/// Whom a request comes from: a [`Principal`], to which it dereferences. As an extractor it lets a request in
/// that shows what `A` takes, and refuses any other; as an `Option` it lets one in too that shows nothing at
/// all. Bad credentials are refused in both cases.
///
/// It takes what an [`AuthenticateLayer`](crate::AuthenticateLayer) has found out, if there was one of the
/// same authenticator and `A` takes that; otherwise it authenticates the request itself, with the
/// [`Authenticator`] in the router's state.
///
/// Where it takes a password and the service has a limiter, it needs the address of the client: see
/// [`ClientAddressLayer`](crate::ClientAddressLayer).
///
/// ```
/// use countersign_axum::{AccessToken, Authenticated, BearerOrBasic};
///
/// async fn me(caller: Authenticated) -> String {
///     caller.subject().to_owned()
/// }
///
/// async fn settings(caller: Authenticated<AccessToken>) {}
///
/// async fn report(caller: Authenticated<BearerOrBasic>) {}
///
/// async fn front_page(caller: Option<Authenticated>) -> String {
///     caller.map_or("somebody".to_owned(), |caller| caller.subject().to_owned())
/// }
/// ```
///
/// Cheap to clone. Debug shows how the request was authenticated, and nothing of whom it comes from.
pub struct Authenticated<A = Bearer> {
    found: Arc<Found>,
    takes: PhantomData<fn() -> A>,
}

/// A principal, and who vouches for it.
pub(crate) struct Found {
    principal: Principal,
    authenticator: Authenticator,
    format: Format,
}

/// What a layer leaves in a request's extensions: that it ran, and whom it found.
#[derive(Clone)]
pub(crate) enum Slot {
    Found(Arc<Found>),
    /// The request shows nothing, and the layer lets such requests in. With the answer for whoever does not.
    Nobody(Arc<Rejection>),
}

impl Slot {
    pub(crate) fn found(&self) -> Option<&Arc<Found>> {
        match self {
            Self::Found(found) => Some(found),
            Self::Nobody(_) => None,
        }
    }
}

impl<A> Authenticated<A> {
    pub(crate) fn new(found: Arc<Found>) -> Self {
        Self { found, takes: PhantomData }
    }

    /// Demands a scope: a constant of the endpoint's, since the challenge names it.
    ///
    /// # Errors
    /// 403 `insufficient_scope` (RFC 6750 section 3.1), with the attribute `scope`.
    pub fn require_scope(&self, scope: &str) -> Result<(), Rejection> {
        self.found.principal.require_scope(scope).map_err(|error| self.refuse(&error))
    }

    /// Demands a role.
    ///
    /// # Errors
    /// 403 `insufficient_scope`.
    pub fn require_role(&self, role: &str) -> Result<(), Rejection> {
        self.found.principal.require_role(role).map_err(|error| self.refuse(&error))
    }

    /// What the client is told of an error that came of something the handler asked the authenticator for.
    #[must_use]
    pub fn refuse(&self, error: &Error) -> Rejection {
        Rejection::formatted(&self.found.authenticator.error_response(error), self.found.format)
    }

    /// The authenticator that vouches for the principal.
    #[must_use]
    pub fn authenticator(&self) -> &Authenticator {
        &self.found.authenticator
    }
}

impl Authenticated<FromLayer> {
    /// Whom a layer found, for a service that has no extractors; `None` if the request showed no credentials
    /// and the layer lets such requests in, or if there was no layer.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get::<Slot>()?.found().cloned().map(Self::new)
    }
}

impl Found {
    /// Whether it is what `authenticator` would find out for an endpoint that takes `accept`.
    pub(crate) fn serves(&self, authenticator: &Authenticator, accept: AuthMethods) -> bool {
        accept.contains(self.principal.method()) && self.authenticator.is_same_as(authenticator)
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Finds out whom a request comes from.
    pub(crate) async fn out(
        authenticator: &Authenticator,
        parts: &Parts,
        accept: AuthMethods,
        format: Format,
    ) -> Result<Arc<Self>, Unknown> {
        let format = format.for_request(&parts.headers);
        // Only the check of a password needs it.
        let address = if accept.contains_basic() { client_address(&parts.extensions) } else { None };
        match authenticator.authenticate_from(authorization(&parts.headers), accept, address).await {
            Ok(principal) => Ok(Arc::new(Self { principal, authenticator: authenticator.clone(), format })),
            Err(error) => {
                let refusal = Rejection::formatted(&authenticator.error_response(&error), format);
                Err(Unknown { nothing_was_shown: error.kind() == ErrorKind::NoCredentials, refusal })
            }
        }
    }
}

/// A request that is from nobody.
pub(crate) struct Unknown {
    /// It has no `Authorization` at all.
    pub(crate) nothing_was_shown: bool,
    pub(crate) refusal: Rejection,
}

/// All values of `Authorization`: more than one is an error that only the parser may decide on.
pub(crate) fn authorization(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes)
}

impl<A> Deref for Authenticated<A> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.found.principal
    }
}

impl<A> Clone for Authenticated<A> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.found))
    }
}

impl<A> fmt::Debug for Authenticated<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authenticated").field(&self.found.principal.method()).finish()
    }
}
