//! Version 3, the first one that was published.

use std::fs;
use std::time::Duration;

use countersign_redb::RedbStore;
use countersign_revocation::{
    Check, Counts, RetainUntil, RevocationStore, Scope, SubjectVersion, TokenId, Verdict,
};
use countersign_token_store::{Kind, RotationOutcome, TokenLookup, TokenStore, TokenStoreExt};
use pollster::block_on;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::contents::{END, ISSUER, KEY_ID, NOW, digest, locator, rotation, secret, session, token};
use crate::golden;

const FILE: &str = "version-3.redb";
/// The version of the subject `bob`, and the floor that the subject left who was purged.
const SUBJECT_VERSION: u64 = 1_796_040_000_000;

fn seconds(number: u64) -> OffsetDateTime {
    NOW + Duration::from_secs(number)
}

/// The store in a copy of the file.
fn open() -> (TempDir, RedbStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    fs::copy(golden(FILE), &path).unwrap();
    let store = RedbStore::open_existing(&path).unwrap();
    (folder, store)
}

#[test]
fn revocations_of_version_3_stay() {
    let (_folder, store) = open();
    let store = store.revocations();
    let i = Check::new(ISSUER);
    let verdict = |check: &Check<'_>, now| block_on(store.check(check, now).wait()).unwrap();
    let second = Duration::from_secs(1);
    for (check, scope) in [
        (i.token(TokenId::Jti("jti")), Scope::Token),
        (i.token(TokenId::SigningInput([7; 32])), Scope::Token),
        (i.session("sid"), Scope::Session),
        (i.subject("bob", SubjectVersion::Version(SUBJECT_VERSION - 1)), Scope::Subject),
    ] {
        assert_eq!(verdict(&check, END - second), Verdict::Revoked(scope), "{check:?}");
        assert_eq!(verdict(&check, END), Verdict::NotRevoked, "{check:?}");
    }
    assert_eq!(verdict(&i.key("kid"), END), Verdict::Revoked(Scope::Key));
    let current = SubjectVersion::Version(SUBJECT_VERSION);
    assert_eq!(verdict(&i.subject("bob", current), NOW), Verdict::NotRevoked);
    let counts = Counts { tokens: 2, sessions: 1, subjects: 1, keys: 1 };
    assert_eq!(block_on(store.count()).unwrap(), counts);
    assert_eq!(block_on(store.purge_expired(END, 10)).unwrap().removed, 4);
    let long_ago = OffsetDateTime::UNIX_EPOCH;
    let next = store.revoke_subject(ISSUER, "another", RetainUntil::FOREVER, long_ago, Duration::ZERO);
    assert_eq!(block_on(next).unwrap(), SUBJECT_VERSION + 1, "above the floor");
}

#[test]
fn tokens_of_version_3_are_found_listed_changed_and_purged() {
    let (_folder, store) = open();
    let tokens = store.tokens();
    for (kind, id, end) in [(Kind::ApiKey, "key", None), (Kind::AccessToken, "access", Some(END))] {
        let found = block_on(tokens.find_token(kind, &[digest(kind)], NOW)).unwrap();
        let TokenLookup::Found(found) = found else { panic!("{id}: {found:?}") };
        let expected = token(kind, id, end).record;
        assert_eq!(found.record, expected);
        assert_eq!(block_on(tokens.list_tokens(kind, "alice")).unwrap(), [expected]);
    }
    assert_eq!(block_on(tokens.count_by_digest_key()).unwrap(), [(KEY_ID, 3)].into());
    block_on(tokens.record_use(Kind::ApiKey, "key", seconds(60))).unwrap();
    assert!(block_on(tokens.redigest(Kind::ApiKey, "key", digest(Kind::ApiKey), secret(9))).unwrap());
    let found = block_on(tokens.find_token(Kind::ApiKey, &[secret(9)], NOW)).unwrap();
    let TokenLookup::Found(found) = found else { panic!("{found:?}") };
    assert_eq!(found.record.last_used_at, Some(seconds(60)));
    assert_eq!(block_on(tokens.remove_by_owner(Kind::ApiKey.into(), "alice")).unwrap(), 1);
    assert_eq!(block_on(tokens.purge_expired(END, 10)).unwrap().removed, 3, "a token and two sessions");
    assert!(block_on(tokens.count_by_digest_key()).unwrap().is_empty());
}

#[test]
fn sessions_of_version_3_are_found_listed_and_refreshed() {
    let (_folder, store) = open();
    let tokens = store.tokens();
    let found = block_on(tokens.find_session(&locator(1))).unwrap().unwrap();
    let mut expected = session("rotated", 1).record;
    (expected.last_refreshed_at, expected.idle_expires_at) = (Some(seconds(10)), seconds(3610));
    assert_eq!((&found.record, found.ended), (&expected, false));
    assert!(block_on(tokens.find_session(&locator(3))).unwrap().unwrap().ended);
    assert_eq!(block_on(tokens.sessions("alice", seconds(20))).unwrap(), [expected]);
    // The client repeats the refresh whose answer it did not get, and goes on with the successor.
    let again = block_on(tokens.rotate(&rotation(&[secret(1)], 4, seconds(20)))).unwrap();
    let RotationOutcome::WithinGrace { salt, derivation_key_id, .. } = again else { panic!("{again:?}") };
    assert_eq!((salt.0, derivation_key_id), ([2; 16], KEY_ID));
    let next = block_on(tokens.rotate(&rotation(&[secret(2)], 5, seconds(30)))).unwrap();
    assert!(matches!(next, RotationOutcome::Rotated(_)), "{next:?}");
    let reused = block_on(tokens.rotate(&rotation(&[secret(1)], 6, seconds(99)))).unwrap();
    assert!(matches!(reused, RotationOutcome::Reused(_)), "{reused:?}");
}
