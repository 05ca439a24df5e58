//! Several issuers: each token goes to its own issuer's verifier, and no key speaks for another.
use crate::common::{HEADER, NOW, SECRET, at, base64, hmac_set, hostile, mac, set};
use countersign_signed::ErrorKind::{
    DuplicateMember, EncryptedToken, Expired, InvalidConfiguration, InvalidJson, InvalidSignature,
    JsonSerialization, KeysUnavailable, MalformedToken, TokenTooLong, UnexpectedClaim, UnknownIssuer,
    UnknownKey,
};
use countersign_signed::{
    ClaimsBuffer, ErrorKind, Issuers, JwksCache, KeySet, RotatingKeySet, Signer, SigningKey, Verifier,
    VerifierBuilder,
};
use serde_json::{Value, json};

const CANARY: &str = "CANARY-in-a-coal-mine";

fn key(byte: u8) -> SigningKey {
    SigningKey::hs256(&[byte; 32]).unwrap()
}

fn bound(key: &SigningKey, issuer: &str, audience: &str) -> Verifier {
    Verifier::builder(set([key.verifying_key()])).issuer(issuer).audience(audience).build().unwrap()
}

fn token(key: &SigningKey, iss: &str, aud: &str) -> String {
    Signer::new(key.clone()).sign(&json!({"iss": iss, "aud": aud, "exp": NOW + 300})).unwrap()
}

/// What both ways of verifying say, which must be the same.
fn kind(issuers: &Issuers, token: &str) -> Option<ErrorKind> {
    let owned = issuers.verify::<Value>(token, at(NOW)).err().map(|error| error.kind());
    let mut buffer = ClaimsBuffer::new();
    let borrowed = issuers.verify_in::<Value>(&mut buffer, token, at(NOW)).err().map(|error| error.kind());
    assert_eq!(owned, borrowed);
    owned
}

/// One issuer, `me`, whose verifier takes what `hostile` signs.
fn mine() -> Issuers {
    Issuers::new([Verifier::builder(hmac_set()).issuer("me").build().unwrap()]).unwrap()
}

#[test]
fn each_issuer_has_its_own_keys_and_audience() {
    let names = ["https://a.example", "https://b.example", "https://longer.example"];
    let keys = [key(1), key(2), key(3)];
    let audiences = ["api-a", "api-b", "api-c"];
    let issuers = Issuers::new((0..3).map(|n| bound(&keys[n], names[n], audiences[n]))).unwrap();
    for (signer, key) in keys.iter().enumerate() {
        for (named, name) in names.iter().enumerate() {
            for (meant, audience) in audiences.iter().enumerate() {
                let expected = match (signer == named, named == meant) {
                    // A key of one issuer verifies nothing that names another.
                    (false, _) => Some(InvalidSignature),
                    (true, false) => Some(UnexpectedClaim),
                    (true, true) => None,
                };
                assert_eq!(
                    kind(&issuers, &token(key, name, audience)),
                    expected,
                    "{signer} {name} {audience}"
                );
            }
        }
    }
    let token = token(&keys[1], names[1], audiences[1]);
    let verified = issuers.verify::<Value>(&token, at(NOW)).unwrap();
    assert_eq!(verified.registered().iss(), Some(names[1]));
    assert_eq!(issuers.verify::<Value>(&token, at(NOW + 300)).unwrap_err().kind(), Expired);
}

#[test]
fn a_kid_that_two_issuers_use_means_the_key_of_the_issuer_that_is_named() {
    let (ours, theirs) = (key(1).with_kid("2026").unwrap(), key(2).with_kid("2026").unwrap());
    let issuers = Issuers::new([bound(&ours, "ours", "api"), bound(&theirs, "theirs", "api")]).unwrap();
    assert_eq!(kind(&issuers, &token(&ours, "ours", "api")), None);
    assert_eq!(kind(&issuers, &token(&theirs, "theirs", "api")), None);
    assert_eq!(kind(&issuers, &token(&theirs, "ours", "api")), Some(InvalidSignature));
}

