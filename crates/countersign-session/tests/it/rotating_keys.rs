//! Keys that change while the service runs: nothing good is refused, and nothing of a dropped key is accepted.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_session::{ConfigurationFault, ErrorKind, NewApiKey, TokenFault};
use countersign_signed::{Algorithm, KeySet, SigningKey, UnverifiedToken};
use countersign_token_store::TokenStore;
use pollster::block_on;

use crate::support::{DIGEST_SECRET, Pair, Service};

/// The lifetime of an access token and the margin, by default.
const OVERLAP: u64 = 600 + 300;

fn key(byte: u8) -> SigningKey {
    SigningKey::ed25519(&[byte; 32]).unwrap()
}

fn digest_key(id: u32) -> DigestKey {
    DigestKey::keyed(id, &[u8::try_from(id).unwrap(); 32]).unwrap()
}

fn service() -> Service {
    Service::with(|builder| builder.signing_key(key(1)))
}

fn kid(token: &str) -> String {
    UnverifiedToken::parse(token).unwrap().unverified_kid().unwrap().to_owned()
}

fn fault<T>(result: Result<T, countersign_session::Error>) -> ConfigurationFault {
    match result.map(drop).unwrap_err().kind() {
        ErrorKind::InvalidConfiguration(fault) => fault,
        kind => panic!("{kind:?}"),
    }
}

#[test]
fn a_previous_key_verifies_until_its_last_token_has_ended_and_is_dropped_then() {
    let service = service();
    let purge = || block_on(service.authenticator.purge_expired(100)).unwrap();
    let before = service.alice();
    service.authenticator.rotate_signing_key(key(2)).unwrap();
    let after = service.alice();
    assert_eq!((kid(&before.access), kid(&after.access)), (name(1), name(2)));
    service.advance(599);
    purge();
    service.bearer(&before.access).unwrap();
    service.bearer(&after.access).unwrap();
    service.advance(OVERLAP - 599 - 1);
    purge();
    assert!(service.authenticator.jwks().unwrap().contains(&name(1)));
    service.advance(1);
    purge();
    assert!(!service.authenticator.jwks().unwrap().contains(&name(1)));
    // The refresh tokens of the sessions are not signed, and go on.
    service.refresh(&before.refresh).unwrap();
    // With the clock set back, what the key has signed would be good once more: the key is gone.
    service.clock.set(crate::support::START);
    assert_eq!(service.bearer(&before.access).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Refused));
    service.bearer(&after.access).unwrap();
}

fn name(byte: u8) -> String {
    key(byte).verifying_key().kid().unwrap().to_owned()
}

#[test]
fn a_key_is_published_before_it_signs() {
    let node = service();
    let ahead =
        Service::over(node.revocations.clone(), node.tokens.clone(), |builder| builder.signing_key(key(1)));
    node.authenticator.publish_signing_key(key(2).verifying_key()).unwrap();
    let published = KeySet::from_jwks(&node.authenticator.jwks().unwrap()).unwrap();
    assert_eq!(published.len(), 2);
    assert_eq!(kid(&node.alice().access), name(1));
    // Another node rotates first: its tokens are taken here already.
    ahead.authenticator.rotate_signing_key(key(2)).unwrap();
    let pair = ahead.alice();
    node.bearer(&pair.access).unwrap();
    node.authenticator.rotate_signing_key(key(2)).unwrap();
    assert_eq!(kid(&node.alice().access), name(2));
    node.bearer(&pair.access).unwrap();
    // The builder may be told of the next one too.
    let told = Service::with(|builder| builder.signing_key(key(1)).next_signing_key(key(2).verifying_key()));
    assert!(told.authenticator.jwks().unwrap().contains(&name(2)));
}

