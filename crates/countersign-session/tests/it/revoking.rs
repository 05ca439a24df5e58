//! Logging out, here and everywhere.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::Scope;
use countersign_session::{
    ApiKeys, AuthMethods, Authenticator, ConfigurationFault, ErrorKind, GrantFault, LoginTokens, NewApiKey,
    TokenFault,
};
use countersign_signed::{Algorithm, SigningKey};
use countersign_token_store::MemoryTokenStore;
use pollster::block_on;

use crate::support::{DIGEST_SECRET, HMAC_SECRET, Pair, Service, URL};

fn revoked(scope: Scope) -> ErrorKind {
    ErrorKind::InvalidToken(TokenFault::Revoked(scope))
}

#[test]
fn a_logout_ends_the_whole_session_and_no_other() {
    let service = Service::new();
    let first = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    let other = service.alice();
    let alice = service.bearer(&second.access).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    assert_eq!(service.bearer(&first.access).unwrap_err(), revoked(Scope::Session));
    assert_eq!(service.bearer(&second.access).unwrap_err(), revoked(Scope::Session));
    let gone = ErrorKind::InvalidGrant(GrantFault::Revoked);
    assert_eq!(service.refresh(&second.refresh).unwrap_err(), gone);
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), gone);
    service.bearer(&other.access).unwrap();
    service.refresh(&other.refresh).unwrap();
    // Twice is as good as once.
    block_on(service.authenticator.revoke(&alice)).unwrap();
}

#[test]
fn a_refresh_token_ends_its_session_and_no_other() {
    let service = Service::new();
    let end = |token: &str| block_on(service.authenticator.revoke_refresh_token(token)).unwrap();
    let (first, other) = (service.alice(), service.alice());
    let second = service.refresh(&first.refresh).unwrap();
    for unknown in ["", "x", &first.access, &first.refresh[1..], "acme_refresh_"] {
        assert!(!end(unknown), "{unknown:.20}");
    }
    service.bearer(&second.access).unwrap();
    // An older one of the session's does it as well.
    assert!(end(&first.refresh));
    assert_eq!(service.bearer(&first.access).unwrap_err(), revoked(Scope::Session));
    assert_eq!(service.bearer(&second.access).unwrap_err(), revoked(Scope::Session));
    assert_eq!(service.refresh(&second.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Revoked));
    // Twice is as good as once.
    assert!(end(&second.refresh));
    service.bearer(&other.access).unwrap();
    service.refresh(&other.refresh).unwrap();
}

#[test]
fn a_logout_everywhere_ends_all_of_a_subject_and_lets_it_back_in_at_once() {
    let service = Service::new();
    let (first, second) = (service.alice(), service.alice());
    let bob = Pair::of(service.log_in("bob", "builder").unwrap());
    let key = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    for pair in [&first, &second] {
        assert_eq!(service.bearer(&pair.access).unwrap_err(), revoked(Scope::Subject));
        let gone = ErrorKind::InvalidGrant(GrantFault::Revoked);
        assert_eq!(service.refresh(&pair.refresh).unwrap_err(), gone);
    }
    service.bearer(&bob.access).unwrap();
    service.bearer(key.key.expose()).unwrap();
    // In the same second, and in the same millisecond.
    let back = service.alice();
    service.bearer(&back.access).unwrap();
    service.refresh(&back.refresh).unwrap();
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Remove)).unwrap();
    assert_eq!(service.bearer(&back.access).unwrap_err(), revoked(Scope::Subject));
    assert!(service.bearer(key.key.expose()).is_err());
}

#[test]
fn a_revoked_key_takes_its_tokens_with_it() {
    let leaked = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let kid = leaked.kid().unwrap().to_owned();
    let service = Service::with(|builder| builder.signing_key(leaked.clone()));
    let pair = service.alice();
    service.bearer(&pair.access).unwrap();
    block_on(service.authenticator.revoke_key(&kid)).unwrap();
    assert_eq!(service.bearer(&pair.access).unwrap_err(), revoked(Scope::Key));

    let next = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let change = |builder: countersign_session::AuthenticatorBuilder| {
        builder.signing_key(next.clone()).previous_signing_key(leaked.verifying_key())
    };
    let service = Service::over(service.revocations.clone(), service.tokens.clone(), change);
    assert_eq!(service.bearer(&pair.access).unwrap_err(), revoked(Scope::Key));
    // The session itself lives on, under the new key.
    let pair = service.refresh(&pair.refresh).unwrap();
    service.bearer(&pair.access).unwrap();
}

/// Whoever stole it signs whatever `iat` they like, so no moment is late enough to forget it.
#[test]
fn a_stolen_key_is_revoked_however_late_it_signs() {
    let stolen = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let kid = stolen.kid().unwrap().to_owned();
    let service = Service::with(|builder| builder.signing_key(stolen.clone()));
    block_on(service.authenticator.revoke_key(&kid)).unwrap();
    // Longer than any session lives.
    service.advance(500 * 24 * 60 * 60);
    block_on(service.authenticator.purge_expired(100)).unwrap();
    assert_eq!(service.bearer(&service.alice().access).unwrap_err(), revoked(Scope::Key));
}

