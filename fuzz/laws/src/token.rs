//! Laws of verifying.
//!
//! An input without a line break is a token. Any other is a header, which if empty is the usual one, and behind
//! the first line break a payload: they are signed here, so that their readers are reached.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::LazyLock;
use std::time::Duration;

use countersign_signed::{Algorithm, ClaimsBuffer, Error, ErrorKind, Verified, Verifier, jws};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::base64::{self, URL};
use crate::forge::{self, KEYS, LAX, NOW, USUAL_HEADER, now};
use crate::grammar::{self, Members};

/// Seconds.
const LIFETIME: u32 = 3600;

static STRICT: LazyLock<Verifier> = LazyLock::new(|| {
    let builder = Verifier::builder(KEYS.clone()).issuer("me").audience("api").require_claim("role");
    builder.max_lifetime(Duration::from_secs(LIFETIME.into())).build().unwrap()
});

/// Text in every form, numbers of several widths, and shapes that only serde_json can read.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
#[allow(dead_code, reason = "compared as it is shown by `Debug`")]
struct Mixed<'a> {
    a: Option<&'a str>,
    #[serde(borrow)]
    b: Option<Cow<'a, str>>,
    c: Option<u64>,
    d: Option<i8>,
    e: Option<f32>,
    f: Option<char>,
    g: Option<Vec<u8>>,
    h: Option<BTreeMap<i32, bool>>,
    i: Option<Variant>,
    j: Option<(u8, String)>,
    k: Option<i128>,
    #[serde(borrow)]
    l: Option<&'a RawValue>,
    m: Option<Wrapped>,
    n: Option<()>,
    exp: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "compared as it is shown by `Debug`")]
enum Variant {
    Unit,
    Newtype(u16),
    Tuple(bool, f64),
    Struct { a: String },
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "compared as it is shown by `Debug`")]
struct Wrapped(i64);

