//! What others ask about tokens: to end one, whether one is good, and with which keys.

use std::time::Duration;

use axum::Router;
use countersign_axum::TokenRoutes;
use countersign_session::LoginTokens;
use countersign_signed::{Algorithm, SigningKey};
use serde_json::{Value, json};

use crate::support::{
    EVERYTHING, FORM, JSON, Service, UNAVAILABLE, URL, WRITES, basic, external, json_of, ok, refusal, send,
    start, status,
};

async fn revoke(router: &Router, token: &str) -> String {
    send(router, "POST /tokens/revoke", &[FORM], &format!("token={token}&token_type_hint=anything")).await
}

async fn introspect(router: &Router, header: &str, token: &str) -> String {
    send(router, "POST /tokens/introspect", &[header, FORM], &format!("token={token}")).await
}

#[tokio::test]
async fn whoever_has_a_token_can_end_it() {
    let service = Service::new();
    let router = service.routes();
    let (access, refresh) = service.pair("alice").await;
    let (other, _) = service.pair("alice").await;
    let key = service.api_key("alice", &[]).await;
    // A refresh token takes its access tokens along, and an access token its refresh token.
    assert_eq!(revoke(&router, &refresh).await, ok("{}"));
    assert!(!service.lets_in(&access).await);
    let (access, refresh) = service.pair("alice").await;
    assert_eq!(revoke(&router, &access).await, ok("{}"));
    assert!(service.authenticator.refresh(&refresh).await.is_err());
    assert_eq!(revoke(&router, &key).await, ok("{}"));
    assert!(!service.lets_in(&key).await);
    let theirs = external();
    assert_eq!(revoke(&router, &theirs).await, ok("{}"));
    assert!(!service.lets_in(&theirs).await);
    // Again, and what never was one.
    for token in [&access, &refresh, &key, &theirs, "x", "a.b.c", "%00", "%ff", "acme_refresh_x"] {
        assert_eq!(revoke(&router, token).await, ok("{}"), "{token:.40}");
    }
    assert!(service.lets_in(&other).await);
}