#[test]
fn an_issuer_that_is_absent_unknown_or_no_string_is_unknown_whoever_signed() {
    for iss in ["", r#","iss":"you""#, r#","iss":"Me""#, r#","iss":"me ""#, r#","iss":"""#, r#","iss":null"#]
    {
        assert_eq!(kind(&mine(), &hostile(HEADER, format!(r#"{{"exp":1{iss}}}"#))), Some(UnknownIssuer));
    }
    for iss in ["7", r#"["me"]"#, r#"{"me":"me"}"#, "true"] {
        assert_eq!(kind(&mine(), &hostile(HEADER, format!(r#"{{"iss":{iss}}}"#))), Some(UnknownIssuer));
    }
    // Nested, it is somebody else's claim.
    assert_eq!(kind(&mine(), &hostile(HEADER, r#"{"act":{"iss":"me"}}"#)), Some(UnknownIssuer));
    // Escapes are decoded before anything is compared.
    let escaped = format!(r#"{{"\u0069ss":"m\u0065","exp":{}}}"#, NOW + 9);
    assert_eq!(kind(&mine(), &hostile(HEADER, escaped)), None);
}

#[test]
fn what_no_verifier_takes_is_refused_while_choosing_too() {
    let signed = |payload: &[u8]| hostile(HEADER, payload);
    let claims = base64(r#"{"iss":"me"}"#);
    for (token, expected) in [
        (String::new(), MalformedToken),
        ("a.b".to_owned(), MalformedToken),
        (format!("e30.{claims}.e30.e30.e30"), EncryptedToken),
        (r#"{"payload":"e30"}"#.to_owned(), JsonSerialization),
        (mac(SECRET, &format!("{}.{claims}=", base64(HEADER))), MalformedToken),
        (signed(b"[]"), InvalidJson),
        (signed(b"{\"iss\":\"me\"} x"), InvalidJson),
        (signed(b"\xFF"), InvalidJson),
        (signed(br#"{"iss":"you","iss":"me"}"#), DuplicateMember),
        (signed(br#"{"iss":"me","iss":"you"}"#), DuplicateMember),
        (signed(br#"{"iss":"me","a":{"b":1,"b":2}}"#), DuplicateMember),
        (
            signed(format!(r#"{{"iss":"me","a":{}1{}}}"#, "[".repeat(32), "]".repeat(32)).as_bytes()),
            InvalidJson,
        ),
        (hostile("x".repeat(4096), r#"{"iss":"me"}"#), TokenTooLong),
        (signed(&[b' '; 16_384]), TokenTooLong),
    ] {
        assert_eq!(kind(&mine(), &token), Some(expected), "{token:.60}");
    }
}

#[test]
fn the_length_is_that_of_the_verifier_that_is_chosen() {
    let with_limit = |issuer: &str, limit: usize| {
        let builder = Verifier::builder(hmac_set()).issuer(issuer).max_token_length(limit);
        builder.build().unwrap()
    };
    let issuers = Issuers::new([with_limit("short", 200), with_limit("long", 20_000)]).unwrap();
    let token = |iss: &str, more: usize| {
        let claims = json!({"iss": iss, "exp": NOW + 300, "more": "x".repeat(more)});
        hostile(HEADER, claims.to_string())
    };
    assert_eq!(kind(&issuers, &token("short", 1)), None);
    assert_eq!(kind(&issuers, &token("short", 200)), Some(TokenTooLong));
    assert_eq!(kind(&issuers, &token("long", 10_000)), None);
    assert_eq!(kind(&issuers, &token("long", 20_000)), Some(TokenTooLong));
}

#[test]
fn fixed_rotating_and_cached_keys_stand_side_by_side() {
    let (fixed, old, new) = (key(1), key(2), key(3));
    let rotating = RotatingKeySet::new(set([old.verifying_key()]));
    // A cache takes no secrets.
    let public = |byte| SigningKey::ed25519(&[byte; 32]).unwrap().without_kid();
    let read = move |_: &str| KeySet::new([public(4).verifying_key()]);
    let cache = JwksCache::builder("cached").read_with(read).build().unwrap();
    let issuers = Issuers::new([
        cache.verifier().audience("api").build().unwrap(),
        Verifier::builder(rotating.clone()).issuer("rotating").audience("api").build().unwrap(),
        bound(&fixed, "fixed", "api"),
    ])
    .unwrap();
    assert_eq!(kind(&issuers, &token(&fixed, "fixed", "api")), None);
    assert_eq!(kind(&issuers, &token(&old, "rotating", "api")), None);
    rotating.replace(set([new.verifying_key()]));
    assert_eq!(kind(&issuers, &token(&old, "rotating", "api")), Some(InvalidSignature));
    assert_eq!(kind(&issuers, &token(&new, "rotating", "api")), None);
    assert_eq!(kind(&issuers, &token(&public(4), "cached", "api")), Some(KeysUnavailable));
    cache.poll(at(NOW)).unwrap().complete(b"", None, at(NOW)).unwrap();
    assert_eq!(kind(&issuers, &token(&public(4), "cached", "api")), None);
    assert_eq!(kind(&issuers, &token(&public(5), "cached", "api")), Some(InvalidSignature));
}

/// `iss` where a glance misses it, or sees another: the outcome is that of reading the token.
#[test]
fn an_issuer_is_found_wherever_it_stands_and_not_where_it_only_seems_to() {
    let issuers = Issuers::new([bound(&key(1), "https://a", "x"), bound(&key(2), "https://b", "x")]).unwrap();
    let padding = "y".repeat(400);
    let rest = format!(r#""aud":"x","exp":{}"#, NOW + 300);
    for payload in [
        format!(r#"{{"iss":"https://a",{rest}}}"#),
        format!(r#"{{{rest},"iss":"https://a"}}"#),
        format!(r#"{{"pad":"{padding}",{rest},"iss":"https://a"}}"#),
        format!(r#"{{"iss" : "https://a",{rest}}}"#),
        format!(r#"{{"iss":"https:\/\/a",{rest}}}"#),
        format!(r#"{{"\u0069ss":"https://a",{rest}}}"#),
        format!(r#"{{"of":{{"iss":"https://b"}},"iss":"https://a",{rest}}}"#),
        format!(r#"{{"of":[{{"iss":"https://c"}}],{rest},"iss":"https://a"}}"#),
        format!(r#"{{"says":"\"iss\":\"https://b\"","iss":"https://a",{rest}}}"#),
        format!(r#"{{"says":"\"iss\":","iss":"https://a",{rest}}}"#),
    ] {
        let sign = |secret| mac(&[secret; 32], &format!("{}.{}", base64(HEADER), base64(&payload)));
        assert_eq!(kind(&issuers, &sign(1)), None, "{payload}");
        assert_eq!(kind(&issuers, &sign(2)), Some(InvalidSignature), "{payload}");
    }
}

#[test]
fn whoever_verifies_is_asked_once_where_a_glance_finds_the_issuer() {
    let issuers = Issuers::new([bound(&key(1), "https://a", "x"), bound(&key(2), "https://b", "x")]).unwrap();
    for (signer, good) in [(1, true), (2, false)] {
        let token = token(&key(signer), "https://a", "x");
        let mut asked = Vec::new();
        let verified = issuers.verify_with(&token, |verifier| {
            asked.push(verifier.issuer().map(str::to_owned));
            verifier.verify::<Value>(&token, at(NOW))
        });
        assert_eq!((verified.is_ok(), asked), (good, vec![Some("https://a".to_owned())]));
    }
    // One that shows another issuer first is asked about twice, and ends where it belongs.
    let claims = json!({"a": {"iss": "https://b"}, "aud": "x", "exp": NOW + 300, "iss": "https://a"});
    let token = Signer::new(key(1)).sign(&claims).unwrap();
    let mut asked = Vec::new();
    let verified = issuers.verify_with(&token, |verifier| {
        asked.push(verifier.issuer().map(str::to_owned));
        verifier.verify::<Value>(&token, at(NOW))
    });
    assert_eq!(verified.unwrap().registered().iss(), Some("https://a"));
    assert_eq!(asked, ["https://b", "https://a"].map(|issuer| Some(issuer.to_owned())));
}

#[test]
fn every_one_of_many_issuers_is_found_and_nothing_between_them() {
    let name = |n: usize| "x".repeat(n % 7) + &format!("{n}");
    let keys = |n: usize| key(u8::try_from(n).unwrap());
    let issuers = Issuers::new((0..200).rev().map(|n| bound(&keys(n), &name(n), "api"))).unwrap();
    for n in 0..200 {
        assert_eq!(kind(&issuers, &token(&keys(n), &name(n), "api")), None, "{n}");
        assert_eq!(kind(&issuers, &token(&keys(n), &format!("{}!", name(n)), "api")), Some(UnknownIssuer));
    }
}

#[test]
fn an_unknown_key_of_a_known_issuer_is_not_sought_elsewhere() {
    let (ours, theirs) = (key(1).with_kid("a").unwrap(), key(2).with_kid("b").unwrap());
    let issuers = Issuers::new([bound(&ours, "ours", "api"), bound(&theirs, "theirs", "api")]).unwrap();
    assert_eq!(kind(&issuers, &token(&theirs, "ours", "api")), Some(UnknownKey));
}

#[test]
fn a_configuration_that_cannot_be_meant_is_refused() {
    let builder = || Verifier::builder(hmac_set());
    let build = |builders: Vec<VerifierBuilder>| {
        let verifiers = builders.into_iter().map(|builder| builder.build().unwrap());
        Issuers::new(verifiers).err().map(|error| error.kind())
    };
    assert_eq!(build(vec![]), Some(InvalidConfiguration));
    assert_eq!(build(vec![builder()]), Some(InvalidConfiguration));
    assert_eq!(build(vec![builder().issuer("a"), builder().accept_any_issuer()]), Some(InvalidConfiguration));
    let twice = vec![builder().issuer("a"), builder().issuer("b"), builder().issuer("a").audience("api")];
    assert_eq!(build(twice), Some(InvalidConfiguration));
    assert_eq!(build(vec![builder().issuer("a"), builder().issuer("A")]), None);
}

#[test]
fn nothing_that_is_shown_names_an_issuer_or_quotes_a_token() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let issuers = Issuers::new([bound(&key(1), CANARY, CANARY)]).unwrap();
    shared(&issuers);
    assert!(!format!("{issuers:?}").contains("CANARY"));
    let error = issuers.verify::<Value>(&token(&key(1), "CANARY", "api"), at(NOW)).unwrap_err();
    assert_eq!((error.kind(), error.failures().len()), (UnknownIssuer, 0));
    assert!(!format!("{error:?} {error}").contains("CANARY"));
    assert_eq!(error.to_string(), "no verifier is for the token's issuer");
}
