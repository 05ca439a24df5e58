//! A verifier with a memory: what it skips, and what it never skips.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use crate::common::{NOW, at, set};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_signed::engine::VerifyEngine;
use countersign_signed::{
    Algorithm, CachedVerifier, Error, ErrorKind, JwksCache, KeySet, RotatingKeySet, Signer, SigningKey,
    Verifier, VerifyingKey,
};
use serde_json::{Value, json};

/// Counts how often a signature is verified, and finds every one good.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl VerifyEngine for Counting {
    fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        self.0.fetch_add(1, SeqCst);
        true
    }
}

fn key(byte: u8) -> SigningKey {
    SigningKey::ed25519(&[byte; 32]).unwrap()
}

fn verify(verifier: &CachedVerifier<Value>, token: &str, now: i64) -> Result<Arc<Value>, ErrorKind> {
    verifier
        .verify(token, at(now), |verified| Ok::<_, Error>(verified.into_claims()))
        .map_err(|error| error.kind())
}

fn cached(keys: KeySet) -> CachedVerifier<Value> {
    CachedVerifier::new(Verifier::builder(keys).build().unwrap(), 1000)
}

#[test]
fn the_signature_of_a_token_is_verified_once() {
    let counting = Counting::default();
    let verifier = cached(set([key(1).verifying_key().with_engine(counting.clone())]));
    let token = Signer::new(key(1)).sign(&json!({"exp": NOW + 100, "n": 1})).unwrap();
    let first = verify(&verifier, &token, NOW).unwrap();
    let again = verify(&verifier.clone(), &token, NOW + 99).unwrap();
    assert_eq!((counting.0.load(SeqCst), &*first, first["n"].as_i64()), (1, &*again, Some(1)));
    assert_eq!(verifier.len(), 1);
    // Another token is another entry, though all but its signature is the same.
    let (rest, _) = token.rsplit_once('.').unwrap();
    verify(&verifier, &format!("{rest}.{}", "A".repeat(86)), NOW).unwrap();
    assert_eq!((counting.0.load(SeqCst), verifier.len()), (2, 2));
}

#[test]
fn what_keep_refuses_is_refused_each_time_and_not_kept() {
    let verifier = cached(set([key(1).verifying_key()]));
    let token = Signer::new(key(1)).sign(&json!({"exp": NOW + 100})).unwrap();
    let asked = Cell::new(0);
    for _ in 0..2 {
        let refused = verifier.verify::<Value, Option<Error>>(&token, at(NOW), |_| {
            asked.set(asked.get() + 1);
            Err(None)
        });
        assert!(refused.unwrap_err().is_none());
    }
    assert_eq!((asked.get(), verifier.len()), (2, 0));
}

#[test]
fn times_are_judged_each_time_with_the_outcome_of_a_verifier_without_memory() {
    let build = || {
        let builder = Verifier::builder(set([key(1).verifying_key()])).leeway(Duration::from_secs(3));
        builder.max_age(Duration::from_secs(60)).build().unwrap()
    };
    let (bare, cached) = (build(), CachedVerifier::new(build(), 10));
    let signer = Signer::new(key(1));
    let mut refused = 0;
    for claims in [
        json!({"exp": NOW + 10, "iat": NOW}),
        json!({"exp": NOW + 10, "nbf": NOW - 5, "iat": NOW - 9}),
        json!({"exp": NOW + 1000, "iat": NOW - 1}),
    ] {
        let token = signer.sign(&claims).unwrap();
        verify(&cached, &token, NOW).unwrap();
        for now in NOW - 100..NOW + 200 {
            let expected = bare.verify::<Value>(&token, at(now)).map(drop).map_err(|error| error.to_string());
            let got = cached
                .verify(&token, at(now), |_: countersign_signed::Verified<'_, Value>| -> Result<_, Error> {
                    panic!("it is remembered")
                })
                .map(drop)
                .map_err(|error| error.to_string());
            assert_eq!(got, expected, "{claims} at {}", now - NOW);
            refused += usize::from(got.is_err());
        }
    }
    assert!(refused > 300);
}