#[tokio::test]
async fn a_revocation_that_is_none_is_refused() {
    let service = Service::new();
    let router = service.routes();
    let (access, refresh) = service.pair("alice").await;
    for (media_type, body) in [
        (FORM, ""),
        (FORM, "token="),
        (FORM, "token_type_hint=access_token"),
        (FORM, "token=a&token=b"),
        (FORM, "token=a&token_type_hint=b&token_type_hint=c"),
        (JSON, r#"{"token":"a"}"#),
    ] {
        let answer = send(&router, "POST /tokens/revoke", &[media_type], body).await;
        assert_eq!(answer, refusal(400, "invalid_request"), "{body}");
    }
    service.fail(WRITES);
    assert_eq!(revoke(&router, &access).await, UNAVAILABLE);
    assert_eq!(revoke(&router, &refresh).await, UNAVAILABLE);
    service.fail(EVERYTHING);
    assert_eq!(revoke(&router, &access).await, UNAVAILABLE);
    service.fail(0);
    assert!(service.lets_in(&access).await);
}

#[tokio::test]
async fn a_good_token_is_told_of_and_any_other_is_inactive() {
    let service = Service::new();
    let router = service.routes();
    let server = format!("authorization: Bearer {}", service.api_key("resources", &["introspect"]).await);
    let (access, refresh) = service.pair("alice").await;
    let jti =
        service.authenticator.authenticate_token(&access, countersign_session::AuthMethods::bearer()).await;
    let jti = jti.unwrap().claims().unwrap().jti().unwrap().to_owned();
    let now = start().unix_timestamp();
    let told = introspect(&router, &server, &access).await;
    let expected: Value = json!({"active": true, "scope": "read write", "token_type": "Bearer", "exp": now + 600,
        "iat": now, "sub": "alice", "aud": [URL], "iss": URL, "jti": jti});
    assert_eq!((status(&told), json_of(&told)), (200, expected));
    assert!(told.contains("cache-control: no-store\n"));
    let key = service.api_key("alice", &["read"]).await;
    let told = json_of(&introspect(&router, &server, &key).await);
    let expected: Value =
        json!({"active": true, "scope": "read", "token_type": "Bearer", "sub": "alice", "iss": URL});
    assert_eq!(told, expected);

    // With every other token, the same answer: nothing tells why.
    let (revoked, _) = service.pair("alice").await;
    revoke(&router, &revoked).await;
    let removed = service.api_key("alice", &[]).await;
    revoke(&router, &removed).await;
    let inactive = ok(r#"{"active":false}"#);
    let unknown = ["x", "a.b.c", "%ff", "acme_key_x"];
    let theirs = external();
    for token in [&refresh, &revoked, &removed, &theirs].map(String::as_str).into_iter().chain(unknown) {
        assert_eq!(introspect(&router, &server, token).await, inactive, "{token:.40}");
    }
    service.clock.advance(Duration::from_secs(600));
    assert_eq!(introspect(&router, &server, &access).await, inactive);
}

#[tokio::test]
async fn only_resource_servers_may_ask() {
    let service = Service::new();
    let router = service.routes();
    let access = service.access("alice").await;
    let own = format!("authorization: Bearer {access}");
    let unscoped = format!("authorization: Bearer {}", service.api_key("resources", &[]).await);
    // It has the scope, but by the word of another issuer.
    let theirs = format!("authorization: Bearer {}", external());
    let password = format!("authorization: {}", basic("resources", "server"));
    let signed = format!("authorization: Bearer {}", service.access("resources").await);
    for (header, expected) in [
        (own.as_str(), 403),
        (&unscoped, 403),
        (&theirs, 401),
        ("x-nothing: shown", 401),
        (&password, 200),
        (&signed, 200),
    ] {
        let answer = introspect(&router, header, &access).await;
        assert_eq!(status(&answer), expected, "{header:.40}");
        assert_eq!(answer.contains("alice"), expected == 200, "{header:.40}");
    }
    let answer = introspect(&router, &own, &access).await;
    assert!(answer.contains(r#"error="insufficient_scope", scope="introspect""#), "{answer}");
    let answer = send(&router, "POST /tokens/introspect", &[&password, FORM], "").await;
    assert_eq!(answer, refusal(400, "invalid_request"));
    service.fail(EVERYTHING);
    let key = format!("authorization: Bearer {}", service.api_key("resources", &["introspect"]).await);
    assert_eq!(introspect(&router, &key, &access).await, UNAVAILABLE);
}

#[tokio::test]
async fn the_public_keys_are_published_and_may_be_cached() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let service = Service::with(|builder| builder.signing_key(key));
    let answer = send(&service.routes(), "GET /.well-known/jwks.json", &[], "").await;
    let (head, body) = answer.split_once("\n\n").unwrap();
    let (head, tag) = head.split_once("\netag: ").unwrap();
    assert_eq!(head, "200\ncontent-type: application/jwk-set+json\ncache-control: public, max-age=300");
    assert_eq!(body, service.authenticator.jwks().unwrap());
    assert_eq!(json_of(&answer)["keys"].as_array().unwrap().len(), 1);
    // A secret is never published.
    let answer = send(&Service::new().routes(), "GET /.well-known/jwks.json", &[], "").await;
    assert_eq!(json_of(&answer), json!({"keys": []}));
    assert!(!answer.contains(tag), "another set has the same tag");
}

/// RFC 9110 section 13.1.2.
#[tokio::test]
async fn whoever_has_the_public_keys_is_told_so() {
    let service =
        Service::with(|builder| builder.signing_key(SigningKey::generate(Algorithm::EdDSA).unwrap()));
    let router = service.routes();
    let answer = send(&router, "GET /.well-known/jwks.json", &[], "").await;
    let tag = answer.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let unmodified = format!("304\ncache-control: public, max-age=300\netag: {tag}\n\n");
    for (known, expected) in [
        (tag.clone(), true),
        (format!("W/{tag}"), true),
        (format!("\"a\", {tag}"), true),
        (format!("{tag},\"a\""), true),
        ("*".to_owned(), true),
        ("\"a\"".to_owned(), false),
        (tag.trim_matches('"').to_owned(), false),
        (format!("w/{tag}"), false),
        (String::new(), false),
    ] {
        let header = format!("if-none-match: {known}");
        let again = send(&router, "GET /.well-known/jwks.json", &[&header], "").await;
        assert_eq!(again, if expected { &unmodified } else { &answer }.as_str(), "{known}");
    }
}

#[tokio::test]
async fn what_the_service_does_not_issue_is_inactive() {
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Random));
    let routes = TokenRoutes::new(&service.authenticator).revocation().introspection("introspect");
    let router = routes.into_router().unwrap();
    let server = format!("authorization: Bearer {}", service.access("resources").await);
    let alice = service.access("alice").await;
    let told = json_of(&introspect(&router, &server, &alice).await);
    let exp = start().unix_timestamp() + 600;
    assert_eq!((&told["active"], &told["exp"]), (&json!(true), &json!(exp)));
    assert_eq!(revoke(&router, &alice).await, ok("{}"));
    assert_eq!(introspect(&router, &server, &alice).await, ok(r#"{"active":false}"#));
}
