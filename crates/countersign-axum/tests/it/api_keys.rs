//! API keys: made, listed, removed.

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    AnyTokenStore, Kind, MemoryTokenStore, StoredToken, TokenRecord, TokenStoreExt,
};
use time::Duration;

use crate::support::{
    EVERYTHING, FORM, JSON, Service, UNAVAILABLE, json_of, refusal, send, show, start, status,
};

#[tokio::test]
async fn a_key_is_shown_once_listed_without_itself_and_removed() {
    let service = Service::new();
    let router = service.routes();
    let alice = format!("authorization: Bearer {}", service.access("alice").await);
    let body = r#"{"name":"deploy","scopes":["read"],"expires_in":60}"#;
    let answer = send(&router, "POST /api-keys", &[&alice, JSON], body).await;
    let made = json_of(&answer);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (id, hint, key) = (text("id"), text("hint"), text("key"));
    let shown = format!(
        r#"{{"id":"{id}","name":"deploy","hint":"{hint}","scopes":["read"],"created_at":"2026-11-01T12:00:00Z","expires_at":"2026-11-01T12:01:00Z","last_used_at":null"#
    );
    let head = "content-type: application/json\ncache-control: no-store\n";
    assert_eq!(answer, format!("201\n{head}\n{shown},\"key\":\"{key}\"}}"));
    assert!(key.starts_with("acme_key_"));
    let list = send(&router, "GET /api-keys", &[&alice], "").await;
    assert_eq!(list, format!("200\n{head}\n{{\"api_keys\":[{shown}}}]}}"));
    assert!(service.lets_in(&key).await);

    // Nobody else's.
    let bob = format!("Bearer {}", service.access("bob").await);
    let line = format!("DELETE /api-keys/{id}");
    assert_eq!(show(&router, &line, Some(&bob)).await, refusal(404, "not_found"));
    assert_eq!(json_of(&show(&router, "GET /api-keys", Some(&bob)).await)["api_keys"], serde_json::json!([]));
    assert!(service.lets_in(&key).await);

    assert_eq!(send(&router, &line, &[&alice], "").await, "204\n\n");
    assert!(!service.lets_in(&key).await);
    for line in [line.as_str(), "DELETE /api-keys/none", "DELETE /api-keys/%ff"] {
        assert_eq!(send(&router, line, &[&alice], "").await, refusal(404, "not_found"), "{line}");
    }
}