#[test]
fn a_replaced_set_finds_nothing_of_the_former_one() {
    let counting = Counting::default();
    let mine = key(1).verifying_key().with_engine(counting.clone());
    let keys = RotatingKeySet::new(set([mine.clone()]));
    let verifier = CachedVerifier::new(Verifier::builder(keys.clone()).build().unwrap(), 1000);
    let token = Signer::new(key(1)).sign(&json!({"exp": NOW + 100})).unwrap();
    verify(&verifier, &token, NOW).unwrap();
    // The key is still there, but the set is another: verified anew, and remembered under this one.
    keys.replace(set([mine.clone(), key(2).verifying_key()]));
    verify(&verifier, &token, NOW).unwrap();
    verify(&verifier, &token, NOW).unwrap();
    assert_eq!(counting.0.load(SeqCst), 2);
    keys.replace(set([key(2).verifying_key()]));
    assert_eq!(verify(&verifier, &token, NOW).unwrap_err(), ErrorKind::UnknownKey);
    // And not by way of an older entry when the key comes back with another's engine.
    keys.replace(set([key(1).verifying_key()]));
    verify(&verifier, &token, NOW).unwrap();
    assert_eq!(counting.0.load(SeqCst), 2);
}

#[test]
fn a_set_whose_time_is_over_finds_nothing() {
    let cache = JwksCache::builder("https://i.example").build().unwrap();
    let verifier = CachedVerifier::new(cache.verifier().build().unwrap(), 1000);
    let fetch = cache.poll(at(NOW)).unwrap();
    fetch.complete(set([key(1).verifying_key()]).to_jwks().as_bytes(), None, at(NOW)).unwrap();
    let far = 10 * 365 * 24 * 60 * 60;
    let claims = json!({"iss": "https://i.example", "exp": NOW + 2 * far});
    let token = Signer::new(key(1)).sign(&claims).unwrap();
    verify(&verifier, &token, NOW).unwrap();
    assert_eq!(verifier.len(), 1);
    // Nobody calls the cache any more.
    assert_eq!(verify(&verifier, &token, NOW + far).unwrap_err(), ErrorKind::KeysUnavailable);
}

#[test]
fn refusals_are_not_kept() {
    let verifier = cached(set([key(1).verifying_key()]));
    let signer = Signer::new(key(1));
    let token = signer.sign(&json!({"exp": NOW + 100})).unwrap();
    for bad in [
        token.replace('.', "..").as_str(),
        &Signer::new(key(2)).sign(&json!({"exp": NOW + 100})).unwrap(),
        &signer.sign(&json!({"exp": NOW})).unwrap(),
        &signer.sign(&json!({"exp": NOW + 100, "nbf": NOW + 1})).unwrap(),
        &signer.sign(&json!({"exp": NOW + 100, "aud": "b"})).unwrap(),
        &format!("{token}A"),
        "",
    ] {
        assert!(verify(&verifier, bad, NOW).is_err());
    }
    assert!(verifier.is_empty());
    // What was too early is good once its time has come.
    let early = signer.sign(&json!({"exp": NOW + 100, "nbf": NOW + 1})).unwrap();
    assert_eq!(verify(&verifier, &early, NOW).unwrap_err(), ErrorKind::NotYetValid);
    verify(&verifier, &early, NOW + 1).unwrap();
}

#[test]
fn no_other_spelling_of_a_remembered_token_is_found() {
    let verifier = cached(set([key(1).verifying_key()]));
    let token = Signer::new(key(1)).sign(&json!({"exp": NOW + 100})).unwrap();
    verify(&verifier, &token, NOW).unwrap();
    for place in 0..token.len() {
        for other in ["A", "z", ".", "=", " "] {
            let mut text = token.clone();
            text.replace_range(place..=place, other);
            assert!(text == token || verify(&verifier, &text, NOW).is_err(), "{other} at {place}");
        }
    }
    assert_eq!(verifier.len(), 1);
}

