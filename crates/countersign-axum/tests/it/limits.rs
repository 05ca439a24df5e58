//! Wherever a password can be tried, the limiter gets the address of the client.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Extension, Router};
use countersign_axum::{
    AuthenticateLayer, Authenticated, Basic, BrowserTokens, ClientAddressLayer, FromLayer, TokenRoutes,
};
use countersign_session::{
    AuditEvent, AuditSink, AuthMethods, Authenticator, ConfigurationFault, ErrorKind, LoginTokens,
    MemoryLimiter, Outcome,
};
use countersign_token_store::MemoryTokenStore;

use crate::support::{Service, basic, refusal, send, show, status};

/// The address that a test's client says it has, as a trusted proxy might.
fn address(parts: &Parts) -> Option<IpAddr> {
    parts.headers.get("x-address")?.to_str().ok()?.parse().ok()
}

fn limited() -> Service {
    Service::with(|builder| builder.limiter(MemoryLimiter::new()))
}

/// Each way in which a password can be tried.
const WAYS: [&str; 4] = ["POST /tokens", "POST /tokens/introspect", "GET /extractor", "GET /layer"];

async fn extractor(caller: Authenticated<Basic>) -> String {
    caller.subject().to_owned()
}

async fn layered(caller: Authenticated<FromLayer>) -> String {
    caller.subject().to_owned()
}

fn routes(authenticator: &Authenticator) -> (TokenRoutes, AuthenticateLayer) {
    let tokens = TokenRoutes::new(authenticator).tokens().introspection("introspect");
    (tokens, AuthenticateLayer::new(authenticator, AuthMethods::basic()))
}

fn router(authenticator: &Authenticator) -> Router {
    let (tokens, layer) = routes(authenticator);
    Router::new()
        .route("/extractor", get(extractor))
        .route("/layer", get(layered).layer(layer))
        .with_state(authenticator.clone())
        .merge(tokens.into_router().unwrap())
}

async fn guess(router: &Router, way: &str, user: &str, password: &str, from: &str) -> u16 {
    let (authorization, from) =
        (format!("authorization: {}", basic(user, password)), format!("x-address: {from}"));
    status(&send(router, way, &[&authorization, &from], "").await)
}

#[tokio::test]
async fn guesses_from_one_address_are_limited_over_all_names_everywhere() {
    for way in WAYS {
        let service = limited();
        let router = router(&service.authenticator).layer(ClientAddressLayer::new(address));
        let mut guesses = 0;
        for number in 0..200 {
            let user = format!("user-{number}");
            match guess(&router, way, &user, "Winter2026!", "192.0.2.66").await {
                401 => guesses += 1,
                other => assert_eq!(other, 429, "{way}"),
            }
        }
        assert_eq!(guesses, 50, "{way}");
        assert_ne!(guess(&router, way, "alice", "wonderland", "192.0.2.1").await, 429, "{way}");
    }
}

#[tokio::test]
async fn a_guess_a_minute_locks_no_user_out_anywhere() {
    for way in WAYS {
        let service = limited();
        let router = router(&service.authenticator).layer(ClientAddressLayer::new(address));
        let home = "198.51.100.7";
        assert_eq!(guess(&router, "POST /tokens", "alice", "wonderland", home).await, 200);
        for minute in 0..60 {
            while guess(&router, way, "alice", "wrong", "192.0.2.66").await == 401 {}
            assert_eq!(guess(&router, "GET /extractor", "alice", "wonderland", home).await, 200);
            // She may also come from where she has never been.
            let new = format!("203.0.113.{minute}");
            assert_eq!(guess(&router, "GET /layer", "alice", "wonderland", &new).await, 200, "{way}");
            service.clock.advance(std::time::Duration::from_secs(60));
        }
    }
}

#[tokio::test]
async fn address_comes_from_the_routes_the_layer_or_the_peer() {
    let limiter = || {
        let once = countersign_session::Limit::new(1, std::time::Duration::from_secs(60)).unwrap();
        Service::with(|builder| builder.limiter(MemoryLimiter::with(once, once)))
    };
    let (here, there): (SocketAddr, SocketAddr) =
        ("192.0.2.1:1".parse().unwrap(), "192.0.2.2:1".parse().unwrap());
    for way in ["POST /tokens", "POST /tokens/introspect", "GET /layer"] {
        let service = limiter();
        let (tokens, layer) = routes(&service.authenticator);
        let own = Router::new()
            .route("/layer", get(layered).layer(layer.client_address(address)))
            .merge(tokens.client_address(address).into_router().unwrap());
        assert_eq!(guess(&own, way, "alice", "wrong", "192.0.2.1").await, 401, "{way}");
        assert_eq!(guess(&own, way, "bob", "wrong", "192.0.2.1").await, 429, "{way}");
        assert_eq!(guess(&own, way, "bob", "wrong", "192.0.2.2").await, 401, "{way}");
    }
    for way in WAYS {
        let service = limiter();
        let with_peer = |peer: SocketAddr| router(&service.authenticator).layer(Extension(ConnectInfo(peer)));
        assert_eq!(guess(&with_peer(here), way, "alice", "wrong", "").await, 401, "{way}");
        assert_eq!(guess(&with_peer(here), way, "bob", "wrong", "").await, 429, "{way}");
        assert_eq!(guess(&with_peer(there), way, "bob", "wrong", "").await, 401, "{way}");
    }
}

