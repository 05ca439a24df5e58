//! Claims of the builder.

use std::collections::HashSet;
use std::time::Duration;

use countersign_signed::{
    Claims, ClaimsBuilder, Error, ErrorKind, KeySet, Signer, SigningKey, Verifier, VerifyingKey,
};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::common::{HEADER, NOW, SECRET, at, hostile, unbase64};

/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;
const MINUTE: Duration = Duration::from_secs(60);

fn now() -> ClaimsBuilder<'static> {
    Claims::issued_at(at(NOW))
}

/// What is signed for them.
fn text(builder: ClaimsBuilder<'_>) -> String {
    serde_json::to_string(&builder.build().unwrap()).unwrap()
}

fn refused(builder: ClaimsBuilder<'_>, why: &str) {
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClaimsSerialize, "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

fn signed(builder: ClaimsBuilder<'_>) -> Result<String, Error> {
    Signer::new(SigningKey::hs256(SECRET).unwrap()).sign(&builder.build()?)
}

#[test]
fn the_order_is_fixed_whatever_the_calls() {
    let claims = now()
        .claim("zeta", [1, 2])
        .roles(["a", "b"])
        .role("operator")
        .scopes(["orders:read", "orders:write"])
        .jti("t-1")
        .not_before(at(NOW + 5))
        .expires_in(MINUTE)
        .audience("api")
        .subject("alice")
        .issuer("https://login.example")
        .claim("alpha", json!({"b": null}));
    let expected = concat!(
        r#"{"iss":"https://login.example","sub":"alice","aud":"api","exp":1800000060,"nbf":1800000005,"#,
        r#""iat":1800000000,"jti":"t-1","scope":"orders:read orders:write","role":"operator","#,
        r#""roles":["a","b"],"zeta":[1,2],"alpha":{"b":null}}"#,
    );
    assert_eq!(signed(claims).unwrap(), hostile(HEADER, expected));
}

#[test]
fn the_least_is_a_lifetime() {
    assert_eq!(text(now().expires_in(MINUTE)), r#"{"exp":1800000060,"iat":1800000000}"#);
}

#[test]
fn one_audience_is_a_string_and_several_are_an_array() {
    let aud = |builder: ClaimsBuilder<'_>| {
        serde_json::from_str::<Value>(&text(builder.expires_in(MINUTE))).unwrap()["aud"].take()
    };
    assert_eq!(aud(now().audience("a")), json!("a"));
    assert_eq!(aud(now().audiences(["a"])), json!("a"));
    assert_eq!(aud(now().audience("a").audience("b")), json!(["a", "b"]));
    assert_eq!(aud(now().audiences(vec!["a".to_owned(), "b".to_owned()])), json!(["a", "b"]));
    refused(now().expires_in(MINUTE).audiences([""; 0]), "audiences is empty");
    refused(now().expires_in(MINUTE).audience(""), "audience");
    refused(now().expires_in(MINUTE).audiences(["a", "a"]), "audience");
}

#[test]
fn scopes_are_joined_by_spaces_and_held_to_their_grammar() {
    let scope = |builder: ClaimsBuilder<'_>| {
        serde_json::from_str::<Value>(&text(builder.expires_in(MINUTE))).unwrap()["scope"].take()
    };
    assert_eq!(scope(now().scopes(["a"])), json!("a"));
    assert_eq!(scope(now().scopes(["a", "b"]).scopes(["c"])), json!("a b c"));
    assert_eq!(scope(now().scopes([""; 0])), Value::Null);
    // RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E.
    for byte in 0..=0x7F_u8 {
        let text = format!("a{}", char::from(byte));
        let allowed = matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert_eq!(now().expires_in(MINUTE).scopes([&text]).build().is_ok(), allowed, "{byte:#x}");
    }
    for wrong in ["", " ", "a b", "é", "a\u{80}"] {
        refused(now().expires_in(MINUTE).scopes(["fine", wrong]), "RFC 6749");
    }
}

