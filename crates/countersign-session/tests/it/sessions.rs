//! The sessions that a user can see.

use countersign_session::{ApiKeys, Clock, ErrorKind, Principal};
use pollster::block_on;

use crate::support::Service;

fn ids(service: &Service) -> Vec<String> {
    let sessions = block_on(service.authenticator.sessions("alice")).unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

fn principal(service: &Service, access: &str) -> Principal {
    service.bearer(access).unwrap()
}

#[test]
fn sessions_list_live_ones_of_the_subject_oldest_first() {
    let service = Service::new();
    let first = service.alice();
    service.advance(10);
    let second = service.alice();
    let [first, second] = [&first, &second].map(|pair| principal(&service, &pair.access));
    let [first, second] = [&first, &second].map(|principal| principal.session().unwrap().to_owned());
    assert_eq!(ids(&service), [first.clone(), second.clone()]);
    assert!(block_on(service.authenticator.sessions("bob")).unwrap().is_empty());
    block_on(service.authenticator.revoke_session(&first)).unwrap();
    assert_eq!(ids(&service), [second]);
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    assert!(ids(&service).is_empty());
}

#[test]
fn session_record_tells_when_it_began_and_was_refreshed() {
    let service = Service::new();
    let pair = service.alice();
    let began = service.clock.now();
    let record = || block_on(service.authenticator.sessions("alice")).unwrap().remove(0);
    assert_eq!((record().created_at, record().last_refreshed_at), (began, None));
    service.advance(60);
    service.refresh(&pair.refresh).unwrap();
    assert_eq!((record().created_at, record().last_refreshed_at), (began, Some(service.clock.now())));
}

#[test]
fn session_name_is_kept_through_a_refresh_and_only_the_subject_sets_it() {
    let service = Service::new();
    let pair = service.alice();
    let id = ids(&service).remove(0);
    let name = |subject: &str, name: &str| block_on(service.authenticator.name_session(subject, &id, name));
    assert!(name("alice", "Firefox on Linux").unwrap());
    assert!(!name("bob", "mine now").unwrap());
    assert!(name("alice", "Firefox on Linux").unwrap(), "the same name again");
    service.refresh(&pair.refresh).unwrap();
    let sessions = block_on(service.authenticator.sessions("alice")).unwrap();
    assert_eq!(sessions[0].name, "Firefox on Linux");
    let too_long = "x".repeat(201);
    assert!(matches!(name("alice", &too_long).unwrap_err().kind(), ErrorKind::InvalidConfiguration(_)));
    assert!(name("alice", &too_long[1..]).unwrap());
}

#[test]
fn user_ends_one_session_and_never_one_of_another_user() {
    let service = Service::new();
    let (current, other, bob) = (service.alice(), service.alice(), service.log_in("bob", "builder").unwrap());
    let alice = principal(&service, &current.access);
    let end = |id: &str| block_on(service.authenticator.revoke_session_of(&alice, id)).unwrap();
    let bobs = principal(&service, bob.access_token().expose()).session().unwrap().to_owned();
    assert!(!end(&bobs) && !end("unknown"));
    let others = principal(&service, &other.access).session().unwrap().to_owned();
    assert!(end(&others));
    assert!(!end(&others), "it has ended");
    assert!(service.bearer(&other.access).is_err() && service.refresh(&other.refresh).is_err());
    assert!(service.bearer(&current.access).is_ok() && service.bearer(bob.access_token().expose()).is_ok());
}

#[test]
fn ending_all_other_sessions_keeps_the_current_one() {
    let service = Service::new();
    let (first, current, third) = (service.alice(), service.alice(), service.alice());
    let alice = principal(&service, &current.access);
    assert_eq!(block_on(service.authenticator.revoke_other_sessions(&alice)).unwrap(), 2);
    assert_eq!(ids(&service), [alice.session().unwrap()]);
    for other in [first, third] {
        assert!(service.bearer(&other.access).is_err() && service.refresh(&other.refresh).is_err());
    }
    service.refresh(&current.refresh).unwrap();
    assert_eq!(block_on(service.authenticator.revoke_other_sessions(&alice)).unwrap(), 0);
}
