//! The checks on claims, at their edges.

use std::time::Duration;

use crate::common::{HEADER, NOW, at, builder, claims, hmac_set, hostile, kind, refusal, verifier};
use countersign_signed::ErrorKind::{
    ClaimsDeserialize, ClaimsSerialize, Expired, InvalidClaim, InvalidConfiguration, IssuedInFuture,
    IssuedTooEarly, LifetimeTooLong, MissingClaim, NotYetValid, SenderConstrained, TooOld, UnexpectedClaim,
    UnexpectedType,
};
use countersign_signed::{
    Algorithm, CachedVerifier, Error, ErrorKind, Issuers, Redacted, Signer, SigningKey, Verifier,
    VerifierBuilder,
};
use serde_json::{Value, json};
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
fn bound_token_is_refused_with_a_kind_of_its_own_however_it_is_verified() {
    let bound = |cnf: &str| hostile(HEADER, claims(&format!(r#","cnf":{cnf}"#)));
    let refused = Some((SenderConstrained, Some("cnf".to_owned())));
    for cnf in [r#"{"jkt":"x"}"#, r#"{"x5t#S256":"x"}"#, "{}", "null", "7", "[]"] {
        let token = bound(cnf);
        assert_eq!(refusal(&verifier(), &token), refused, "{cnf}");
        assert_eq!(kind(&demanding().dangerously_accept_bound_tokens().build().unwrap(), &token), None);
        let issuers = Issuers::new([verifier()]).unwrap();
        assert_eq!(issuers.verify::<Value>(&token, at(NOW)).unwrap_err().kind(), SenderConstrained);
        let cached = CachedVerifier::new(verifier(), 9);
        for _ in 0..2 {
            let kept = cached.verify::<Value, Error>(&token, at(NOW), |verified| Ok(verified.into_claims()));
            assert_eq!(kept.unwrap_err().kind(), SenderConstrained);
        }
    }
    // Whatever its spelling; and not where it is a claim of somebody else.
    let token = hostile(HEADER, claims(r#","\u0063nf":{}"#));
    assert_eq!(refusal(&verifier(), &token), refused);
    assert_eq!(kind(&verifier(), &hostile(HEADER, claims(r#","act":{"cnf":{}}"#))), None);
    // An authorization server may sign them for others.
    let signed = Signer::new(SigningKey::hs256(crate::common::SECRET).unwrap())
        .sign(&json!({"iss": "me", "aud": "api", "exp": NOW + 9, "cnf": {"jkt": "x"}}))
        .unwrap();
    assert_eq!(refusal(&verifier(), &signed), refused);
}

#[test]
fn one_verifier_takes_several_types() {
    let token = |typ: &str| hostile(format!(r#"{{{typ}"alg":"HS256"}}"#), claims(""));
    let both = demanding().token_types(["JWT", "at+jwt"]).build().unwrap();
    for typ in [r#""typ":"JWT","#, r#""typ":"jwt","#, r#""typ":"AT+JWT","#, r#""typ":"application/at+jwt","#]
    {
        assert_eq!(kind(&both, &token(typ)), None, "{typ}");
    }
    for typ in ["", r#""typ":"dpop+jwt","#, r#""typ":"logout+jwt","#, r#""typ":"","#] {
        assert_eq!(refusal(&both, &token(typ)), Some((UnexpectedType, Some("typ".to_owned()))), "{typ}");
    }
    let error = both.verify::<Value>(&token(r#""typ":"x","#), at(NOW)).unwrap_err();
    assert_eq!(error.expected().map(Redacted::expose), Some("JWT at+jwt"));
    for builder in [
        demanding().token_types([]),
        demanding().token_types(["JWT", ""]),
        demanding().token_types(["JWT"]).token_type("at+jwt"),
        demanding().token_type("at+jwt").token_types(["JWT"]),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), InvalidConfiguration);
    }
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

#[test]
fn issuer_and_subject_match_to_the_letter() {
    let verifier = demanding().subject("alice").build().unwrap();
    let with = |more: &str| refusal(&verifier, &hostile(HEADER, claims(more)));
    assert_eq!(with(r#","sub":"alice""#), None);
    assert_eq!(with(r#","sub":"\u0061lice""#), None);
    for sub in ["Alice", "alice ", "", "alic", "alice\\u0000"] {
        assert_eq!(
            with(&format!(r#","sub":"{sub}""#)),
            Some((UnexpectedClaim, Some("sub".to_owned()))),
            "{sub}"
        );
    }
    assert_eq!(with(""), Some((MissingClaim, Some("sub".to_owned()))));
    assert_eq!(with(r#","sub":7"#), Some((InvalidClaim, Some("sub".to_owned()))));
    let token = hostile(HEADER, claims("").replace("\"me\"", "\"Me\""));
    assert_eq!(refusal(&crate::common::verifier(), &token), Some((UnexpectedClaim, Some("iss".to_owned()))));
}

#[test]
fn any_of_the_audiences_will_do_and_an_unasked_one_will_not() {
    let token = |aud: &str| hostile(HEADER, format!(r#"{{"exp":{},"aud":{aud}}}"#, NOW + 9));
    let two = builder().audience("a").audience("b").build().unwrap();
    for aud in [r#""a""#, r#""b""#, r#"["x","b"]"#] {
        assert_eq!(kind(&two, &token(aud)), None, "{aud}");
    }
    for aud in [r#""c""#, r#"["A"]"#, r#""a b""#, r#""a ""#] {
        assert_eq!(kind(&two, &token(aud)), Some(UnexpectedClaim), "{aud}");
    }
    // RFC 7519 section 4.1.3: a verifier that does not name itself is in no audience.
    let nobody = builder().build().unwrap();
    assert_eq!(kind(&nobody, &token(r#""a""#)), Some(UnexpectedClaim));
    assert_eq!(kind(&nobody, &hostile(HEADER, format!(r#"{{"exp":{}}}"#, NOW + 9))), None);
    let anybody = builder().accept_any_audience().build().unwrap();
    assert_eq!(kind(&anybody, &token(r#""a""#)), None);
    assert_eq!(kind(&anybody, &token("5")), Some(InvalidClaim));
    for verifier in [&two, &nobody, &anybody] {
        assert_eq!(refusal(verifier, &token("[]")), Some((InvalidClaim, Some("aud".to_owned()))));
    }
}

#[test]
fn an_issuer_that_nobody_asked_for_is_refused_unless_any_is_taken() {
    let token = |iss: &str| hostile(HEADER, format!(r#"{{"exp":{}{iss}}}"#, NOW + 9));
    let nobody = builder().build().unwrap();
    for iss in ["me", ""] {
        let token = token(&format!(r#","iss":"{iss}""#));
        let error = nobody.verify::<Value>(&token, at(NOW)).unwrap_err();
        assert_eq!((error.kind(), error.claim()), (UnexpectedClaim, Some("iss")));
        assert_eq!(error.got().map(Redacted::expose), Some(iss));
        assert!(error.expected().is_none());
    }
    assert_eq!(kind(&nobody, &token("")), None);
    let anybody = builder().accept_any_issuer().build().unwrap();
    assert_eq!(kind(&anybody, &token(r#","iss":"me""#)), None);
    assert_eq!(kind(&anybody, &token("")), None);
    assert_eq!(kind(&anybody, &token(r#","iss":5"#)), Some(InvalidClaim));
    assert_eq!(kind(&anybody, &token(r#","iss":"me","aud":"api""#)), Some(UnexpectedClaim));
}

#[test]
fn the_type_is_jwt_or_absent_unless_another_is_expected() {
    let token = |typ: &str| hostile(format!(r#"{{{typ}"alg":"HS256"}}"#), claims(""));
    let plain = demanding().build().unwrap();
    for typ in ["", r#""typ":"JWT","#, r#""typ":"jwt","#, r#""typ":"application/jwt","#] {
        assert_eq!(kind(&plain, &token(typ)), None, "{typ}");
    }
    for typ in [r#""typ":"at+jwt","#, r#""typ":"","#, r#""typ":"text/jwt","#] {
        assert_eq!(kind(&plain, &token(typ)), Some(UnexpectedType), "{typ}");
    }
    let access = demanding().token_type("at+jwt").build().unwrap();
    for typ in [r#""typ":"at+jwt","#, r#""typ":"AT+JWT","#, r#""typ":"application/at+jwt","#] {
        assert_eq!(kind(&access, &token(typ)), None, "{typ}");
    }
    for typ in ["", r#""typ":"JWT","#, r#""typ":"dpop+jwt","#] {
        assert_eq!(refusal(&access, &token(typ)), Some((UnexpectedType, Some("typ".to_owned()))), "{typ}");
    }
}

/// RFC 7519 section 5.2.
#[test]
fn a_content_type_is_for_nested_tokens_and_is_refused() {
    let cty = || Some("cty".to_owned());
    for value in ["JWT", "jwt", "json", ""] {
        let token = hostile(json!({"typ": "JWT", "cty": value, "alg": "HS256"}).to_string(), claims(""));
        assert_eq!(refusal(&verifier(), &token), Some((UnexpectedType, cty())), "{value}");
        let access = demanding().token_type("at+jwt").build().unwrap();
        let token = hostile(json!({"typ": "at+jwt", "cty": value, "alg": "HS256"}).to_string(), claims(""));
        let error = access.verify::<Value>(&token, at(NOW)).unwrap_err();
        assert_eq!((error.kind(), error.claim()), (UnexpectedType, Some("cty")));
        assert_eq!(error.got().map(Redacted::expose), Some(value));
    }
}

#[test]
fn a_required_claim_is_there_and_not_null() {
    let verifier = demanding().require_claim("role").require_claim("jti").build().unwrap();
    let with = |more: &str| refusal(&verifier, &hostile(HEADER, claims(more)));
    assert_eq!(with(r#","role":false,"jti":"x""#), None);
    assert_eq!(with(r#","r\u006fle":0,"jti":"x""#), None);
    assert_eq!(with(r#","role":null,"jti":"x""#), Some((MissingClaim, Some("role".to_owned()))));
    assert_eq!(with(r#","x":{"role":1},"jti":"x""#), Some((MissingClaim, Some("role".to_owned()))));
    assert_eq!(with(r#","role":1"#), Some((MissingClaim, Some("jti".to_owned()))));
}

#[test]
fn the_registered_claims_are_handed_out() {
    let more = format!(r#","sub":"s\n","jti":"j","iat":{NOW}.5,"nbf":{}.5"#, NOW - 2);
    let token = hostile(HEADER, claims(&more).replace("\"api\"", r#"["api","web"]"#));
    let lenient = demanding().leeway(Duration::from_secs(1)).build().unwrap();
    let verified = lenient.verify::<Value>(&token, at(NOW)).unwrap();
    let registered = verified.registered();
    assert_eq!((registered.iss(), registered.sub(), registered.jti()), (Some("me"), Some("s\n"), Some("j")));
    assert_eq!(registered.aud().collect::<Vec<_>>(), ["api", "web"]);
    let half = time::Duration::milliseconds(500);
    assert_eq!(registered.exp(), Some(at(NOW + 300)));
    assert_eq!((registered.nbf(), registered.iat()), (Some(at(NOW - 2) + half), Some(at(NOW) + half)));
    let bare = builder().without_required_expiry().build().unwrap();
    let nothing = hostile(HEADER, "{}");
    let nothing = bare.verify::<Value>(&nothing, at(NOW)).unwrap();
    assert_eq!((nothing.registered().iss(), nothing.registered().aud().count()), (None, 0));
}

#[test]
fn the_kid_is_that_of_the_key_even_where_the_header_names_none() {
    let key = SigningKey::hs256(crate::common::SECRET).unwrap().with_kid("k").unwrap();
    let verifier = Verifier::builder(crate::common::set([key.verifying_key()]))
        .issuer("me")
        .audience("api")
        .build()
        .unwrap();
    let token = hostile(HEADER, claims(""));
    assert_eq!(verifier.verify::<Value>(&token, at(NOW)).unwrap().kid(), Some("k"));
}

#[test]
fn claims_that_the_type_does_not_take_are_an_error_of_their_own() {
    #[derive(Debug, serde::Deserialize)]
    struct Own {
        #[serde(rename = "role")]
        _role: u8,
    }
    let token = hostile(HEADER, claims(r#","role":"canary""#));
    let error = verifier().verify::<Own>(&token, at(NOW)).unwrap_err();
    assert_eq!((error.kind(), error.claim()), (ClaimsDeserialize, None));
    assert!(error.detail().unwrap().expose().contains("canary"));
}

#[test]
fn only_an_object_that_a_verifier_would_take_is_signed() {
    let signer = Signer::new(SigningKey::hs256(crate::common::SECRET).unwrap());
    let refused = |claims: Value| signer.sign(&claims).err().map(|error| error.kind());
    for claims in [json!([1]), json!("x"), json!(1), json!(null), json!(true)] {
        assert_eq!(refused(claims.clone()), Some(ClaimsSerialize), "{claims}");
    }
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({"a": inner}));
    assert_eq!(refused(nested(32)), None);
    assert_eq!(refused(nested(33)), Some(ClaimsSerialize));

    #[derive(serde::Serialize)]
    struct Twice {
        role: &'static str,
        #[serde(flatten)]
        more: std::collections::BTreeMap<&'static str, &'static str>,
    }
    let twice = |name| signer.sign(&Twice { role: "user", more: [(name, "admin")].into() });
    assert!(twice("other").is_ok());
    assert_eq!(twice("role").unwrap_err().kind(), ClaimsSerialize);
    // A map whose keys are no strings.
    let keys: std::collections::BTreeMap<Vec<u8>, u8> = [(vec![1], 1)].into();
    assert_eq!(signer.sign(&keys).unwrap_err().kind(), ClaimsSerialize);
}

#[test]
fn a_token_that_would_be_too_long_for_its_verifier_is_not_signed() {
    let text = |length: usize| json!({"text": "x".repeat(length - 11)});
    for (key, header, signature) in [
        (SigningKey::hs256(crate::common::SECRET).unwrap(), 36, 43),
        (SigningKey::ed25519(&[1; 32]).unwrap().without_kid(), 36, 86),
    ] {
        let signer = Signer::new(key.clone());
        let keys = crate::common::set([key.verifying_key()]);
        let verifier = Verifier::builder(keys).without_required_expiry().build().unwrap();
        // The most bytes of claims whose base64url leaves room for the rest.
        let longest = (16_384 - header - signature - 2) * 3 / 4;
        let token = signer.sign(&text(longest)).unwrap();
        assert_eq!(token.len(), 16_384);
        assert_eq!(kind(&verifier, &token), None);
        assert_eq!(signer.sign(&text(longest + 1)).unwrap_err().kind(), ClaimsSerialize);
        // The limit outlives a change of the type; at+jwt takes four characters more.
        let longer = signer.max_token_length(16_390).unwrap().token_type("at+jwt").unwrap();
        assert_eq!(longer.sign(&text(longest)).unwrap().len(), token.len() + 4);
        let short = longer.max_token_length(100).unwrap();
        assert_eq!(short.sign(&text(longest)).unwrap_err().kind(), ClaimsSerialize);
    }
    let signer = Signer::new(SigningKey::hs256(crate::common::SECRET).unwrap());
    assert!(signer.clone().max_token_length(1).is_ok());
    for length in [0, 1_048_577, usize::MAX] {
        assert_eq!(signer.clone().max_token_length(length).unwrap_err().kind(), InvalidConfiguration);
    }
}

#[test]
fn a_type_without_registered_claims_takes_every_form_that_they_may_have() {
    #[derive(Debug, serde::Deserialize)]
    struct Own {
        role: String,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Narrow {
        #[serde(rename = "exp")]
        _exp: i64,
    }
    let payload = format!(r#"{{"iss":"me","aud":["api"],"exp":{NOW}.5,"role":"reader"}}"#);
    let token = hostile(HEADER, payload);
    let verified = verifier().verify::<Own>(&token, at(NOW - 1)).unwrap();
    let exp = at(NOW) + time::Duration::milliseconds(500);
    assert_eq!((verified.claims().role.as_str(), verified.registered().exp()), ("reader", Some(exp)));
    assert_eq!(verifier().verify::<Narrow>(&token, at(NOW - 1)).unwrap_err().kind(), ClaimsDeserialize);
}

#[test]
fn the_header_is_typ_alg_kid_and_the_type_can_be_chosen() {
    let header = |signer: &Signer| {
        let token = signer.sign(&json!({})).unwrap();
        String::from_utf8(crate::common::unbase64(token.split('.').next().unwrap())).unwrap()
    };
    let key = SigningKey::hs256(crate::common::SECRET).unwrap();
    assert_eq!(header(&Signer::new(key.clone())), r#"{"typ":"JWT","alg":"HS256"}"#);
    let named = Signer::new(key.with_kid("k1").unwrap());
    assert_eq!(header(&named), r#"{"typ":"JWT","alg":"HS256","kid":"k1"}"#);
    let access = named.token_type("at+jwt").unwrap();
    assert_eq!(header(&access), r#"{"typ":"at+jwt","alg":"HS256","kid":"k1"}"#);
    let ed25519 = Signer::new(SigningKey::ed25519(&[1; 32]).unwrap().without_kid());
    assert_eq!(header(&ed25519), r#"{"typ":"JWT","alg":"EdDSA"}"#);
    for typ in ["", "a b", "a\"b", "a\\b", "é", &"a".repeat(256)] {
        assert_eq!(access.clone().token_type(typ).unwrap_err().kind(), InvalidConfiguration, "{typ}");
    }
}

#[test]
fn a_configuration_that_cannot_be_meant_is_refused() {
    for (case, builder) in [
        ("empty issuer", builder().issuer("")),
        ("two issuers", builder().issuer("a").issuer("b")),
        ("empty audience", builder().audience("a").audience("")),
        ("empty subject", builder().subject("")),
        ("two subjects", builder().subject("a").subject("b")),
        ("empty type", builder().token_type("")),
        ("two types", builder().token_type("a").token_type("b")),
        ("any audience and one", builder().accept_any_audience().audience("a")),
        ("any issuer and one", builder().accept_any_issuer().issuer("a")),
        ("a leeway beyond an hour", builder().leeway(Duration::new(3600, 1))),
        ("such a leeway for iat", builder().iat_leeway(Duration::new(3600, 1))),
        ("such a leeway for nbf", builder().nbf_leeway(Duration::new(3600, 1))),
        ("a lifetime without end", builder().without_required_expiry().max_lifetime(Duration::from_secs(1))),
        ("no length", builder().max_token_length(0)),
        ("any length", builder().max_token_length(usize::MAX)),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), InvalidConfiguration, "{case}");
    }
    assert!(Verifier::builder(hmac_set()).build().is_ok());
    let hour = Duration::from_secs(3600);
    assert!(builder().leeway(hour).iat_leeway(hour).build().is_ok());
}

#[test]
fn generated_keys_work_and_differ() {
    for algorithm in [Algorithm::HS256, Algorithm::EdDSA] {
        let generate = || SigningKey::generate(algorithm);
        let (one, other) = (generate().unwrap().without_kid(), generate().unwrap().without_kid());
        let verifier = |key: &SigningKey| {
            let keys = crate::common::set([key.verifying_key()]);
            Verifier::builder(keys).without_required_expiry().build().unwrap()
        };
        let token = Signer::new(one.clone()).sign(&json!({})).unwrap();
        assert_eq!(kind(&verifier(&one), &token), None);
        assert_eq!(kind(&verifier(&other), &token), Some(ErrorKind::InvalidSignature));
    }
}

#[test]
fn everything_that_lives_long_can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<SigningKey>();
    shared::<countersign_signed::VerifyingKey>();
    shared::<countersign_signed::KeySet>();
    shared::<Signer>();
    shared::<Verifier>();
    fn sent<T: std::error::Error + Send + Sync + 'static>() {}
    sent::<Error>();
}

#[test]
fn a_kid_has_1_to_256_bytes() {
    let key = SigningKey::hs256(crate::common::SECRET).unwrap();
    for kid in ["", &"k".repeat(257), &"é".repeat(129)] {
        assert_eq!(key.clone().with_kid(kid).unwrap_err().kind(), ErrorKind::InvalidKid);
        assert_eq!(key.verifying_key().with_kid(kid).unwrap_err().kind(), ErrorKind::InvalidKid);
    }
    assert_eq!(key.with_kid(&"k".repeat(256)).unwrap().verifying_key().kid().unwrap().len(), 256);
}