/// What does not fit is buffered by serde, and read by way of `deserialize_any`.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "compared as it is shown by `Debug`")]
struct Flattened {
    exp: Option<u32>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Holds an input to the laws.
pub fn hold(data: &[u8]) {
    let Some(line) = data.iter().position(|&byte| byte == b'\n') else {
        match std::str::from_utf8(data) {
            Ok(token) => check(token),
            Err(_) => is_refused(data),
        }
        return;
    };
    let (header, payload) = (&data[..line], &data[line + 1..]);
    let header = if header.is_empty() { USUAL_HEADER.as_bytes() } else { header };
    check(&forge::token(None, header, payload));
    check(&forge::token(Some(forge::KID), header, payload));
}

/// What is not even text is no token.
fn is_refused(token: &[u8]) {
    assert!(LAX.verify::<Value>(token, now()).is_err());
    assert!(LAX.verify_in::<Value>(&mut ClaimsBuffer::new(), token, now()).is_err());
    assert!(jws::verify(&KEYS, token).is_err());
}

fn check(token: &str) {
    let mut buffer = ClaimsBuffer::new();
    let owned = LAX.verify::<Value>(token, now());
    let borrowed = LAX.verify_in::<Value>(&mut buffer, token, now());
    agree(&owned, &borrowed);

    let payload = match jws::verify(&KEYS, token) {
        Ok(jws) => {
            is_as_signed(token, &jws);
            jws.into_payload()
        }
        Err(error) => {
            assert_eq!(owned.unwrap_err().kind(), error.kind(), "a token verifies that is no JWS");
            return;
        }
    };
    let refused = matches!(
        kind(&owned),
        Some(ErrorKind::InvalidJson | ErrorKind::DuplicateMember | ErrorKind::ReservedMember)
    );
    assert_eq!(grammar::is_strict(&payload), !refused, "the readers of the payload disagree");
    let Ok(payload) = std::str::from_utf8(&payload) else { return };
    reads_as_serde_json_does::<Value>(&mut ClaimsBuffer::new(), token, payload);
    reads_as_serde_json_does::<Mixed<'_>>(&mut ClaimsBuffer::new(), token, payload);
    reads_as_serde_json_does::<Flattened>(&mut ClaimsBuffer::new(), token, payload);
    reads_as_serde_json_does::<BTreeMap<i64, Value>>(&mut ClaimsBuffer::new(), token, payload);
    reads_as_serde_json_does::<BTreeMap<Cow<'_, str>, &RawValue>>(&mut ClaimsBuffer::new(), token, payload);
    reads_as_serde_json_does::<BTreeMap<i128, IgnoredAny>>(&mut ClaimsBuffer::new(), token, payload);
    // Of a key that should be `true` or `false` and is not, serde_json 1.0.154 drops the first byte, and panics
    // over what is left of a character.
    if payload.is_ascii() {
        reads_as_serde_json_does::<BTreeMap<bool, u128>>(&mut ClaimsBuffer::new(), token, payload);
    }
    reads_as_serde_json_does::<Option<Variant>>(&mut ClaimsBuffer::new(), token, payload);
    reads_as_serde_json_does::<&RawValue>(&mut ClaimsBuffer::new(), token, payload);
    if let Ok(verified) = &owned {
        are_registered(verified);
    }
    if let Ok(verified) = STRICT.verify::<Value>(token, now()) {
        is_as_demanded(verified.claims());
        assert_eq!(verified.claims(), owned.unwrap().claims());
    }
}

fn kind<C>(result: &Result<C, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

/// Owned and borrowed verification tell the same.
fn agree(owned: &Result<Verified<'_, Value>, Error>, borrowed: &Result<Verified<'_, Value>, Error>) {
    match (owned, borrowed) {
        (Ok(owned), Ok(borrowed)) => {
            assert_eq!(owned.claims(), borrowed.claims());
            assert_eq!(owned.signing_input(), borrowed.signing_input());
            assert_eq!((owned.kid(), owned.algorithm()), (borrowed.kid(), borrowed.algorithm()));
            let (owned, borrowed) = (owned.registered(), borrowed.registered());
            assert_eq!((owned.iss(), owned.sub()), (borrowed.iss(), borrowed.sub()));
            assert_eq!((owned.jti(), owned.exp()), (borrowed.jti(), borrowed.exp()));
            assert_eq!((owned.nbf(), owned.iat()), (borrowed.nbf(), borrowed.iat()));
            assert!(owned.aud().eq(borrowed.aud()));
        }
        (Err(owned), Err(borrowed)) => assert_eq!(format!("{owned:?}"), format!("{borrowed:?}")),
        _ => panic!("owned and borrowed verification disagree"),
    }
}

/// The MAC is right, and no other spelling of the token is taken.
fn is_as_signed(token: &str, jws: &jws::Jws<'_>) {
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = segments[..] else { panic!("not three segments") };
    assert!(segments.iter().all(|segment| base64::is_canonical(URL, segment)), "not canonical: {token}");
    assert_eq!(jws.payload(), base64::decode(URL, payload).unwrap());
    assert_eq!(jws.signing_input(), format!("{header}.{payload}").as_bytes());
    if jws.algorithm() == Algorithm::HS256 {
        assert_eq!(signature, forge::mac(jws.kid(), &format!("{header}.{payload}")));
    }
    // What is left of the last character's six bits, of signatures that are not of whole groups.
    let (front, last) = token.split_at(token.len() - 1);
    let last = URL.iter().position(|&known| known == last.as_bytes()[0]).unwrap();
    for bits in 1..4 {
        let respelled = format!("{front}{}", char::from(URL[last ^ bits]));
        assert!(jws::verify(&KEYS, &respelled).is_err(), "another signature is taken: {respelled}");
    }
    for respelled in [format!("{token}="), format!("{token}\n"), format!(" {token}"), format!("{token}.")] {
        assert!(jws::verify(&KEYS, &respelled).is_err(), "another spelling is taken: {respelled:?}");
    }
}

/// Claims that passed are given to any type as serde_json would give them.
fn reads_as_serde_json_does<'p, C: Deserialize<'p> + Debug>(
    buffer: &'p mut ClaimsBuffer,
    token: &'p str,
    payload: &'p str,
) {
    let theirs = serde_json::from_str::<C>(payload);
    let ours = LAX.verify_in::<C>(buffer, token, now());
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(format!("{:?}", ours.claims()), format!("{theirs:?}")),
        (Ok(ours), Err(error)) => panic!("{:?} is read where serde_json says {error}", ours.claims()),
        (Err(error), Ok(theirs)) => {
            assert_ne!(error.kind(), ErrorKind::ClaimsDeserialize, "{theirs:?} is not read: {error:?}");
        }
        (Err(_), Err(_)) => {}
    }
}

/// The registered claims are those of the payload.
fn are_registered(verified: &Verified<'_, Value>) {
    let (claims, registered) = (verified.claims(), verified.registered());
    for (name, read) in [("iss", registered.iss()), ("sub", registered.sub()), ("jti", registered.jti())] {
        assert_eq!(claims.get(name), read.map(Value::from).as_ref(), "{name}");
    }
    let audiences: Vec<&str> = registered.aud().collect();
    match claims.get("aud") {
        Some(Value::Array(several)) => assert!(several.iter().eq(&audiences) && !several.is_empty()),
        one => assert_eq!(one, audiences.first().copied().map(Value::from).as_ref()),
    }
    for (name, read) in [("exp", registered.exp()), ("nbf", registered.nbf()), ("iat", registered.iat())] {
        let read = read.map(OffsetDateTime::unix_timestamp);
        assert_eq!(claims.get(name).is_some(), read.is_some(), "{name}");
        let Some(read) = read else { continue };
        match claims[name].as_i64() {
            Some(whole) => assert_eq!(whole, read, "{name}"),
            None => {
                let seconds = claims[name].as_f64().expect("a number");
                assert!((seconds - seconds_of(read)).abs() <= 1.0, "{name}: {seconds} is read as {read}");
            }
        }
    }
    // A token may expire within the nanosecond that `now` is in, and its `exp` is then that nanosecond.
    assert!(registered.exp().is_none_or(|date| date >= now()));
    assert!(registered.nbf().is_none_or(|date| date <= now()));
    assert!(registered.iat().is_none_or(|date| date <= now()));
    assert!(claims.get("cnf").is_none());
}

/// A date is far below what a float holds exactly.
#[allow(clippy::cast_precision_loss, reason = "a date has at most 38 bits")]
fn seconds_of(date: i64) -> f64 {
    date as f64
}

fn is_as_demanded(claims: &Value) {
    assert_eq!(claims["iss"], "me");
    let is_for_us =
        |aud: &Value| aud == "api" || aud.as_array().is_some_and(|all| all.contains(&"api".into()));
    assert!(is_for_us(&claims["aud"]) && !claims["role"].is_null());
    let (exp, iat) = (claims["exp"].as_f64().unwrap(), claims["iat"].as_f64().unwrap());
    // Rounding to a float keeps the order, and whole seconds are exact.
    assert!(exp >= seconds_of(NOW) && exp - iat <= f64::from(LIFETIME));
}

/// What the header of a rightly signed token must be for the token to verify: said again, for the law of headers.
pub(crate) fn takes_header(header: &[u8], kid: Option<&str>) -> bool {
    if !grammar::is_strict(header) {
        return false;
    }
    let members = Members::parse(std::str::from_utf8(header).unwrap()).unwrap();
    let typ = members.string("typ").map(|typ| typ.to_ascii_lowercase());
    members.string("alg").as_deref() == Some("HS256")
        && members.string("kid").as_deref() == kid
        && members.find("kid").is_some_and(|kid| kid != "null") == kid.is_some()
        && ["typ", "cty"].iter().all(|name| members.find(name).is_some() == members.string(name).is_some())
        && ["crit", "b64"].iter().all(|name| members.find(name).is_none())
        && typ.is_none_or(|typ| typ == "jwt" || typ == "application/jwt")
        && members.find("cty").is_none()
}
