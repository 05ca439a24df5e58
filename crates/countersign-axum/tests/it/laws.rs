//! Whatever comes in, the answer is one of a few, and nothing of the request is in it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use countersign_axum::{AuthenticateLayer, BrowserTokens, TokenRoutes};
use countersign_session::AuthMethods;
use proptest::prelude::*;
use tower::ServiceExt;

use crate::support::{FORM, JSON, Service, json_of, send, status, text};

const LINES: [&str; 16] = [
    "POST /tokens",
    "POST /tokens/refresh",
    "DELETE /tokens",
    "DELETE /sessions",
    "GET /sessions",
    "DELETE /sessions/canary-in-path",
    "DELETE /sessions/others",
    "GET /api-keys",
    "POST /api-keys",
    "DELETE /api-keys/canary-in-path",
    "POST /tokens/revoke",
    "POST /tokens/introspect",
    "POST /browser/tokens",
    "POST /browser/tokens/refresh",
    "DELETE /browser/tokens",
    "GET /layered",
];

fn everything(service: &Service) -> Router {
    let browser = BrowserTokens::new("https://app.example");
    let browser = TokenRoutes::new(&service.authenticator).browser_tokens(browser).into_router().unwrap();
    let either =
        AuthenticateLayer::new(&service.authenticator, AuthMethods::bearer().or(AuthMethods::basic()));
    let layered = axum::routing::get(async || "in").layer(either);
    service.routes().nest("/browser", browser).route("/layered", layered)
}

/// A status of the table, and a body that is empty or a JSON object; a refusal has a code and nothing more.
fn check(line: &str, answer: &str) {
    assert!([200, 201, 204, 400, 401, 403, 404, 413].contains(&status(answer)), "{line}: {answer}");
    if status(answer) >= 400 {
        let body = json_of(answer);
        assert_eq!(body.as_object().unwrap().len(), 1, "{line}: {answer}");
        assert!(body["error"].is_string(), "{line}: {answer}");
        assert!(answer.contains("cache-control: no-store\n"), "{line}: {answer}");
    }
}

#[tokio::test]
async fn nothing_of_a_request_is_in_its_answer() {
    let service = Service::new();
    let router = everything(&service);
    let (access, refresh) = service.pair("alice").await;
    let bearer = format!("authorization: Bearer {access}");
    // Well-formed and malformed, where clients put things. (What follows the scheme: canary:canary in base64, too.)
    let headers = [
        "authorization: Bearer canary",
        "authorization: Bearer canary.canary.canary",
        "authorization: Basic Y2FuYXJ5OmNhbmFyeQ==",
        "authorization: Basic canary",
        "authorization: Canary canary",
        "authorization: canary, canary=\"canary\"",
        "cookie: __Host-refresh=canary; canary=canary",
        "origin: https://canary.example",
        "content-type: application/canary",
        &bearer,
    ];
    let bodies = [
        (FORM, "grant_type=canary&canary=canary"),
        (FORM, "refresh_token=canary&token=canary&token_type_hint=canary"),
        (JSON, r#"{"refresh_token":"canary"}"#),
        (JSON, r#"{"name":"n","scopes":["canary"]}"#),
        (JSON, r#"{"canary":"canary"}"#),
        (JSON, r#""canary"#),
    ];
    for line in LINES {
        // These would end the session in the midst of the test.
        let ends = line.starts_with("DELETE") && !line.contains("/api-keys/");
        for header in headers.into_iter().filter(|header| !(ends && *header == bearer)) {
            for (media_type, body) in bodies {
                let all = [header, media_type, "x-canary: canary"];
                let answer = send(&router, line, &all, body).await;
                check(line, &answer);
                let lower = answer.to_lowercase();
                assert!(
                    !lower.contains("canary") && !lower.contains("y2fuyxj5"),
                    "{line} {header}: {answer}"
                );
                assert!(!answer.contains(&access) && !answer.contains(&refresh), "{line} {header}: {answer}");
            }
        }
    }
    assert!(service.lets_in(&access).await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_headers_and_any_body_have_one_of_a_few_answers(
        line in prop::sample::select(&LINES[..]),
        name in prop::sample::select(&["authorization", "cookie", "origin", "sec-fetch-site", "content-type"][..]),
        prefix in prop::sample::select(&["", "Bearer ", "Basic ", "__Host-refresh=", "application/json;"][..]),
        value in prop::collection::vec(prop::num::u8::ANY, 0..60),
        media_type in prop::sample::select(&["application/json", "application/x-www-form-urlencoded", "x"][..]),
        body in prop_oneof![
            prop::collection::vec(prop::num::u8::ANY, 0..200),
            "[{}\\[\\]\":,a-z_=&%0-9]{0,100}".prop_map(String::into_bytes),
            "(token|refresh_token|grant_type|name|scopes)=[a-z_.%0-9]{0,50}".prop_map(String::into_bytes),
        ],
    ) {
        let value = [prefix.as_bytes(), &value].concat();
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            let (method, path) = line.split_once(' ').unwrap();
            let request = Request::builder().method(method).uri(path).header(name, value);
            let request = request.header("content-type", media_type).body(Body::from(body)).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let answer = runtime.block_on(async {
                let router = everything(&Service::new());
                text(router.oneshot(request).await.unwrap()).await
            });
            check(line, &answer);
        }
    }
}
