//! The layer lets in whom its endpoint takes, and answers everybody else.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response};
use axum::routing::get;
use axum::{Extension, Router};
use countersign_axum::{AuthenticateLayer, Authenticated, ClientAddressLayer, FromLayer};
use countersign_session::AuthMethods;
use tower::{Service as _, ServiceBuilder, ServiceExt, service_fn};

use crate::support::{EVERYTHING, Service, UNAUTHORIZED, UNAVAILABLE, WRITES, show, status};

async fn who(caller: Option<Authenticated<FromLayer>>) -> String {
    caller.map_or("nobody".into(), |caller| format!("{} by {:?}", caller.subject(), caller.method()))
}

fn router(layer: AuthenticateLayer) -> Router {
    Router::new().route("/", get(who)).layer(layer)
}

#[tokio::test]
async fn each_layer_takes_its_own_kinds_of_credentials() {
    let service = Service::new();
    let layer = |accept| AuthenticateLayer::new(&service.authenticator, accept);
    let either = AuthMethods::bearer().or(AuthMethods::basic());
    // In the order of `shown`: nothing, access token, API key, external token, refresh token, password, wrong
    // password, another scheme, malformed, changed.
    for (name, layer, expected) in [
        ("Bearer", layer(AuthMethods::bearer()), [401, 200, 200, 200, 401, 401, 401, 401, 400, 401]),
        (
            "access token",
            layer(AuthMethods::access_tokens()),
            [401, 200, 401, 200, 401, 401, 401, 401, 400, 401],
        ),
        (
            "ours",
            layer(AuthMethods::bearer().first_party_only()),
            [401, 200, 200, 401, 401, 401, 401, 401, 400, 401],
        ),
        ("API key", layer(AuthMethods::api_keys()), [401, 401, 200, 401, 401, 401, 401, 401, 400, 401]),
        ("Basic", layer(AuthMethods::basic()), [401, 401, 401, 401, 401, 200, 401, 401, 400, 401]),
        ("either", layer(either), [401, 200, 200, 200, 401, 200, 401, 401, 400, 401]),
        // Optional is about those who show nothing, and about nobody else.
        (
            "optional",
            layer(AuthMethods::bearer()).optional(),
            [200, 200, 200, 200, 401, 401, 401, 401, 400, 401],
        ),
        (
            "scope",
            layer(AuthMethods::bearer()).require_scope("write"),
            [401, 200, 403, 403, 401, 401, 401, 401, 400, 401],
        ),
        ("role", layer(either).require_role("admin"), [401, 200, 403, 403, 401, 200, 401, 401, 400, 401]),
        (
            "scope, optional: a demand is one of somebody",
            layer(AuthMethods::bearer()).optional().require_scope("write"),
            [401, 200, 403, 403, 401, 401, 401, 401, 400, 401],
        ),
    ] {
        let router = router(layer);
        for ((shown, header), expected) in service.shown().await.into_iter().zip(expected) {
            let answer = show(&router, "GET /", header.as_deref()).await;
            assert_eq!(status(&answer), expected, "{name}: {shown}");
            assert!(!answer.contains("canary"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_refusal_has_its_challenges_and_a_fixed_body() {
    let service = Service::new();
    let either = AuthMethods::bearer().or(AuthMethods::basic());
    let layer = AuthenticateLayer::new(&service.authenticator, either).require_scope("write");
    let bob = format!("Bearer {}", service.access("bob").await);
    for (layer, shown, expected) in [
        (
            layer.clone(),
            None,
            "401\ncontent-type: application/json\ncache-control: no-store\n\
             www-authenticate: Bearer realm=\"api\"\n\
             www-authenticate: Basic realm=\"api\", charset=\"UTF-8\"\n\n{\"error\":\"unauthorized\"}",
        ),
        (
            layer.clone(),
            Some(bob.as_str()),
            "403\ncontent-type: application/json\ncache-control: no-store\n\
             www-authenticate: Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"write\"\n\
             www-authenticate: Basic realm=\"api\", charset=\"UTF-8\"\n\n{\"error\":\"insufficient_scope\"}",
        ),
        (
            layer.problem_json(),
            Some(bob.as_str()),
            "403\ncontent-type: application/problem+json\ncache-control: no-store\n\
             www-authenticate: Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"write\"\n\
             www-authenticate: Basic realm=\"api\", charset=\"UTF-8\"\n\n\
             {\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,\"error\":\"insufficient_scope\"}",
        ),
    ] {
        assert_eq!(show(&router(layer), "GET /", shown).await, expected);
    }
}

#[tokio::test]
async fn a_store_that_cannot_answer_lets_nobody_in() {
    let service = Service::new();
    let layer = AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer());
    let alice = format!("Bearer {}", service.access("alice").await);
    for layer in [layer.clone(), layer.optional()] {
        let router = router(layer);
        service.fail(EVERYTHING);
        assert_eq!(show(&router, "GET /", Some(&alice)).await, UNAVAILABLE);
        service.fail(WRITES);
        assert_eq!(status(&show(&router, "GET /", Some(&alice)).await), 200);
    }
}

#[tokio::test]
async fn a_token_is_good_until_it_expires() {
    let service = Service::new();
    let router = router(AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer()).optional());
    let alice = format!("Bearer {}", service.access("alice").await);
    for (seconds, expected) in [(599, 200), (1, 401)] {
        service.clock.advance(Duration::from_secs(seconds));
        assert_eq!(status(&show(&router, "GET /", Some(&alice)).await), expected);
    }
}

#[tokio::test]
async fn a_layer_within_a_layer_trusts_it_if_it_is_of_the_same_authenticator() {
    let (service, other) = (Service::new(), Service::with(|builder| builder.prefix("other")));
    let within = |layer: AuthenticateLayer| {
        let outer = AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer());
        Router::new().route("/", get(who).layer(layer)).layer(outer)
    };
    let alice = format!("Bearer {}", service.access("alice").await);
    let same = within(AuthenticateLayer::new(&service.authenticator, AuthMethods::access_tokens()));
    assert_eq!(status(&show(&same, "GET /", Some(&alice)).await), 200);
    // It takes other kinds than the one around it.
    let fewer = within(AuthenticateLayer::new(&service.authenticator, AuthMethods::api_keys()));
    assert_eq!(status(&show(&fewer, "GET /", Some(&alice)).await), 401);
    // Both have one issuer and one key, but the API keys of the one are none of the other's.
    let key = format!("Bearer {}", service.api_key("alice", &[]).await);
    let another = within(AuthenticateLayer::new(&other.authenticator, AuthMethods::bearer()));
    assert_eq!(status(&show(&another, "GET /", Some(&key)).await), 401);
}

#[tokio::test]
async fn a_plain_tower_service_is_served_as_well() {
    let service = Service::new();
    let inner = service_fn(|request: Request<u8>| async move {
        let caller = Authenticated::of(request.extensions());
        let name = caller.map_or("nobody".into(), |caller| caller.subject().to_owned());
        Ok::<_, Infallible>(Response::new(Bytes::from(format!("{name} {}", request.body()))))
    });
    let layer = AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer()).optional();
    let layered = ServiceBuilder::new().layer(layer).service(inner);
    let alice = format!("Bearer {}", service.access("alice").await);
    let request = |shown: Option<&str>| {
        let request = Request::builder();
        match shown {
            Some(value) => request.header("authorization", value).body(7),
            None => request.body(7),
        }
        .unwrap()
    };
    for (shown, status, body) in [
        (None, 200, "nobody 7"),
        (Some(alice.as_str()), 200, "alice 7"),
        (Some("Bearer x"), 401, r#"{"error":"invalid_token"}"#),
    ] {
        let response = layered.clone().oneshot(request(shown)).await.unwrap();
        assert_eq!((response.status().as_u16(), response.body().as_ref()), (status, body.as_bytes()));
    }
}

/// Never ready for a request.
#[derive(Clone)]
struct Busy;

impl tower::Service<Request<()>> for Busy {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = std::future::Pending<Result<Response<Bytes>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        std::future::pending()
    }
}

#[tokio::test]
async fn layers_are_ready_only_when_the_service_within_is() {
    let service = Service::new();
    let layer = AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer());
    let mut layered = ServiceBuilder::new().layer(layer).service(Busy);
    let mut addressed = ServiceBuilder::new().layer(ClientAddressLayer::new(|_| None)).service(Busy);
    let ready = std::future::poll_fn(|context| {
        Poll::Ready([layered.poll_ready(context), addressed.poll_ready(context)])
    });
    assert!(ready.await.iter().all(Poll::is_pending));
}