#[tokio::test]
async fn what_is_no_wish_for_a_key_makes_none() {
    let service = Service::new();
    let router = service.routes();
    let alice = format!("authorization: Bearer {}", service.access("alice").await);
    let bob = format!("authorization: Bearer {}", service.access("bob").await);
    let good = r#"{"name":"x","scopes":["write"]}"#;
    let nested = format!(r#"{{"name":{}1{},"scopes":[]}}"#, "[".repeat(5000), "]".repeat(5000));
    let long = format!(r#"{{"name":"{}","scopes":[]}}"#, "a".repeat(17 * 1024));
    let invalid = || refusal(400, "invalid_request");
    for (caller, media_type, body, expected) in [
        (&alice, JSON, "", invalid()),
        (&alice, JSON, "{", invalid()),
        (&alice, JSON, "null", invalid()),
        (&alice, JSON, "[]", invalid()),
        (&alice, JSON, r#"{"name":"x"}"#, invalid()),
        (&alice, JSON, r#"{"scopes":[]}"#, invalid()),
        (&alice, JSON, r#"{"name":1,"scopes":[]}"#, invalid()),
        (&alice, JSON, r#"{"name":"x","scopes":"read"}"#, invalid()),
        (&alice, JSON, r#"{"name":"x","scopes":[],"extra":1}"#, invalid()),
        (&alice, JSON, r#"{"name":"x","name":"y","scopes":[]}"#, invalid()),
        (&alice, JSON, r#"{"name":"x","scopes":[],"expires_in":0}"#, invalid()),
        (&alice, JSON, r#"{"name":"x","scopes":[],"expires_in":-1}"#, invalid()),
        (&alice, JSON, r#"{"name":"x","scopes":[],"expires_in":1.5}"#, invalid()),
        (&alice, JSON, &nested, invalid()),
        (&alice, FORM, "name=x", invalid()),
        (&alice, FORM, good, invalid()),
        (&alice, "content-type: text/plain", good, invalid()),
        (&alice, JSON, &long, refusal(413, "invalid_request")),
        (&alice, JSON, r#"{"name":"x","scopes":["payroll"]}"#, refusal(400, "invalid_scope")),
        (&alice, JSON, r#"{"name":"x","scopes":[""]}"#, refusal(400, "invalid_scope")),
        (&alice, JSON, r#"{"name":"x","scopes":["read write"]}"#, refusal(400, "invalid_scope")),
        (&bob, JSON, good, refusal(400, "invalid_scope")),
    ] {
        let answer = send(&router, "POST /api-keys", &[caller, media_type], body).await;
        assert_eq!(answer, expected, "{media_type} {body:.60}");
    }
    let list = send(&router, "GET /api-keys", &[&alice], "").await;
    assert_eq!(json_of(&list)["api_keys"], serde_json::json!([]));
    // A life without end, by any clock.
    let body = format!(r#"{{"name":"x","scopes":[],"expires_in":{}}}"#, u64::MAX);
    assert_eq!(status(&send(&router, "POST /api-keys", &[&alice, JSON], &body).await), 201);
}

#[tokio::test]
async fn a_store_that_cannot_answer_gives_no_keys() {
    let service = Service::new();
    let router = service.routes();
    let alice = format!("authorization: Bearer {}", service.access("alice").await);
    service.fail(EVERYTHING);
    for (line, body) in [
        ("POST /api-keys", r#"{"name":"x","scopes":[]}"#),
        ("GET /api-keys", ""),
        ("DELETE /api-keys/none", ""),
    ] {
        assert_eq!(send(&router, line, &[&alice, JSON], body).await, UNAVAILABLE, "{line}");
    }
}

#[tokio::test]
async fn too_many_api_keys_and_too_long_a_name_are_refused() {
    let service = Service::with(|builder| builder.max_api_keys_per_owner(1));
    let router = service.routes();
    let alice = format!("authorization: Bearer {}", service.access("alice").await);
    let long = format!(r#"{{"name":"{}","scopes":[]}}"#, "a".repeat(257));
    assert_eq!(
        send(&router, "POST /api-keys", &[&alice, JSON], &long).await,
        refusal(400, "invalid_request")
    );
    let body = r#"{"name":"x","scopes":[]}"#;
    assert_eq!(status(&send(&router, "POST /api-keys", &[&alice, JSON], body).await), 201);
    assert_eq!(
        send(&router, "POST /api-keys", &[&alice, JSON], body).await,
        refusal(409, "too_many_api_keys")
    );
}

/// RFC 3339 has the years 0 to 9999.
#[tokio::test]
async fn moment_without_rfc_3339_form_is_an_error_and_not_an_empty_text() {
    let tokens = AnyTokenStore::new(MemoryTokenStore::new());
    let service = Service::with(|builder| builder.token_store(tokens.clone()));
    let router = service.routes();
    let alice = format!("authorization: Bearer {}", service.access("alice").await);
    let record = TokenRecord {
        id: "id".to_owned(),
        kind: Kind::ApiKey,
        owner: "alice".to_owned(),
        name: "deploy".to_owned(),
        hint: "acme_".to_owned(),
        scopes: vec![],
        roles: vec![],
        created_at: start() - Duration::days(365 * 3000),
        expires_at: None,
        last_used_at: None,
    };
    let digest = KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes([7; 32]) };
    tokens.insert_token(StoredToken { record, digest }).await.unwrap();
    assert_eq!(send(&router, "GET /api-keys", &[&alice], "").await, refusal(500, "server_error"));
}
