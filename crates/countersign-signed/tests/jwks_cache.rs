//! Someone else's keys: who may fetch and when, and how long what was fetched is used.
//!
//! A key set's text is here a list of numbers, each of which makes a key: what is tested is what becomes of
//! sets, not how they are read.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "jwks_cache/model.rs"]
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
fn a_set_is_fetched_anew_ahead_of_its_end() {
    // What the response said of its age, and when the next fetch is due: 5 minutes ahead, or half-way.
    let cases = [
        (None, 55 * MINUTE),
        (Some(2 * HOUR), 115 * MINUTE),
        (Some(0), 150),
        (Some(5 * MINUTE), 150),
        (Some(9 * MINUTE), 270),
        (Some(10 * MINUTE), 5 * MINUTE),
        (Some(24 * HOUR), 1435 * MINUTE),
        (Some(25 * HOUR), 1435 * MINUTE),
        (Some(i64::MAX), 1435 * MINUTE),
    ];
    for (max_age, due) in cases {
        let cache = cache();
        cache.poll(at(0)).unwrap().complete(b"1", max_age.map(seconds), at(0)).unwrap();
        assert!(cache.poll(at(due - 1)).is_none(), "{max_age:?}");
        assert!(cache.poll(at(due)).is_some(), "{max_age:?}");
        assert!(!status(&cache, due).is_stale, "{max_age:?}");
    }
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
fn the_last_good_set_outlives_failures_until_its_end_and_no_longer() {
    let cache = filled("1", 0);
    let end = 25 * HOUR;
    let mut now = 0;
    while now + 10 * MINUTE < end {
        now += 10 * MINUTE;
        if let Some(fetch) = cache.poll(at(now)) {
            match now % 3 {
                0 => fetch.fail(at(now)),
                1 => drop(fetch),
                _ => drop(fetch.complete(b"", None, at(now))),
            }
        }
        assert_eq!(verdict(&cache, 1, now), Ok(()), "at {now}");
        assert_eq!(status(&cache, now).is_stale, now >= HOUR);
    }
    assert_eq!(verdict(&cache, 1, end - 1), Ok(()));
    assert_eq!(verdict(&cache, 1, end), Err(ErrorKind::KeysUnavailable));
    assert_eq!((status(&cache, end).keys, status(&cache, end).is_stale), (0, false));
    // The next good set makes up for all.
    cache.poll(at(end)).unwrap().complete(b"1", None, at(end)).unwrap();
    assert_eq!(verdict(&cache, 1, end), Ok(()));
    assert_eq!(status(&cache, end).failures, 0);
}

#[test]
fn a_set_ends_though_nobody_calls_the_cache_any_more() {
    let verifier = verifier(&filled("1", 0));
    assert_eq!(verdict_of(&verifier, &token(1), 25 * HOUR - 1), Ok(()));
    assert_eq!(verdict_of(&verifier, &token(1), 25 * HOUR), Err(ErrorKind::KeysUnavailable));
}

#[test]
fn a_set_may_be_kept_for_no_time_at_all() {
    let cache = builder().kept_for(Duration::ZERO).build().unwrap();
    cache.poll(at(0)).unwrap().complete(b"1", None, at(0)).unwrap();
    assert_eq!(verdict(&cache, 1, HOUR - 1), Ok(()));
    assert_eq!(verdict(&cache, 1, HOUR), Err(ErrorKind::KeysUnavailable));
}

#[test]
fn a_set_is_as_old_as_its_request() {
    let cache = builder().kept_for(Duration::ZERO).build().unwrap();
    let slow = cache.poll(at(0)).unwrap();
    slow.complete(b"1", Some(seconds(300)), at(299)).unwrap();
    assert_eq!(verdict(&cache, 1, 299), Ok(()));
    assert_eq!(verdict(&cache, 1, 300), Err(ErrorKind::KeysUnavailable));
    let slower = cache.poll(at(300)).unwrap();
    slower.complete(b"1", Some(seconds(300)), at(600)).unwrap();
    assert_eq!(verdict(&cache, 1, 600), Err(ErrorKind::KeysUnavailable));
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
fn after_failures_the_wait_doubles_up_to_its_bound_and_a_success_forgets_them() {
    let cache = cache();
    let mut now = 0;
    for wait in [5, 10, 20, 40, 80, 160, 300, 300, 300] {
        cache.poll(at(now)).unwrap().fail(at(now));
        assert!(cache.poll(at(now + wait - 1)).is_none(), "{wait}");
        // Unknown keys are no way around it.
        assert!(cache.unknown_key(at(now + wait - 1)).is_none(), "{wait}");
        now += wait;
    }
    cache.poll(at(now)).unwrap().complete(b"1", None, at(now)).unwrap();
    now += HOUR;
    cache.poll(at(now)).unwrap().fail(at(now));
    assert!(cache.poll(at(now + 4)).is_none());
    assert!(cache.poll(at(now + 5)).is_some());
}

#[test]
fn a_thousand_failures_overflow_nothing() {
    let cache = cache();
    for count in 0..1000 {
        cache.poll(at(count * 300)).unwrap().fail(at(count * 300));
    }
    assert_eq!(status(&cache, 999 * 300).failures, 1000);
    assert!(cache.poll(at(999 * 300 + 299)).is_none());
    assert!(cache.poll(at(1000 * 300)).is_some());
}

#[test]
fn a_flood_of_unknown_keys_fetches_once_in_a_cooldown() {
    let cache = filled("1", 0);
    let verifier = verifier(&cache);
    let forged = token(9);
    let mut fetched = Vec::new();
    // Ten forged tokens in each second.
    for now in (0..300).flat_map(|second| [second; 10]) {
        let error = verifier.verify::<Value>(&forged, at(now)).unwrap_err();
        if let Some(fetch) = cache.fetch_for(&error, at(now)) {
            fetched.push(now);
            fetch.complete(b"1", None, at(now)).unwrap();
        }
    }
    assert_eq!(fetched, [30, 60, 90, 120, 150, 180, 210, 240, 270]);
}

#[test]
fn the_cooldown_counts_from_the_last_fetch_whatever_came_of_it() {
    for outcome in 0..4 {
        let cache = filled("1", 0);
        let fetch = cache.poll(at(HOUR)).unwrap();
        match outcome {
            0 => fetch.complete(b"1", None, at(HOUR)).unwrap(),
            1 => fetch.fail(at(HOUR)),
            2 => drop(fetch),
            _ => drop(fetch.complete(b"", None, at(HOUR))),
        }
        assert!(cache.unknown_key(at(HOUR + 29)).is_none(), "{outcome}");
        assert!(cache.unknown_key(at(HOUR + 30)).is_some(), "{outcome}");
    }
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
fn only_errors_about_keys_lead_to_a_fetch() {
    let cache = filled("1", 0);
    let verifier = verifier(&cache);
    let forged = format!("{}A", &token(1)[..token(1).len() - 1]);
    for (token, kind) in [
        ("a.b", ErrorKind::MalformedToken),
        (forged.as_str(), ErrorKind::InvalidSignature),
        (&token_of(1, "https://else.example"), ErrorKind::UnexpectedClaim),
    ] {
        let error = verifier.verify::<Value>(token, at(60)).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(cache.fetch_for(&error, at(60)).is_none());
    }
    // Missing keys lead to one, but in no other way than by polling.
    let empty = self::cache();
    let error = self::verifier(&empty).verify::<Value>(&token(1), at(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    empty.fetch_for(&error, at(0)).unwrap().fail(at(0));
    assert!(empty.fetch_for(&error, at(4)).is_none());
    assert!(empty.fetch_for(&error, at(5)).is_some());
}

#[test]
fn a_fetch_that_never_comes_back_is_lost_after_its_limit() {
    let cache = cache();
    let lost = cache.poll(at(0)).unwrap();
    assert!(cache.poll(at(29)).is_none());
    let second = cache.poll(at(30)).unwrap();
    assert_eq!(status(&cache, 30).failures, 1);
    // What the lost one says now neither frees the flight nor counts again.
    lost.fail(at(31));
    assert_eq!(status(&cache, 31).failures, 1);
    assert!(cache.poll(at(59)).is_none());
    second.complete(b"1", None, at(59)).unwrap();
    assert_eq!(verdict(&cache, 1, 59), Ok(()));
}

#[test]
fn a_fetch_that_was_overtaken_does_not_bring_an_older_set_back() {
    let cache = cache();
    let slow = cache.poll(at(0)).unwrap();
    let quick = cache.poll(at(30)).unwrap();
    quick.complete(b"2", None, at(31)).unwrap();
    slow.complete(b"1 2", None, at(32)).unwrap();
    assert_eq!(verdict(&cache, 1, 32), Err(ErrorKind::UnknownKey));
    assert_eq!(verdict(&cache, 2, 32), Ok(()));
    assert_eq!(status(&cache, 32).last_success, Some(at(31)));
}

#[test]
fn a_slow_fetch_that_nothing_overtook_still_brings_its_set() {
    let cache = cache();
    let slow = cache.poll(at(0)).unwrap();
    let slower = cache.poll(at(30)).unwrap();
    slow.complete(b"1", None, at(40)).unwrap();
    assert_eq!(verdict(&cache, 1, 40), Ok(()));
    assert_eq!((status(&cache, 40).age, status(&cache, 40).is_fetching), (Some(seconds(40)), true));
    slower.complete(b"2", None, at(50)).unwrap();
    assert_eq!(verdict(&cache, 1, 50), Err(ErrorKind::UnknownKey));
    assert_eq!(verdict(&cache, 2, 50), Ok(()));
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
fn a_clock_that_is_set_back_makes_no_key_younger() {
    let cache = filled("1", 0);
    // 20 hours pass, and the clock goes back by 30: ages go on from where they were.
    assert_eq!(status(&cache, 20 * HOUR).age, Some(seconds(20 * HOUR)));
    assert_eq!(status(&cache, -10 * HOUR).age, Some(seconds(20 * HOUR)));
    assert_eq!(status(&cache, -9 * HOUR).age, Some(seconds(21 * HOUR)));
    assert_eq!(verdict(&cache, 1, -9 * HOUR), Ok(()));
    assert_eq!(verdict(&cache, 1, -5 * HOUR - 1), Ok(()));
    assert_eq!(verdict(&cache, 1, -5 * HOUR), Err(ErrorKind::KeysUnavailable));
    // Still due, and the cooldown and the wait go on as well.
    cache.poll(at(-9 * HOUR)).unwrap().fail(at(-9 * HOUR));
    assert!(cache.poll(at(-12 * HOUR)).is_none());
    assert!(cache.poll(at(-12 * HOUR + 5)).is_some());
}

#[test]
fn before_the_cache_has_seen_that_the_clock_was_set_back_there_are_no_keys() {
    let cache = filled("1", 0);
    let verifier = verifier(&cache);
    assert_eq!(verdict_of(&verifier, &token(1), -60), Ok(())); // a request that came before the set
    assert_eq!(verdict_of(&verifier, &token(1), -61), Err(ErrorKind::KeysUnavailable));
    assert!(cache.poll(at(-61)).is_none());
    assert_eq!(verdict_of(&verifier, &token(1), -61), Ok(()));
}

#[test]
fn a_clock_that_is_set_forward_ages_keys_and_fetching_heals_it() {
    let cache = filled("1", 0);
    assert_eq!(status(&cache, 1000 * HOUR).keys, 0);
    assert_eq!(verdict(&cache, 1, 1000 * HOUR), Err(ErrorKind::KeysUnavailable));
    assert_eq!(verdict(&cache, 1, 0), Err(ErrorKind::KeysUnavailable));
    cache.poll(at(1)).unwrap().complete(b"1", None, at(1)).unwrap();
    assert_eq!(verdict(&cache, 1, 1), Ok(()));
    assert_eq!(verdict(&cache, 1, 25 * HOUR), Ok(()));
    assert_eq!(verdict(&cache, 1, 25 * HOUR + 1), Err(ErrorKind::KeysUnavailable));
}

#[test]
fn the_ends_of_time_are_times_like_others() {
    let (first, last) =
        (time::PrimitiveDateTime::MIN.assume_utc(), time::PrimitiveDateTime::MAX.assume_utc());
    // When the set is asked for, when it comes, and how many keys there are then.
    for (asked, came, keys) in [(first, first, 1), (first, last, 0), (last, first, 1), (last, last, 1)] {
        let cache = builder().kept_for(seconds(7 * 24 * HOUR)).build().unwrap();
        cache.poll(asked).unwrap().complete(b"1", Some(Duration::MAX), came).unwrap();
        assert_eq!(cache.status(came).keys, keys);
        for now in [first, last] {
            let _ = cache.verifier().build().unwrap().verify::<Value>(&token(1), now);
            drop(cache.unknown_key(now));
        }
    }
}

#[test]
fn of_many_threads_that_ask_at_once_one_gets_the_fetch() {
    let cache = cache();
    for round in 0..20 {
        let now = at(round * HOUR);
        let barrier = Barrier::new(64);
        let fetches: Vec<Fetch> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..64)
                .map(|number| {
                    let (cache, barrier) = (&cache, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        if number % 2 == 0 { cache.poll(now) } else { cache.unknown_key(now) }
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(fetches.len(), 1);
        for fetch in fetches {
            fetch.complete(b"1", None, now).unwrap();
        }
    }
}

#[test]
fn threads_that_fetch_and_fail_and_drop_never_hold_two_fetches() {
    let cache = cache();
    let (out, most, fetched) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (cache, out, most, fetched, barrier) = (&cache, &out, &most, &fetched, &barrier);
            scope.spawn(move || {
                for step in 0..100 {
                    barrier.wait();
                    // Within a step less time passes than a fetch may be out.
                    for call in 0..5 {
                        let now = at(step * 600 + call * 5 + thread % 3);
                        let Some(fetch) = cache.poll(now).or_else(|| cache.unknown_key(now)) else {
                            continue;
                        };
                        fetched.fetch_add(1, Ordering::SeqCst);
                        most.fetch_max(out.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        out.fetch_sub(1, Ordering::SeqCst);
                        match (step + thread + call) % 3 {
                            0 => fetch.complete(b"1", None, now).unwrap(),
                            1 => fetch.fail(now),
                            _ => drop(fetch),
                        }
                    }
                }
            });
        }
    });
    assert!(fetched.into_inner() > 50);
    assert_eq!(most.into_inner(), 1);
}

#[test]
fn a_configuration_that_cannot_be_meant_is_refused() {
    let hours = |count: i64| seconds(count * HOUR);
    let refused = [
        ("empty issuer", JwksCache::builder("").read_with(read)),
        ("no reader", JwksCache::builder(ISSUER)),
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
