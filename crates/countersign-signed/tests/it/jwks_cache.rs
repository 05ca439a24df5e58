//! Someone else's keys: who may fetch and when, and how long what was fetched is used.
//!
//! A key set's text is here a list of numbers, each of which makes a key: what is tested is what becomes of
//! sets, not how they are read.

mod ages;
mod fetching;
mod model;

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign_signed::jwks_cache::{Fetch, JwksCacheBuilder, Status};
use countersign_signed::{Error, ErrorKind, JwksCache, KeySet, Signer, SigningKey, Verifier};
use serde_json::{Value, json};
use time::OffsetDateTime;

const ISSUER: &str = "https://login.example";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000 + seconds).unwrap()
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds.try_into().unwrap())
}

fn key(number: u8) -> SigningKey {
    SigningKey::ed25519(&[number; 32]).unwrap().with_kid(&number.to_string()).unwrap()
}

fn read(text: &str) -> Result<KeySet, Error> {
    KeySet::new(text.split_whitespace().map(|number| key(number.parse().unwrap()).verifying_key()))
}

fn builder() -> JwksCacheBuilder {
    JwksCache::builder(ISSUER).read_with(read)
}

fn cache() -> JwksCache {
    builder().build().unwrap()
}

/// With a set that was asked for and came at this time.
fn filled(text: &str, now: i64) -> JwksCache {
    let cache = cache();
    cache.poll(at(now)).unwrap().complete(text.as_bytes(), None, at(now)).unwrap();
    cache
}

fn token(number: u8) -> String {
    token_of(number, ISSUER)
}

fn token_of(number: u8, issuer: &str) -> String {
    Signer::new(key(number)).sign(&json!({"iss": issuer, "exp": 250_000_000_000_i64})).unwrap()
}

fn verifier(cache: &JwksCache) -> Verifier {
    cache.verifier().build().unwrap()
}

/// What a verifier of the cache says of a token of this key.
fn verdict(cache: &JwksCache, number: u8, now: i64) -> Result<(), ErrorKind> {
    verdict_of(&verifier(cache), &token(number), now)
}

fn verdict_of(verifier: &Verifier, token: &str, now: i64) -> Result<(), ErrorKind> {
    verifier.verify::<Value>(token, at(now)).map(drop).map_err(|error| error.kind())
}

fn status(cache: &JwksCache, now: i64) -> Status {
    cache.status(at(now))
}

#[test]
fn before_the_first_set_there_are_no_keys_and_one_fetch() {
    let cache = cache();
    assert_eq!(verdict(&cache, 1, 0), Err(ErrorKind::KeysUnavailable));
    assert_eq!((status(&cache, 0).keys, status(&cache, 0).age), (0, None));
    let fetch = cache.poll(at(0)).unwrap();
    assert_eq!((fetch.issuer(), fetch.max_bytes(), fetch.limit()), (ISSUER, 262_144, seconds(30)));
    assert!(cache.poll(at(0)).is_none());
    assert!(cache.unknown_key(at(1)).is_none());
    assert!(status(&cache, 1).is_fetching);
    fetch.complete(b"1 2", None, at(2)).unwrap();
    assert_eq!((verdict(&cache, 1, 2), verdict(&cache, 2, 2)), (Ok(()), Ok(())));
    assert_eq!(verdict(&cache, 3, 2), Err(ErrorKind::UnknownKey));
    let status = status(&cache, 2);
    assert_eq!((status.keys, status.failures, status.is_stale, status.is_fetching), (2, 0, false, false));
    assert_eq!((status.age, status.last_success), (Some(seconds(2)), Some(at(2))));
}

#[test]
fn a_malformed_token_is_malformed_though_there_are_no_keys() {
    let verifier = verifier(&cache());
    assert_eq!(verdict_of(&verifier, "a.b", 0), Err(ErrorKind::MalformedToken));
}

#[test]
fn a_key_that_is_not_in_the_new_set_is_gone_at_once() {
    let cache = filled("1 2", 0);
    let before = verifier(&cache);
    cache.poll(at(HOUR)).unwrap().complete(b"2 3", None, at(HOUR)).unwrap();
    assert_eq!(verdict_of(&before, &token(1), HOUR), Err(ErrorKind::UnknownKey));
    assert_eq!(verdict_of(&before, &token(2), HOUR), Ok(()));
    assert_eq!(verdict_of(&before, &token(3), HOUR), Ok(()));
}

#[test]
fn what_is_no_set_is_refused_and_the_last_good_one_stays() {
    let many = (1..=9).map(|number: u8| number.to_string()).collect::<Vec<_>>().join(" ");
    let long = format!("1{}", " ".repeat(100));
    let cases: [(&[u8], &str); 4] = [
        (b"", "the key set is not valid: it has no keys"),
        (b"1 \xff", "the key set is not valid: its text is not UTF-8"),
        (long.as_bytes(), "the key set is not valid: its text is too long"),
        (many.as_bytes(), "the key set is not valid: it has too many keys"),
    ];
    let cache = builder().max_bytes(100).max_keys(8).build().unwrap();
    cache.poll(at(0)).unwrap().complete(b"1", None, at(0)).unwrap();
    for (count, (body, text)) in (1_u32..).zip(cases) {
        let now = HOUR * i64::from(count);
        let error = cache.poll(at(now)).unwrap().complete(body, None, at(now)).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidKeySet, text));
        assert_eq!(verdict(&cache, 1, now), Ok(()), "{text}");
        assert_eq!(status(&cache, now).failures, count, "{text}");
        assert!(cache.poll(at(now + 4)).is_none(), "{text}");
    }
    let most = format!("1 2 3 4 5 6 7 8{}", " ".repeat(85));
    cache.poll(at(9 * HOUR)).unwrap().complete(most.as_bytes(), None, at(9 * HOUR)).unwrap();
    assert_eq!(status(&cache, 9 * HOUR).keys, 8);
}

