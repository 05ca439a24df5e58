//! Tokens as issuers in the field make them, from public bug reports.

use crate::common::at;
use countersign_signed::ErrorKind::{InvalidClaim, TokenTooLong};
use countersign_signed::{ErrorKind, KeySet, Oddity, UnverifiedToken, Verifier};
use serde_json::Value;

/// 2026-12-05T00:00:00Z.
const THEN: i64 = 1_796_428_800;

#[test]
fn tokens_of_the_field_have_the_outcome_that_is_wanted() {
    let keys = KeySet::from_jwks(include_str!("../fixtures/field/ok.jwks")).unwrap();
    let kind = |token: &str, longest: usize| -> Option<ErrorKind> {
        let builder = Verifier::builder(keys.clone()).issuer("https://idp.example").audience("api");
        let verifier = builder.max_header_length(longest).build().unwrap();
        verifier.verify::<Value>(token, at(THEN)).err().map(|error| error.kind())
    };
    let oddities = |token: &str| UnverifiedToken::inspect(token).unwrap().oddities().to_vec();

    let ok = include_str!("../fixtures/field/ok.jwt").trim_ascii();
    assert_eq!((kind(ok, 4096), oddities(ok)), (None, vec![]));
    let kid_null = include_str!("../fixtures/field/kidnull.jwt").trim_ascii();
    assert_eq!((kind(kid_null, 4096), oddities(kid_null)), (None, vec![Oddity::NullKid]));
    let chain = include_str!("../fixtures/field/x5c.jwt").trim_ascii();
    assert_eq!((kind(chain, 4096), kind(chain, 16_384)), (Some(TokenTooLong), None));
    assert_eq!(oddities(chain), [Oddity::LongHeader, Oddity::EmbeddedKey]);
    let number = include_str!("../fixtures/field/subnum.jwt").trim_ascii();
    let malformed = Oddity::MalformedClaim("sub".into());
    assert_eq!((kind(number, 4096), oddities(number)), (Some(InvalidClaim), vec![malformed]));
}
