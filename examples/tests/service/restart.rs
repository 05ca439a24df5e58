//! A kill at any moment forgets nothing that was acknowledged.

use crate::process::{ALICE, Service, add_alice};

#[test]
fn a_restart_on_the_same_file_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let service = Service::start(folder.path());
    let (live, live_refresh) = service.log_in();
    let (dead, dead_refresh) = service.log_in();
    let bearer = |token: &str| format!("Bearer {token}");
    let body = r#"{"name":"deploy","scopes":["profile"]}"#;
    let created = service.request("POST /api-keys", &[&format!("authorization: {}", bearer(&live))], body);
    let key = created.text("key");
    assert_eq!(service.with("DELETE /tokens", &bearer(&dead)).status, 204);
    let next = service.refresh(&live_refresh).text("refresh_token");
    service.kill();

    let service = Service::start(folder.path());
    assert_eq!(service.with("GET /me", &bearer(&live)).status, 200);
    assert_eq!(service.with("GET /me", &bearer(&dead)).status, 401);
    assert_eq!(service.refresh(&dead_refresh).status, 400);
    assert_eq!(service.with("GET /me", &bearer(&key)).status, 200);
    // Within the grace, across the restart: the same successor.
    assert_eq!(service.refresh(&live_refresh).text("refresh_token"), next);
    assert_eq!(service.with("POST /tokens", ALICE).status, 200);
    // Everywhere, and again after a restart.
    assert_eq!(service.with("DELETE /sessions", &bearer(&live)).status, 204);
    service.kill();
    let service = Service::start(folder.path());
    assert_eq!(service.with("GET /me", &bearer(&live)).status, 401);
    assert_eq!(service.refresh(&next).status, 400);
    let (back, _) = service.log_in();
    assert_eq!(service.with("GET /me", &bearer(&back)).status, 200);
}

#[cfg(unix)]
#[test]
fn what_the_service_writes_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    Service::start(folder.path()).kill();
    for name in ["service.redb", "signing-key.pem", "digest-key.txt"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
