//! Every kind of credential at every route, and what each answer carries.

use crate::process::{ALICE, Service, add_user};

const BOB: &str = "Basic Ym9iOmJ1aWxkZXI=";

#[test]
fn each_route_takes_its_own_kinds_of_credentials() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "wonderland", Some("operator"));
    add_user(folder.path(), "bob", "builder", None);
    let service = Service::start(folder.path());
    let bearer = |token: &str| format!("Bearer {token}");
    let key = |scopes: &str, access: &str| {
        let body = format!(r#"{{"name":"deploy","scopes":[{scopes}]}}"#);
        let header = format!("authorization: {}", bearer(access));
        bearer(&service.request("POST /api-keys", &[&header], &body).text("key"))
    };
    let alice = service.log_in().0;
    let bob = bearer(&service.with("POST /tokens", BOB).text("access_token"));
    let (scoped, bare) = (key(r#""profile","reports""#, &alice), key("", &alice));
    let alice = bearer(&alice);
    let credentials = [&alice, &bob, &scoped, &bare, ALICE];
    for (line, expected) in [
        ("GET /me", [200, 200, 200, 403, 401]),
        ("GET /report", [200, 200, 200, 403, 200]),
        ("GET /api-keys", [200, 200, 401, 401, 401]),
        ("POST /api-keys", [400, 400, 401, 401, 401]),
        ("POST /tokens/revoke", [400; 5]),
        ("GET /.well-known/jwks.json", [200; 5]),
        ("DELETE /api-keys/none", [404, 404, 401, 401, 401]),
        ("GET /operator/revocations", [200, 403, 403, 403, 401]),
        // Last, since it ends what it is asked with: not by a key, and keys outlive it.
        ("DELETE /sessions", [204, 204, 401, 401, 401]),
        ("GET /me", [401, 401, 200, 403, 401]),
    ] {
        let got = credentials.map(|shown| service.with(line, shown).status);
        assert_eq!(got, expected, "{line}");
    }
    let both = service.request("GET /report", &[], "").challenges;
    assert_eq!(both, [r#"Bearer realm="service""#, r#"Basic realm="service", charset="UTF-8""#]);
    let form = "content-type: application/x-www-form-urlencoded";
    let header = format!("authorization: {ALICE}");
    let granted = service.request("POST /tokens", &[&header, form], "grant_type=client_credentials");
    assert_eq!(granted.status, 200);
    assert_eq!(service.kill(), "");
}

#[test]
fn an_answer_is_json_that_no_cache_keeps() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "wonderland", None);
    let service = Service::start(folder.path());
    for request in [
        format!("POST /tokens HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: {ALICE}\r\n\r\n"),
        "GET /me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
    ] {
        let head = service.head(request.as_bytes());
        assert!(head.contains("cache-control: no-store\r\n"), "{head}");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
    }
}
