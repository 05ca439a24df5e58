//! What is written, against serde_json, which writes the same; and what is refused.

use std::collections::BTreeMap;

use serde::ser::SerializeMap as _;
use serde_json::json;

use super::*;

/// An object of these names, in this order, however often.
struct Names(Vec<String>);

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for name in &self.0 {
            map.serialize_entry(name, &1)?;
        }
        map.end()
    }
}

fn written(value: &impl Serialize) -> Option<String> {
    Some(String::from_utf8(write_object(value, Vec::new()).ok()?).unwrap())
}

fn names(names: &[&str]) -> Names {
    Names(names.iter().copied().map(str::to_owned).collect())
}

#[test]
fn what_is_written_is_what_serde_json_writes() {
    for value in [
        json!({}),
        json!({"a": 1, "b": {"a": [{"a": 1}, {"a": 2}], "b": {}}, "c": [], "": "x", "a\"b": "\u{1}\n\\é"}),
        json!({"abcdefgh1": null, "abcdefgh2": true, "abcdefgh3": -1.5}),
    ] {
        assert_eq!(written(&value).unwrap(), value.to_string());
    }
}

/// Every way in which a type can serialise itself.
#[derive(Serialize)]
struct Everything<'a> {
    integers: (i8, i16, i32, i64, i128, u8, u16, u32, u64, u128),
    floats: [f64; 6],
    single: f32,
    text: &'a str,
    character: [char; 3],
    option: (Option<u8>, Option<&'a str>),
    unit: (),
    empty: Empty,
    newtype: Newtype<'a>,
    tuple: Tuple,
    variants: Vec<Variant>,
    by_number: BTreeMap<i32, bool>,
    by_truth: BTreeMap<bool, u8>,
    by_character: BTreeMap<char, u8>,
    by_variant: BTreeMap<Plain, u8>,
    by_newtype: BTreeMap<Newtype<'a>, u8>,
    #[serde(flatten)]
    more: BTreeMap<&'a str, f64>,
    raw: Box<serde_json::value::RawValue>,
}

#[derive(Serialize)]
struct Empty;

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Newtype<'a>(&'a str);

#[derive(Serialize)]
struct Tuple(u8, bool);

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Plain {
    A,
}

#[derive(Serialize)]
enum Variant {
    Unit,
    Newtype(u8),
    Tuple(u8, u8),
    Struct { a: u8, b: () },
}

#[test]
fn every_type_of_serde_is_written_as_serde_json_writes_it() {
    let special: String = (0..=0x7F_u8).map(char::from).chain("é€\u{1F512}".chars()).collect();
    let everything = Everything {
        integers: (
            i8::MIN,
            i16::MIN,
            i32::MIN,
            i64::MIN,
            i128::MIN,
            u8::MAX,
            u16::MAX,
            u32::MAX,
            u64::MAX,
            u128::MAX,
        ),
        floats: [0.0, -1.5, 1e300, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY],
        single: 0.1,
        text: &special,
        character: ['x', '"', '\u{1F512}'],
        option: (None, Some("x")),
        unit: (),
        empty: Empty,
        newtype: Newtype("n"),
        tuple: Tuple(1, true),
        variants: vec![
            Variant::Unit,
            Variant::Newtype(1),
            Variant::Tuple(1, 2),
            Variant::Struct { a: 1, b: () },
        ],
        by_number: BTreeMap::from([(-1, true), (7, false)]),
        by_truth: BTreeMap::from([(true, 1)]),
        by_character: BTreeMap::from([('"', 1)]),
        by_variant: BTreeMap::from([(Plain::A, 1)]),
        by_newtype: BTreeMap::from([(Newtype("k\n"), 1)]),
        more: BTreeMap::from([("x", 0.5)]),
        raw: serde_json::value::RawValue::from_string(r#"{ "as it" : [ "stands" ] }"#.into()).unwrap(),
    };
    assert_eq!(written(&everything).unwrap(), serde_json::to_string(&everything).unwrap());
}

#[test]
fn text_that_was_written_elsewhere_is_walked() {
    let raw = |text: &str| serde_json::value::RawValue::from_string(text.into()).unwrap();
    assert!(written(&raw(r#"{"a":1,"b":{"a":1}}"#)).is_some());
    assert!(written(&raw(r#"{"a":1,"\u0061":1}"#)).is_none());
    assert!(written(&BTreeMap::from([("x", raw(r#"{"a":1,"a":1}"#))])).is_none());
}

#[test]
fn keys_that_are_no_text_are_refused() {
    assert!(written(&BTreeMap::from([(Some(1), 1)])).is_some());
    assert!(written(&BTreeMap::from([((1, 2), 1)])).is_none());
    assert!(written(&BTreeMap::from([((), 1)])).is_none());
    assert!(written(&BTreeMap::from([(None::<u8>, 1)])).is_none());
}

#[test]
fn a_name_that_comes_twice_is_refused_whatever_its_form() {
    for name in ["a", "", "sub", "seven77", "longer than a tag", "a\"b", "é\u{1}", "\n"] {
        for between in [&[][..], &["x"], &["x", "abcdefgh1", "abcdefgh2"]] {
            let all = [&[name], between, &[name]].concat();
            assert!(written(&names(&all)).is_none(), "{all:?}");
            assert!(written(&json_in(names(&all))).is_none(), "{all:?}");
            assert!(written(&names(&all[1..])).is_some(), "{all:?}");
        }
    }
    let many: Vec<String> = (0..60).map(|number| format!("n{number}")).collect();
    assert!(written(&Names(many.clone())).is_some());
    for twin in [0, 23, 24, 59] {
        let mut all = many.clone();
        all.push(many[twin].clone());
        assert!(written(&Names(all)).is_none(), "{twin}");
    }
}

/// In an object in an array in an object, behind another object of the same names.
fn json_in(inner: Names) -> impl Serialize {
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
    assert!(written(&Twice).is_none());
}

#[test]
fn only_objects_are_written_and_only_so_deep() {
    for value in [json!([]), json!("a"), json!(1), json!(null), json!([{"a": 1}])] {
        assert!(written(&value).is_none(), "{value}");
    }
    let nested = |levels: usize| (1..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(written(&json!({"a": nested(32)})).is_some());
    assert!(written(&json!({"a": nested(33)})).is_none());
    let objects = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(written(&objects(32)).is_some());
    assert!(written(&objects(33)).is_none());
    assert!(written(&objects(400)).is_none());
}

#[test]
fn a_failure_of_the_callers_type_is_told_without_its_words() {
    struct Failing;
    impl Serialize for Failing {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_i128(i128::MAX)?;
            Err(ser::Error::custom("hunter2"))
        }
    }
    let error = write_object(&Failing, Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsignableClaims);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
