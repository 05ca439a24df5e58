//! How long a set is fresh, how long it is used, and what a clock that is set makes of it.

use super::*;

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
