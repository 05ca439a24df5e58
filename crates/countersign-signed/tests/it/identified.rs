//! A token that names its issuer and subject yields them as plain values; any other yields none.

use countersign_signed::TokenName;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::common::{HEADER, NOW, at, builder, hostile};

fn names(payload: &str) -> Option<(String, String, String)> {
    let verifier = builder().accept_any_issuer().build().unwrap();
    let token = hostile(HEADER, payload);
    let verified = verifier.verify::<Value>(&token, at(NOW)).unwrap();
    let input = Sha256::digest(verified.signing_input());
    let (_, names, _) = verified.into_identified()?;
    let name = match names.token_name() {
        TokenName::Jti(jti) => format!("jti {jti}"),
        TokenName::SigningInput(digest) if digest[..] == input[..] => "signing input".to_owned(),
        TokenName::SigningInput(_) => "another signing input".to_owned(),
    };
    Some((names.iss().to_owned(), names.sub().to_owned(), name))
}

fn named(iss: &str, sub: &str, name: &str) -> Option<(String, String, String)> {
    Some((iss.to_owned(), sub.to_owned(), name.to_owned()))
}

#[test]
fn names_are_those_of_the_claims_however_they_are_spelled() {
    for (claims, expected) in [
        (r#""iss":"i","sub":"alice","jti":"7""#, named("i", "alice", "jti 7")),
        (r#""iss":"","sub":"","jti":"""#, named("", "", "jti ")),
        (r#""iss":"i","sub":"alice""#, named("i", "alice", "signing input")),
        (r#""iss":"i","sub":"\u0061lice","jti":"7""#, named("i", "alice", "jti 7")),
        (r#""iss":"\u0069","sub":"a","jti":"\u0037""#, named("i", "a", "jti 7")),
        (r#""sub":"alice","jti":"7""#, None),
        (r#""iss":"i","jti":"7""#, None),
        (r#""jti":"\u0037""#, None),
    ] {
        assert_eq!(names(&format!(r#"{{"exp":1800000300,{claims}}}"#)), expected, "{claims}");
    }
}

#[test]
fn debug_shows_no_name() {
    let verifier = builder().accept_any_issuer().build().unwrap();
    let token = hostile(HEADER, r#"{"iss":"canary","sub":"canary","jti":"canary","exp":1800000300}"#);
    let (_, names, _) = verifier.verify::<Value>(&token, at(NOW)).unwrap().into_identified().unwrap();
    let text = format!("{names:?} {:?}", names.token_name());
    assert!(!text.contains("canary"), "{text}");
}