/// Keeps the outcomes.
#[derive(Default)]
struct Kept(Mutex<Vec<Outcome>>);

impl AuditSink for Kept {
    fn record(&self, event: &AuditEvent<'_>) {
        self.0.lock().unwrap().push(event.outcome());
    }
}

#[tokio::test]
async fn missing_address_is_a_configuration_error_that_the_operator_sees() {
    let events = Arc::new(Kept::default());
    let service = Service::with(|builder| builder.limiter(MemoryLimiter::new()).audit(Arc::clone(&events)));
    let bare = router(&service.authenticator);
    // A source that finds nothing does not fall back to the peer, which may be a proxy.
    let peer: SocketAddr = "192.0.2.1:1".parse().unwrap();
    let nothing = router(&service.authenticator)
        .layer(ClientAddressLayer::new(|_| None))
        .layer(Extension(ConnectInfo(peer)));
    for router in [bare, nothing] {
        for way in WAYS {
            let answer = show(&router, way, Some(&basic("alice", "wonderland"))).await;
            assert_eq!(answer, refusal(500, "server_error"), "{way}");
            let fault = ErrorKind::InvalidConfiguration(ConfigurationFault::NoClientAddress);
            assert_eq!(std::mem::take(&mut *events.0.lock().unwrap()), [Outcome::Refused(fault)], "{way}");
        }
        // A token needs no address.
        let token = format!("Bearer {}", service.access("alice").await);
        assert_eq!(status(&show(&router, "DELETE /tokens", Some(&token)).await), 204);
        events.0.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn routes_that_cannot_work_fail_when_built() {
    let service = Service::new();
    let fault = |routes: TokenRoutes| routes.into_router::<()>().err().map(|error| error.kind());
    let missing = |fault| Some(ErrorKind::InvalidConfiguration(fault));
    let bare = Authenticator::builder("https://api.example", "https://api.example")
        .login_tokens(LoginTokens::Signed)
        .signing_key(countersign_signed::SigningKey::hs256(&[1; 32]).unwrap().with_kid("test").unwrap())
        .revocation_store(countersign_revocation::MemoryRevocationStore::new())
        .build()
        .unwrap();
    let routes = || TokenRoutes::new(&bare);
    let browser = || BrowserTokens::new("https://app.example");
    assert_eq!(fault(routes().tokens()), missing(ConfigurationFault::NoCredentialVerifier));
    assert_eq!(fault(routes().browser_tokens(browser())), missing(ConfigurationFault::NoCredentialVerifier));
    assert_eq!(fault(routes().api_keys()), missing(ConfigurationFault::NoTokenStore));
    assert_eq!(fault(routes().introspection("two words")), missing(ConfigurationFault::InvalidName));
    assert_eq!(fault(routes().sessions().revocation().introspection("introspect")), None);
    let single = Service::with(|builder| builder.login_tokens(LoginTokens::Signed));
    let single = TokenRoutes::new(&single.authenticator);
    assert_eq!(fault(single.clone().browser_tokens(browser())), None);
    assert_eq!(fault(single.tokens().jwks(std::time::Duration::ZERO)), None);
    let random = Authenticator::builder("https://api.example", "https://api.example")
        .login_tokens(LoginTokens::Random)
        .digest_keys(countersign_random::DigestKeys::new(
            countersign_random::DigestKey::keyed(1, &[2; 32]).unwrap(),
        ))
        .token_store(MemoryTokenStore::new())
        .build()
        .unwrap();
    let routes = TokenRoutes::new(&random);
    assert_eq!(
        fault(routes.clone().jwks(std::time::Duration::ZERO)),
        missing(ConfigurationFault::NoSigningKey)
    );
    assert_eq!(fault(routes.api_keys()), None);
    assert_eq!(
        fault(TokenRoutes::new(&service.authenticator).tokens().browser_tokens(browser()).api_keys()),
        None
    );
}
