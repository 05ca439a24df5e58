//! The refresh token in a cookie, and requests that other sites make.

use std::time::Duration;

use axum::Router;
use countersign_axum::{BrowserTokens, TokenRoutes};
use countersign_session::LoginTokens;

use crate::support::{EVERYTHING, FORM, Service, UNAVAILABLE, WRITES, basic, json_of, refusal, send, status};

const ORIGIN: &str = "origin: https://app.example";

fn routes(service: &Service) -> Router {
    let browser = BrowserTokens::new("https://app.example");
    TokenRoutes::new(&service.authenticator).browser_tokens(browser).into_router().unwrap()
}

async fn log_in(router: &Router) -> String {
    let alice = format!("authorization: {}", basic("alice", "wonderland"));
    send(router, "POST /tokens", &[&alice, ORIGIN], "").await
}

/// `name=value` of the cookie that an answer sets.
fn cookie_of(answer: &str) -> &str {
    let line = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect(answer);
    line.split_once("; ").unwrap().0
}

#[tokio::test]
async fn the_refresh_token_is_in_the_cookie_and_nowhere_else() {
    let service = Service::new();
    let router = routes(&service);
    let first = log_in(&router).await;
    let cookie = cookie_of(&first).to_owned();
    let access = json_of(&first)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        first,
        format!(
            "200\ncontent-type: application/json\ncache-control: no-store\n\
             set-cookie: {cookie}; Path=/; Secure; HttpOnly; SameSite=Strict\n\n\
             {{\"access_token\":\"{access}\",\"token_type\":\"Bearer\",\"expires_in\":600,\"scope\":\"read write\"}}"
        )
    );
    assert!(cookie.starts_with("__Host-refresh=acme_refresh_"));
    let header = format!("cookie: theme=dark; {cookie}; lang=en");
    let second = send(&router, "POST /tokens/refresh", &[&header, ORIGIN], "").await;
    assert_eq!(status(&second), 200);
    assert_ne!(cookie_of(&second), cookie);
    assert!(service.lets_in(json_of(&second)["access_token"].as_str().unwrap()).await);
    // Another tab, at the same moment: the same cookie.
    let replay = send(&router, "POST /tokens/refresh", &[&header, ORIGIN], "").await;
    assert_eq!(cookie_of(&replay), cookie_of(&second));

    let header = format!("cookie: {}", cookie_of(&second));
    let end = send(&router, "DELETE /tokens", &[&header, ORIGIN], "").await;
    let removed = "__Host-refresh=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";
    assert_eq!(end, format!("204\nset-cookie: {removed}\n\n"));
    assert!(!service.lets_in(&access).await);
    let answer = send(&router, "POST /tokens/refresh", &[&header, ORIGIN], "").await;
    assert_eq!(answer, refusal(400, "invalid_grant"));
    // Twice is as good as once, and so is without a cookie.
    for headers in [vec![header.as_str(), ORIGIN], vec![ORIGIN]] {
        assert_eq!(send(&router, "DELETE /tokens", &headers, "").await, end);
    }
}

