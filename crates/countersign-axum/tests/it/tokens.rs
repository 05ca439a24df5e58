//! Log in, refresh, log out.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use countersign_axum::TokenRoutes;
use countersign_revocation::{AnyRevocationStore, DangerouslyFailOpen, MemoryRevocationStore, conformance};
use countersign_session::{Authenticator, Limit, LoginTokens, MemoryLimiter};
use countersign_signed::SigningKey;

use crate::support::{
    EVERYTHING, FORM, INVALID_TOKEN, JSON, Service, UNAUTHORIZED, UNAVAILABLE, URL, Users, WRITES, basic,
    json_of, ok, refusal, send, show, status,
};

fn refresh_form(token: &str) -> String {
    format!("refresh_token={token}")
}

#[tokio::test]
async fn a_session_is_begun_renewed_and_ended() {
    let service = Service::new();
    let router = service.routes();
    let first = show(&router, "POST /tokens", Some(&basic("alice", "wonderland"))).await;
    let tokens = json_of(&first);
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    let body = format!(
        r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":600,"refresh_token":"{refresh}","scope":"read write"}}"#
    );
    assert_eq!(first, ok(&body));
    assert!(service.lets_in(&access).await);

    // By form and by JSON object, at either end-point that takes it; at once, so that all are one refresh.
    let form = refresh_form(&refresh);
    let with_grant = format!("grant_type=refresh_token&{form}&unknown=1");
    let object = format!(r#"{{"grant_type":"refresh_token","refresh_token":"{refresh}"}}"#);
    let mut successors = Vec::new();
    for (line, media_type, body) in [
        ("POST /tokens/refresh", FORM, &form),
        ("POST /tokens/refresh", FORM, &with_grant),
        ("POST /tokens/refresh", JSON, &object),
        ("POST /tokens", FORM, &with_grant),
    ] {
        let answer = send(&router, line, &[media_type], body).await;
        assert_eq!(status(&answer), 200, "{line} {media_type}: {answer}");
        successors.push(json_of(&answer)["refresh_token"].as_str().unwrap().to_owned());
    }
    successors.dedup();
    let [successor] = successors.as_slice() else { panic!("several successors") };
    assert_ne!(*successor, refresh);

    let bearer = format!("Bearer {access}");
    assert_eq!(show(&router, "DELETE /tokens", Some(&bearer)).await, "204\n\n");
    assert!(!service.lets_in(&access).await);
    let answer = send(&router, "POST /tokens/refresh", &[FORM], &refresh_form(successor)).await;
    assert_eq!(answer, refusal(400, "invalid_grant"));
    assert_eq!(show(&router, "DELETE /tokens", Some(&bearer)).await, INVALID_TOKEN);
}

#[tokio::test]
async fn a_log_out_everywhere_ends_all_sessions_and_no_api_key() {
    let service = Service::new();
    let router = service.routes();
    let (here, there) = (service.access("alice").await, service.access("alice").await);
    let (bob, key) = (service.access("bob").await, service.api_key("alice", &[]).await);
    assert_eq!(show(&router, "DELETE /sessions", Some(&format!("Bearer {here}"))).await, "204\n\n");
    for (token, expected) in [(here, false), (there, false), (bob, true), (key, true)] {
        assert_eq!(service.lets_in(&token).await, expected);
    }
}

#[tokio::test]
async fn a_log_in_is_refused_by_rfc_6749() {
    let service = Service::new();
    let router = service.routes();
    let challenged = |status: u16, code: &str| {
        format!(
            "{status}\ncontent-type: application/json\ncache-control: no-store\n\
             www-authenticate: Basic realm=\"api\", charset=\"UTF-8\"\n\n{{\"error\":\"{code}\"}}"
        )
    };
    for (shown, expected) in [
        (None, challenged(401, "invalid_client")),
        (Some(basic("alice", "x")), challenged(401, "invalid_client")),
        (Some(basic("nobody", "wonderland")), challenged(401, "invalid_client")),
        (Some("Basic !".into()), challenged(400, "invalid_request")),
    ] {
        assert_eq!(show(&router, "POST /tokens", shown.as_deref()).await, expected);
    }
    let alice = format!("authorization: {}", basic("alice", "wonderland"));
    let answer = send(&router, "POST /tokens", &[&alice, FORM], "grant_type=client_credentials").await;
    assert_eq!(status(&answer), 200);
}

#[tokio::test]
async fn malformed_bodies_have_defined_answers() {
    let service = Service::new();
    let router = service.routes();
    let (_, refresh) = service.pair("alice").await;
    let form = refresh_form(&refresh);
    let twice = format!("{form}&{form}");
    let object = format!(r#"{{"refresh_token":"{refresh}"}}"#);
    let object_twice = format!(r#"{{"refresh_token":"{refresh}","refresh_token":"{refresh}"}}"#);
    let object_more = format!(r#"{{"refresh_token":"{refresh}","more":1}}"#);
    let long = refresh_form(&"a".repeat(17 * 1024));
    let charset = format!("{JSON}; charset=utf-8");
    let invalid = || refusal(400, "invalid_request");
    let unsupported = || refusal(400, "unsupported_grant_type");
    let grant = || refusal(400, "invalid_grant");
    for (line, headers, body, expected) in [
        ("POST /tokens", vec![FORM], "grant_type=password", unsupported()),
        ("POST /tokens", vec![FORM], "grant_type=%ff", unsupported()),
        ("POST /tokens", vec![FORM], "grant_type=refresh_token", invalid()),
        ("POST /tokens", vec![FORM], "grant_type=a&grant_type=b", invalid()),
        ("POST /tokens", vec![JSON], "{}", invalid()),
        ("POST /tokens", vec!["content-type: text/plain"], "x", invalid()),
        ("POST /tokens/refresh", vec![], "", invalid()),
        ("POST /tokens/refresh", vec![FORM], "", invalid()),
        ("POST /tokens/refresh", vec![], &form, invalid()),
        ("POST /tokens/refresh", vec![FORM], "refresh_token=", invalid()),
        ("POST /tokens/refresh", vec![FORM], &twice, invalid()),
        ("POST /tokens/refresh", vec![FORM, FORM], &form, invalid()),
        ("POST /tokens/refresh", vec![FORM], "refresh_token=x", grant()),
        ("POST /tokens/refresh", vec![FORM], "refresh_token=%00%ff", grant()),
        ("POST /tokens/refresh", vec![FORM], "grant_type=client_credentials", unsupported()),
        ("POST /tokens/refresh", vec![FORM], &object, invalid()),
        ("POST /tokens/refresh", vec![JSON], &form, invalid()),
        ("POST /tokens/refresh", vec![JSON], "", invalid()),
        ("POST /tokens/refresh", vec![JSON], "null", invalid()),
        ("POST /tokens/refresh", vec![JSON], "[]", invalid()),
        ("POST /tokens/refresh", vec![JSON], r#"{"refresh_token":1}"#, invalid()),
        ("POST /tokens/refresh", vec![&charset], r#"{"refresh_token":"x"}"#, grant()),
        ("POST /tokens/refresh", vec![JSON], &object_twice, invalid()),
        ("POST /tokens/refresh", vec![JSON], &object_more, invalid()),
        ("POST /tokens/refresh", vec![FORM], &long, refusal(413, "invalid_request")),
        ("POST /tokens/refresh", vec![FORM, "content-length: 17409"], "", refusal(413, "invalid_request")),
    ] {
        let answer = send(&router, line, &headers, body).await;
        assert_eq!(answer, expected, "{line} {headers:?} {body:.60}");
        assert!(!answer.contains(&refresh));
    }
    // None of it spent the token.
    assert_eq!(status(&send(&router, "POST /tokens/refresh", &[JSON], &object).await), 200);
}

#[tokio::test]
async fn what_could_not_be_recorded_is_answered_with_503() {
    let service = Service::new();
    let router = service.routes();
    let (access, refresh) = service.pair("alice").await;
    let bearer = format!("Bearer {access}");
    service.fail(WRITES);
    assert_eq!(show(&router, "DELETE /tokens", Some(&bearer)).await, UNAVAILABLE);
    assert_eq!(show(&router, "DELETE /sessions", Some(&bearer)).await, UNAVAILABLE);
    service.fail(EVERYTHING);
    assert_eq!(send(&router, "POST /tokens/refresh", &[FORM], &refresh_form(&refresh)).await, UNAVAILABLE);
    assert_eq!(show(&router, "POST /tokens", Some(&basic("alice", "wonderland"))).await, UNAVAILABLE);
    // The session is as it was.
    service.fail(0);
    assert_eq!(status(&send(&router, "POST /tokens/refresh", &[FORM], &refresh_form(&refresh)).await), 200);
}

#[tokio::test]
async fn a_service_without_refresh_tokens_answers_with_a_token() {
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Random));
    let router = service.routes();
    let answer = show(&router, "POST /tokens", Some(&basic("alice", "wonderland"))).await;
    let token = json_of(&answer)["token"].as_str().unwrap().to_owned();
    assert_eq!(answer, ok(&format!(r#"{{"token":"{token}"}}"#)));
    let bearer = format!("Bearer {token}");
    assert_eq!(show(&router, "DELETE /tokens", Some(&bearer)).await, "204\n\n");
    assert_eq!(show(&router, "DELETE /tokens", Some(&bearer)).await, INVALID_TOKEN);
    let answer = send(&router, "POST /tokens/refresh", &[FORM], "refresh_token=x").await;
    assert_eq!(answer, refusal(400, "unsupported_grant_type"));
}

/// The address that a test's client says it has, as a trusted proxy might.
fn address(parts: &Parts) -> Option<IpAddr> {
    parts.headers.get("x-address")?.to_str().ok()?.parse().ok()
}

#[tokio::test]
async fn log_ins_are_counted_by_the_address_that_the_application_finds_out() {
    let limit = |burst: u32| Limit::new(burst, Duration::from_secs(60)).unwrap();
    let limiter = MemoryLimiter::with(limit(1000), limit(1));
    let service = Service::with(|builder| builder.limiter(limiter));
    let routes = TokenRoutes::new(&service.authenticator).tokens();
    let router: Router = routes.client_address(address).into_router().unwrap();
    let alice = format!("authorization: {}", basic("alice", "wrong"));
    let there = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    for (address, expected) in [("192.0.2.9", 401), ("192.0.2.9", 429), (&there.to_string(), 401)] {
        let header = format!("x-address: {address}");
        let answer = send(&router, "POST /tokens", &[&alice, &header], "").await;
        assert_eq!(status(&answer), expected);
        assert_eq!(answer.contains("retry-after: "), expected == 429, "{answer}");
    }
}

#[tokio::test]
async fn routes_can_be_nested() {
    let service = Service::new();
    let router = Router::new().nest("/v1", service.routes());
    assert_eq!(show(&router, "DELETE /v1/tokens", None).await, UNAUTHORIZED);
}

#[tokio::test]
async fn logout_at_a_node_without_a_token_store_is_recorded_or_503() {
    let revocations = AnyRevocationStore::new(MemoryRevocationStore::new());
    let store = revocations.clone();
    let service = Service::with(|builder| builder.revocation_store(store));
    let key = SigningKey::hs256(&[1; 32]).unwrap().with_kid("test").unwrap();
    let node = |revocations: AnyRevocationStore| {
        let builder =
            Authenticator::builder(URL, URL).login_tokens(LoginTokens::Signed).signing_key(key.clone());
        let node = builder.revocation_store(revocations).credentials(Users).clock(Arc::clone(&service.clock));
        let node = node.build().unwrap();
        TokenRoutes::new(&node).tokens().into_router::<()>().unwrap()
    };
    let (access, refresh) = service.pair("alice").await;
    let bearer = format!("Bearer {access}");

    // A node whose store answers a check, and records nothing.
    let read_only = conformance::Engine::new();
    let fail_open = DangerouslyFailOpen::new(read_only.clone(), Duration::from_secs(30));
    read_only.cut(true);
    let unrecorded = show(&node(AnyRevocationStore::new(fail_open)), "DELETE /tokens", Some(&bearer)).await;
    assert_eq!(unrecorded, UNAVAILABLE);
    assert!(service.lets_in(&access).await);

    assert_eq!(show(&node(revocations), "DELETE /tokens", Some(&bearer)).await, "204\n\n");
    assert!(!service.lets_in(&access).await);
    let answer = send(&service.routes(), "POST /tokens/refresh", &[FORM], &refresh_form(&refresh)).await;
    assert_eq!(answer, refusal(400, "invalid_grant"));
}
