//! The types of the crate `http`.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use countersign_header::{
    Authorization, BasicCredentials, Bearer, Challenge, ErrorKind, ReceivedChallenge,
    bearer_from_cookie_headers,
};
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, WWW_AUTHENTICATE};

#[test]
fn what_one_side_sends_the_other_reads() {
    let mut headers = HeaderMap::new();
    let kind = |headers: &HeaderMap| Authorization::from_headers(headers).unwrap_err().kind();
    assert_eq!(kind(&headers), ErrorKind::Missing);
    headers.append(AUTHORIZATION, Bearer::new("c4nary").unwrap().to_header_value().to_http());
    assert!(
        matches!(Authorization::from_headers(&headers).unwrap(), Authorization::Bearer(it) if it.token() == "c4nary")
    );
    headers.append(AUTHORIZATION, BasicCredentials::new("c4nary", "").unwrap().to_header_value().to_http());
    assert_eq!(kind(&headers), ErrorKind::Multiple);
    assert!(headers.get_all(AUTHORIZATION).iter().all(http::HeaderValue::is_sensitive));
    assert!(!format!("{headers:?}").contains("c4nary"));
}

#[test]
fn challenges_and_cookies_come_from_all_values() {
    let mut headers = HeaderMap::new();
    headers.append(WWW_AUTHENTICATE, Challenge::basic("a, b").unwrap().to_http());
    headers.append(WWW_AUTHENTICATE, Challenge::bearer().realm("c").unwrap().to_http());
    headers.append(COOKIE, "theme=dark".parse().unwrap());
    headers.append(COOKIE, "token=a".parse().unwrap());
    let realms: Vec<_> = ReceivedChallenge::from_headers(&headers).unwrap();
    assert_eq!(realms.iter().map(ReceivedChallenge::realm).collect::<Vec<_>>(), [Some("a, b"), Some("c")]);
    assert_eq!(bearer_from_cookie_headers(&headers, "token").unwrap().token(), "a");
}
