//! Claims that a signer refuses: those that every verifier refuses, and those that are not JSON.

use std::collections::BTreeMap;

use countersign_signed::{Error, ErrorKind, KeySet, Redacted, Signer, SigningKey, Verifier, VerifyingKey};
use proptest::prelude::*;
use serde::ser::{Error as _, Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::common::{HEADER, NOW, SECRET, at, hmac_set, hostile};

fn sign(claims: &(impl Serialize + ?Sized)) -> Result<String, Error> {
    Signer::new(SigningKey::hs256(SECRET).unwrap()).sign(claims)
}

/// Takes whatever a policy can allow.
fn permissive() -> Verifier {
    let builder = Verifier::builder(hmac_set()).accept_any_issuer().accept_any_audience();
    builder.without_required_expiry().build().unwrap()
}

/// An object of these names, in this order, however often.
struct Names(Vec<String>);

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|name| (name, "x")))
    }
}

fn names(names: &[&str]) -> Names {
    Names(names.iter().copied().map(str::to_owned).collect())
}

#[test]
fn a_malformed_registered_claim_is_refused_by_name_and_form() {
    for (claims, name, form) in [
        (json!({"sub": 7}), "sub", "it must be a string"),
        (json!({"iss": null}), "iss", "it must be a string"),
        (json!({"jti": ["x"]}), "jti", "it must be a string"),
        (json!({"exp": "1800000300"}), "exp", "it must be seconds since 1970"),
        (json!({"exp": null}), "exp", "it must be seconds since 1970"),
        (json!({"nbf": -1}), "nbf", "it must be seconds since 1970"),
        (json!({"iat": 253_402_300_800_i64}), "iat", "it must be seconds since 1970"),
        (json!({"iat": true}), "iat", "it must be seconds since 1970"),
        (json!({"aud": []}), "aud", "it must be a string, or strings"),
        (json!({"aud": [1]}), "aud", "it must be a string, or strings"),
        (json!({"aud": null}), "aud", "it must be a string, or strings"),
    ] {
        let error = sign(&claims).unwrap_err();
        assert_eq!((error.kind(), error.claim()), (ErrorKind::ClaimsSerialize, Some(name)), "{claims}");
        assert!(error.to_string().contains(&format!("(`{name}`): {form}")), "{error}");
        // The verifier refuses the same claim.
        let refused =
            permissive().verify::<Value>(&hostile(HEADER, claims.to_string()), at(NOW)).unwrap_err();
        assert_eq!((refused.kind(), refused.claim()), (ErrorKind::InvalidClaim, Some(name)), "{claims}");
    }
    let error = sign(&json!({"sub": 7, "exp": "hunter2"})).unwrap_err();
    assert_eq!(error.failures().len(), 2);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert!(error.failures().iter().any(|failure| failure.got().map(Redacted::expose) == Some("hunter2")));
    for claims in [json!({"sub": "7"}), json!({"aud": ["a", "b"]}), json!({"exp": 1.5, "nbf": 0, "a": null})]
    {
        assert!(sign(&claims).is_ok(), "{claims}");
    }
}

#[test]
fn a_signer_of_an_outside_key_refuses_them_too() {
    let signer = countersign_signed::ExternalSigner::new(VerifyingKey::hs256(SECRET).unwrap());
    let error = signer.prepare(&json!({"sub": 7})).unwrap_err();
    assert_eq!((error.kind(), error.claim()), (ErrorKind::ClaimsSerialize, Some("sub")));
}

#[test]
fn reserved_names_are_not_signed() {
    let raw = RawValue::from_string(r#"{"b":{"$serde_json::private::Number":"1"}}"#.to_owned()).unwrap();
    let nested = BTreeMap::from([("a", names(&["$serde_json::private::RawValue"]))]);
    for error in [
        sign(&names(&["$serde_json::private::RawValue"])).unwrap_err(),
        sign(&nested).unwrap_err(),
        sign(&raw).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::ClaimsSerialize);
        assert!(error.to_string().contains("`$serde_json::private::`"), "{error}");
    }
}

