//! What every signer does, whatever its header members: the default header, the longest token, and objects only.

use countersign_signed::ErrorKind::{ClaimsSerialize, InvalidConfiguration};
use countersign_signed::{Signer, SigningKey, Verifier};
use serde_json::{Value, json};

use crate::common::{SECRET, kind, set, unbase64};

#[test]
fn only_an_object_that_a_verifier_would_take_is_signed() {
    let signer = Signer::new(SigningKey::hs256(SECRET).unwrap());
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
        (SigningKey::hs256(SECRET).unwrap(), 36, 43),
        (SigningKey::ed25519(&[1; 32]).unwrap().without_kid(), 36, 86),
    ] {
        let signer = Signer::new(key.clone());
        let keys = set([key.verifying_key()]);
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
    let signer = Signer::new(SigningKey::hs256(SECRET).unwrap());
    assert!(signer.clone().max_token_length(1).is_ok());
    for length in [0, 1_048_577, usize::MAX] {
        assert_eq!(signer.clone().max_token_length(length).unwrap_err().kind(), InvalidConfiguration);
    }
}

#[test]
fn the_header_is_typ_alg_kid_and_the_type_can_be_chosen() {
    let header = |signer: &Signer| {
        let token = signer.sign(&json!({})).unwrap();
        String::from_utf8(unbase64(token.split('.').next().unwrap())).unwrap()
    };
    let key = SigningKey::hs256(SECRET).unwrap();
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