#[tokio::test]
async fn what_the_layer_found_is_not_there_without_it() {
    let required = get(async |caller: Authenticated<FromLayer>| caller.subject().to_owned());
    let bare = Router::new().route("/", get(who)).route("/required", required.clone());
    for line in ["GET /", "GET /required"] {
        assert_eq!(show(&bare, line, None).await, crate::support::refusal(500, "server_error"), "{line}");
    }
    // Where the layer is optional and the handler is not, the answer is the layer's.
    let service = Service::new();
    let layer = AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer()).optional();
    let router = Router::new().route("/", required).layer(layer);
    assert_eq!(show(&router, "GET /", None).await, UNAUTHORIZED);
}

#[tokio::test]
async fn debug_shows_nothing_of_whom() {
    let service = Service::new();
    let shown =
        get(async |caller: Authenticated<FromLayer>| format!("{caller:?} {:?}", caller.authenticator()));
    let layer = AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer());
    let router = Router::new().route("/", shown).layer(layer.clone()).layer(Extension(()));
    let alice = format!("Bearer {}", service.access("alice").await);
    let answer = show(&router, "GET /", Some(&alice)).await;
    assert!(
        answer.ends_with("Authenticated(SignedToken) Authenticator { login_tokens: AccessAndRefresh, .. }"),
        "{answer}"
    );
    assert!(format!("{layer:?}").starts_with("AuthenticateLayer { accept: AuthMethods {"));
}
