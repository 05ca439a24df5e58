//! What a layer costs in memory beside what authenticating costs. In a binary of its own, whose allocator counts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use axum::body::Bytes;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request, Response};
use countersign_axum::{AuthenticateLayer, Authenticated};
use countersign_revocation::MemoryRevocationStore;
use countersign_session::{Account, AuthMethods, Authenticator, LoginTokens};
use countersign_signed::SigningKey;
use tower::{Layer, Service, service_fn};

/// The future of the layer's; what was found, to be shared; and of the extensions a map, its table, and the entry.
const LAYER: u64 = 5;

/// All is in memory, so it is there at the first try.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}

fn service(request: Request<()>) -> Ready<Result<Response<Bytes>, Infallible>> {
    assert!(Authenticated::of(request.extensions()).is_some_and(|caller| caller.has_scope("read")));
    ready(Ok(Response::new(Bytes::new())))
}

#[test]
fn a_layer_allocates_its_future_and_what_it_hands_on() {
    let authenticator = Authenticator::builder("https://api.example", "https://api.example")
        .login_tokens(LoginTokens::Signed)
        .signing_key(SigningKey::hs256(&[1; 32]).unwrap().with_kid("test").unwrap())
        .revocation_store(MemoryRevocationStore::new())
        .build()
        .unwrap();
    let account = Account { subject: "alice".into(), roles: vec![], scopes: vec!["read".into()] };
    let issued = now(authenticator.issue(&account)).unwrap();
    let header = HeaderValue::from_str(&format!("Bearer {}", issued.access_token().expose())).unwrap();
    let authenticate =
        || assert!(now(authenticator.authenticate([header.as_bytes()], AuthMethods::bearer())).is_ok());
    authenticate();
    let bare = measure(authenticate).count_total;
    let layer = AuthenticateLayer::new(&authenticator, AuthMethods::bearer()).require_scope("read");
    let mut once = layer.layer(service_fn(service));
    // A layer within finds what the one around it has found.
    let mut twice = layer.layer(layer.layer(service_fn(service)));
    let request = || {
        let mut request = Request::new(());
        request.headers_mut().insert(AUTHORIZATION, header.clone());
        request
    };
    let (first, second) = (request(), request());
    let counted = measure(|| assert!(now(once.call(first)).is_ok_and(|answer| answer.status() == 200)));
    assert_eq!(counted.count_total, bare + LAYER);
    let counted = measure(|| assert!(now(twice.call(second)).is_ok_and(|answer| answer.status() == 200)));
    assert_eq!(counted.count_total, bare + LAYER + 1, "its future alone");
}