#[tokio::test]
async fn a_request_that_no_page_of_ours_has_made_is_refused() {
    let service = Service::new();
    let browser =
        BrowserTokens::new("HTTPS://app.example/").origin("https://admin.example:8443").origin("null");
    let router = TokenRoutes::new(&service.authenticator).browser_tokens(browser).into_router().unwrap();
    let alice = format!("authorization: {}", basic("alice", "wonderland"));
    for (headers, is_ours) in [
        (vec![ORIGIN], true),
        (vec!["origin: https://admin.example:8443"], true),
        (vec![ORIGIN, "sec-fetch-site: same-origin"], true),
        // The origin is decisive: this is how a page of ours calls from another host of the same site.
        (vec![ORIGIN, "sec-fetch-site: same-site"], true),
        (vec!["sec-fetch-site: same-origin"], true),
        // Fails closed.
        (vec![], false),
        (vec!["referer: https://app.example/"], false),
        (vec!["x-requested-with: XMLHttpRequest"], false),
        (vec!["origin: "], false),
        (vec!["origin: null"], false),
        (vec!["origin: null", "sec-fetch-site: same-origin"], false),
        (vec!["origin: https://evil.example"], false),
        (vec!["origin: https://evil.example", "sec-fetch-site: same-origin"], false),
        (vec!["origin: http://app.example"], false),
        (vec!["origin: https://app.example:8443"], false),
        (vec!["origin: https://app.example.evil.example"], false),
        (vec!["origin: https://app.example/"], false),
        (vec!["origin: https://APP.example"], false),
        (vec![ORIGIN, ORIGIN], false),
        (vec!["origin: https://app.example, https://evil.example"], false),
        (vec!["sec-fetch-site: same-site"], false),
        (vec!["sec-fetch-site: cross-site"], false),
        (vec!["sec-fetch-site: none"], false),
        (vec!["sec-fetch-site: same-origin", "sec-fetch-site: same-origin"], false),
        (vec!["sec-fetch-site: SAME-ORIGIN"], false),
    ] {
        // A session of its own each time, since one of the three routes ends it.
        let cookie = format!("cookie: __Host-refresh={}", service.pair("alice").await.1);
        for (line, shown) in
            [("POST /tokens", &alice), ("POST /tokens/refresh", &cookie), ("DELETE /tokens", &cookie)]
        {
            let answer = send(&router, line, &[headers.as_slice(), &[shown]].concat(), "").await;
            if is_ours {
                assert!(status(&answer) < 300, "{line} {headers:?}: {answer}");
            } else {
                assert_eq!(answer, refusal(403, "cross_site_request"), "{line} {headers:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_refused_request_ends_no_session() {
    let service = Service::new();
    let router = routes(&service);
    let first = log_in(&router).await;
    let header = format!("cookie: {}", cookie_of(&first));
    let access = json_of(&first)["access_token"].as_str().unwrap().to_owned();
    for line in ["POST /tokens/refresh", "DELETE /tokens"] {
        assert_eq!(status(&send(&router, line, &[&header, "origin: https://evil.example"], "").await), 403);
    }
    service.fail(WRITES);
    assert_eq!(send(&router, "DELETE /tokens", &[&header, ORIGIN], "").await, UNAVAILABLE);
    service.fail(EVERYTHING);
    assert_eq!(send(&router, "POST /tokens/refresh", &[&header, ORIGIN], "").await, UNAVAILABLE);
    service.fail(0);
    assert!(service.lets_in(&access).await);
    assert_eq!(status(&send(&router, "POST /tokens/refresh", &[&header, ORIGIN], "").await), 200);
}

#[tokio::test]
async fn a_cookie_is_read_strictly() {
    let service = Service::new();
    let router = routes(&service);
    let (_, refresh) = service.pair("alice").await;
    let one = format!("cookie: __Host-refresh={refresh}");
    let other_name = format!("cookie: refresh={refresh}");
    let longer_name = format!("cookie: x__Host-refresh={refresh}; __Host-refresh2={refresh}");
    let other_case = format!("cookie: __host-refresh={refresh}");
    let quoted = format!("cookie: __Host-refresh=\"{refresh}\"");
    let twice = format!("cookie: __Host-refresh={refresh}; __Host-refresh={refresh}");
    let body = format!("refresh_token={refresh}");
    let grant = refusal(400, "invalid_grant");
    let invalid = refusal(400, "invalid_request");
    for (headers, body, expected) in [
        (vec![], "", &grant),
        (vec!["cookie: "], "", &grant),
        (vec!["cookie: __Host-refresh"], "", &grant),
        (vec!["cookie: __Host-refresh="], "", &grant),
        (vec!["cookie: __Host-refresh=x"], "", &grant),
        (vec!["cookie: __Host-refresh=\u{e9}"], "", &grant),
        (vec![&other_name], "", &grant),
        (vec![&longer_name], "", &grant),
        (vec![&other_case], "", &grant),
        (vec![&quoted], "", &grant),
        (vec![&twice], "", &invalid),
        // HTTP/2 may bring cookies in several headers (RFC 9113 section 8.2.3).
        (vec![&one, &one], "", &invalid),
        // A page has no refresh token, so it can send none.
        (vec![FORM], &body, &grant),
    ] {
        let headers = [headers.as_slice(), &[ORIGIN]].concat();
        assert_eq!(send(&router, "POST /tokens/refresh", &headers, body).await, *expected, "{headers:?}");
    }
    let form = format!("grant_type=refresh_token&{body}");
    let answer = send(&router, "POST /tokens", &[FORM, ORIGIN], &form).await;
    assert_eq!(answer, refusal(400, "unsupported_grant_type"));
    let answer = send(&router, "POST /tokens/refresh", &["cookie: a=b", &one, ORIGIN], "").await;
    assert_eq!(status(&answer), 200);
}

#[tokio::test]
async fn a_refused_log_in_does_not_make_the_browser_ask_for_a_password() {
    let service = Service::new();
    let router = routes(&service);
    let wrong = format!("authorization: {}", basic("alice", "wrong"));
    for headers in [vec![wrong.as_str(), ORIGIN], vec![ORIGIN]] {
        assert_eq!(send(&router, "POST /tokens", &headers, "").await, refusal(401, "invalid_client"));
    }
}

#[tokio::test]
async fn the_cookie_can_outlive_the_browser_and_may_not_be_needed() {
    let service = Service::new();
    let browser = BrowserTokens::new("https://app.example").max_age(Duration::from_secs(3600));
    let router = TokenRoutes::new(&service.authenticator).browser_tokens(browser).into_router().unwrap();
    let answer = log_in(&router).await;
    assert!(answer.contains("; SameSite=Strict; Max-Age=3600\n"), "{answer}");
    // Without refresh tokens there is no cookie to set.
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Signed));
    let answer = log_in(&routes(&service)).await;
    assert_eq!((status(&answer), answer.contains("set-cookie")), (200, false));
    assert!(service.lets_in(json_of(&answer)["access_token"].as_str().unwrap()).await);
}
