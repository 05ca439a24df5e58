//! Refresh tokens: traded once, forgiven for a moment, deadly when stolen.

use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::{RetainUntil, RevocationStore, Scope, Target};
use countersign_session::{ErrorKind, GrantFault, TokenFault};
use pollster::block_on;

use crate::support::{DIGEST_SECRET, START, Service, URL};

fn grant(fault: GrantFault) -> ErrorKind {
    ErrorKind::InvalidGrant(fault)
}

#[test]
fn a_refresh_gives_a_new_pair_of_the_same_session() {
    let service = Service::new();
    let first = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    assert_ne!(first.access, second.access);
    assert_ne!(first.refresh, second.refresh);
    let before = service.bearer(&first.access).unwrap();
    let after = service.bearer(&second.access).unwrap();
    assert_eq!(before.session(), after.session());
    assert!(before.scopes().eq(after.scopes()));
    assert_eq!(before.roles(), after.roles());
    assert!(first.refresh.starts_with("acme_refresh_"), "its prefix tells what it is");
    assert_eq!(first.refresh.len(), "acme_refresh_".len() + 22 + 43 + 6);
}

#[test]
fn a_replay_within_grace_gets_the_same_successor_and_a_good_access_token() {
    let service = Service::new();
    let first = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    service.advance(29);
    let replay = service.refresh(&first.refresh).unwrap();
    assert_eq!(replay.refresh, second.refresh);
    service.bearer(&replay.access).unwrap();
    service.refresh(&second.refresh).unwrap();
}

#[test]
fn a_replay_after_grace_ends_the_session_and_its_access_tokens() {
    let service = Service::new();
    let first = service.alice();
    let other = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    service.advance(30);
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), grant(GrantFault::Reused));
    let revoked = ErrorKind::InvalidToken(TokenFault::Revoked(Scope::Session));
    assert_eq!(service.bearer(&first.access).unwrap_err(), revoked);
    assert_eq!(service.bearer(&second.access).unwrap_err(), revoked);
    assert_eq!(service.refresh(&second.refresh).unwrap_err(), grant(GrantFault::Revoked));
    // Another session of the same user is not touched.
    service.bearer(&other.access).unwrap();
    service.refresh(&other.refresh).unwrap();
}

#[test]
fn a_replay_once_the_successor_was_used_ends_the_session() {
    let service = Service::new();
    let first = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    let third = service.refresh(&second.refresh).unwrap();
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), grant(GrantFault::Reused));
    assert_eq!(service.refresh(&third.refresh).unwrap_err(), grant(GrantFault::Revoked));
    assert!(service.bearer(&third.access).is_err());
}

#[test]
fn a_session_ends_when_idle_and_in_any_case() {
    let day = 24 * 60 * 60;
    let service = Service::new();
    let mut pair = service.alice();
    service.advance(14 * day - 1);
    pair = service.refresh(&pair.refresh).unwrap();
    service.advance(14 * day);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), grant(GrantFault::Expired));

    let service = Service::new();
    let mut pair = service.alice();
    for _ in 0..29 {
        service.advance(day);
        pair = service.refresh(&pair.refresh).unwrap();
    }
    service.advance(day - 60);
    pair = service.refresh(&pair.refresh).unwrap();
    // An access token does not outlive its session.
    service.advance(59);
    service.bearer(&pair.access).unwrap();
    service.advance(1);
    assert_eq!(service.bearer(&pair.access).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Expired));
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), grant(GrantFault::Expired));
}

#[test]
fn what_is_no_refresh_token_of_ours_is_malformed_or_unknown() {
    let service = Service::new();
    let pair = service.alice();
    let elsewhere = Service::new().alice();
    assert_eq!(service.refresh(&elsewhere.refresh).unwrap_err(), grant(GrantFault::Unknown));
    let longer = format!("{}0", pair.refresh);
    for text in ["", "x", &pair.access, &longer, &pair.refresh.replace("acme", "beta")] {
        assert_eq!(service.refresh(text).unwrap_err(), grant(GrantFault::Malformed), "{text}");
    }
    service.refresh(&pair.refresh).unwrap();
}

#[test]
fn roles_and_scopes_are_read_again() {
    let service = Service::new();
    let pair = service.alice();
    {
        let mut users = service.users.lock().unwrap();
        users[0].0.roles.clear();
        users[0].0.scopes = vec!["read".into(), "newly-granted".into()];
    }
    let pair = service.refresh(&pair.refresh).unwrap();
    let alice = service.bearer(&pair.access).unwrap();
    assert!(alice.scopes().eq(["read"]) && alice.roles().is_empty());
}

