//! The layer: authenticates a request before the service behind it sees it.
//!
//! It works on `http` requests with any body, so it serves axum, hyper and plain tower alike. All that it
//! adds to a request is one shared allocation in the extensions, and a boxed future: what waits for a store
//! has no name that the trait `Service` could give.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::http::{Extensions, HeaderMap, Request, Response};
use countersign_session::{Accept, Authenticator};
use tower_layer::Layer;
use tower_service::Service;

use crate::authenticated::{Found, Slot};
use crate::refusal::Format;
use crate::{Authenticated, Layered, Refusal};

/// Authenticates each request before the service that it is put around, and answers those that it refuses:
/// 401 with a challenge for each scheme that is taken, 403 `insufficient_scope`, 503 with `Retry-After` while
/// a store cannot answer. The service finds the principal in the request's extensions, by the extractor
/// [`Authenticated`] or by [`Authenticated::of`].
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use countersign_axum::{Authenticated, AuthenticateLayer, Layered};
/// use countersign_session::{Accept, Authenticator};
///
/// fn routes(authenticator: &Authenticator) -> Router {
///     let orders = AuthenticateLayer::new(authenticator, Accept::bearer()).require_scope("orders:read");
///     Router::new().route("/orders", get(orders_of).layer(orders))
/// }
///
/// async fn orders_of(caller: Authenticated<Layered>) -> String {
///     format!("no orders of {} yet", caller.subject())
/// }
/// ```
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
    accept: Accept,
    optional: bool,
    demands: Vec<Demand>,
    format: Format,
}

#[derive(Clone)]
enum Demand {
    Scope(String),
    Role(String),
}

impl AuthenticateLayer {
    /// A layer that lets in whoever shows what `accept` says.
    pub fn new(authenticator: &Authenticator, accept: Accept) -> Self {
        let authenticator = authenticator.clone();
        let (optional, demands, format) = (false, Vec::new(), Format::Json);
        Self(Arc::new(Rules { authenticator, accept, optional, demands, format }))
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

    fn change(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Rules {
    /// What the service behind is to be told, provided that the request may come in; nothing if a layer around this one
    /// has told it already.
    async fn judge(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Option<Slot>, Refusal> {
        let layered = extensions.get::<Slot>().and_then(Slot::found);
        if let Some(found) = layered.filter(|found| found.serves(&self.authenticator, self.accept)) {
            return self.demand(found).map(|()| None);
        }
        match Found::out(&self.authenticator, headers, self.accept, self.format).await {
            Ok(found) => self.demand(&found).map(|()| Some(Slot::Found(found))),
            // A demand is one of somebody.
            Err(unknown) if self.optional && self.demands.is_empty() && unknown.nothing_was_shown => {
                Ok(Some(Slot::Nobody(Arc::new(unknown.refusal))))
            }
            Err(unknown) => Err(unknown.refusal),
        }
    }

    fn demand(&self, found: &Arc<Found>) -> Result<(), Refusal> {
        let caller = Authenticated::<Layered>::new(Arc::clone(found));
        let demand = |demand: &Demand| match demand {
            Demand::Scope(scope) => caller.require_scope(scope),
            Demand::Role(role) => caller.require_role(role),
        };
        self.demands.iter().try_for_each(demand).map_err(|refusal| refusal.in_format(self.format))
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
    ResBody: From<Bytes>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ResBody>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        // The one that is ready goes along, and its clone takes its place.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let rules = Arc::clone(&self.rules);
        Box::pin(async move {
            match rules.judge(request.headers(), request.extensions()).await {
                Ok(slot) => {
                    if let Some(slot) = slot {
                        request.extensions_mut().insert(slot);
                    }
                    inner.call(request).await
                }
                Err(refusal) => Ok(refusal.to_response()),
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