#[test]
fn secrets_are_never_published() {
    let service = Service::new();
    let next = SigningKey::hs256(&[7; 32]).unwrap().with_kid("next").unwrap();
    service.authenticator.publish_signing_key(next.verifying_key()).unwrap();
    assert_eq!(service.authenticator.jwks().unwrap(), r#"{"keys":[]}"#);
    service.authenticator.rotate_signing_key(next).unwrap();
    service.authenticator.publish_signing_key(key(1).verifying_key()).unwrap();
    let jwks = service.authenticator.jwks().unwrap();
    assert!(jwks.contains(&name(1)) && !jwks.contains("oct") && !jwks.contains("next"), "{jwks}");
}

#[test]
fn a_previous_key_comes_back_and_another_one_of_its_name_does_not() {
    let service = service();
    let pair = service.alice();
    service.authenticator.rotate_signing_key(key(2)).unwrap();
    service.authenticator.rotate_signing_key(key(1)).unwrap();
    service.authenticator.rotate_signing_key(key(1)).unwrap();
    assert_eq!(kid(&service.alice().access), name(1));
    service.bearer(&pair.access).unwrap();
    for taken in [name(1), name(2)] {
        let other = key(3).with_kid(&taken).unwrap();
        assert_eq!(
            fault(service.authenticator.rotate_signing_key(other.clone())),
            ConfigurationFault::InvalidKeySet
        );
        let published = service.authenticator.publish_signing_key(other.verifying_key());
        assert_eq!(fault(published), ConfigurationFault::InvalidKeySet);
    }
    // It signs again, so no end was set on it.
    service.advance(OVERLAP + 1);
    block_on(service.authenticator.purge_expired(100)).unwrap();
    let fresh = service.alice();
    service.bearer(&fresh.access).unwrap();
    assert!(!service.authenticator.jwks().unwrap().contains(&name(2)));
}

#[test]
fn a_key_that_is_not_wanted_any_more_is_dropped_at_once_but_not_the_one_that_signs() {
    let service = service();
    let pair = service.alice();
    assert_eq!(fault(service.authenticator.retire_signing_key(&name(1))), ConfigurationFault::KeyInUse);
    service.authenticator.rotate_signing_key(key(2)).unwrap();
    assert!(service.authenticator.retire_signing_key(&name(1)).unwrap());
    assert!(!service.authenticator.retire_signing_key(&name(1)).unwrap());
    assert_eq!(service.bearer(&pair.access).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Refused));
    let nameless = SigningKey::hs256(&[7; 32]).unwrap();
    let published = service.authenticator.publish_signing_key(nameless.verifying_key());
    assert_eq!(fault(published), ConfigurationFault::SigningKeyWithoutKid);
    let rotated = service.authenticator.rotate_signing_key(nameless);
    assert_eq!(fault(rotated), ConfigurationFault::SigningKeyWithoutKid);
}

#[test]
fn remembered_tokens_do_not_outlive_their_key() {
    let service = Service::with(|builder| builder.signing_key(key(1)).cache_verified_tokens(1000));
    let pair = service.alice();
    for _ in 0..2 {
        assert_eq!(service.bearer(&pair.access).unwrap().subject(), "alice");
    }
    service.authenticator.rotate_signing_key(key(2)).unwrap();
    service.bearer(&pair.access).unwrap();
    service.authenticator.retire_signing_key(&name(1)).unwrap();
    assert_eq!(service.bearer(&pair.access).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Refused));
}

