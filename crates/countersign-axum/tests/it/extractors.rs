//! The extractors say in a handler's signature what its endpoint takes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use countersign_axum::{
    AccessToken, ApiKey, AuthPolicy, AuthenticateLayer, Authenticated, Basic, Bearer, BearerOrBasic,
    Rejection,
};
use countersign_session::{AuthMethods, Authenticator, ConfigurationFault, ErrorKind};

use crate::support::{EVERYTHING, INVALID_TOKEN, Service, UNAUTHORIZED, UNAVAILABLE, show, status};

/// An application's own.
enum Ours {}

impl AuthPolicy for Ours {
    const METHODS: AuthMethods = AuthMethods::access_tokens().first_party_only();
}

/// A state with an authenticator in it, beside other things.
#[derive(Clone)]
struct State {
    authenticator: Authenticator,
}

impl FromRef<State> for Authenticator {
    fn from_ref(state: &State) -> Self {
        state.authenticator.clone()
    }
}

async fn who<A>(caller: Authenticated<A>) -> String {
    caller.subject().to_owned()
}

async fn anybody(caller: Option<Authenticated>) -> String {
    caller.map_or("nobody".into(), |caller| caller.subject().to_owned())
}

async fn write(caller: Authenticated) -> Result<&'static str, Rejection> {
    caller.require_scope("write")?;
    Ok("written")
}

async fn administer(caller: Authenticated<BearerOrBasic>) -> Result<&'static str, Rejection> {
    caller.require_role("admin")?;
    Ok("done")
}

fn routes() -> Router<State> {
    Router::new()
        .route("/bearer", get(who::<Bearer>))
        .route("/access-token", get(who::<AccessToken>))
        .route("/api-key", get(who::<ApiKey>))
        .route("/basic", get(who::<Basic>))
        .route("/either", get(who::<BearerOrBasic>))
        .route("/ours", get(who::<Ours>))
        .route("/anybody", get(anybody))
        .route("/write", get(write))
        .route("/administer", get(administer))
}

/// In the order of `shown`: nothing, access token, API key, external token, refresh token, password, wrong
/// password, another scheme, malformed, changed.
const GRID: [(&str, [u16; 10]); 9] = [
    ("/bearer", [401, 200, 200, 200, 401, 401, 401, 401, 400, 401]),
    ("/access-token", [401, 200, 401, 200, 401, 401, 401, 401, 400, 401]),
    ("/api-key", [401, 401, 200, 401, 401, 401, 401, 401, 400, 401]),
    ("/basic", [401, 401, 401, 401, 401, 200, 401, 401, 400, 401]),
    ("/either", [401, 200, 200, 200, 401, 200, 401, 401, 400, 401]),
    ("/ours", [401, 200, 401, 401, 401, 401, 401, 401, 400, 401]),
    ("/anybody", [200, 200, 200, 200, 401, 401, 401, 401, 400, 401]),
    ("/write", [401, 200, 403, 403, 401, 401, 401, 401, 400, 401]),
    ("/administer", [401, 200, 403, 403, 401, 200, 401, 401, 400, 401]),
];

#[tokio::test]
async fn each_handler_takes_its_own_kinds_of_credentials() {
    let service = Service::new();
    let router = routes().with_state(State { authenticator: service.authenticator.clone() });
    for (path, expected) in GRID {
        for ((shown, header), expected) in service.shown().await.into_iter().zip(expected) {
            let answer = show(&router, &format!("GET {path}"), header.as_deref()).await;
            assert_eq!(status(&answer), expected, "{path}: {shown}");
        }
    }
}

#[tokio::test]
async fn a_layer_around_them_changes_nothing_that_they_take() {
    let service = Service::new();
    let state = State { authenticator: service.authenticator.clone() };
    let everything =
        AuthenticateLayer::new(&state.authenticator, AuthMethods::bearer().or(AuthMethods::basic()));
    let router = routes().layer(everything.optional()).with_state(state);
    for (path, expected) in GRID {
        for ((shown, header), expected) in service.shown().await.into_iter().zip(expected) {
            let answer = show(&router, &format!("GET {path}"), header.as_deref()).await;
            assert_eq!(status(&answer), expected, "{path}: {shown}");
        }
    }
}

#[tokio::test]
async fn a_layer_of_another_authenticator_vouches_for_nobody() {
    let (service, other) = (Service::new(), Service::with(|builder| builder.prefix("other")));
    let state = State { authenticator: service.authenticator.clone() };
    let router =
        routes().layer(AuthenticateLayer::new(&other.authenticator, AuthMethods::bearer())).with_state(state);
    let key = format!("Bearer {}", other.api_key("alice", &["read"]).await);
    assert_eq!(show(&router, "GET /bearer", Some(&key)).await, INVALID_TOKEN);
}

#[tokio::test]
async fn a_request_is_authenticated_once_where_a_layer_has_done_it() {
    let service = Arc::new(Service::new());
    let alice = format!("Bearer {}", service.access("alice").await);
    let state = State { authenticator: service.authenticator.clone() };
    // Between the two the store goes away: whoever asked it again would get 503.
    let switch = Arc::clone(&service);
    let goes_away = from_fn(move |request: Request, next: Next| {
        switch.fail(EVERYTHING);
        next.run(request)
    });
    let layer = AuthenticateLayer::new(&state.authenticator, AuthMethods::bearer());
    let router = routes().layer(goes_away).layer(layer).with_state(state);
    assert_eq!(status(&show(&router, "GET /bearer", Some(&alice)).await), 200);
    // The switch stays where it is.
    assert_eq!(show(&router, "GET /bearer", Some(&alice)).await, UNAVAILABLE);
}

#[tokio::test]
async fn refusals_of_handlers_are_those_of_the_authenticator() {
    let service = Service::new();
    let state = State { authenticator: service.authenticator.clone() };
    let router = routes().with_state(state);
    assert_eq!(show(&router, "GET /bearer", None).await, UNAUTHORIZED);
    assert_eq!(show(&router, "GET /bearer", Some("Bearer x")).await, INVALID_TOKEN);
    let bob = format!("Bearer {}", service.access("bob").await);
    assert_eq!(
        show(&router, "GET /write", Some(&bob)).await,
        "403\ncontent-type: application/json\ncache-control: no-store\n\
         www-authenticate: Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"write\"\n\n\
         {\"error\":\"insufficient_scope\"}"
    );
    service.fail(EVERYTHING);
    assert_eq!(show(&router, "GET /anybody", Some(&bob)).await, UNAVAILABLE);
    // A refusal can be looked at, and made of any error of the authenticator's.
    let error = Authenticator::builder("", "").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidName));
    let refusal = Rejection::new(&service.authenticator, &error);
    assert_eq!((refusal.status().as_u16(), refusal.code()), (500, "server_error"));
}

#[tokio::test]
async fn several_headers_are_refused_whoever_reads_them() {
    let service = Service::new();
    let router = routes().with_state(State { authenticator: service.authenticator.clone() });
    let header = format!("authorization: Bearer {}", service.access("alice").await);
    let answer = crate::support::send(&router, "GET /anybody", &[&header, &header], "").await;
    assert_eq!(status(&answer), 400);
}
