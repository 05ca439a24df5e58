//! What cannot work is refused when the authenticator is built.

use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::MemoryRevocationStore;
use countersign_session::{
    Authenticator, AuthenticatorBuilder, Capability, ConfigurationFault, ErrorKind, LoginTokens,
};
use countersign_signed::SigningKey;
use countersign_token_store::MemoryTokenStore;

use crate::support::{DIGEST_SECRET, HMAC_SECRET, URL, Users};

fn keyed() -> DigestKeys {
    DigestKeys::new(DigestKey::keyed(1, DIGEST_SECRET).unwrap())
}

fn bare() -> AuthenticatorBuilder {
    Authenticator::builder(URL, URL)
}

fn complete() -> AuthenticatorBuilder {
    bare()
        .credentials(Users::new())
        .signing_key(SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap())
        .revocation_store(MemoryRevocationStore::new())
        .token_store(MemoryTokenStore::new())
        .digest_keys(keyed())
}

fn fault(builder: AuthenticatorBuilder) -> ConfigurationFault {
    match builder.build().unwrap_err().kind() {
        ErrorKind::InvalidConfiguration(fault) => fault,
        kind => panic!("{kind:?}"),
    }
}

#[test]
fn a_complete_one_is_built() {
    complete().build().unwrap();
    bare()
        .login_tokens(LoginTokens::Random)
        .token_store(MemoryTokenStore::new())
        .digest_keys(keyed())
        .build()
        .unwrap();
    let signing_key = SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap();
    let signed = bare().login_tokens(LoginTokens::Signed).signing_key(signing_key);
    signed.revocation_store(MemoryRevocationStore::new()).build().unwrap();
}

#[test]
fn a_missing_part_is_named() {
    let key = || SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap();
    assert_eq!(fault(bare()), ConfigurationFault::NoSigningKey);
    assert_eq!(fault(bare().signing_key(key())), ConfigurationFault::NoRevocationStore);
    let revocations = bare().signing_key(key()).revocation_store(MemoryRevocationStore::new());
    assert_eq!(fault(revocations), ConfigurationFault::NoTokenStore);
    let random = bare().login_tokens(LoginTokens::Random);
    assert_eq!(fault(random), ConfigurationFault::NoTokenStore);
    let random = bare().login_tokens(LoginTokens::Random).token_store(MemoryTokenStore::new());
    assert_eq!(fault(random), ConfigurationFault::NoDigestKeys);
    let stores = bare().signing_key(key()).revocation_store(MemoryRevocationStore::new());
    let pair = stores.token_store(MemoryTokenStore::new()).digest_keys(keyed());
    assert_eq!(fault(pair), ConfigurationFault::NoCredentialVerifier);
}

#[test]
fn a_signing_key_needs_a_name() {
    let nameless = SigningKey::hs256(HMAC_SECRET).unwrap();
    assert_eq!(fault(complete().signing_key(nameless)), ConfigurationFault::SigningKeyWithoutKid);
}

#[test]
fn refresh_tokens_need_a_secret_to_be_derived_with() {
    let plain = DigestKeys::new(DigestKey::plain(1));
    assert_eq!(fault(complete().digest_keys(plain.clone())), ConfigurationFault::PlainDigestKey);
    complete().login_tokens(LoginTokens::Random).digest_keys(plain).build().unwrap();
}

#[test]
fn names_that_cannot_be_meant_are_refused() {
    for builder in
        [Authenticator::builder("", URL), Authenticator::builder(URL, ""), complete().realm("line\nbreak")]
    {
        assert_eq!(fault(builder), ConfigurationFault::InvalidName);
    }
    for prefix in ["", "_", "1a", "a b", "a__b", &"a".repeat(25)] {
        assert_eq!(fault(complete().prefix(prefix)), ConfigurationFault::InvalidPrefix, "{prefix}");
    }
    complete().prefix(&"a".repeat(24)).build().unwrap();
}

#[test]
fn lifetimes_that_contradict_each_other_are_refused() {
    let second = Duration::from_secs(1);
    let day = Duration::from_secs(24 * 60 * 60);
    for builder in [
        complete().access_lifetime(Duration::ZERO),
        complete().access_lifetime(day + second),
        complete().idle_lifetime(second * 599),
        complete().refresh_lifetime(day * 13),
        complete().refresh_lifetime(day * 401),
        complete().refresh_grace(second * 301),
        complete().access_lifetime(second * 10).idle_lifetime(second * 20).refresh_grace(second * 20),
        complete().leeway(second * 301),
    ] {
        assert_eq!(fault(builder), ConfigurationFault::InvalidLifetimes);
    }
}

#[test]
fn two_keys_of_one_name_are_refused() {
    let key = |byte| SigningKey::hs256(&[byte; 32]).unwrap().with_kid("k").unwrap();
    let twice = complete().signing_key(key(1)).previous_signing_key(key(2).verifying_key());
    assert_eq!(fault(twice), ConfigurationFault::InvalidKeySet);
}

#[test]
fn a_clone_is_the_same_authenticator_and_one_that_was_built_alike_is_not() {
    let (one, other) = (complete().build().unwrap(), complete().build().unwrap());
    assert!(one.is_same_as(&one.clone()) && one.clone().is_same_as(&one));
    assert!(!one.is_same_as(&other) && !other.is_same_as(&one));
}

#[test]
fn check_names_the_part_that_a_capability_lacks() {
    let all = [Capability::LogIn, Capability::ApiKeys, Capability::PublicKeys];
    let complete = complete().build().unwrap();
    assert!(all.iter().all(|capability| complete.check(*capability).is_ok()));
    let random =
        bare().login_tokens(LoginTokens::Random).token_store(MemoryTokenStore::new()).digest_keys(keyed());
    let signing_key = SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap();
    let signed = bare().login_tokens(LoginTokens::Signed).signing_key(signing_key);
    let signed = signed.revocation_store(MemoryRevocationStore::new());
    let (no_users, no_tokens) = (ConfigurationFault::NoCredentialVerifier, ConfigurationFault::NoTokenStore);
    for (builder, expected) in [
        (random, [Some(no_users), None, Some(ConfigurationFault::NoSigningKey)]),
        (signed, [Some(no_users), Some(no_tokens), None]),
    ] {
        let authenticator = builder.build().unwrap();
        let missing = all.map(|capability| match authenticator.check(capability).map_err(|e| e.kind()) {
            Ok(()) => None,
            Err(ErrorKind::InvalidConfiguration(fault)) => Some(fault),
            Err(kind) => panic!("{kind:?}"),
        });
        assert_eq!(missing, expected);
    }
}