#[test]
fn a_previous_keys_tokens_live_on_until_they_expire() {
    let previous = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let service = Service::with(|builder| builder.signing_key(previous.clone()));
    let pair = service.alice();
    let next = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let rotated = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| {
        builder.signing_key(next.clone()).previous_signing_key(previous.verifying_key())
    });
    rotated.bearer(&pair.access).unwrap();
    let without = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| {
        builder.signing_key(next)
    });
    assert_eq!(without.bearer(&pair.access).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Refused));
}

#[test]
fn no_other_spelling_of_a_revoked_token_gets_in() {
    let signature = |text: &str| text.rfind('.').unwrap();
    // Signed with a secret; with a key whose tokens are remembered; and with ECDSA, whose verification is slow, so
    // that only its signature is respelt: 43 and 86 characters end in two and in four bits that mean nothing.
    let service = Service::new();
    every_other_spelling_is_refused(&service, &service.alice().access, |_| 0);
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let service = Service::with(|builder| builder.signing_key(key).cache_verified_tokens(100));
    every_other_spelling_is_refused(&service, &service.alice().access, |_| 0);
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let service = Service::with(|builder| builder.signing_key(key));
    every_other_spelling_is_refused(&service, &service.alice().access, signature);
}

/// Of a token that is revoked: every character from the `first` on, in the place of every one, and ends.
fn every_other_spelling_is_refused(service: &Service, token: &str, first: impl Fn(&str) -> usize) {
    let alice = service.bearer(token).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    let text = token.as_bytes();
    for position in first(token)..text.len() {
        for replacement in *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. \n" {
            let mut changed = text.to_vec();
            changed[position] = replacement;
            let changed = String::from_utf8(changed).unwrap();
            assert!(service.bearer(&changed).is_err(), "{replacement} at {position}");
        }
    }
    for end in ["=", "==", "A", "."] {
        assert!(service.bearer(&format!("{token}{end}")).is_err(), "{end} behind it");
    }
}

/// Whoever has a signature (r, s) of ECDSA has (r, n - s) as well, which is as good: another text, with
/// another signature, of the same token.
#[test]
fn the_other_half_of_an_ecdsa_signature_is_revoked_with_it() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Signed).signing_key(key));
    let issued = service.log_in("alice", "wonderland").unwrap();
    let token = issued.access_token().expose();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    // SP 800-186 section 3.2.1.3.
    let order: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
        0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];
    let mut borrow = 0;
    for (s, n) in signature[32..].iter_mut().zip(order).rev() {
        let difference = i16::from(n) - i16::from(*s) - borrow;
        borrow = i16::from(difference < 0);
        *s = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let other = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_ne!(other, token);
    service.bearer(&other).unwrap();
    let alice = service.bearer(token).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    for spelling in [token, &other] {
        assert_eq!(service.bearer(spelling).unwrap_err(), revoked(Scope::Token));
    }
}

#[test]
fn a_revocation_is_kept_until_nothing_it_protects_against_could_live() {
    let service = Service::new();
    let pair = service.alice();
    let alice = service.bearer(&pair.access).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    let purge = || block_on(service.authenticator.purge_expired(100)).unwrap();
    // The session's absolute end, and the margin of five minutes.
    let month = 30 * 24 * 60 * 60;
    service.advance(month + 299);
    assert_eq!(purge().revocations, 0);
    service.advance(1);
    assert_eq!(purge().revocations, 1);
}

#[test]
fn logout_at_a_node_that_does_not_have_the_session_is_recorded_for_as_long_as_it_could_live() {
    // One that has no token store, and one whose token store is another.
    for has_tokens in [false, true] {
        let service = Service::new();
        let verifying = Authenticator::builder(URL, URL)
            .login_tokens(LoginTokens::Signed)
            .signing_key(SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap())
            .revocation_store(service.revocations.clone())
            .prefix("acme")
            .clock(Arc::clone(&service.clock));
        let other = if has_tokens {
            verifying
                .token_store(MemoryTokenStore::new())
                .digest_keys(DigestKeys::new(DigestKey::keyed(1, DIGEST_SECRET).unwrap()))
        } else {
            verifying
        };
        let other = other.build().unwrap();
        let pair = service.alice();
        let alice = block_on(other.authenticate_token(&pair.access, AuthMethods::bearer())).unwrap();
        block_on(other.revoke(&alice)).unwrap();
        let gone = block_on(other.authenticate_token(&pair.access, AuthMethods::bearer())).unwrap_err();
        assert_eq!(gone.kind(), revoked(Scope::Session));
        assert_eq!(service.bearer(&pair.access).unwrap_err(), revoked(Scope::Session));
        // The session itself was not ended: the entry keeps its refresh token dead past its last access token.
        service.advance(16 * 60);
        block_on(service.authenticator.purge_expired(100)).unwrap();
        assert_eq!(service.refresh(&pair.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Revoked));
    }
}

#[test]
fn refresh_token_at_a_node_without_a_token_store_is_not_acknowledged() {
    let service = Service::new();
    let other = Authenticator::builder(URL, URL)
        .login_tokens(LoginTokens::Signed)
        .signing_key(SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap())
        .revocation_store(service.revocations.clone())
        .prefix("acme")
        .build()
        .unwrap();
    let refused = block_on(other.revoke_refresh_token(&service.alice().refresh)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfiguration(ConfigurationFault::NoTokenStore));
    assert!(!block_on(other.revoke_refresh_token("x")).unwrap(), "no refresh token of ours");
}
