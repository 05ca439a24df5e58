//! Single laws: what each part of an answer, a digest or an end depends on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys, RandomSource};
use countersign_revocation::{RetainUntil, RevocationStore, Scope};
use countersign_session::{
    ApiKeys, AuthMethods, ConfigurationFault, ErrorKind, GrantFault, LoginTokens, TokenFault,
};
use countersign_token_store::{AnyTokenStore, Kind, MemoryTokenStore, TokenStoreExt};
use pollster::block_on;

use crate::support::{DIGEST_SECRET, START, Service, URL};

const DAY: u64 = 24 * 60 * 60;

fn sid(service: &Service, access: &str) -> String {
    service.bearer(access).unwrap().session().unwrap().to_owned()
}

/// Fills the n-th request for bytes with the n-th byte, and the later ones with a running number.
struct Script(Vec<u8>, AtomicU8);

impl RandomSource for Script {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), countersign_random::Error> {
        let turn = self.1.fetch_add(1, Ordering::SeqCst);
        bytes.fill(self.0.get(usize::from(turn)).copied().unwrap_or(turn));
        Ok(())
    }
}

/// The body of the successor of a first refresh token made of these bytes.
fn successor(locator: u8, secret: u8, salt: u8, key: &[u8]) -> (String, String) {
    // Locator, secret and id of the session, `jti`; then the salt.
    let script = Arc::new(Script(vec![locator, secret, 100, 101, salt], AtomicU8::new(0)));
    let service = Service::with(|builder| {
        builder.rng(script).digest_keys(DigestKeys::new(DigestKey::keyed(1, key).unwrap()))
    });
    let first = service.alice();
    let body = |text: &str| text["acme_refresh_".len() + 22..text.len() - 6].to_owned();
    (body(&first.refresh), body(&service.refresh(&first.refresh).unwrap().refresh))
}

#[test]
fn a_refresh_secret_depends_on_all_that_it_is_made_of() {
    let (first, next) = successor(1, 2, 3, DIGEST_SECRET);
    assert_eq!(successor(1, 2, 3, DIGEST_SECRET), (first.clone(), next.clone()), "the script is complete");
    assert_ne!(successor(1, 9, 3, DIGEST_SECRET).0, first, "the first secret is random");
    assert_ne!(successor(1, 9, 3, DIGEST_SECRET).1, next, "the token before it");
    assert_ne!(successor(9, 2, 3, DIGEST_SECRET).1, next, "the locator");
    assert_ne!(successor(1, 2, 9, DIGEST_SECRET).1, next, "the salt");
    assert_ne!(successor(1, 2, 3, &[b'n'; 32]).1, next, "the server key");
}

#[test]
fn a_replay_gets_the_successor_of_the_key_that_made_it() {
    let old = Service::new();
    let first = old.alice();
    let second = old.refresh(&first.refresh).unwrap();
    let keys = DigestKeys::new(DigestKey::keyed(2, &[b'n'; 32]).unwrap())
        .with_previous(DigestKey::keyed(1, DIGEST_SECRET).unwrap())
        .unwrap();
    let both = Service::over(old.revocations.clone(), old.tokens.clone(), |b| b.digest_keys(keys));
    assert_eq!(both.refresh(&first.refresh).unwrap().refresh, second.refresh);
    let keys = DigestKeys::new(DigestKey::keyed(2, &[b'n'; 32]).unwrap());
    let new = Service::over(old.revocations.clone(), old.tokens.clone(), |b| b.digest_keys(keys));
    assert_eq!(new.refresh(&first.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Unknown));
}

#[test]
fn a_refreshed_access_token_dies_with_its_subject() {
    let service = Service::new();
    let pair = service.alice();
    let pair = service.refresh(&pair.refresh).unwrap();
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    let dead = ErrorKind::InvalidToken(TokenFault::Revoked(Scope::Subject));
    assert_eq!(service.bearer(&pair.access).unwrap_err(), dead);
}

#[test]
fn a_signed_token_alone_works_at_once_after_a_logout_everywhere() {
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Signed));
    let log_in = || service.log_in("alice", "wonderland").unwrap().access_token().expose().to_owned();
    let old = log_in();
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    assert!(service.bearer(&old).is_err());
    service.bearer(&log_in()).unwrap();
}

