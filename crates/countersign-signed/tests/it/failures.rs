//! What a failed check tells the owner of the service: the claim, what was wanted, what came.

use std::time::Duration;

use crate::common::{HEADER, NOW, at, builder, hostile, verifier};
use countersign_signed::ErrorKind::{
    Expired, InvalidClaim, IssuedInFuture, IssuedTooEarly, LifetimeTooLong, MissingClaim, NotYetValid,
    TooOld, UnexpectedClaim, UnexpectedType,
};
use countersign_signed::{ErrorKind, Redacted, Verifier, VerifierBuilder};
use serde_json::Value;

/// A verifier, claims, and what fails of them: claim, kind, expected, got.
type Case =
    (VerifierBuilder, &'static str, &'static str, ErrorKind, Option<&'static str>, Option<&'static str>);
type Failure = (String, ErrorKind, Option<String>, Option<String>);

/// Everything that fails now.
fn failures(verifier: &Verifier, token: &str) -> Vec<Failure> {
    let error = verifier.verify::<Value>(token, at(NOW)).unwrap_err();
    let exposed = |text: Option<&Redacted>| text.map(|text| text.expose().to_owned());
    let failures = error.failures().iter();
    failures.map(|f| (f.claim().to_owned(), f.kind(), exposed(f.expected()), exposed(f.got()))).collect()
}

fn failure(claim: &str, kind: ErrorKind, expected: Option<&str>, got: Option<&str>) -> Failure {
    (claim.to_owned(), kind, expected.map(str::to_owned), got.map(str::to_owned))
}