/// Tokens whose signature an engine takes that takes all.
fn numbered_token(number: usize) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"exp":{},"n":{number}}}"#, NOW + 100);
    format!("{}.{}.{}", encode(r#"{"alg":"EdDSA"}"#), encode(&claims), encode(&format!("{number:064}")))
}

fn counted(entries: usize) -> (Counting, CachedVerifier<Value>) {
    let counting = Counting::default();
    let keys = set([key(1).verifying_key().with_engine(counting.clone())]);
    (counting, CachedVerifier::new(Verifier::builder(keys).build().unwrap(), entries))
}

#[test]
fn cache_holds_about_as_many_tokens_as_configured() {
    for entries in [0, 1, 2, 3, 10, 100, 1000] {
        let (_, verifier) = counted(entries);
        for number in 0..3000 {
            verify(&verifier, &numbered_token(number), NOW).unwrap();
        }
        let (len, bound) = (verifier.len(), entries.max(2));
        // Each of the cache's parts, of at least 32 entries, rounds its share up.
        assert!(len <= bound + bound.div_ceil(32), "{len} of {entries}");
        assert!(len >= bound / 2, "{len} of {entries}");
    }
}

#[test]
fn token_in_use_stays_cached_among_many_others() {
    let (counting, verifier) = counted(100);
    for number in 0..1000 {
        verify(&verifier, &numbered_token(number), NOW).unwrap();
        verify(&verifier, &numbered_token(0), NOW).unwrap();
    }
    assert_eq!(counting.0.load(SeqCst), 1000);
}

#[test]
fn threads_share_one_cache_and_get_their_own_claims() {
    let (_, verifier) = counted(50);
    std::thread::scope(|scope| {
        for thread in 1..=4 {
            let verifier = &verifier;
            scope.spawn(move || {
                for turn in 0..500 {
                    let number = turn * thread % 70;
                    let claims = verify(verifier, &numbered_token(number), NOW).unwrap();
                    assert_eq!(claims["n"], number);
                }
            });
        }
    });
}

#[test]
fn signature_of_a_cached_token_under_other_claims_is_verified_and_evicts_nothing() {
    let verifier = cached(set([key(1).verifying_key()]));
    let signer = Signer::new(key(1));
    let token = signer.sign(&json!({"exp": NOW + 100, "role": "reader"})).unwrap();
    verify(&verifier, &token, NOW).unwrap();
    let other = signer.sign(&json!({"exp": NOW + 100, "role": "admin"})).unwrap();
    let (claims, _) = other.rsplit_once('.').unwrap();
    let (_, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{claims}.{signature}");
    assert_eq!(verify(&verifier, &forged, NOW).unwrap_err(), ErrorKind::InvalidSignature);
    assert_eq!(verifier.len(), 1);
}

#[test]
fn tokens_under_a_secret_are_not_kept() {
    let secret = SigningKey::hs256(&[1; 32]).unwrap();
    let token = Signer::new(secret.clone()).sign(&json!({"exp": NOW + 100})).unwrap();
    for keys in [set([secret.verifying_key()]), set([secret.verifying_key(), key(1).verifying_key()])] {
        let verifier = cached(keys);
        verify(&verifier, &token, NOW).unwrap();
        verify(&verifier, &token, NOW).unwrap();
        assert!(verifier.is_empty());
    }
}

#[test]
fn a_token_that_is_too_long_is_refused_before_it_is_digested() {
    let keys = set([key(1).verifying_key()]);
    let verifier = Verifier::builder(keys).max_token_length(200).build().unwrap();
    let verifier = CachedVerifier::new(verifier, 10);
    let token = Signer::new(key(1)).sign(&json!({"exp": NOW + 100, "long": "x".repeat(200)})).unwrap();
    assert_eq!(verify(&verifier, &token, NOW).unwrap_err(), ErrorKind::TokenTooLong);
}

#[test]
fn debug_shows_no_claim() {
    let verifier = cached(set([key(1).verifying_key()]));
    let token = Signer::new(key(1)).sign(&json!({"exp": NOW + 100, "n": "canary"})).unwrap();
    verify(&verifier, &token, NOW).unwrap();
    assert!(!format!("{verifier:?}").contains("canary"));
}

#[test]
fn an_owned_copy_of_the_claims_says_the_same_and_can_be_read_again() {
    let verifier =
        Verifier::builder(set([key(1).verifying_key()])).issuer("i").audience("a").build().unwrap();
    let claims =
        json!({"iss": "i", "aud": ["a", "b"], "sub": "\u{e9}\\", "exp": NOW + 100, "jti": "j", "n": [1]});
    let token = Signer::new(key(1)).sign(&claims).unwrap();
    let mut buffer = countersign_signed::ClaimsBuffer::new();
    let verified = verifier.verify_in::<Value>(&mut buffer, &token, at(NOW)).unwrap();
    let (_, registered, kid) = verified.into_parts();
    let registered = registered.into_owned();
    drop((buffer, token));
    assert_eq!(registered.aud().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(
        (registered.iss(), registered.sub(), registered.jti()),
        (Some("i"), Some("\u{e9}\\"), Some("j"))
    );
    assert_eq!(registered.read::<Value>().unwrap(), claims);
    assert_eq!(registered.read::<Vec<u8>>().unwrap_err().kind(), ErrorKind::ClaimsDeserialize);
    let key: VerifyingKey = key(1).verifying_key();
    assert_eq!(
        (kid.as_ref().map(countersign_signed::Kid::as_str), key.algorithm()),
        (key.kid(), Algorithm::EdDSA)
    );
}