#[test]
fn a_subject_revoked_in_the_first_store_alone_is_refused_and_its_session_ended() {
    let service = Service::new();
    let pair = service.alice();
    let sid = sid(&service, &pair.access);
    let until = RetainUntil::at(START + time::Duration::days(30));
    block_on(service.revocations.revoke_subject(URL, "alice", until, START, Duration::ZERO)).unwrap();
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Revoked));
    assert!(block_on(service.tokens.session(&sid, START)).unwrap().is_none());
}

#[test]
fn a_logout_everywhere_takes_both_steps() {
    let service = Service::new();
    let pair = service.alice();
    let sid = sid(&service, &pair.access);
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    assert!(block_on(service.tokens.session(&sid, START)).unwrap().is_none(), "the second step");
    // The first one outlives the session's absolute end.
    let purge = || block_on(service.authenticator.purge_expired(100)).unwrap();
    service.advance(30 * DAY + 299);
    assert_eq!(purge().revocations, 0);
    service.advance(1);
    assert_eq!(purge().revocations, 1);
}

#[test]
fn a_logout_everywhere_removes_random_tokens() {
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Random));
    let token = service.log_in("alice", "wonderland").unwrap().access_token().expose().to_owned();
    service.bearer(&token).unwrap();
    let records = block_on(service.tokens.list_tokens(Kind::AccessToken, "alice")).unwrap();
    assert_eq!(records[0].last_used_at, None, "nothing writes per request");
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    assert!(service.bearer(&token).is_err());
}

#[test]
fn a_revoked_key_stays_revoked_for_ever() {
    let service = Service::new();
    block_on(service.authenticator.revoke_key("leaked")).unwrap();
    service.advance(100 * 365 * DAY);
    block_on(service.authenticator.purge_expired(100)).unwrap();
    assert_eq!(block_on(service.revocations.count()).unwrap().keys, 1);
}

#[test]
fn the_access_tokens_of_an_unknown_session_stay_revoked_while_they_live() {
    let issuing = Service::new();
    let pair = issuing.alice();
    // The token store was lost; the access token lives for ten minutes.
    let tokens = AnyTokenStore::new(MemoryTokenStore::new());
    let service = Service::over(issuing.revocations.clone(), tokens, |builder| builder);
    let alice = service.bearer(&pair.access).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    service.advance(599);
    block_on(service.authenticator.purge_expired(100)).unwrap();
    assert!(service.bearer(&pair.access).is_err());
}

#[test]
fn a_revocation_outlives_the_leeway() {
    let service = Service::with(|builder| {
        let builder = builder.login_tokens(LoginTokens::Signed).revocation_margin(Duration::ZERO);
        builder.leeway(Duration::from_secs(300))
    });
    let token = service.log_in("alice", "wonderland").unwrap().access_token().expose().to_owned();
    let alice = service.bearer(&token).unwrap();
    service.advance(600 + 299);
    service.bearer(&token).unwrap();
    service.clock.set(START);
    block_on(service.authenticator.revoke(&alice)).unwrap();
    service.advance(600 + 299);
    block_on(service.authenticator.purge_expired(100)).unwrap();
    assert_eq!(
        service.bearer(&token).unwrap_err(),
        ErrorKind::InvalidToken(TokenFault::Revoked(Scope::Token))
    );
}

#[test]
fn an_accounts_scopes_are_checked_at_log_in_and_at_refresh() {
    let service = Service::new();
    let pair = service.alice();
    service.users.lock().unwrap()[0].0.scopes = vec!["read".into(), "two words".into()];
    let fault = ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidName);
    assert_eq!(service.log_in("alice", "wonderland").unwrap_err().kind(), fault);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), fault);
}

#[test]
fn a_scope_is_matched_whole() {
    let service = Service::new();
    let alice = service.bearer(&service.alice().access).unwrap();
    alice.require_scope("read").unwrap();
    for scope in ["", "rea", "reader", "READ", "read write"] {
        assert_eq!(alice.require_scope(scope).unwrap_err().kind(), ErrorKind::InsufficientScope, "{scope}");
    }
    for role in ["", "adm", "administrator"] {
        assert!(alice.require_role(role).is_err(), "{role}");
    }
}

