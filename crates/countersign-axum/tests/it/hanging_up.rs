//! A client that hangs up drops the handler where it stands. What it asked for is done all the same.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use countersign_axum::{BrowserTokens, TokenRoutes};
use tokio::task::yield_now;
use tower::ServiceExt;

use crate::support::{FORM, Service, request};

/// Sends a request and hangs up while it is being worked on.
async fn hang_up(router: &Router, line: &str, headers: &[&str], body: &str) {
    {
        let mut response = pin!(router.clone().oneshot(request(line, headers, body)));
        let polled = response.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending), "{line} waits for nothing");
    }
    for _ in 0..10 {
        yield_now().await;
    }
}

#[tokio::test]
async fn what_is_to_end_ends_though_nobody_waits_for_the_answer() {
    let service = Service::new();
    let browser = BrowserTokens::new("https://app.example");
    let browser = TokenRoutes::new(&service.authenticator).browser_tokens(browser);
    let router = service.routes().nest("/browser", browser.into_router().unwrap());
    for line in ["DELETE /tokens", "DELETE /sessions", "POST /tokens/revoke", "DELETE /browser/tokens"] {
        let (access, refresh) = service.pair("alice").await;
        assert!(service.lets_in(&access).await);
        let bearer = format!("authorization: Bearer {access}");
        let cookie = format!("cookie: __Host-refresh={refresh}");
        let headers = [&bearer, &cookie, FORM, "origin: https://app.example"];
        hang_up(&router, line, &headers, &format!("token={refresh}")).await;
        assert!(!service.lets_in(&access).await, "{line}");
        assert!(service.authenticator.refresh(&refresh).await.is_err(), "{line}");
    }
}
