//! The address of a client, which the limit on guessed passwords is counted by.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::ConnectInfo;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, Request};
use tower_layer::Layer;
use tower_service::Service;

/// A function that finds the address of the client in a request.
#[derive(Clone)]
pub(crate) struct AddressSource(Arc<Source>);

type Source = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

/// What a source has found. `None` means that there is none; the peer of the connection is not taken instead,
/// since it would be the proxy.
#[derive(Clone, Copy)]
struct Address(Option<IpAddr>);

impl AddressSource {
    pub(crate) fn new(source: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// Writes the address into the request's extensions, for whatever reads it further in.
    pub(crate) fn note(&self, parts: &mut Parts) {
        let address = Address((self.0)(parts));
        parts.extensions.insert(address);
    }
}

/// The address of the client: from the nearest source around, and without one the peer of the connection.
pub(crate) fn client_address(extensions: &Extensions) -> Option<IpAddr> {
    match extensions.get::<Address>() {
        Some(Address(address)) => *address,
        None => peer(extensions).map(|peer| peer.ip()),
    }
}

/// The peer of the connection, as axum's own extractor finds it.
fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    match extensions.get::<ConnectInfo<SocketAddr>>() {
        Some(ConnectInfo(peer)) => Some(*peer),
        None => extensions.get::<MockConnectInfo<SocketAddr>>().map(|MockConnectInfo(peer)| *peer),
    }
}

/// Tells all layers, extractors and token routes behind it how to find the address of a client.
///
/// A service with a [`LogInLimiter`](countersign_session::LogInLimiter) needs the address wherever it takes a
/// password. Without this layer it is axum's [`ConnectInfo`], the peer of the connection, which you get by
/// serving with `into_make_service_with_connect_info::<SocketAddr>()`. Without either, a request with a password
/// is answered with 500, and the audit event says
/// [`NoClientAddress`](countersign_session::ConfigurationFault::NoClientAddress).
///
/// Behind a proxy the peer is the proxy, so all clients would count as one. Use this layer there. For a proxy
/// that appends the address of its peer to `X-Forwarded-For`, take the last value and no other, since the client
/// can write the ones before it:
///
/// ```
/// use std::net::IpAddr;
///
/// use axum::Router;
/// use axum::http::request::Parts;
/// use countersign_axum::ClientAddressLayer;
///
/// fn behind_one_proxy(parts: &Parts) -> Option<IpAddr> {
///     let header = parts.headers.get_all("x-forwarded-for").iter().next_back()?;
///     header.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
/// }
///
/// let app: Router = Router::new().layer(ClientAddressLayer::new(behind_one_proxy));
/// ```
///
/// Security: the function must read what a trusted proxy has written, and the service must not be reachable past
/// the proxy. Where it returns `None`, no password is checked. An address that a client can choose turns the
/// limit off.
#[derive(Clone)]
#[must_use]
pub struct ClientAddressLayer(AddressSource);

impl ClientAddressLayer {
    /// A layer that finds the address of the client with `source`.
    pub fn new(source: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        Self(AddressSource::new(source))
    }

    pub(crate) fn from_source(source: AddressSource) -> Self {
        Self(source)
    }
}

impl<S> Layer<S> for ClientAddressLayer {
    type Service = WithClientAddress<S>;

    fn layer(&self, inner: S) -> WithClientAddress<S> {
        WithClientAddress { inner, source: self.0.clone() }
    }
}

/// The service of a [`ClientAddressLayer`].
#[derive(Clone)]
pub struct WithClientAddress<S> {
    inner: S,
    source: AddressSource,
}

impl<S, B> Service<Request<B>> for WithClientAddress<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        let (mut parts, body) = request.into_parts();
        self.source.note(&mut parts);
        self.inner.call(Request::from_parts(parts, body))
    }
}

impl fmt::Debug for ClientAddressLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAddressLayer").finish_non_exhaustive()
    }
}

impl<S: fmt::Debug> fmt::Debug for WithClientAddress<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithClientAddress").field("inner", &self.inner).finish_non_exhaustive()
    }
}
