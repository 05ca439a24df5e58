//! A kill at any moment forgets nothing that was acknowledged.

use crate::process::{ALICE, Service, add_alice, add_user, refusal, try_add_user};

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

#[test]
fn a_new_password_ends_all_that_the_old_one_gave() {
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let service = Service::start(folder.path());
    let (access, refresh) = service.log_in();
    let header = format!("authorization: Bearer {access}");
    let key =
        service.request("POST /api-keys", &[&header], r#"{"name":"x","scopes":["profile"]}"#).text("key");
    service.kill();
    add_user(folder.path(), "alice", "looking-glass", None);
    let service = Service::start(folder.path());
    for token in [&access, &key] {
        assert_eq!(service.with("GET /me", &format!("Bearer {token}")).status, 401);
    }
    assert_eq!(service.refresh(&refresh).status, 400);
    assert_eq!(service.with("POST /tokens", ALICE).status, 401, "the old password");
}

#[cfg(unix)]
#[test]
fn a_database_without_its_keys_or_with_open_ones_is_not_served() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let key = folder.path().join("digest-key.txt");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refusal(folder.path()).contains("can be read by others"));
    std::fs::remove_file(&key).unwrap();
    assert!(refusal(folder.path()).contains("digest-key.txt"));
    assert!(!key.exists(), "no new key is made beside an old database");
}

#[cfg(unix)]
#[test]
fn a_termination_ends_the_service_though_a_request_is_never_finished() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let service = Service::start(folder.path());
    let mut unfinished = service.connect();
    unfinished.write_all(b"POST /tokens HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n").unwrap();
    assert!(service.terminate().success());
}

#[test]
fn first_starts_at_once_agree_on_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let adding: Vec<_> = (0..6)
        .map(|number| {
            let data = folder.path().to_owned();
            // All but one may find the database open elsewhere; the keys are made before it is opened.
            std::thread::spawn(move || try_add_user(&data, &format!("user-{number}")))
        })
        .collect();
    let added = adding.into_iter().map(|thread| thread.join().unwrap());
    assert!(added.filter(|added| *added).count() >= 1);
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    add_alice(folder.path());
    let service = Service::start(folder.path());
    service.log_in();
}