#[test]
fn keys_rotate_under_load_and_no_good_token_is_refused() {
    for remembered in [false, true] {
        let service = Service::with(|builder| {
            let builder = builder.signing_key(key(1));
            if remembered { builder.cache_verified_tokens(100) } else { builder }
        });
        // Tokens of the signing key and of the one before it; what is older has been dropped.
        let (is_over, served) = (AtomicBool::new(false), AtomicUsize::new(0));
        let handed_out = Mutex::new(Vec::<(usize, Pair)>::new());
        let generation = AtomicUsize::new(1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        while !is_over.load(SeqCst) {
                            let began = generation.load(SeqCst);
                            let pair = service.alice();
                            let refreshed = service.refresh(&pair.refresh).unwrap();
                            for token in [&pair.access, &refreshed.access] {
                                let outcome = service.bearer(token);
                                // Two rotations meanwhile may have dropped the key.
                                let ended = generation.load(SeqCst);
                                assert!(
                                    outcome.is_ok() || ended > began + 1,
                                    "refused at {began} to {ended}"
                                );
                            }
                            handed_out.lock().unwrap().push((began, refreshed));
                            served.fetch_add(1, SeqCst);
                        }
                    })
                })
                .collect();
            for byte in 2..30_u8 {
                let so_far = served.load(SeqCst);
                while served.load(SeqCst) < so_far + 4
                    && !threads.iter().any(std::thread::ScopedJoinHandle::is_finished)
                {
                    std::thread::yield_now();
                }
                service.authenticator.rotate_signing_key(key(byte)).unwrap();
                generation.store(byte.into(), SeqCst);
                if byte > 2 {
                    service.authenticator.retire_signing_key(&name(byte - 2)).unwrap();
                }
            }
            is_over.store(true, SeqCst);
        });
        let (mut good, mut bad) = (0, 0);
        for (_, pair) in handed_out.into_inner().unwrap() {
            let is_kept = [name(28), name(29)].contains(&kid(&pair.access));
            let outcome = service.bearer(&pair.access);
            assert_eq!(outcome.is_ok(), is_kept, "{outcome:?}");
            good += usize::from(is_kept);
            bad += usize::from(!is_kept);
        }
        assert!(good > 0 && bad > 50, "{good} good, {bad} bad");
    }
}

#[test]
fn a_previous_digest_key_stays_while_there_are_records_under_it() {
    let service = Service::new();
    let drop_unused = || block_on(service.authenticator.retire_unused_digest_keys()).unwrap();
    let under = |id: u32| *block_on(service.tokens.count_by_digest_key()).unwrap().get(&id).unwrap_or(&0);
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let pair = service.alice();
    service.authenticator.rotate_digest_key(digest_key(2)).unwrap();
    assert_eq!((under(1), under(2)), (2, 0));
    service.advance(3600);
    assert_eq!((drop_unused(), drop_unused()), (0, 0));
    // Both move to the new key when they are used.
    service.bearer(created.key.expose()).unwrap();
    let pair = service.refresh(&pair.refresh).unwrap();
    assert_eq!((under(1), under(2)), (0, 2));
    assert_eq!(drop_unused(), 0);
    // What was begun under it may still be stored, and the parent of a token replayed, for a while.
    service.advance(30 + 300 - 1);
    assert_eq!(drop_unused(), 0);
    service.advance(1);
    assert_eq!(drop_unused(), 1);
    service.bearer(created.key.expose()).unwrap();
    service.refresh(&pair.refresh).unwrap();
    // Its id is free again.
    service.authenticator.rotate_digest_key(digest_key(1)).unwrap();
}

#[test]
fn a_count_that_finds_records_starts_the_wait_anew() {
    let service = Service::new();
    let drop_unused = || block_on(service.authenticator.retire_unused_digest_keys()).unwrap();
    service.authenticator.rotate_digest_key(digest_key(2)).unwrap();
    assert_eq!(drop_unused(), 0);
    // Another node, which has not rotated yet.
    let behind = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| builder);
    let pair = behind.alice();
    service.advance(3600);
    assert_eq!(drop_unused(), 0);
    let pair = service.refresh(&pair.refresh).unwrap();
    assert_eq!(drop_unused(), 0);
    service.advance(3600);
    assert_eq!(drop_unused(), 1);
    service.refresh(&pair.refresh).unwrap();
}

#[test]
fn a_replay_across_a_rotation_of_the_digest_key_gets_the_same_successor() {
    let service = Service::new();
    let first = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    service.authenticator.rotate_digest_key(digest_key(2)).unwrap();
    assert_eq!(service.refresh(&first.refresh).unwrap().refresh, second.refresh);
    let third = service.refresh(&second.refresh).unwrap();
    assert_eq!(service.refresh(&second.refresh).unwrap().refresh, third.refresh);
}