#[test]
fn no_role_is_no_claim() {
    assert_eq!(text(now().expires_in(MINUTE).roles([""; 0])), r#"{"exp":1800000060,"iat":1800000000}"#);
    refused(now().expires_in(MINUTE).roles(["a", ""]), "role");
    refused(now().expires_in(MINUTE).roles(["a"]).roles(["a"]), "role");
    refused(now().expires_in(MINUTE).role(""), "role");
}

#[test]
fn fractions_of_a_second_count_against_the_bearer() {
    let moment = at(NOW) + Duration::from_millis(900);
    let builder =
        Claims::issued_at(moment).not_before(moment).expires_in(MINUTE + Duration::from_millis(900));
    assert_eq!(text(builder), r#"{"exp":1800000060,"nbf":1800000001,"iat":1800000000}"#);
}

#[test]
fn a_token_that_nothing_would_take_is_not_made() {
    refused(now().expires_in(Duration::ZERO), "less than a second");
    refused(now().expires_in(Duration::from_millis(999)), "less than a second");
    refused(now().expires_in(Duration::MAX), "9999");
    refused(now().not_before(at(NOW + 60)).expires_in(MINUTE), "before they start");
    assert!(now().not_before(at(NOW + 59)).expires_in(MINUTE).build().is_ok());
    refused(now().not_before(at(-1)).expires_in(MINUTE), "start is before 1970");
    refused(Claims::issued_at(at(-1)).expires_in(MINUTE), "before 1970");

    let second = Duration::from_secs(1);
    assert_eq!(
        text(Claims::issued_at(at(LAST - 1)).expires_in(second)),
        r#"{"exp":253402300799,"iat":253402300798}"#
    );
    refused(Claims::issued_at(at(LAST)).expires_in(second), "9999");
    assert_eq!(text(Claims::issued_at(at(0)).expires_in(second)), r#"{"exp":1,"iat":0}"#);
}

#[test]
fn a_token_expires_unless_that_is_waived_by_name() {
    refused(now().subject("alice"), "no lifetime");
    assert_eq!(
        text(now().subject("alice").accepting_that_the_token_never_expires()),
        r#"{"sub":"alice","iat":1800000000}"#
    );
    refused(now().accepting_that_the_token_never_expires().expires_in(MINUTE), "waived");
}

#[test]
fn what_there_is_one_of_is_set_once_and_is_not_empty() {
    type Set = fn(ClaimsBuilder<'static>, &'static str) -> ClaimsBuilder<'static>;
    let one_of: [(Set, &str); 4] = [
        (|builder, text| builder.issuer(text), "issuer"),
        (|builder, text| builder.subject(text), "subject"),
        (|builder, text| builder.jti(text), "identifier"),
        (|builder, text| builder.role(text), "role"),
    ];
    for (set, name) in one_of {
        assert!(set(now(), "x").expires_in(MINUTE).build().is_ok());
        refused(set(now(), "").expires_in(MINUTE), name);
        refused(set(set(now(), "x"), "y").expires_in(MINUTE), name);
    }
    refused(now().expires_in(MINUTE).expires_in(MINUTE), "twice");
    refused(now().expires_in(MINUTE).not_before(at(NOW)).not_before(at(NOW)), "twice");
    refused(now().expires_in(MINUTE).jti("x").random_jti(), "identifier");
    // The first problem is the one told.
    refused(now().issuer("").subject(""), "issuer");
}

#[test]
fn a_claim_of_ones_own_repeats_no_other() {
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "role", "roles"] {
        // Also where that one is not set.
        refused(now().expires_in(MINUTE).claim(name, 1), "own");
    }
    refused(now().expires_in(MINUTE).claim("n", 1).claim("n", 1), "own");
    assert!(now().expires_in(MINUTE).claim("Iss", 1).claim("n", 1).claim("N", 1).build().is_ok());
}

#[test]
fn values_are_kept_to_the_digit_and_in_their_order() {
    #[derive(Serialize)]
    struct Own {
        zeta: u128,
        alpha: f32,
    }
    let own = Own { zeta: u128::MAX, alpha: 0.1 };
    assert_eq!(
        text(now().expires_in(MINUTE).claim("own", own)),
        concat!(
            r#"{"exp":1800000060,"iat":1800000000,"#,
            r#""own":{"zeta":340282366920938463463374607431768211455,"alpha":0.1}}"#
        )
    );
}

#[test]
fn a_value_that_a_verifier_refuses_is_not_signed() {
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("m", 1), ("m", 2)])
        }
    }
    let kind = |value: Value| signed(now().expires_in(MINUTE).claim("n", value)).err().map(|it| it.kind());
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(kind(nested(31)), None);
    assert_eq!(kind(nested(32)), Some(ErrorKind::ClaimsSerialize));
    let error = signed(now().expires_in(MINUTE).claim("n", Twice)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClaimsSerialize);
    assert_eq!(kind(json!("x".repeat(16 * 1024))), Some(ErrorKind::ClaimsSerialize));
}