#[test]
fn a_scheme_that_is_not_taken_is_told_from_a_bad_token() {
    let service = Service::new();
    let access = service.alice().access;
    let refused = service.authenticate(&format!("Bearer {access}"), AuthMethods::basic()).unwrap_err();
    assert_eq!(refused, ErrorKind::UnacceptedCredentials);
}

#[test]
fn a_service_without_pairs_refreshes_nothing() {
    for login_tokens in [LoginTokens::Signed, LoginTokens::Random] {
        let service = Service::new();
        let pair = service.alice();
        let other = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| {
            builder.login_tokens(login_tokens)
        });
        let fault = ErrorKind::InvalidConfiguration(ConfigurationFault::NoRefreshTokens);
        assert_eq!(other.refresh(&pair.refresh).unwrap_err(), fault);
    }
}

#[test]
fn a_session_that_was_never_refreshed_ends_when_idle() {
    let service = Service::new();
    let pair = service.alice();
    service.advance(14 * DAY);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Expired));
}

#[test]
fn a_refresh_token_under_another_prefix_is_malformed() {
    let service = Service::new();
    let pair = service.alice();
    let other =
        Service::over(service.revocations.clone(), service.tokens.clone(), |builder| builder.prefix("beta"));
    assert_eq!(other.refresh(&pair.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Malformed));
}

#[test]
fn every_kind_of_error_has_its_answer() {
    let service = Service::new();
    let pair = service.alice();
    let ask = |value: &str, accept: AuthMethods| {
        let got = block_on(service.authenticator.authenticate([value.as_bytes()], accept));
        let reply = service.authenticator.error_response(&got.unwrap_err());
        (reply.status(), reply.body(), reply.challenges().len())
    };
    let either = AuthMethods::bearer().or(AuthMethods::basic());
    assert_eq!(ask("Bearer a b", either), (400, r#"{"error":"invalid_request"}"#.into(), 2));
    assert_eq!(ask("Bearer abc", either), (401, r#"{"error":"invalid_token"}"#.into(), 2));
    let wrong = crate::support::basic("alice", "wrong");
    assert_eq!(ask(&wrong, either), (401, r#"{"error":"invalid_client"}"#.into(), 2));
    assert_eq!(ask(&wrong, AuthMethods::bearer()), (401, r#"{"error":"unauthorized"}"#.into(), 1));
    let refused = block_on(service.authenticator.authenticate_token("abc", either)).unwrap_err();
    assert_eq!(service.authenticator.error_response(&refused).challenges().len(), 2);
    let refused = block_on(service.authenticator.refresh(&pair.access)).unwrap_err();
    let reply = service.authenticator.error_response(&refused);
    assert_eq!((reply.status(), reply.body()), (400, r#"{"error":"invalid_grant"}"#.into()));
    let other = Service::with(|builder| builder.login_tokens(LoginTokens::Signed));
    let refused = block_on(other.authenticator.refresh(&pair.refresh)).unwrap_err();
    assert_eq!(other.authenticator.error_response(&refused).status(), 500);
}

#[test]
fn the_leeway_is_the_verifiers() {
    let service = Service::with(|builder| builder.leeway(Duration::from_secs(60)));
    let pair = service.alice();
    service.advance(659);
    service.bearer(&pair.access).unwrap();
    service.advance(1);
    assert!(service.bearer(&pair.access).is_err());
}

#[test]
fn there_is_more_to_purge_if_either_store_says_so() {
    let service = Service::new();
    for jti in ["a", "b", "c"] {
        let target = countersign_revocation::Target::Session(jti);
        block_on(service.revocations.revoke(URL, target, RetainUntil::at(START))).unwrap();
    }
    assert!(block_on(service.authenticator.purge_expired(2)).unwrap().more);
}

#[test]
fn a_moment_is_kept_to_the_millisecond() {
    let service = Service::new();
    service.clock.set(START + Duration::from_nanos(1_234_567));
    let new = countersign_session::NewApiKey::default();
    let created = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    assert_eq!(created.record.created_at, START + Duration::from_millis(1));
}

#[test]
fn an_account_shows_nothing_of_itself() {
    let service = Service::new();
    let account = service.users.lock().unwrap()[0].0.clone();
    assert_eq!(format!("{account:?}"), "Account(..)");
}