#[test]
fn a_session_whose_account_is_gone_ends() {
    let service = Service::new();
    let pair = service.alice();
    service.users.lock().unwrap().remove(0);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), grant(GrantFault::AccountGone));
    assert!(service.bearer(&pair.access).is_err());
}

#[test]
fn a_session_revoked_in_the_first_store_alone_is_refused_and_ended() {
    let service = Service::new();
    let pair = service.alice();
    let sid = service.bearer(&pair.access).unwrap().session().unwrap().to_owned();
    // A crash between the two steps of a logout.
    let until = RetainUntil::at(START + time::Duration::days(30));
    block_on(service.revocations.revoke(URL, Target::Session(&sid), until)).unwrap();
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), grant(GrantFault::Revoked));
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), grant(GrantFault::Revoked));
}

#[test]
fn the_digest_key_rotates_under_a_live_session() {
    let old = Service::new();
    let pair = old.alice();
    let keys = DigestKeys::new(DigestKey::keyed(2, &[b'n'; 32]).unwrap())
        .with_previous(DigestKey::keyed(1, DIGEST_SECRET).unwrap())
        .unwrap();
    let both = Service::over(old.revocations.clone(), old.tokens.clone(), |b| b.digest_keys(keys));
    let second = both.refresh(&pair.refresh).unwrap();
    assert_eq!(both.refresh(&pair.refresh).unwrap().refresh, second.refresh, "grace, across the keys");
    let keys = DigestKeys::new(DigestKey::keyed(2, &[b'n'; 32]).unwrap());
    let new = Service::over(old.revocations.clone(), old.tokens.clone(), |b| b.digest_keys(keys));
    let third = new.refresh(&second.refresh).unwrap();
    assert_ne!(third.refresh, second.refresh);
    // Whoever held the token under the old key alone is not found any more.
    assert_eq!(old.refresh(&third.refresh).unwrap_err(), grant(GrantFault::Unknown));
}

#[test]
fn a_clock_that_is_set_back_neither_reopens_nor_ends_a_session() {
    let service = Service::new();
    let first = service.alice();
    service.advance(100);
    let second = service.refresh(&first.refresh).unwrap();
    service.clock.set(START);
    assert_eq!(service.refresh(&first.refresh).unwrap().refresh, second.refresh);
    service.refresh(&second.refresh).unwrap();
}

/// Both have the first refresh token of a session. The one uses it each ten minutes, the other `delay` seconds later;
/// until one of them is refused. Who is, and after how many rounds.
fn in_step(delay: u64) -> (&'static str, u32) {
    let service = Service::new();
    let mut owner = service.alice().refresh;
    let mut thief = owner.clone();
    for round in 0..1000 {
        service.advance(600 - delay);
        match service.refresh(&owner) {
            Ok(pair) => owner = pair.refresh,
            Err(_) => return ("owner", round),
        }
        service.advance(delay);
        match service.refresh(&thief) {
            Ok(pair) => thief = pair.refresh,
            Err(error) => {
                assert_eq!(error, ErrorKind::InvalidGrant(GrantFault::Reused));
                assert_eq!(service.refresh(&owner), Err(ErrorKind::InvalidGrant(GrantFault::Revoked)));
                return ("thief", round);
            }
        }
    }
    panic!("both have had tokens for 1000 rounds");
}

#[test]
fn thief_who_refreshes_in_step_with_the_owner_ends_the_session() {
    assert_eq!(in_step(5), ("thief", 5));
    assert_eq!(in_step(29), ("thief", 5));
    assert_eq!(in_step(31), ("thief", 0), "past the grace period");
}

#[test]
fn replays_by_a_client_that_then_goes_on_alone_do_not_end_the_session() {
    let service = Service::new();
    let mut pair = service.alice();
    for round in 0..20 {
        service.advance(600);
        let next = service.refresh(&pair.refresh).unwrap();
        // The response was lost in five rounds of six, and asked for again, several times.
        for _ in 0..if round % 6 == 5 { 0 } else { 8 } {
            service.advance(1);
            assert_eq!(service.refresh(&pair.refresh).unwrap().refresh, next.refresh);
        }
        pair = next;
    }
}
