//! Cases on which other libraries differ from one another, in one table, and what this one does with each.
//!
//! A row has the name of the case, the answer in a word or two, and the trials that show it: what was tried,
//! what must come of it, and what came. Where a refusal is the answer, there is mostly a trial beside it that
//! lacks the one thing and is accepted, so that the refusal is for no other reason.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use crate::common::{
    HEADER, NOW, SECRET, at, base64, builder, claims, hostile, kind, mac, refusal, verifier,
};
use countersign_signed::ErrorKind::{
    DuplicateMember, Expired, InvalidClaim, InvalidJson, InvalidKey, InvalidKeySet, MalformedToken,
    MissingClaim, NotYetValid, SecretTooShort, TokenTooLong, UnsupportedHeader,
};
use countersign_signed::{Algorithm, Error, ErrorKind, KeySet, SigningKey, Verifier, VerifyingKey};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Accepted,
    Refused(ErrorKind),
    /// Because of this claim.
    RefusedOver(ErrorKind, String),
    /// The same, and this is what the claim is said to be, a string without its quotes.
    Reported(ErrorKind, String, String),
    /// What `Debug` prints holds the secret, or does not.
    Shows(bool),
    /// Refused as `TokenTooLong`, in less time than it would take to read the token, or not.
    RefusedUnread(bool),
}
use Outcome::{Accepted, Refused, RefusedOver, RefusedUnread, Reported, Shows};

struct Trial {
    what: String,
    expected: Outcome,
    came: Outcome,
}

struct Row {
    case: &'static str,
    countersign: &'static str,
    trials: Vec<Trial>,
}

fn row<const N: usize>(case: &'static str, countersign: &'static str, trials: [Trial; N]) -> Row {
    Row { case, countersign, trials: trials.into() }
}

fn trial(what: impl Into<String>, expected: Outcome, came: Outcome) -> Trial {
    Trial { what: what.into(), expected, came }
}

fn outcome(verifier: &Verifier, token: &str) -> Outcome {
    match refusal(verifier, token) {
        None => Accepted,
        Some((kind, None)) => Refused(kind),
        Some((kind, Some(claim))) => RefusedOver(kind, claim),
    }
}

fn token(token: &str, expected: Outcome) -> Trial {
    trial(token.get(..200).unwrap_or(token), expected, outcome(&verifier(), token))
}

fn over(kind: ErrorKind, claim: &str) -> Outcome {
    RefusedOver(kind, claim.to_owned())
}

/// A rightly signed token of these claims.
fn payload(claims: &str, expected: Outcome) -> Trial {
    trial(claims, expected, outcome(&verifier(), &hostile(HEADER, claims)))
}

