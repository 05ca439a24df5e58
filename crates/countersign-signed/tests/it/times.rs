//! The checks on `exp`, `nbf` and `iat`, at their edges.

use std::time::Duration;

use crate::common::{HEADER, NOW, at, builder, hostile};
use countersign_signed::ErrorKind::{
    Expired, InvalidClaim, IssuedInFuture, IssuedTooEarly, LifetimeTooLong, MissingClaim, NotYetValid, TooOld,
};
use countersign_signed::{ErrorKind, Verifier, VerifierBuilder};
use serde_json::Value;
use time::OffsetDateTime;

fn demanding() -> VerifierBuilder {
    builder().issuer("me").audience("api")
}

/// The kind of refusal, `nanoseconds` after NOW, of claims with these members more.
fn judged(verifier: &Verifier, more: &str, nanoseconds: i64) -> Option<ErrorKind> {
    let now = at(NOW) + time::Duration::nanoseconds(nanoseconds);
    let token = hostile(HEADER, format!(r#"{{"iss":"me","aud":"api"{more}}}"#));
    verifier.verify::<Value>(&token, now).err().map(|error| error.kind())
}

#[test]
fn exp_is_refused_on_or_after_to_the_nanosecond_and_leeway_moves_it() {
    let exp = format!(r#","exp":{NOW}"#);
    let strict = demanding().build().unwrap();
    assert_eq!(judged(&strict, &exp, -1), None);
    assert_eq!(judged(&strict, &exp, 0), Some(Expired));
    let lenient = demanding().leeway(Duration::from_nanos(5)).build().unwrap();
    assert_eq!(judged(&lenient, &exp, 4), None);
    assert_eq!(judged(&lenient, &exp, 5), Some(Expired));
}

#[test]
fn nbf_is_taken_from_its_instant_on_and_leeway_moves_it() {
    let nbf = format!(r#","exp":{},"nbf":{NOW}"#, NOW + 9);
    let strict = demanding().build().unwrap();
    assert_eq!(judged(&strict, &nbf, 0), None);
    assert_eq!(judged(&strict, &nbf, -1), Some(NotYetValid));
    let lenient = demanding().leeway(Duration::from_nanos(5)).build().unwrap();
    assert_eq!(judged(&lenient, &nbf, -5), None);
    assert_eq!(judged(&lenient, &nbf, -6), Some(NotYetValid));
}

#[test]
fn iat_is_never_in_the_future_beyond_leeway() {
    let iat = format!(r#","exp":{},"iat":{NOW}"#, NOW + 9);
    let strict = demanding().build().unwrap();
    assert_eq!(judged(&strict, &iat, 0), None);
    assert_eq!(judged(&strict, &iat, -1), Some(IssuedInFuture));
    let lenient = demanding().leeway(Duration::from_nanos(5)).build().unwrap();
    assert_eq!(judged(&lenient, &iat, -5), None);
    assert_eq!(judged(&lenient, &iat, -6), Some(IssuedInFuture));
}

#[test]
fn times_compare_at_their_fraction_to_the_nanosecond() {
    let strict = demanding().build().unwrap();
    let (tenth, last) = (100_000_000, 900_000_000);
    let exp = format!(r#","exp":{NOW}.9"#);
    assert_eq!(judged(&strict, &exp, last - 1), None);
    assert_eq!(judged(&strict, &exp, last), Some(Expired));
    for (name, kind) in [("nbf", NotYetValid), ("iat", IssuedInFuture)] {
        let start = format!(r#","exp":{},"{name}":{NOW}.1"#, NOW + 9);
        assert_eq!(judged(&strict, &start, tenth - 1), Some(kind), "{name}");
        assert_eq!(judged(&strict, &start, tenth), None, "{name}");
        let lenient = demanding().leeway(Duration::from_millis(50)).build().unwrap();
        assert_eq!(judged(&lenient, &start, tenth / 2 - 1), Some(kind), "{name}");
        assert_eq!(judged(&lenient, &start, tenth / 2), None, "{name}");
        // Smaller than a nanosecond, which is the unit of `now`.
        let start = format!(r#","exp":{},"{name}":{NOW}.0000000005"#, NOW + 9);
        assert_eq!(judged(&strict, &start, 0), Some(kind), "{name}");
        assert_eq!(judged(&strict, &start, 1), None, "{name}");
    }
    let exp = format!(r#","exp":{NOW}.0000000005"#);
    assert_eq!((judged(&strict, &exp, 0), judged(&strict, &exp, 1)), (None, Some(Expired)));
    let young = demanding().max_age(Duration::from_secs(10)).build().unwrap();
    let old = format!(r#","exp":{},"iat":{}.9"#, NOW + 9, NOW - 10);
    assert_eq!((judged(&young, &old, last), judged(&young, &old, last + 1)), (None, Some(TooOld)));
    let brief = demanding().max_lifetime(Duration::from_millis(1500)).build().unwrap();
    let lives = |exp: &str| judged(&brief, &format!(r#","iat":{NOW}.25,"exp":{exp}"#), 250_000_000);
    assert_eq!(lives(&format!("{}.75", NOW + 1)), None);
    assert_eq!(lives(&format!("{}.7500000001", NOW + 1)), Some(LifetimeTooLong));
}

/// Laravel Passport writes microseconds, Python's `time.time()` whatever a float has.
#[test]
fn a_token_with_a_fractional_iat_is_good_at_the_moment_of_its_issue() {
    let strict = demanding().build().unwrap();
    for (fraction, nanoseconds) in [("250312", 250_312_000), ("2503121", 250_312_100), ("25", 250_000_000)] {
        let claims =
            format!(r#","iat":{NOW}.{fraction},"nbf":{NOW}.{fraction},"exp":{}.{fraction}"#, NOW + 300);
        assert_eq!(judged(&strict, &claims, nanoseconds), None, "{fraction}");
        assert_eq!(judged(&strict, &claims, nanoseconds - 1), Some(NotYetValid), "{fraction}");
    }
}

#[test]
fn nbf_leeway_moves_the_start_and_nothing_else() {
    let second = 1_000_000_000;
    let start = format!(r#","exp":{},"nbf":{NOW}"#, NOW + 9);
    for (own, all) in [(5, 0), (5, 3), (0, 5), (3, 5)] {
        let (own, all) = (Duration::from_secs(own), Duration::from_secs(all));
        let verifier = demanding().nbf_leeway(own).leeway(all).build().unwrap();
        assert_eq!(judged(&verifier, &start, -5 * second), None, "{own:?} {all:?}");
        assert_eq!(judged(&verifier, &start, -5 * second - 1), Some(NotYetValid), "{own:?} {all:?}");
    }
    let verifier = demanding().nbf_leeway(Duration::from_secs(5)).build().unwrap();
    assert_eq!(judged(&verifier, &format!(r#","exp":{NOW}"#), 0), Some(Expired));
    let issued = format!(r#","exp":{},"iat":{NOW}"#, NOW + 9);
    assert_eq!(judged(&verifier, &issued, -1), Some(IssuedInFuture));
}

#[test]
fn default_start_leeway_counts_unless_one_is_set_by_name() {
    let seconds = Duration::from_secs;
    let second = 1_000_000_000;
    let starts = |name: &str| format!(r#","exp":{NOW},"{name}":{}"#, NOW - 30);
    let verifier = demanding().build().unwrap().with_default_start_leeway(seconds(30));
    for name in ["iat", "nbf"] {
        assert_eq!(judged(&verifier, &starts(name), -60 * second), None, "{name}");
        assert!(judged(&verifier, &starts(name), -60 * second - 1).is_some(), "{name}");
    }
    assert_eq!(judged(&verifier, &starts("iat"), 0), Some(Expired));
    assert_eq!((verifier.iat_leeway(), verifier.leeway()), (seconds(30), seconds(0)));
    let none = demanding().iat_leeway(seconds(0)).nbf_leeway(seconds(0)).build().unwrap();
    let none = none.with_default_start_leeway(seconds(30));
    assert_eq!(judged(&none, &starts("iat"), -30 * second - 1), Some(IssuedInFuture));
    assert_eq!(judged(&none, &starts("nbf"), -30 * second - 1), Some(NotYetValid));
    let longest = demanding().build().unwrap().with_default_start_leeway(Duration::MAX);
    assert_eq!(longest.iat_leeway(), seconds(3600));
}

#[test]
fn dates_in_other_forms_are_read_and_absurd_ones_are_malformed() {
    let strict = demanding().build().unwrap();
    for exp in ["1.8000003e9", "18000003E+2", "1800000300.0", "253402300799"] {
        assert_eq!(judged(&strict, &format!(r#","exp":{exp}"#), 0), None, "{exp}");
    }
    for name in ["exp", "nbf", "iat"] {
        for value in ["-1", "-0", "1e30", "253402300800", "\"1\"", "null", "true", "[1]", "{}", "1e400"] {
            let more = format!(r#","{name}":{value}"#);
            let more = if name == "exp" { more } else { format!(r#"{more},"exp":{}"#, NOW + 9) };
            assert_eq!(judged(&strict, &more, 0), Some(InvalidClaim), "{more}");
        }
    }
}

#[test]
fn the_longest_leeway_and_the_last_date_do_not_overflow() {
    let hour = Duration::from_secs(3600);
    let endless = demanding()
        .leeway(hour)
        .iat_leeway(hour)
        .max_age(Duration::MAX)
        .max_lifetime(Duration::MAX)
        .build()
        .unwrap();
    let last = 253_402_300_799;
    let judged = |exp: i64, iat: i64, now: i64| {
        let times = format!(r#"{{"iss":"me","aud":"api","exp":{exp},"iat":{iat},"nbf":{iat}}}"#);
        endless.verify::<Value>(&hostile(HEADER, times), at(now)).err().map(|error| error.kind())
    };
    assert_eq!(judged(last, 0, NOW), None);
    assert_eq!(judged(last, last, last), None);
    assert_eq!(judged(last, last, last - 3600), None);
    assert_eq!(judged(last, last, last - 3601), Some(NotYetValid));
    assert_eq!(judged(0, 0, 3599), None);
    assert_eq!(judged(0, 0, 3600), Some(Expired));
    // The earliest that `now` can be.
    assert_eq!(judged(0, 0, -377_705_116_800), Some(NotYetValid));
}

#[test]
fn iat_leeway_moves_the_end_of_the_future_and_nothing_else() {
    let second = 1_000_000_000;
    let iat = format!(r#","exp":{},"iat":{NOW}"#, NOW + 9);
    let ahead = |own: u64, all: u64| {
        let builder = demanding().iat_leeway(Duration::from_secs(own)).leeway(Duration::from_secs(all));
        builder.max_age(Duration::from_secs(60)).build().unwrap()
    };
    // Whichever is more.
    for (own, all) in [(5, 0), (5, 3), (0, 5), (3, 5)] {
        let verifier = ahead(own, all);
        assert_eq!(judged(&verifier, &iat, -5 * second), None, "{own} {all}");
        assert_eq!(judged(&verifier, &iat, -5 * second - 1), Some(IssuedInFuture), "{own} {all}");
    }
    let verifier = ahead(5, 0);
    assert_eq!(judged(&verifier, &format!(r#","exp":{NOW},"iat":{NOW}"#), 0), Some(Expired));
    let start = format!(r#","exp":{},"iat":{NOW},"nbf":{NOW}"#, NOW + 9);
    assert_eq!(judged(&verifier, &start, -1), Some(NotYetValid));
    let old = format!(r#","exp":{},"iat":{}"#, NOW + 9, NOW - 60);
    assert_eq!(judged(&verifier, &old, 0), None);
    assert_eq!(judged(&verifier, &old, 1), Some(TooOld));
}

#[test]
fn max_lifetime_is_measured_from_iat_which_it_requires() {
    let verifier =
        demanding().max_lifetime(Duration::from_secs(300)).leeway(Duration::from_secs(99)).build().unwrap();
    let with = |exp: i64, iat: i64| judged(&verifier, &format!(r#","exp":{exp},"iat":{iat}"#), 0);
    assert_eq!(with(NOW + 300, NOW), None);
    assert_eq!(with(NOW + 301, NOW), Some(LifetimeTooLong));
    assert_eq!(judged(&verifier, &format!(r#","exp":{}"#, NOW + 1), 0), Some(MissingClaim));
}

#[test]
fn max_age_is_measured_from_iat_which_it_requires() {
    let verifier =
        demanding().max_age(Duration::from_secs(60)).leeway(Duration::from_secs(5)).build().unwrap();
    let with = |iat: i64| judged(&verifier, &format!(r#","exp":{},"iat":{iat}"#, NOW + 9), 0);
    assert_eq!(with(NOW - 65), None);
    assert_eq!(with(NOW - 66), Some(TooOld));
    assert_eq!(judged(&verifier, &format!(r#","exp":{}"#, NOW + 9), 0), Some(MissingClaim));
}

#[test]
fn not_issued_before_is_to_the_letter_and_requires_iat() {
    let second = time::Duration::SECOND;
    let cut = |moments: &[OffsetDateTime]| {
        let lenient = demanding().leeway(Duration::from_secs(99)).iat_leeway(Duration::from_secs(99));
        moments.iter().fold(lenient, |builder, moment| builder.not_issued_before(*moment)).build().unwrap()
    };
    let with =
        |verifier: &Verifier, iat: &str| judged(verifier, &format!(r#","exp":{},"iat":{iat}"#, NOW + 9), 0);
    let whole = cut(&[at(NOW - 10)]);
    // The leeway does not move it.
    for (iat, kind) in [
        (format!("{}", NOW - 10), None),
        (format!("{}.5", NOW - 10), None),
        (format!("{NOW}"), None),
        (format!("{}.999", NOW - 11), Some(IssuedTooEarly)),
        (format!("{}", NOW - 11), Some(IssuedTooEarly)),
        ("0".to_owned(), Some(IssuedTooEarly)),
    ] {
        assert_eq!(with(&whole, &iat), kind, "{iat}");
    }
    let within = cut(&[at(NOW - 10) + time::Duration::NANOSECOND]);
    assert_eq!(with(&within, &(NOW - 10).to_string()), Some(IssuedTooEarly));
    assert_eq!(with(&within, &format!("{}.0000000005", NOW - 10)), Some(IssuedTooEarly));
    assert_eq!(with(&within, &format!("{}.000000001", NOW - 10)), None);
    assert_eq!(with(&within, &(NOW - 9).to_string()), None);
    // The latest of several counts, in either order.
    for moments in [[at(NOW - 10), at(NOW - 20)], [at(NOW - 20), at(NOW - 10)]] {
        assert_eq!(with(&cut(&moments), &(NOW - 11).to_string()), Some(IssuedTooEarly));
        assert_eq!(with(&cut(&moments), &(NOW - 10).to_string()), None);
    }
    assert_eq!(judged(&whole, &format!(r#","exp":{}"#, NOW + 9), 0), Some(MissingClaim));
    // Before 1970 everything was issued later, and after now nothing was.
    assert_eq!(with(&cut(&[at(-1) - second]), "0"), None);
    assert_eq!(with(&cut(&[at(NOW) + second]), &NOW.to_string()), Some(IssuedTooEarly));
}
