//! The small examples, each started as a process and called.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod http;

use http::{Example, basic};

#[test]
fn the_smallest_is_small() {
    let text = include_str!("../../src/bin/smallest.rs");
    assert!(text.lines().count() < 60);
}

#[test]
fn the_smallest_gives_a_token_and_takes_it_back() {
    let example = Example::start(env!("CARGO_BIN_EXE_smallest"));
    for (shown, expected) in [
        (basic("alice", "wonderland"), 200),
        (basic("alice", "looking-glass"), 401),
        (basic("bob", "wonderland"), 401),
    ] {
        assert_eq!(example.with("POST /tokens", &shown).status, expected);
    }
    let token = example.with("POST /tokens", &basic("alice", "wonderland")).text("token");
    assert!(token.starts_with("cs_access_"));
    let bearer = format!("Bearer {token}");
    let hello = example.with("GET /", &bearer);
    assert_eq!((hello.status, hello.body.as_str()), (200, "hello alice\n"));
    assert_eq!(example.send("GET /", &[], "").status, 401);
    assert_eq!(example.with("DELETE /tokens", &bearer).status, 204);
    assert_eq!(example.with("GET /", &bearer).status, 401);
}

#[test]
fn either_takes_a_password_or_a_token_and_tells_nobody_from_somebody_unknown() {
    let example = Example::start(env!("CARGO_BIN_EXE_either"));
    let (alice, bob) = (basic("alice", "wonderland"), basic("bob", "wonderland"));
    let token = format!("Bearer {}", example.with("POST /tokens", &alice).text("token"));
    let made =
        example.send("POST /api-keys", &[&format!("authorization: {token}")], r#"{"name":"n","scopes":[]}"#);
    let key = format!("Bearer {}", made.text("key"));
    for (line, expected) in [
        // Nobody, Alice by password, by token and by an API key without scopes, Bob, a wrong password, no
        // token.
        ("GET /", [200, 200, 200, 200, 200, 401, 401]),
        ("GET /report", [401, 200, 200, 403, 403, 401, 401]),
        ("PUT /password", [401, 200, 401, 401, 200, 401, 401]),
    ] {
        let wrong = basic("alice", "looking-glass");
        let shown = [
            None,
            Some(&alice),
            Some(&token),
            Some(&key),
            Some(&bob),
            Some(&wrong),
            Some(&"Bearer x".into()),
        ];
        let got = shown.map(|shown: Option<&String>| match shown {
            Some(shown) => example.with(line, shown).status,
            None => example.send(line, &[], "").status,
        });
        assert_eq!(got, expected, "{line}");
    }
    assert_eq!(example.send("GET /", &[], "").body, "hello, whoever you are\n");
    assert_eq!(example.with("GET /", &alice).body, "hello alice, by Basic\n");
    assert_eq!(example.with("GET /", &token).body, "hello alice, by SignedToken\n");
    let challenges = example.send("GET /report", &[], "");
    let both = [r#"Bearer realm="api""#, r#"Basic realm="api", charset="UTF-8""#];
    assert_eq!(challenges.values("www-authenticate"), both);
}

#[test]
fn a_page_logs_in_stays_in_and_logs_out_and_no_other_site_does_it_for_it() {
    let example = Example::start(env!("CARGO_BIN_EXE_browser"));
    let page = example.send("GET /", &[], "");
    assert_eq!(page.status, 200);
    assert!(page.values("content-security-policy")[0].contains("default-src 'self'"));
    assert!(page.body.contains(r#"<script src="/page.js">"#));
    assert_eq!(example.send("GET /page.js", &[], "").status, 200);

    let origin = format!("origin: {}", example.url);
    let alice = format!("authorization: {}", basic("alice", "wonderland"));
    assert_eq!(example.send("POST /tokens", &[&alice], "").status, 403);
    let first = example.send("POST /tokens", &[&alice, &origin], "");
    let set = first.values("set-cookie")[0].to_owned();
    assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{set}");
    assert!(!first.body.contains("refresh"), "{}", first.body);
    let me = |token: &str| example.with("GET /me", &format!("Bearer {token}"));
    let access = first.text("access_token");
    assert_eq!(me(&access).body, "alice");

    // The page is loaded anew, in two tabs.
    let cookie = format!("cookie: {}", set.split(';').next().unwrap());
    let (one, two) = (
        example.send("POST /tokens/refresh", &[&cookie, &origin], ""),
        example.send("POST /tokens/refresh", &[&cookie, &origin], ""),
    );
    assert_eq!(one.values("set-cookie"), two.values("set-cookie"));
    assert_eq!(me(&two.text("access_token")).status, 200);

    let cookie = format!("cookie: {}", one.values("set-cookie")[0].split(';').next().unwrap());
    let elsewhere = [cookie.as_str(), "origin: https://evil.example"];
    assert_eq!(example.send("DELETE /tokens", &elsewhere, "").status, 403);
    assert_eq!(me(&access).status, 200);
    let end = example.send("DELETE /tokens", &[&cookie, &origin], "");
    assert_eq!((end.status, end.values("set-cookie")[0].contains("Max-Age=0")), (204, true));
    assert_eq!(me(&access).status, 401);
    assert_eq!(example.send("POST /tokens/refresh", &[&cookie, &origin], "").status, 400);
}
