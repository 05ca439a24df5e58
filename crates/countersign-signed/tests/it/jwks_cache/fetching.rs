//! Who gets a fetch and when: retries, unknown keys, lost and overtaken ones, many threads.

use super::*;

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
            0 => drop(fetch.complete(b"1", None, at(HOUR)).unwrap()),
            1 => fetch.fail(at(HOUR)),
            2 => drop(fetch),
            _ => drop(fetch.complete(b"", None, at(HOUR))),
        }
        assert!(cache.unknown_key(at(HOUR + 29)).is_none(), "{outcome}");
        assert!(cache.unknown_key(at(HOUR + 30)).is_some(), "{outcome}");
    }
}

/// A token of key 2, under the `kid` of key 1.
fn forged() -> String {
    let forger = key(2).with_kid("1").unwrap();
    Signer::new(forger).sign(&json!({"iss": ISSUER, "exp": 250_000_000_000_i64})).unwrap()
}

#[test]
fn errors_that_other_keys_cannot_mend_lead_to_no_fetch() {
    let cache = filled("1", 0);
    let verifier = verifier(&cache);
    for (token, kind) in [
        ("a.b", ErrorKind::MalformedToken),
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

/// The issuer has a new key under its old `kid`, or gives none: no unknown `kid` shows it.
#[test]
fn rotation_under_the_same_kid_is_found_by_the_failed_signature() {
    for (kid, published) in [(Some("1"), "same kid"), (None, "no kid")] {
        let named = move |number| match kid {
            Some(kid) => key(number).with_kid(kid).unwrap(),
            None => key(number).without_kid(),
        };
        let read = move |text: &str| KeySet::new([named(text.parse().unwrap()).verifying_key()]);
        let cache = JwksCache::builder(ISSUER).read_with(read).build().unwrap();
        cache.poll(at(0)).unwrap().complete(b"1", None, at(0)).unwrap();
        let verifier = verifier(&cache);
        let token = Signer::new(named(2)).sign(&json!({"iss": ISSUER, "exp": 250_000_000_000_i64})).unwrap();
        let error = verifier.verify::<Value>(&token, at(60)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSignature, "{published}");
        cache.fetch_for(&error, at(60)).unwrap().complete(b"2", None, at(60)).unwrap();
        assert_eq!(verdict_of(&verifier, &token, 60), Ok(()), "{published}");
    }
}

#[test]
fn token_that_is_ambiguous_leads_to_a_fetch() {
    let cache = filled("1 2", 0);
    let token =
        Signer::new(key(2).without_kid()).sign(&json!({"iss": ISSUER, "exp": 250_000_000_000_i64})).unwrap();
    let verifier = verifier(&cache);
    let error = verifier.verify::<Value>(&token, at(60)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AmbiguousKey);
    cache.fetch_for(&error, at(60)).unwrap().complete(b"2", None, at(60)).unwrap();
    assert_eq!(verdict_of(&verifier, &token, 60), Ok(()));
}

/// Anyone can make up a token with a wrong signature, so a flood of them has the bound that unknown keys have, and
/// shares it with them.
#[test]
fn flood_of_failed_signatures_fetches_once_in_a_cooldown() {
    let cache = filled("1", 0);
    let (verifier, forged) = (verifier(&cache), forged());
    let mut fetches = 0;
    for second in 1..=120 {
        for token in [&forged, &token(3)] {
            let error = verifier.verify::<Value>(token, at(second)).unwrap_err();
            if let Some(fetch) = cache.fetch_for(&error, at(second)) {
                fetch.complete(b"1", None, at(second)).unwrap();
                fetches += 1;
            }
        }
    }
    assert_eq!(fetches, 4);
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
                            0 => drop(fetch.complete(b"1", None, now).unwrap()),
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