#[test]
fn the_reader_is_not_asked_about_a_text_that_is_too_long() {
    let cache = JwksCache::builder(ISSUER).read_with(|_| panic!("was asked")).max_bytes(3).build().unwrap();
    assert!(cache.poll(at(0)).unwrap().complete(b"1234", None, at(0)).is_err());
}

#[test]
fn a_reader_that_panics_leaves_the_cache_working() {
    let cache = JwksCache::builder(ISSUER).read_with(read).build().unwrap();
    let fetch = cache.poll(at(0)).unwrap();
    let panicked = std::thread::spawn(move || fetch.complete(b"x", None, at(0)).is_ok()).join();
    assert!(panicked.is_err());
    assert_eq!(status(&cache, 0).failures, 1);
    cache.poll(at(5)).unwrap().complete(b"1", None, at(5)).unwrap();
    assert_eq!(verdict(&cache, 1, 5), Ok(()));
}

#[test]
fn a_new_key_is_found_by_way_of_the_token_that_names_it() {
    let cache = filled("1", 0);
    let verifier = verifier(&cache);
    let token = token(2);
    let error = verifier.verify::<Value>(&token, at(60)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownKey);
    cache.fetch_for(&error, at(60)).unwrap().complete(b"1 2", None, at(60)).unwrap();
    assert_eq!(verdict_of(&verifier, &token, 60), Ok(()));
}

#[test]
fn the_keys_of_one_issuer_verify_no_token_of_another() {
    let ours = filled("1", 0);
    let theirs = JwksCache::builder("https://partner.example").read_with(read).build().unwrap();
    // The partner publishes our key under our `kid`, and one of its own.
    theirs.poll(at(0)).unwrap().complete(b"1 2", None, at(0)).unwrap();
    let (ours, theirs) = (verifier(&ours), verifier(&theirs));
    let table = [
        (&ours, 1, ISSUER, Ok(())),
        (&ours, 2, ISSUER, Err(ErrorKind::UnknownKey)),
        (&ours, 1, "https://partner.example", Err(ErrorKind::UnexpectedClaim)),
        (&theirs, 2, "https://partner.example", Ok(())),
        (&theirs, 2, ISSUER, Err(ErrorKind::UnexpectedClaim)),
        (&theirs, 1, ISSUER, Err(ErrorKind::UnexpectedClaim)),
    ];
    for (verifier, number, issuer, expected) in table {
        assert_eq!(verdict_of(verifier, &token_of(number, issuer), 0), expected, "{number} of {issuer}");
    }
}

#[test]
fn the_issuer_cannot_be_taken_back() {
    let cache = filled("1", 0);
    for verifier in [cache.verifier().issuer("https://else.example"), cache.verifier().accept_any_issuer()] {
        assert_eq!(verifier.build().unwrap_err().kind(), ErrorKind::InvalidConfiguration);
    }
}

#[test]
fn a_configuration_that_cannot_be_meant_is_refused() {
    let hours = |count: i64| seconds(count * HOUR);
    let refused = [
        ("empty issuer", JwksCache::builder("").read_with(read)),
        ("fresh for too short", builder().fresh_for(seconds(299))),
        ("fresh for too long", builder().fresh_for(hours(24) + seconds(1))),
        ("ahead too long", builder().refresh_ahead(hours(12) + seconds(1))),
        ("kept for too long", builder().kept_for(hours(7 * 24) + seconds(1))),
        ("no cooldown", builder().unknown_kid_cooldown(Duration::from_millis(999))),
        ("cooldown too long", builder().unknown_kid_cooldown(hours(1) + seconds(1))),
        ("retry at once", builder().retry_after(Duration::from_millis(999), hours(1))),
        ("retry too late", builder().retry_after(seconds(1), hours(1) + seconds(1))),
        ("retry the wrong way round", builder().retry_after(seconds(2), seconds(1))),
        ("limit too short", builder().fetch_limit(Duration::from_millis(999))),
        ("limit too long", builder().fetch_limit(seconds(301))),
        ("no bytes", builder().max_bytes(0)),
        ("too many bytes", builder().max_bytes(262_145)),
        ("no keys", builder().max_keys(0)),
        ("too many keys", builder().max_keys(101)),
    ];
    for (what, builder) in refused {
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::InvalidConfiguration, "{what}");
    }
    let extremes = [
        builder().fresh_for(seconds(300)).refresh_ahead(Duration::ZERO).kept_for(Duration::ZERO),
        builder().fresh_for(hours(24)).refresh_ahead(hours(12)).kept_for(hours(7 * 24)),
        builder()
            .unknown_kid_cooldown(seconds(1))
            .retry_after(seconds(1), seconds(1))
            .fetch_limit(seconds(1)),
        builder().unknown_kid_cooldown(hours(1)).retry_after(hours(1), hours(1)).fetch_limit(seconds(300)),
        builder().max_bytes(1).max_keys(1),
        builder().max_bytes(262_144).max_keys(100),
    ];
    for builder in extremes {
        builder.build().unwrap();
    }
}

#[test]
fn debug_does_not_show_whose_tokens_are_taken() {
    let (builder, cache) = (builder(), filled("1", 0));
    let fetch = cache.poll(at(HOUR)).unwrap();
    let shown = format!("{builder:?} {cache:?} {fetch:?} {:?}", status(&cache, HOUR));
    assert!(!shown.contains("login.example"), "{shown}");
}
