//! How many API keys an owner may have, and how long their names may be.

use std::time::Duration;

use countersign_session::{CreatedApiKey, Error, ErrorKind, NewApiKey, RotateApiKey};
use pollster::block_on;

use crate::support::Service;

fn create(service: &Service, owner: &str, new: &NewApiKey<'_>) -> Result<CreatedApiKey, Error> {
    block_on(service.authenticator.create_api_key_for(owner, new))
}

fn count(service: &Service, owner: &str) -> usize {
    block_on(service.authenticator.api_keys(owner)).unwrap().len()
}

#[test]
fn owner_with_the_maximum_of_api_keys_gets_no_other() {
    let service = Service::new();
    let new = NewApiKey::default();
    for _ in 0..100 {
        create(&service, "alice", &new).unwrap();
    }
    let refused = create(&service, "alice", &new).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooManyApiKeys);
    let reply = service.authenticator.error_response(&refused);
    assert_eq!((reply.status(), &*reply.body()), (409, r#"{"error":"too_many_api_keys"}"#));
    let alice = service.bearer(&service.alice().access).unwrap();
    let refused = block_on(service.authenticator.create_api_key(&alice, &new)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooManyApiKeys);
    assert_eq!(count(&service, "alice"), 100);
    create(&service, "bob", &new).unwrap();
    let keys = block_on(service.authenticator.api_keys("alice")).unwrap();
    block_on(service.authenticator.remove_api_key("alice", &keys[0].id)).unwrap();
    create(&service, "alice", &new).unwrap();
}

#[test]
fn expired_api_keys_and_the_one_that_is_rotated_do_not_count() {
    let service = Service::with(|builder| builder.max_api_keys_per_owner(2));
    let short = NewApiKey { lifetime: Some(Duration::from_secs(60)), ..NewApiKey::default() };
    create(&service, "alice", &short).unwrap();
    let old = create(&service, "alice", &NewApiKey::default()).unwrap();
    let rotate = |id: &str, overlap| {
        let rotated = service.authenticator.rotate_api_key(
            "alice",
            RotateApiKey { id, lifetime: None, overlap: Duration::from_secs(overlap) },
        );
        block_on(rotated).map(Option::unwrap).map_err(|error| error.kind())
    };
    let next = rotate(&old.record.id, 3600).unwrap();
    // Within its overlap the old one counts, or a rotation with a long overlap would be a way to any number of keys.
    assert_eq!(rotate(&next.record.id, 3600).unwrap_err(), ErrorKind::TooManyApiKeys);
    assert_eq!(count(&service, "alice"), 3);
    service.advance(60);
    rotate(&next.record.id, 0).unwrap();
    assert_eq!(create(&service, "alice", &short).unwrap_err().kind(), ErrorKind::TooManyApiKeys);
    service.advance(3540);
    create(&service, "alice", &short).unwrap();
}

#[test]
fn concurrent_requests_do_not_exceed_the_maximum_of_api_keys() {
    let service = Service::with(|builder| builder.max_api_keys_per_owner(5));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let _ = create(&service, "alice", &NewApiKey::default());
                }
            });
        }
    });
    let left = count(&service, "alice");
    assert!(left <= 5, "{left}");
}

#[test]
fn api_key_name_of_more_than_256_bytes_is_refused() {
    let service = Service::new();
    let longest = "é".repeat(128);
    create(&service, "alice", &NewApiKey { name: &longest, ..NewApiKey::default() }).unwrap();
    let longer = format!("{longest}x");
    let refused =
        create(&service, "alice", &NewApiKey { name: &longer, ..NewApiKey::default() }).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ApiKeyNameTooLong);
    assert_eq!(service.authenticator.error_response(&refused).status(), 400);
    assert_eq!(count(&service, "alice"), 1);
}

#[test]
fn repeated_scope_is_stored_once() {
    let service = Service::new();
    let scopes = ["write", "read", "write", "read"].map(str::to_owned);
    let created = create(&service, "alice", &NewApiKey { scopes: &scopes, ..NewApiKey::default() }).unwrap();
    assert_eq!(created.record.scopes, ["write", "read"]);
}