/// A rightly signed token with good claims and these members in its header, which start with a comma.
fn header(more: &str, expected: Outcome) -> Trial {
    let header = format!(r#"{{"alg":"HS256"{more}}}"#);
    trial(&header, expected, outcome(&verifier(), &hostile(&header, claims(""))))
}

fn made<T>(what: impl Into<String>, expected: Outcome, key: Result<T, Error>) -> Trial {
    trial(what, expected, key.map_or_else(|error| Refused(error.kind()), |_| Accepted))
}

/// With `exp` as it is written here.
fn exp(value: &str) -> String {
    format!(r#"{{"iss":"me","aud":"api","exp":{value}}}"#)
}

/// With `aud` and `iss` as they are written here.
fn aud_iss(aud: &str, iss: &str) -> String {
    format!(r#"{{"iss":{iss},"aud":{aud},"exp":{}}}"#, NOW + 300)
}

/// The same bytes in another spelling: bits that decoding drops are set in the last character.
fn with_trailing_bits(segment: &str, bits: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_ne!(segment.len() % 4, 0, "{segment} drops no bits");
    let (front, last) = segment.split_at(segment.len() - 1);
    let place = ALPHABET.iter().position(|&character| character == last.as_bytes()[0]).unwrap();
    assert_eq!(place % 4, 0);
    format!("{front}{}", char::from(ALPHABET[place + bits]))
}

#[test]
fn every_case_of_the_table_has_its_answer() {
    let table = [
        claims_of_the_wrong_kind(),
        headers_and_duplicates(),
        keys_and_spellings(),
        times(),
        sizes_and_secrets(),
    ];
    for row in table.iter().flatten() {
        assert!(!row.trials.is_empty());
        for Trial { what, expected, came } in &row.trials {
            assert_eq!(came, expected, "| {} | {} |\n{what}", row.case, row.countersign);
        }
    }
    assert_eq!(table.iter().flatten().count(), 25);
}

fn claims_of_the_wrong_kind() -> Vec<Row> {
    let (right, exp) = (aud_iss(r#""api""#, r#""me""#), NOW + 300);
    let aud = |value: &str| payload(&aud_iss(value, r#""me""#), over(InvalidClaim, "aud"));
    vec![
        row(
            "`aud` or `iss` absent though configured",
            "out",
            [
                payload(&right, Accepted),
                payload(&format!(r#"{{"iss":"me","exp":{exp}}}"#), over(MissingClaim, "aud")),
                payload(&format!(r#"{{"aud":"api","exp":{exp}}}"#), over(MissingClaim, "iss")),
            ],
        ),
        row(
            "`aud` a number, object, bool, null",
            "out",
            [aud("5"), aud("{}"), aud(r#"{"api":1}"#), aud("true"), aud("null"), aud("[]")],
        ),
        row(
            "`aud` `[\"api\",5]`",
            "out",
            [payload(&aud_iss(r#"["web","api"]"#, r#""me""#), Accepted), aud(r#"["api",5]"#)],
        ),
        row(
            "`iss` an array that holds the right one",
            "out",
            [payload(&aud_iss(r#""api""#, r#"["me"]"#), over(InvalidClaim, "iss"))],
        ),
    ]
}

fn headers_and_duplicates() -> Vec<Row> {
    let twice = |more: &str| payload(&claims(more), Refused(DuplicateMember));
    vec![
        row(
            "`crit: [\"x\"]`",
            "out",
            [
                header(r#","x":1"#, Accepted),
                header(r#","x":1,"crit":["x"]"#, Refused(UnsupportedHeader)),
                header(r#","crit":["x"]"#, Refused(UnsupportedHeader)),
            ],
        ),
        row(
            "`crit: []` or null",
            "out",
            [
                header(r#","crit":[]"#, Refused(UnsupportedHeader)),
                header(r#","crit":null"#, Refused(UnsupportedHeader)),
            ],
        ),
        row(
            "duplicate own claim (`role` twice)",
            "out",
            [
                payload(&claims(r#","role":"user""#), Accepted),
                twice(r#","role":"user","role":"admin""#),
                twice(r#","role":"user","role":"user""#),
                twice(r#","own":{"role":"user","role":"admin"}"#),
            ],
        ),
        row(
            "duplicate `exp`, `aud`, `iss`, `sub`",
            "out",
            [
                twice(r#","exp":9999999999"#),
                twice(r#","aud":"api""#),
                twice(r#","iss":"me""#),
                twice(r#","sub":"a","sub":"b""#),
            ],
        ),
        row(
            "duplicate `alg` or `kid` in the header",
            "out",
            [
                header(r#","alg":"HS256""#, Refused(DuplicateMember)),
                header(r#","alg":"none""#, Refused(DuplicateMember)),
                header(r#","kid":"a","kid":"a""#, Refused(DuplicateMember)),
            ],
        ),
        row(
            "duplicate unknown header member",
            "out",
            [header(r#","x":1"#, Accepted), header(r#","x":1,"x":2"#, Refused(DuplicateMember))],
        ),
    ]
}

fn keys_and_spellings() -> Vec<Row> {
    let signing = |secret: &[u8], expected| {
        made(format!("signing, {} bytes", secret.len()), expected, SigningKey::hs256(secret))
    };
    let verifying = |secret: &[u8], expected| {
        made(format!("verifying, {} bytes", secret.len()), expected, VerifyingKey::hs256(secret))
    };
    let escape_signing = |secret: &[u8], expected| {
        let key = SigningKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, secret);
        made(format!("signing by the escape hatch, {} bytes", secret.len()), expected, key)
    };
    let escape_verifying = |secret: &[u8], expected| {
        let key = VerifyingKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, secret);
        made(format!("verifying by the escape hatch, {} bytes", secret.len()), expected, key)
    };
    let too_short = Refused(SecretTooShort);

    let good = hostile(HEADER, claims(""));
    let (input, signature) = good.rsplit_once('.').unwrap();
    // 16 and 52 bytes: one more than whole groups of three, as the signature's 32 are two more.
    let (head, body) = (base64(r#"{"alg":"HS256" }"#), base64(claims(r#","a":1234"#)));
    let signed = |head: &str, body: &str| mac(SECRET, &format!("{head}.{body}"));
    let malformed = |text: &str| token(text, Refused(MalformedToken));
    vec![
        row(
            "HMAC key of 1 byte / none",
            "out, but for the named escape hatch; out",
            [
                signing(&[7; 32], Accepted),
                verifying(&[7; 32], Accepted),
                signing(&[7; 31], too_short.clone()),
                verifying(&[7; 31], too_short.clone()),
                signing(b"s", too_short.clone()),
                verifying(b"s", too_short.clone()),
                escape_signing(b"s", Accepted),
                escape_verifying(b"s", Accepted),
                signing(b"", too_short.clone()),
                verifying(b"", too_short.clone()),
                escape_signing(b"", too_short.clone()),
                escape_verifying(b"", too_short),
            ],
        ),
        row(
            "trailing bits in a base64url segment",
            "out",
            [
                token(&good, Accepted),
                malformed(&format!("{input}.{}", with_trailing_bits(signature, 1))),
                malformed(&format!("{input}.{}", with_trailing_bits(signature, 2))),
                malformed(&format!("{input}.{}", with_trailing_bits(signature, 3))),
                token(&signed(&head, &body), Accepted),
                malformed(&signed(&with_trailing_bits(&head, 1), &body)),
                malformed(&signed(&head, &with_trailing_bits(&body, 1))),
            ],
        ),
        row(
            "`=` padding",
            "out",
            [
                malformed(&format!("{good}=")),
                malformed(&signed(&format!("{head}=="), &body)),
                malformed(&signed(&head, &format!("{body}=="))),
            ],
        ),
        row(
            "newline after the token",
            "out",
            [
                malformed(&format!("{good}\n")),
                malformed(&format!("{good}\r\n")),
                malformed(&format!(" {good}")),
                malformed(&signed(&head, &format!("\n{body}"))),
                malformed(&signed(&head, &format!("{body}\n"))),
            ],
        ),
        row(
            "`b64: false` with `crit` / without",
            "out / out",
            [
                header(r#","b64":false,"crit":["b64"]"#, Refused(UnsupportedHeader)),
                header(r#","b64":false"#, Refused(UnsupportedHeader)),
            ],
        ),
    ]
}

fn times() -> Vec<Row> {
    let waived = builder().issuer("me").audience("api").without_required_expiry().build().unwrap();
    let malformed = |value: &str| payload(&exp(value), over(InvalidClaim, "exp"));
    let waived = |claims: &str, expected| {
        trial(format!("waived: {claims}"), expected, outcome(&waived, &hostile(HEADER, claims)))
    };
    let without = r#"{"iss":"me","aud":"api"}"#;
    let nbf = |value: i64| claims(&format!(r#","nbf":{value}"#));
    vec![
        row("`exp` a numeric string", "out", [malformed(&format!("\"{}\"", NOW + 300))]),
        row(
            "`exp` 1e30 / 2^63 / 1e400",
            "out",
            [malformed("1e30"), malformed("9223372036854775808"), malformed("1e400")],
        ),
        row(
            "`exp` missing",
            "out unless waived",
            [
                payload(without, over(MissingClaim, "exp")),
                waived(without, Accepted),
                waived(&exp(&NOW.to_string()), over(Expired, "exp")),
            ],
        ),
        row(
            "`nbf` in the future",
            "out",
            [payload(&nbf(NOW), Accepted), payload(&nbf(NOW + 1), over(NotYetValid, "nbf"))],
        ),
        row(
            "claims a JSON array instead of an object",
            "out",
            [payload(r#"["iss","me"]"#, Refused(InvalidJson)), payload("[]", Refused(InvalidJson))],
        ),
    ]
}

fn sizes_and_secrets() -> Vec<Row> {
    let nested = |depth: usize, expected| {
        let nested = format!(r#","x":{}1{}"#, "[".repeat(depth), "]".repeat(depth));
        header(&nested, expected)
    };
    let reported = ["\"1800000300\"", "null", "true", "[]", "{}", "-1", "1e400"].map(|value| {
        let expected = Reported(InvalidClaim, "exp".to_owned(), value.trim_matches('"').to_owned());
        trial(format!("`exp` {value}"), expected, report(&hostile(HEADER, exp(value))))
    });
    vec![
        row(
            "header nested 100,000 deep",
            "out",
            [
                nested(10, Accepted),
                nested(1_000, Refused(InvalidJson)),
                nested(100_000, Refused(TokenTooLong)),
                header(&format!(r#","x":{}"#, "[".repeat(100_000)), Refused(TokenTooLong)),
            ],
        ),
        row("malformed `exp` reported as", "what it is", reported),
        row(
            "10 MB token of junk, ms to refuse",
            "at most 0.005",
            ["A", ".", "e30.", "eyJhbGciOiJIUzI1NiJ9."].map(refused_unread),
        ),
        row("symmetric secret in Debug of a JWK", "redacted", secret_in_debug()),
        row("JWK whose `use` or `key_ops` forbids verifying", "out", forbidden_jwks()),
    ]
}

/// What the owner of the service is told of a token whose `exp` is malformed, and which could do without.
fn report(token: &str) -> Outcome {
    let waived = builder().issuer("me").audience("api").without_required_expiry().build().unwrap();
    let error = waived.verify::<Value>(token, at(NOW)).unwrap_err();
    assert_eq!(error.failures().len(), 1);
    let got = error.got().map(|got| got.expose().to_owned());
    Reported(error.kind(), error.claim().unwrap_or_default().to_owned(), got.unwrap_or_default())
}

fn refused_unread(junk: &str) -> Trial {
    let verifier = verifier();
    let token = junk.repeat(10_000_000 / junk.len());
    // The best of several, so that it does not measure the machine's other work. Ten times the time of the
    // table, which an unoptimised build needs, is a tenth of what any search through the text takes.
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        let kind = kind(&verifier, &token);
        best = best.min(start.elapsed());
        if kind != Some(TokenTooLong) {
            return trial(junk, Refused(TokenTooLong), kind.map_or(Accepted, Refused));
        }
    }
    let what = format!("{junk} repeated: {best:?}");
    trial(what, RefusedUnread(true), RefusedUnread(best < Duration::from_micros(50)))
}

/// `SECRET` as a JWK, which has it in base64url, with other members, which start with a comma.
fn secret_jwk(more: &str) -> String {
    format!(r#"{{"kty":"oct","alg":"HS256","k":"{}"{more}}}"#, base64(SECRET))
}

fn secret_in_debug() -> [Trial; 6] {
    let jwk = secret_jwk("");
    let key = SigningKey::from_jwk(&jwk).unwrap();
    let keys = KeySet::new([key.verifying_key()]).unwrap();
    // A set of public keys takes no secret, and says which key it has left out.
    let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{ED25519_X}"}},{jwk}]}}"#);
    let set = KeySet::from_jwks(&set).unwrap();
    assert_eq!(set.skipped().len(), 1);
    let bytes = format!("{SECRET:?}");
    // As text, as base64url, and as a list of bytes.
    let traces = ["0123456789abcdef".to_owned(), base64(SECRET), bytes[1..bytes.len() - 1].to_owned()];
    let shown = |what: &str, value: &dyn Debug| {
        let text = format!("{value:?} {value:#?}");
        trial(format!("{what}: {text}"), Shows(false), Shows(traces.iter().any(|trace| text.contains(trace))))
    };
    [
        shown("a key that signs", &key),
        shown("a key that verifies", &key.verifying_key()),
        shown("a set of keys", &keys),
        shown("the JWK, written", &key.to_jwk().unwrap()),
        shown("a key left out of a set", &set.skipped()),
        shown("an error", &SigningKey::from_jwk(&secret_jwk(r#","k":"AAAA""#)).unwrap_err()),
    ]
}

/// RFC 8037 appendix A.2.
const ED25519_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn forbidden_jwks() -> [Trial; 10] {
    let public = |more: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{ED25519_X}"{more}}}"#);
    let verifying =
        |jwk: String, expected: Outcome| made(jwk.clone(), expected, VerifyingKey::from_jwk(&jwk));
    let set = |more: &str, expected| {
        let set = format!(r#"{{"keys":[{}]}}"#, public(more));
        made(set.clone(), expected, KeySet::from_jwks(&set))
    };
    [
        verifying(public(r#","use":"sig","key_ops":["verify"]"#), Accepted),
        verifying(public(r#","use":"enc""#), Refused(InvalidKey)),
        verifying(public(r#","key_ops":["sign"]"#), Refused(InvalidKey)),
        verifying(public(r#","key_ops":[]"#), Refused(InvalidKey)),
        verifying(public(r#","use":"sig","key_ops":["encrypt","decrypt"]"#), Refused(InvalidKey)),
        verifying(secret_jwk(r#","use":"sig""#), Accepted),
        verifying(secret_jwk(r#","use":"enc""#), Refused(InvalidKey)),
        verifying(secret_jwk(r#","key_ops":["sign"]"#), Refused(InvalidKey)),
        set(r#","use":"sig""#, Accepted),
        set(r#","use":"enc""#, Refused(InvalidKeySet)),
    ]
}