#[test]
fn a_random_identifier_is_128_bits_and_comes_once() {
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        let claims = now().expires_in(MINUTE).random_jti().build().unwrap();
        let jti = claims.jti().unwrap();
        assert_eq!(jti.len(), 22);
        assert_eq!(unbase64(jti).len(), 16);
        assert!(seen.insert(jti.to_owned()));
    }
    // Every bit takes both values; that one of them does not has a chance of 128 in 2 to the 999th.
    let bytes: Vec<_> = seen.iter().map(|jti| unbase64(jti)).collect();
    for place in 0..16 {
        let (and, or) = bytes.iter().fold((0xFF, 0), |(and, or), it| (and & it[place], or | it[place]));
        assert_eq!((and, or), (0, 0xFF));
    }
}

#[test]
fn what_is_kept_of_an_issued_token_can_be_asked_for() {
    let claims = now().expires_in(MINUTE).jti("t-1").build().unwrap();
    assert_eq!((claims.exp(), claims.jti()), (Some(at(NOW + 60)), Some("t-1")));
    let claims = now().accepting_that_the_token_never_expires().build().unwrap();
    assert_eq!((claims.exp(), claims.jti()), (None, None));
}

#[test]
fn no_value_is_shown() {
    let failing = {
        struct Failing;
        impl Serialize for Failing {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("CANARY"))
            }
        }
        now().expires_in(MINUTE).claim("n", Failing)
    };
    let full = |builder: ClaimsBuilder<'static>| {
        builder
            .issuer("CANARY")
            .subject("CANARY")
            .audience("CANARY")
            .jti("CANARY")
            .scopes(["CANARY"])
            .role("CANARY")
            .roles(["CANARY"])
            .claim("CANARY", "CANARY")
            .expires_in(MINUTE)
    };
    let mut shown = format!("{:?} {:?}", full(now()), full(now()).build().unwrap());
    for wrong in [full(now()).scopes(["CANARY "]), full(now()).claim("CANARY", 1), full(full(now())), failing]
    {
        let error = wrong.build().unwrap_err();
        shown += &format!("{error} {error:?} {:?}", error.detail());
    }
    assert!(!shown.contains("CANARY"), "{shown}");
}

fn word() -> impl Strategy<Value = String> {
    "(?s).{1,12}"
}

proptest! {
    #[test]
    fn whatever_is_built_verifies_and_reads_back(
        iss in word(),
        sub in word(),
        aud in prop::collection::hash_set(word(), 1..4),
        jti in word(),
        scopes in prop::collection::vec("[!#-\\[\\]-~]{1,8}", 0..4),
        roles in prop::collection::hash_set(word(), 0..4),
        own in prop::collection::btree_map("x.*", word(), 0..8),
        issued in 0..LAST,
        nanoseconds in 0..1_000_000_000_u32,
        lifetime in 1..1_000_000_u64,
    ) {
        prop_assume!(issued.checked_add_unsigned(lifetime).is_some_and(|exp| exp <= LAST));
        let moment = at(issued) + Duration::from_nanos(nanoseconds.into());
        let mut builder = Claims::issued_at(moment)
            .issuer(&*iss)
            .subject(&*sub)
            .audiences(&aud)
            .jti(jti.clone())
            .scopes(&scopes)
            .roles(&roles)
            .expires_in(Duration::from_secs(lifetime));
        for (name, value) in &own {
            builder = builder.claim(name, value);
        }
        let key = SigningKey::hs256(SECRET).unwrap();
        let token = Signer::new(key).sign(&builder.build().unwrap()).unwrap();

        let keys = KeySet::new([VerifyingKey::hs256(SECRET).unwrap()]).unwrap();
        let verifier = Verifier::builder(keys)
            .issuer(&iss)
            .audience(aud.iter().next().unwrap())
            .subject(&sub)
            .max_lifetime(Duration::from_secs(lifetime))
            .build()
            .unwrap();
        let verified = verifier.verify::<Map<String, Value>>(&token, moment).unwrap();
        let registered = verified.registered();
        prop_assert_eq!(registered.jti(), Some(jti.as_str()));
        prop_assert_eq!(registered.aud().collect::<HashSet<_>>(), aud.iter().map(String::as_str).collect());
        prop_assert_eq!(registered.iat().map(OffsetDateTime::unix_timestamp), Some(issued));
        prop_assert_eq!(registered.exp(), Some(at(issued + lifetime.cast_signed())));
        let claims = verified.claims();
        let scope = (!scopes.is_empty()).then(|| Value::from(scopes.join(" ")));
        prop_assert_eq!(claims.get("scope"), scope.as_ref());
        let read: HashSet<_> = claims.get("roles").and_then(Value::as_array).into_iter().flatten().collect();
        let given: Vec<_> = roles.iter().map(|role| Value::from(role.as_str())).collect();
        prop_assert_eq!(read, given.iter().collect());
        for (name, value) in &own {
            prop_assert_eq!(claims.get(name).and_then(Value::as_str), Some(value.as_str()));
        }
    }
}
