//! The layer in a tonic server, with a tonic client: statuses of gRPC, and the caller in the handler.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use bytes::{Buf, BufMut};
use countersign_axum::{AuthenticateLayer, Authenticated};
use countersign_session::{AuthMethods, Limit, MemoryLimiter};
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{NamedService, UnaryService};
use tonic::transport::server::{TcpConnectInfo, TcpIncoming};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status};

use crate::support::{EVERYTHING, Service, basic, request, text};

/// Messages are text as it is.
#[derive(Clone, Copy, Default)]
struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        Ok(Some(String::from_utf8(bytes.into()).unwrap()))
    }
}

/// Answers with the name of the caller.
#[derive(Clone)]
struct Who;

impl NamedService for Who {
    const NAME: &'static str = "test.Who";
}

impl UnaryService<String> for Who {
    type Response = String;
    type Future = Ready<Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let caller = Authenticated::of(request.extensions()).map(|caller| caller.subject().to_owned());
        ready(Ok(Response::new(format!("{} {}", request.get_ref(), caller.unwrap_or_default()))))
    }
}

impl tower::Service<http::Request<Body>> for Who {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async { Ok(tonic::server::Grpc::new(Text).unary(Who, request).await) })
    }
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<TcpConnectInfo>()?.remote_addr().map(|peer| peer.ip())
}

/// Starts a server with the layer around its service, which ends with the test.
async fn serve(layer: AuthenticateLayer) -> Channel {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    let server = Server::builder().layer(layer).add_service(Who).serve_with_incoming(incoming);
    tokio::spawn(async { server.await.unwrap() });
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

async fn ask(channel: &Channel, authorization: Option<&str>) -> Result<String, (Code, String)> {
    let mut request = Request::new("hello".to_owned());
    if let Some(authorization) = authorization {
        request.metadata_mut().insert("authorization", authorization.parse().unwrap());
    }
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let answer = client.unary(request, PathAndQuery::from_static("/test.Who/Ask"), Text).await;
    answer.map(Response::into_inner).map_err(|status| (status.code(), status.message().to_owned()))
}

#[tokio::test]
async fn tonic_gets_the_caller_or_a_status_of_grpc() {
    let once = Limit::new(1, Duration::from_secs(60)).unwrap();
    let service = Service::with(|builder| builder.limiter(MemoryLimiter::with(once, once)));
    let either = AuthMethods::bearer().or(AuthMethods::basic());
    let layer = AuthenticateLayer::new(&service.authenticator, either).require_scope("write");
    let channel = serve(layer.client_address(peer)).await;
    let refused = |code: Code, message: &str| Err((code, message.to_owned()));

    let alice = format!("Bearer {}", service.access("alice").await);
    assert_eq!(ask(&channel, Some(&alice)).await, Ok("hello alice".to_owned()));
    assert_eq!(ask(&channel, Some(&basic("alice", "wonderland"))).await, Ok("hello alice".to_owned()));
    assert_eq!(ask(&channel, None).await, refused(Code::Unauthenticated, "unauthorized"));
    assert_eq!(ask(&channel, Some("Bearer x")).await, refused(Code::Unauthenticated, "invalid_token"));
    assert_eq!(ask(&channel, Some("Bearer a b")).await, refused(Code::Unauthenticated, "invalid_request"));
    let bob = format!("Bearer {}", service.access("bob").await);
    assert_eq!(ask(&channel, Some(&bob)).await, refused(Code::PermissionDenied, "insufficient_scope"));
    let wrong = basic("bob", "wrong");
    assert_eq!(ask(&channel, Some(&wrong)).await, refused(Code::Unauthenticated, "invalid_client"));
    assert_eq!(ask(&channel, Some(&wrong)).await, refused(Code::ResourceExhausted, "too_many_requests"));
    service.fail(EVERYTHING);
    assert_eq!(ask(&channel, Some(&alice)).await, refused(Code::Unavailable, "temporarily_unavailable"));
}

#[tokio::test]
async fn grpc_request_in_a_router_is_refused_with_headers_alone() {
    let service = Service::new();
    let layer = AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer()).problem_json();
    let layered = axum::Router::new().fallback(async || "inside").layer(layer);
    let extractor = axum::Router::new()
        .fallback(async |caller: Authenticated| caller.subject().to_owned())
        .with_state(service.authenticator.clone());
    for router in [layered, extractor] {
        let header = "content-type: application/grpc+proto";
        let request = request("POST /test.Who/Ask", &[header], "");
        let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
        assert_eq!(
            text(response).await,
            "200\ncontent-type: application/grpc\ngrpc-status: 16\ngrpc-message: unauthorized\n\n"
        );
    }
}
