//! Every kind of credentials at every route.

use countersign_axum::{BrowserTokens, TokenRoutes};

use crate::support::{FORM, JSON, Service, send, status};

/// In the order of `shown`: nothing, access token, API key, external token, refresh token, password, wrong
/// password, another scheme, malformed, changed. Alice has not the scope that introspection demands.
const GRID: [(&str, &str, &str, [u16; 10]); 13] = [
    ("POST /tokens", "", "", [401, 401, 401, 401, 401, 200, 401, 401, 400, 401]),
    ("POST /tokens/refresh", FORM, "refresh_token=x", [400; 10]),
    ("GET /api-keys", "", "", [401, 200, 401, 401, 401, 401, 401, 401, 400, 401]),
    (
        "POST /api-keys",
        JSON,
        r#"{"name":"n","scopes":[]}"#,
        [401, 201, 401, 401, 401, 401, 401, 401, 400, 401],
    ),
    ("DELETE /api-keys/none", "", "", [401, 404, 401, 401, 401, 401, 401, 401, 400, 401]),
    ("POST /tokens/revoke", FORM, "token=x", [200; 10]),
    ("POST /tokens/introspect", FORM, "token=x", [401, 403, 403, 401, 401, 403, 401, 401, 400, 401]),
    ("GET /.well-known/jwks.json", "", "", [200; 10]),
    ("GET /sessions", "", "", [401, 200, 401, 401, 401, 401, 401, 401, 400, 401]),
    ("DELETE /sessions/none", "", "", [401, 404, 401, 401, 401, 401, 401, 401, 400, 401]),
    ("DELETE /sessions/others", "", "", [401, 204, 401, 401, 401, 401, 401, 401, 400, 401]),
    // These end what they are asked with.
    ("DELETE /sessions", "", "", [401, 204, 401, 401, 401, 401, 401, 401, 400, 401]),
    ("DELETE /tokens", "", "", [401, 204, 204, 204, 401, 401, 401, 401, 400, 401]),
];

#[tokio::test]
async fn each_route_takes_its_own_kinds_of_credentials() {
    let service = Service::new();
    let router = service.routes();
    for (line, media_type, body, expected) in GRID {
        for ((shown, header), expected) in service.shown().await.into_iter().zip(expected) {
            let header = header.map(|value| format!("authorization: {value}"));
            let headers: Vec<_> = header
                .iter()
                .map(String::as_str)
                .chain([media_type])
                .filter(|line| !line.is_empty())
                .collect();
            let answer = send(&router, line, &headers, body).await;
            assert_eq!(status(&answer), expected, "{line}: {shown}");
        }
    }
}

#[tokio::test]
async fn of_two_ways_to_carry_refresh_tokens_the_last_one_called_is_mounted() {
    let service = Service::new();
    let (none, browser) =
        (TokenRoutes::new(&service.authenticator), BrowserTokens::new("https://app.example"));
    for (routes, expected) in [
        (none.clone().browser_tokens(browser.clone()).tokens().tokens(), 400),
        (none.tokens().browser_tokens(browser.clone()).browser_tokens(browser), 403),
    ] {
        assert_eq!(
            status(&send(&routes.into_router().unwrap(), "POST /tokens/refresh", &[], "").await),
            expected
        );
    }
}

#[tokio::test]
async fn nothing_is_mounted_that_was_not_asked_for() {
    let service = Service::new();
    let none = TokenRoutes::new(&service.authenticator).into_router().unwrap();
    for (line, media_type, body, _) in GRID {
        let headers: &[&str] = if media_type.is_empty() { &[] } else { &[media_type] };
        assert_eq!(status(&send(&none, line, headers, body).await), 404, "{line}");
    }
}
