//! Whatever comes in has a defined answer: a status, a fixed body, the right challenge. Nothing panics, and
//! the store is as it was.

use crate::process::{ALICE, Answer, Service, add_alice};

const FORM: &str = "content-type: application/x-www-form-urlencoded";
const JSON: &str = "content-type: application/json";

const BEARER: &str = r#"Bearer realm="service""#;
const BEARER_INVALID_REQUEST: &str = r#"Bearer realm="service", error="invalid_request""#;
const BEARER_INVALID_TOKEN: &str = r#"Bearer realm="service", error="invalid_token""#;
const BASIC: &str = r#"Basic realm="service", charset="UTF-8""#;

fn answer(status: u16, code: &str, challenges: &[&str]) -> Answer {
    Answer {
        status,
        challenges: challenges.iter().map(ToString::to_string).collect(),
        body: format!(r#"{{"error":"{code}"}}"#),
    }
}

/// Whatever a client can be shown of the store: it must be the same before and after.
fn store_as_seen(service: &Service, access: &str) -> Vec<Answer> {
    let bearer = format!("Bearer {access}");
    let lines = ["GET /api-keys", "GET /operator/revocations", "GET /me"];
    lines.iter().map(|line| service.with(line, &bearer)).collect()
}

#[test]
fn malformed_input_has_a_defined_answer_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let service = Service::start(folder.path());
    let (access, refresh) = service.log_in();
    let good = format!("authorization: Bearer {access}");
    let good = good.as_str();
    let before = store_as_seen(&service, &access);

    let unauthorized = answer(401, "unauthorized", &[BEARER]);
    let malformed = answer(400, "invalid_request", &[BEARER_INVALID_REQUEST]);
    let invalid_token = answer(401, "invalid_token", &[BEARER_INVALID_TOKEN]);
    let invalid_request = answer(400, "invalid_request", &[]);
    let long = format!("authorization: Bearer {}", "a".repeat(16 * 1024 + 100));
    let dots = format!("authorization: Bearer {}", ".".repeat(10_000));
    let garbled = format!("authorization: Bearer {access}x");
    let no_alg = "authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.";
    let encrypted = "authorization: Bearer a.b.c.d.e";
    let as_refresh = format!("authorization: Bearer {refresh}");

    // The header, at an endpoint that takes Bearer.
    for (headers, expected) in [
        (vec![], &unauthorized),
        (vec!["authorization: Basic YWxpY2U6d29uZGVybGFuZA=="], &unauthorized),
        (vec!["authorization: Digest username=\"alice\""], &unauthorized),
        (vec!["authorization: Bearer"], &malformed),
        (vec!["authorization: "], &malformed),
        (vec!["authorization: Bearer a b"], &malformed),
        (vec!["authorization: Bearer\ta"], &malformed),
        (vec!["authorization: Bearer a,b"], &malformed),
        (vec!["authorization: Bearer \u{e9}"], &malformed),
        (vec!["authorization: Bearer a", "authorization: Bearer b"], &malformed),
        (vec![good, good], &malformed),
        (vec![&long], &malformed),
        (vec!["authorization: Bearer abc"], &invalid_token),
        (vec!["authorization: Bearer a.b.c"], &invalid_token),
        (vec![no_alg], &invalid_token),
        (vec![encrypted], &invalid_token),
        (vec![&dots], &invalid_token),
        (vec![&garbled], &invalid_token),
        (vec![&as_refresh], &invalid_token),
    ] {
        assert_eq!(service.request("GET /me", &headers, ""), *expected, "{headers:?}");
    }
    assert_eq!(service.request("DELETE /tokens", &[], ""), unauthorized);

    // The header, at the token endpoint.
    for (header, expected) in [
        ("authorization: Basic YWxpY2U6d3Jvbmc=", answer(401, "invalid_client", &[BASIC])),
        ("authorization: Basic Og==", answer(401, "invalid_client", &[BASIC])),
        ("authorization: Basic bm9jb2xvbg==", answer(400, "invalid_request", &[BASIC])),
        ("authorization: Basic !", answer(400, "invalid_request", &[BASIC])),
        ("authorization: Basic YWxpY2U6AAAA", answer(400, "invalid_request", &[BASIC])),
        ("x-nothing: shown", answer(401, "invalid_client", &[BASIC])),
        (good, answer(401, "invalid_client", &[BASIC])),
    ] {
        assert_eq!(service.request("POST /tokens", &[header], ""), expected, "{header}");
    }

    // The body, at the token endpoints.
    let huge = format!("refresh_token={}", "a".repeat(20_000));
    let other_grant = format!("grant_type=password&refresh_token={refresh}");
    for (line, headers, body, expected) in [
        ("POST /tokens", vec![FORM], "grant_type=password", answer(400, "unsupported_grant_type", &[])),
        ("POST /tokens", vec![FORM], "grant_type=refresh_token", invalid_request.clone()),
        ("POST /tokens", vec![FORM], "grant_type=a&grant_type=b", invalid_request.clone()),
        ("POST /tokens", vec![FORM], "grant_type=%ff", answer(400, "unsupported_grant_type", &[])),
        ("POST /tokens", vec![JSON], "{}", invalid_request.clone()),
        ("POST /tokens/refresh", vec![], "", invalid_request.clone()),
        ("POST /tokens/refresh", vec![], "refresh_token=x", invalid_request.clone()),
        ("POST /tokens/refresh", vec![FORM], "refresh_token=x", answer(400, "invalid_grant", &[])),
        ("POST /tokens/refresh", vec![FORM], "refresh_token=%00", answer(400, "invalid_grant", &[])),
        ("POST /tokens/refresh", vec![FORM], "refresh_token=", invalid_request.clone()),
        ("POST /tokens/refresh", vec![FORM, JSON], "refresh_token=x", invalid_request.clone()),
        ("POST /tokens/refresh", vec![FORM], &other_grant, answer(400, "unsupported_grant_type", &[])),
        ("POST /tokens/refresh", vec![FORM], &huge, answer(413, "invalid_request", &[])),
    ] {
        assert_eq!(service.request(line, &headers, body), expected, "{line} {headers:?} {body:.40}");
    }

    // The body, where an API key is made.
    let nested = format!(r#"{{"name":{}1{},"scopes":[]}}"#, "[".repeat(5000), "]".repeat(5000));
    for body in [
        "",
        "{",
        "null",
        "[]",
        r#"{"name":"x"}"#,
        r#"{"name":1,"scopes":[]}"#,
        r#"{"name":"x","scopes":"profile"}"#,
        r#"{"name":"x","scopes":[],"extra":1}"#,
        "{\"name\":\"\u{0}\",\"scopes\":[]}",
        &nested,
    ] {
        let got = service.request("POST /api-keys", &[good, JSON], body);
        assert_eq!(got, invalid_request, "{body:.40}");
    }
    let body = r#"{"name":"x","scopes":["payroll"]}"#;
    let got = service.request("POST /api-keys", &[good, JSON], body);
    assert_eq!(got, answer(400, "invalid_scope", &[]), "nothing of the request comes back");

    // Paths and methods.
    let not_found = answer(404, "not_found", &[]);
    for line in ["GET /", "GET /nothing", "DELETE /api-keys/none", "DELETE /api-keys/%ff", "GET /me/"] {
        assert_eq!(service.request(line, &[good], ""), not_found, "{line}");
    }
    assert_eq!(service.request("PUT /tokens", &[good], ""), answer(405, "method_not_allowed", &[]));

    assert_eq!(store_as_seen(&service, &access), before);
    assert_eq!(service.refresh(&refresh).status, 200, "the session is as it was");
    assert_eq!(service.with("POST /tokens", ALICE).status, 200);
    let errors = service.kill();
    assert_eq!(errors, "", "nothing panicked and nothing was logged");
}

#[test]
fn a_body_that_is_announced_too_long_is_refused_before_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let service = Service::start(folder.path());
    let head = "POST /tokens/refresh HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    let request = format!("{head}expect: 100-continue\r\ncontent-length: 3000000\r\n\r\n");
    assert_eq!(service.send(request.as_bytes()), answer(413, "invalid_request", &[]));
    // One that is not announced is cut off.
    let chunk = format!("5000\r\n{}\r\n0\r\n\r\n", "a".repeat(0x5000));
    let request = format!("{head}transfer-encoding: chunked\r\n\r\n{chunk}");
    assert_eq!(service.send(request.as_bytes()), answer(413, "invalid_request", &[]));
}

#[test]
fn raw_bytes_that_are_no_request_do_not_end_the_service() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let service = Service::start(folder.path());
    for bytes in [&b"\0\0\0\0"[..], b"GET\r\n\r\n", b"\xff\xfe HTTP/1.1\r\n\r\n", b"GET /me HTTP/9.9\r\n\r\n"]
    {
        let _ = service.connect().write_all(bytes);
    }
    let folded = b"GET /me HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer\r\n a\r\n\r\n";
    assert_eq!(service.send(folded).status, 400);
    assert_eq!(service.with("POST /tokens", ALICE).status, 200);
    assert_eq!(service.kill(), "");
}