#[test]
fn a_digest_key_is_announced_to_the_nodes_before_one_of_them_uses_it() {
    let node = Service::new();
    let ahead = Service::over(node.revocations.clone(), node.tokens.clone(), |builder| {
        builder.next_digest_key(digest_key(2))
    });
    node.authenticator.announce_digest_key(digest_key(2)).unwrap();
    ahead.authenticator.rotate_digest_key(digest_key(2)).unwrap();
    let created = block_on(ahead.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    node.bearer(created.key.expose()).unwrap();
    // One that is announced is not dropped for being unused.
    for _ in 0..2 {
        assert_eq!(block_on(node.authenticator.retire_unused_digest_keys()).unwrap(), 0);
        node.advance(3600);
    }
    let pair = ahead.alice();
    node.refresh(&pair.refresh).unwrap();
}

#[test]
fn digest_keys_that_cannot_be_told_apart_or_are_weaker_are_refused() {
    let service = Service::new();
    let rotate = |key| service.authenticator.rotate_digest_key(key);
    rotate(DigestKey::keyed(1, DIGEST_SECRET).unwrap()).unwrap();
    assert_eq!(fault(rotate(digest_key(1))), ConfigurationFault::InvalidDigestKeys);
    assert_eq!(fault(rotate(DigestKey::plain(2))), ConfigurationFault::PlainDigestKey);
    let announced = service.authenticator.announce_digest_key(DigestKey::plain(2));
    assert_eq!(fault(announced), ConfigurationFault::PlainDigestKey);
    rotate(digest_key(2)).unwrap();
    rotate(digest_key(3)).unwrap();
    assert_eq!(fault(rotate(digest_key(4))), ConfigurationFault::InvalidDigestKeys);
    rotate(digest_key(2)).unwrap();
    let announced = service.authenticator.announce_digest_key(digest_key(4));
    assert_eq!(fault(announced), ConfigurationFault::InvalidDigestKeys);

    let plain = Service::with(|builder| {
        let builder = builder.login_tokens(countersign_session::LoginTokens::Random);
        builder.digest_keys(DigestKeys::new(DigestKey::plain(1)))
    });
    let rotated = plain.authenticator.rotate_digest_key(digest_key(2));
    assert_eq!(fault(rotated), ConfigurationFault::PlainDigestKey);
    plain.authenticator.rotate_digest_key(DigestKey::plain(3)).unwrap();
}

#[test]
fn digest_keys_rotate_under_load_and_no_good_token_is_refused() {
    let service = Service::with(|builder| builder.refresh_grace(Duration::ZERO));
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let (is_over, served) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut pair = service.alice();
                    while !is_over.load(SeqCst) {
                        pair = service.refresh(&pair.refresh).unwrap();
                        service.bearer(created.key.expose()).unwrap();
                        served.fetch_add(1, SeqCst);
                    }
                })
            })
            .collect();
        // To and fro between three keys, so that none has to be dropped.
        for round in 0..60_u32 {
            let so_far = served.load(SeqCst);
            while served.load(SeqCst) < so_far + 4
                && !threads.iter().any(std::thread::ScopedJoinHandle::is_finished)
            {
                std::thread::yield_now();
            }
            let id = round % 3 + 1;
            let secret = if id == 1 { DIGEST_SECRET.to_vec() } else { vec![u8::try_from(id).unwrap(); 32] };
            service.authenticator.rotate_digest_key(DigestKey::keyed(id, &secret).unwrap()).unwrap();
        }
        is_over.store(true, SeqCst);
    });
}

#[test]
fn the_algorithm_may_change_with_the_key() {
    let service = Service::new();
    let before = service.alice();
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::HS512] {
        let key = SigningKey::generate(algorithm).unwrap().with_kid(algorithm.name()).unwrap();
        service.authenticator.rotate_signing_key(key).unwrap();
        service.bearer(&service.alice().access).unwrap();
        service.bearer(&before.access).unwrap();
    }
}