#[test]
fn text_that_was_written_elsewhere_is_judged_as_a_whole() {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    assert!(sign(&raw(r#"{"a":1,"b":{"a":1}}"#)).is_ok());
    assert!(sign(&raw(r#"{"a":1,"\u0061":1}"#)).is_err());
    assert!(sign(&BTreeMap::from([("x", raw(r#"{"a":1,"a":1}"#))])).is_err());
}

#[test]
fn a_map_key_that_is_not_text_is_refused() {
    assert!(sign(&BTreeMap::from([(Some(1), 1)])).is_ok());
    assert!(sign(&BTreeMap::from([((1, 2), 1)])).is_err());
    assert!(sign(&BTreeMap::from([((), 1)])).is_err());
    assert!(sign(&BTreeMap::from([(None::<u8>, 1)])).is_err());
}

#[test]
fn a_name_that_comes_twice_is_refused_whatever_its_form() {
    for name in ["a", "", "sub", "seven77", "longer than a tag", "a\"b", "é\u{1}", "\n"] {
        for between in [&[][..], &["x"], &["x", "abcdefgh1", "abcdefgh2"]] {
            let all = [&[name], between, &[name]].concat();
            assert!(sign(&names(&all)).is_err(), "{all:?}");
            assert!(sign(&nested(names(&all))).is_err(), "{all:?}");
            assert!(sign(&names(&all[1..])).is_ok(), "{all:?}");
        }
    }
    let many: Vec<String> = (0..60).map(|number| format!("n{number}")).collect();
    assert!(sign(&Names(many.clone())).is_ok());
    for twin in [0, 23, 24, 59] {
        let mut all = many.clone();
        all.push(many[twin].clone());
        assert!(sign(&Names(all)).is_err(), "{twin}");
    }
}

/// In an object in an array in an object, behind another object of the same names.
fn nested(inner: Names) -> impl Serialize {
    BTreeMap::from([("a", vec![BTreeMap::from([("a", names(&["a", "x"]))]), BTreeMap::from([("a", inner)])])])
}

#[test]
fn an_object_closed_does_not_take_the_names_of_the_one_around_it_along() {
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("a", &json!({"b": {"c": []}}))?;
            map.serialize_entry("a", &1)?;
            map.end()
        }
    }
    assert!(sign(&Twice).is_err());
}

#[test]
fn only_objects_of_32_levels_are_signed() {
    for value in [json!([]), json!("a"), json!(1), json!(null), json!([{"a": 1}])] {
        assert!(sign(&value).is_err(), "{value}");
    }
    let nested = |levels: usize| (1..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(sign(&json!({"a": nested(32)})).is_ok());
    assert!(sign(&json!({"a": nested(33)})).is_err());
    let objects = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(sign(&objects(32)).is_ok());
    assert!(sign(&objects(33)).is_err());
    assert!(sign(&objects(100)).is_err());
}

#[test]
fn a_failure_of_the_callers_type_is_shown_without_its_words() {
    struct Failing;
    impl Serialize for Failing {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("hunter2"))
        }
    }
    let error = sign(&Failing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClaimsSerialize);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

/// Values that a registered claim may have, and many that it may not.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..2 * NOW).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0.0..2e9_f64).prop_map(Value::from),
        "[a-z0-9]{0,4}".prop_map(Value::from),
        prop::collection::vec("[a-z]{0,2}", 0..3).prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(Value::from),
        prop::collection::btree_map("[a-z]{0,2}", any::<u8>(), 0..3).prop_map(|map| json!(map)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// At a moment at which the token may be used, which a signer does not know, the signature and the form
    /// of the claims are all that a permissive verifier looks at.
    #[test]
    fn what_is_signed_a_permissive_verifier_takes(
        claims in prop::collection::btree_map(
            prop::sample::select(
                vec!["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "role", "$serde_json::private::Number"],
            ),
            value(),
            0..5,
        ),
    ) {
        let claims = json!(claims);
        let refused = permissive().verify::<Value>(&hostile(HEADER, claims.to_string()), at(NOW)).err();
        let untimely = [
            ErrorKind::Expired, ErrorKind::NotYetValid, ErrorKind::IssuedInFuture,
        ];
        match sign(&claims) {
            Ok(token) => {
                let keys = KeySet::new([VerifyingKey::hs256(SECRET).unwrap()]).unwrap();
                prop_assert!(countersign_signed::jws::verify(&keys, &token).is_ok());
                for failure in refused.iter().flat_map(Error::failures) {
                    prop_assert!(untimely.contains(&failure.kind()), "{claims}: {failure:?}");
                }
                let takes_it = refused.is_none_or(|error| untimely.contains(&error.kind()));
                prop_assert!(takes_it, "{claims} is signed, and no verifier takes it");
            }
            Err(_) => prop_assert!(refused.is_some(), "{claims} is good, and is not signed"),
        }
    }
}
