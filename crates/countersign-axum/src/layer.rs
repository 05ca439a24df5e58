//! The layer: authenticates a request before the service behind it sees it.
//!
//! It works on `http` requests with any body, so it serves axum, tonic, hyper and plain tower alike. All that it adds
//! to a request is one shared allocation in the extensions, and a boxed future: what waits for a store has no name that
//! the trait `Service` could give. Polling it once before boxing it would save the box for answers from memory, but a
//! request that is dropped then would have begun a password check or a query for nothing.
//!
//! A refusal's body is of any type with a default, so a service without axum's body needs no wrapper.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, Response};
use countersign_session::{AuthMethods, Authenticator};
use tower_layer::Layer;
use tower_service::Service;

use crate::authenticated::{Found, Slot};
use crate::client_address::AddressSource;
use crate::rejection::Format;
use crate::{Authenticated, FromLayer, Rejection};

/// Authenticates each request before the service that it is put around, and answers those that it refuses:
/// 401 with a challenge for each scheme that is taken, 403 `insufficient_scope`, 503 with `Retry-After` while
/// a store cannot answer. The service finds the principal in the request's extensions, by the extractor
/// [`Authenticated`] or by [`Authenticated::of`].
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use countersign_axum::{AuthenticateLayer, Authenticated, FromLayer};
/// use countersign_session::{AuthMethods, Authenticator};
///
/// fn routes(authenticator: &Authenticator) -> Router {
///     let orders = AuthenticateLayer::new(authenticator, AuthMethods::bearer()).require_scope("orders:read");
///     Router::new().route("/orders", get(orders_of).layer(orders))
/// }
///
/// async fn orders_of(caller: Authenticated<FromLayer>) -> String {
///     format!("no orders of {} yet", caller.subject())
/// }
/// ```
///
/// A gRPC request (`content-type: application/grpc`) is refused as gRPC has it: HTTP 200 with `grpc-status` 16
/// (unauthenticated), 7 (permission denied), 8 (too many attempts), 14 (a store cannot answer) or 13 (internal),
/// and the error code as `grpc-message`. With tonic, pass the layer to `Server::builder().layer(..)`; a service
/// finds the caller by `Authenticated::of(request.extensions())`.
///
/// The body of a response is of any type that has a default. A refusal writes its text into axum's `Body`,
/// `Bytes`, `Vec<u8>` and `String`, and leaves any other type empty; status and headers are always complete.
///
/// Around a whole router, axum's `route_layer` leaves paths that are not there their 404, where `layer` has
/// 401 for them too. A preflight request of CORS (`OPTIONS`) shows no credentials: a layer that answers it
/// goes around this one.
#[derive(Clone)]
#[must_use]
pub struct AuthenticateLayer(Arc<Rules>);

#[derive(Clone)]
struct Rules {
    authenticator: Authenticator,
    accept: AuthMethods,
    optional: bool,
    demands: Vec<Demand>,
    format: Format,
    address: Option<AddressSource>,
}

#[derive(Clone)]
enum Demand {
    Scope(String),
    Role(String),
}

impl AuthenticateLayer {
    /// A layer that lets in whoever shows what `accept` says.
    pub fn new(authenticator: &Authenticator, accept: AuthMethods) -> Self {
        let authenticator = authenticator.clone();
        let (optional, demands, format) = (false, Vec::new(), Format::Json);
        Self(Arc::new(Rules { authenticator, accept, optional, demands, format, address: None }))
    }

    /// Lets a request in as well that shows nothing at all, unless a scope or a role is demanded. Bad
    /// credentials are still refused.
    pub fn optional(self) -> Self {
        self.change(|rules| rules.optional = true)
    }

    /// Demands a scope besides: 403 `insufficient_scope` without it, with the scope in the challenge. Where
    /// it is called again, all are demanded.
    pub fn require_scope(self, scope: &str) -> Self {
        self.change(|rules| rules.demands.push(Demand::Scope(scope.to_owned())))
    }

    /// Demands a role besides: 403 `insufficient_scope` without it. Where it is called again, all are
    /// demanded.
    pub fn require_role(self, role: &str) -> Self {
        self.change(|rules| rules.demands.push(Demand::Role(role.to_owned())))
    }

    /// Writes the bodies of refusals as `application/problem+json` (RFC 9457), with the code as the member
    /// `error`. It holds for what handlers refuse by way of [`Authenticated`], too.
    pub fn problem_json(self) -> Self {
        self.change(|rules| rules.format = Format::Problem)
    }

    /// Finds the address of the client with `source`, as [`ClientAddressLayer`](crate::ClientAddressLayer) does:
    /// for this layer and all that is behind it. A service with a limiter needs it where the layer takes
    /// passwords, unless axum's `ConnectInfo` or a `ClientAddressLayer` around this one provides it. With tonic,
    /// take it from the extension `TcpConnectInfo`.
    pub fn client_address(self, source: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.change(|rules| rules.address = Some(AddressSource::new(source)))
    }

    fn change(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Rules {
    /// Lets a request in, with what was found in its extensions, or refuses it. A layer around this one may have
    /// found it already.
    async fn judge(&self, parts: &mut Parts) -> Result<(), Rejection> {
        if let Some(address) = &self.address {
            address.note(parts);
        }
        let layered = parts.extensions.get::<Slot>().and_then(Slot::found);
        if let Some(found) = layered.filter(|found| found.serves(&self.authenticator, self.accept)) {
            return self.demand(found, &parts.headers);
        }
        let slot = match Found::out(&self.authenticator, parts, self.accept, self.format).await {
            Ok(found) => {
                self.demand(&found, &parts.headers)?;
                Slot::Found(found)
            }
            // A demand is one of somebody.
            Err(unknown) if self.optional && self.demands.is_empty() && unknown.nothing_was_shown => {
                Slot::Nobody(Arc::new(unknown.refusal))
            }
            Err(unknown) => return Err(unknown.refusal),
        };
        parts.extensions.insert(slot);
        Ok(())
    }

    fn demand(&self, found: &Arc<Found>, headers: &HeaderMap) -> Result<(), Rejection> {
        let caller = Authenticated::<FromLayer>::new(Arc::clone(found));
        let demand = |demand: &Demand| match demand {
            Demand::Scope(scope) => caller.require_scope(scope),
            Demand::Role(role) => caller.require_role(role),
        };
        let met = self.demands.iter().try_for_each(demand);
        met.map_err(|refusal| refusal.in_format(self.format.for_request(headers)))
    }
}

impl<S> Layer<S> for AuthenticateLayer {
    type Service = Authenticate<S>;

    fn layer(&self, inner: S) -> Authenticate<S> {
        Authenticate { inner, rules: Arc::clone(&self.0) }
    }
}

/// The service of an [`AuthenticateLayer`].
#[derive(Clone)]
pub struct Authenticate<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Authenticate<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    ReqBody: Send + 'static,
    ResBody: Default + 'static,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ResBody>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        // The one that is ready goes along, and its clone takes its place.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let rules = Arc::clone(&self.rules);
        let (mut parts, body) = request.into_parts();
        Box::pin(async move {
            match rules.judge(&mut parts).await {
                Ok(()) => inner.call(Request::from_parts(parts, body)).await,
                Err(refusal) => Ok(refusal.answer()),
            }
        })
    }
}

impl fmt::Debug for AuthenticateLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticateLayer").field("accept", &self.0.accept).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug> fmt::Debug for Authenticate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticate").field("inner", &self.inner).finish_non_exhaustive()
    }
}