/// NOW is 1800000000.
#[test]
fn each_check_says_what_it_wanted_and_what_came() {
    let seconds = Duration::from_secs;
    let bare = || builder().without_required_expiry();
    let lenient = || bare().leeway(seconds(5));
    let form = "seconds since 1970, up to 253402300799";
    let cases: [Case; 30] = [
        (bare().issuer("me"), r#"{"iss":"you"}"#, "iss", UnexpectedClaim, Some("me"), Some("you")),
        (bare().issuer("me"), "{}", "iss", MissingClaim, Some("me"), None),
        (bare().issuer("me"), r#"{"iss":["me"]}"#, "iss", InvalidClaim, Some("a string"), Some("[\"me\"]")),
        (bare(), r#"{"iss":"you"}"#, "iss", UnexpectedClaim, None, Some("you")),
        (
            bare().audience("a").audience("b"),
            r#"{"aud":["c","d"]}"#,
            "aud",
            UnexpectedClaim,
            Some("a b"),
            Some("c d"),
        ),
        (bare().audience("a"), "{}", "aud", MissingClaim, Some("a"), None),
        (
            bare().audience("a"),
            r#"{"aud":[]}"#,
            "aud",
            InvalidClaim,
            Some("a string, or strings"),
            Some("[]"),
        ),
        (bare(), r#"{"aud":"a"}"#, "aud", UnexpectedClaim, None, Some("a")),
        (bare().subject("alice"), r#"{"sub":"bob"}"#, "sub", UnexpectedClaim, Some("alice"), Some("bob")),
        (bare().subject("alice"), "{}", "sub", MissingClaim, Some("alice"), None),
        (bare().subject("alice"), r#"{"sub":7}"#, "sub", InvalidClaim, Some("a string"), Some("7")),
        (bare(), r#"{"jti":7}"#, "jti", InvalidClaim, Some("a string"), Some("7")),
        (bare().token_type("at+jwt"), "{}", "typ", UnexpectedType, Some("at+jwt"), Some("JWT")),
        (builder(), r#"{"exp":1800000000}"#, "exp", Expired, Some("after 1800000000"), Some("1800000000")),
        (
            builder(),
            r#"{"exp":1799999999.9}"#,
            "exp",
            Expired,
            Some("after 1800000000"),
            Some("1799999999.9"),
        ),
        (lenient(), r#"{"exp":1799999995}"#, "exp", Expired, Some("after 1799999995"), Some("1799999995")),
        (builder(), "{}", "exp", MissingClaim, Some("after 1800000000"), None),
        (bare(), r#"{"exp":"soon"}"#, "exp", InvalidClaim, Some(form), Some("soon")),
        (bare(), r#"{"exp":1e30}"#, "exp", InvalidClaim, Some(form), Some("1e30")),
        (
            bare(),
            r#"{"nbf":1800000000.1}"#,
            "nbf",
            NotYetValid,
            Some("not after 1800000000"),
            Some("1800000000.1"),
        ),
        (
            lenient(),
            r#"{"nbf":1800000006}"#,
            "nbf",
            NotYetValid,
            Some("not after 1800000005"),
            Some("1800000006"),
        ),
        (bare(), r#"{"nbf":null}"#, "nbf", InvalidClaim, Some(form), Some("null")),
        (
            bare().iat_leeway(seconds(2)),
            r#"{"iat":1800000002.5}"#,
            "iat",
            IssuedInFuture,
            Some("not after 1800000002"),
            Some("1800000002.5"),
        ),
        (
            lenient().max_age(seconds(60)),
            r#"{"iat":1799999934.9}"#,
            "iat",
            TooOld,
            Some("not before 1799999935"),
            Some("1799999934.9"),
        ),
        (bare().max_age(seconds(60)), "{}", "iat", MissingClaim, Some("not after 1800000000"), None),
        (
            bare().not_issued_before(at(NOW - 9)),
            r#"{"iat":1799999990.5}"#,
            "iat",
            IssuedTooEarly,
            Some("not before 1799999991"),
            Some("1799999990.5"),
        ),
        (bare().not_issued_before(at(NOW)), "{}", "iat", MissingClaim, Some("not after 1800000000"), None),
        (
            builder().max_lifetime(seconds(300)),
            r#"{"iat":1800000000,"exp":1800000301}"#,
            "exp",
            LifetimeTooLong,
            Some("at most 300 after iat"),
            Some("301 after iat"),
        ),
        (bare().require_claim("role"), "{}", "role", MissingClaim, None, None),
        (bare().require_claim("role"), r#"{"role":null}"#, "role", MissingClaim, None, None),
    ];
    for (builder, claims, claim, kind, expected, got) in cases {
        let found = failures(&builder.build().unwrap(), &hostile(HEADER, claims));
        assert_eq!(found, [failure(claim, kind, expected, got)], "{claims}");
    }
}

#[test]
fn all_failures_are_reported_together_and_in_order() {
    let verifier = builder().issuer("me").audience("api").subject("alice").require_claim("role");
    let header = r#"{"typ":"at+jwt","cty":"JWT","alg":"HS256"}"#;
    let token = hostile(header, r#"{"iss":"you","aud":["web"],"exp":1800000000,"nbf":"soon","jti":4}"#);
    let verifier = verifier.build().unwrap();
    assert_eq!(
        failures(&verifier, &token),
        [
            failure("typ", UnexpectedType, Some("JWT"), Some("at+jwt")),
            failure("cty", UnexpectedType, None, Some("JWT")),
            failure("nbf", InvalidClaim, Some("seconds since 1970, up to 253402300799"), Some("soon")),
            failure("jti", InvalidClaim, Some("a string"), Some("4")),
            failure("iss", UnexpectedClaim, Some("me"), Some("you")),
            failure("aud", UnexpectedClaim, Some("api"), Some("web")),
            failure("sub", MissingClaim, Some("alice"), None),
            failure("exp", Expired, Some("after 1800000000"), Some("1800000000")),
            failure("role", MissingClaim, None, None),
        ]
    );
    let error = verifier.verify::<Value>(&token, at(NOW)).unwrap_err();
    assert_eq!((error.kind(), error.claim()), (UnexpectedType, Some("typ")));
    assert_eq!(error.expected().map(Redacted::expose), Some("JWT"));
    assert_eq!(error.got().map(Redacted::expose), Some("at+jwt"));
}

#[test]
fn a_malformed_claim_is_reported_once_and_not_as_missing_too() {
    let token = hostile(HEADER, r#"{"iss":7,"aud":{},"exp":"soon"}"#);
    let error = verifier().verify::<Value>(&token, at(NOW)).unwrap_err();
    let found: Vec<_> = error.failures().iter().map(|failure| (failure.claim(), failure.kind())).collect();
    assert_eq!(found, [("iss", InvalidClaim), ("aud", InvalidClaim), ("exp", InvalidClaim)]);
}

#[test]
fn nothing_is_told_of_claims_whose_signature_is_wrong() {
    let token = crate::common::mac(
        &[0; 32],
        &format!("{}.{}", crate::common::base64(HEADER), crate::common::base64("{}")),
    );
    let error = verifier().verify::<Value>(&token, at(NOW)).unwrap_err();
    assert_eq!((error.kind(), error.failures().len()), (ErrorKind::InvalidSignature, 0));
}
