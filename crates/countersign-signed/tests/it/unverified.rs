//! Reading a token without verifying it: as strict as a verifier, and silent.
use std::borrow::Cow;

use crate::common::{HEADER, NOW, SECRET, at, base64, builder, hostile, mac};
use countersign_signed::ErrorKind::{
    ClaimsDeserialize, DuplicateMember, EncryptedToken, InvalidHeader, InvalidJson, JsonSerialization,
    MalformedToken, TokenTooLong, UnsupportedAlgorithm, UnsupportedHeader,
};
use countersign_signed::{Algorithm, ErrorKind, Issuers, Oddity, Part, UnverifiedToken};
use proptest::prelude::*;
use serde_json::{Value, json};

const CANARY: &str = "CANARY-in-a-coal-mine";

fn kind(token: &str) -> Option<ErrorKind> {
    UnverifiedToken::parse(token).err().map(|error| error.kind())
}

/// RFC 7515 appendix A.1, whose signature nobody looks at here; and with another one.
#[test]
fn the_header_and_the_claims_are_read_whoever_signed() {
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                 eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                 dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let forged = token.replace("dBjft", "aaaaa");
    for token in [token, &forged] {
        let read = UnverifiedToken::parse(token).unwrap();
        assert_eq!(read.unverified_alg(), Algorithm::HS256);
        assert_eq!((read.unverified_typ(), read.unverified_kid()), (Some("JWT"), None));
        assert_eq!(read.unverified_iss(), Some("joe"));
        let claims: Value = read.unverified_claims().unwrap();
        assert_eq!(claims, json!({"iss": "joe", "exp": 1_300_819_380, "http://example.com/is_root": true}));
    }
}

#[test]
fn texts_are_decoded_and_claims_may_be_borrowed() {
    #[derive(serde::Deserialize)]
    struct Own<'a> {
        role: &'a str,
        #[serde(borrow)]
        name: Cow<'a, str>,
    }
    let header = r#"{"alg":"EdDSA","kid":"k\u002d1","typ":"at\u002bjwt"}"#;
    let token = hostile(header, r#"{"iss":"m\u0065","role":"reader","name":"a\nb"}"#);
    let read = UnverifiedToken::parse(&token).unwrap();
    assert_eq!(read.unverified_alg(), Algorithm::EdDSA);
    assert_eq!((read.unverified_kid(), read.unverified_typ()), (Some("k-1"), Some("at+jwt")));
    assert_eq!(read.unverified_iss(), Some("me"));
    let own: Own<'_> = read.unverified_claims().unwrap();
    assert_eq!((own.role, own.name.as_ref()), ("reader", "a\nb"));
}

#[test]
fn an_issuer_that_is_no_string_is_none() {
    for claims in ["{}", r#"{"iss":7}"#, r#"{"iss":["me"]}"#, r#"{"iss":null}"#, r#"{"a":{"iss":"me"}}"#] {
        let read = UnverifiedToken::parse(&hostile(HEADER, claims)).unwrap();
        assert_eq!(read.unverified_iss(), None, "{claims}");
    }
}

#[test]
fn it_is_as_strict_as_a_verifier() {
    let claims = base64("{}");
    let header = base64(HEADER);
    for (token, expected) in [
        (String::new(), MalformedToken),
        ("a.b".to_owned(), MalformedToken),
        ("....".to_owned(), EncryptedToken),
        (r#" {"payload":"e30"}"#.to_owned(), JsonSerialization),
        (hostile("{}", "{}"), InvalidHeader),
        (hostile(r#"{"alg":"HS256","kid":""}"#, "{}"), InvalidHeader),
        (hostile(json!({"alg": "HS256", "kid": "k".repeat(257)}).to_string(), "{}"), InvalidHeader),
        (hostile(r#"{"alg":"HS256","crit":["exp"]}"#, "{}"), UnsupportedHeader),
        (hostile(r#"{"alg":"HS256","b64":false}"#, "{}"), UnsupportedHeader),
        (hostile(r#"{"alg":"none"}"#, "{}"), UnsupportedAlgorithm),
        (hostile(r#"{"alg":"HS256","alg":"HS256"}"#, "{}"), DuplicateMember),
        (hostile("[]", "{}"), InvalidJson),
        (hostile(HEADER, "[]"), InvalidJson),
        (hostile(HEADER, "{} {}"), InvalidJson),
        (hostile(HEADER, b"\xFF"), InvalidJson),
        (hostile(HEADER, r#"{"a":{"b":1,"\u0062":2}}"#), DuplicateMember),
        (hostile(HEADER, format!(r#"{{"a":{}{}}}"#, "[".repeat(32), "]".repeat(32))), InvalidJson),
        (mac(SECRET, &format!("{header}=.{claims}")), MalformedToken),
        (mac(SECRET, &format!("{header}.{claims}=")), MalformedToken),
        (format!("{header}.{claims}.AAA="), MalformedToken),
        // Trailing bits.
        (format!("{header}.{claims}.AB"), MalformedToken),
        (format!("{header}.{claims}.AA\n"), MalformedToken),
        (hostile("x".repeat(4096), "{}"), TokenTooLong),
        ("a".repeat(16_385), TokenTooLong),
    ] {
        assert_eq!(kind(&token), Some(expected), "{token:.60}");
    }
}

#[test]
fn the_length_can_be_chosen() {
    let token = hostile(HEADER, json!({"more": "x".repeat(20_000)}).to_string());
    assert_eq!(kind(&token), Some(TokenTooLong));
    assert!(UnverifiedToken::parse_up_to(&token, token.len()).is_ok());
    let short = UnverifiedToken::parse_up_to(&token, token.len() - 1).unwrap_err();
    assert_eq!(short.kind(), TokenTooLong);
}

#[test]
fn nothing_of_the_token_is_shown() {
    let header = json!({"alg": "HS256", "kid": CANARY, "typ": CANARY}).to_string();
    let claims = json!({"iss": CANARY, "own": CANARY}).to_string();
    let read = UnverifiedToken::parse(&hostile(header, claims)).unwrap();
    assert_eq!(format!("{read:?}"), "UnverifiedToken { unverified_alg: HS256, .. }");

    #[derive(Debug, serde::Deserialize)]
    struct Own {
        #[serde(rename = "own")]
        _own: u8,
    }
    let error = read.unverified_claims::<Own>().unwrap_err();
    assert_eq!((error.kind(), error.failures().len()), (ClaimsDeserialize, 0));
    assert!(error.detail().unwrap().expose().contains(CANARY));
    assert!(!format!("{error:?} {error}").contains("CANARY"));
}

#[test]
fn a_token_that_was_cut_is_refused_or_reads_as_the_whole_one() {
    let token = hostile(HEADER, r#"{"iss":"me"}"#);
    let signature = token.rfind('.').unwrap();
    for cut in 0..token.len() {
        let read = UnverifiedToken::parse(&token[..cut]);
        // A signature that was cut where its text stays canonical is wrong, which is not for here to say.
        assert!(cut > signature || read.is_err(), "{cut}");
        assert!(read.is_ok_and(|read| read.unverified_iss() == Some("me")) || kind(&token[..cut]).is_some());
    }
    for cut in 1..token.len() {
        assert!(kind(&token[cut..]).is_some(), "{cut}");
    }
}

#[test]
fn inspect_shows_a_token_of_three_parts_and_lists_its_oddities() {
    use Oddity::*;
    let (header, claims) = (base64(HEADER), base64("{}"));
    let long = json!({"alg": "HS256", "x5c": ["x".repeat(5000)]}).to_string();
    for (token, oddities) in [
        (hostile(HEADER, r#"{"sub":"alice"}"#), vec![]),
        (format!("{}.{claims}.", base64(r#"{"alg":"none"}"#)), vec![Unsigned, NoSignature]),
        (format!("{}.{claims}.AA", base64(r#"{"alg":"nOnE"}"#)), vec![Unsigned]),
        (hostile(r#"{"alg":"HS1"}"#, "{}"), vec![UnknownAlgorithm]),
        (hostile("{}", "{}"), vec![NoAlgorithm]),
        (hostile(r#"{"alg":"HS256","kid":null}"#, "{}"), vec![NullKid]),
        (hostile(r#"{"alg":"HS256","kid":7,"typ":7}"#, "{}"), vec![InvalidKid, InvalidType]),
        (hostile(r#"{"alg":"HS256","cty":"JWT","crit":["b64"]}"#, "{}"), vec![ContentType, Extension]),
        (hostile(r#"{"alg":"HS256","jwk":{}}"#, "{}"), vec![EmbeddedKey]),
        (hostile(&long, "{}"), vec![LongHeader, EmbeddedKey]),
        (hostile(HEADER, json!({"a": "x".repeat(20_000)}).to_string()), vec![LongToken]),
        (format!("{header}=.{claims}.AA=="), vec![Respelled(Part::Header), Respelled(Part::Signature)]),
        (format!("{header}.{claims}.AB"), vec![Respelled(Part::Signature)]),
        (format!("{header}\n.{claims} .AA"), vec![Respelled(Part::Header), Respelled(Part::Claims)]),
        (format!("{header}.{claims}.A+/A"), vec![Respelled(Part::Signature)]),
        (format!("{header}.!.AA"), vec![NotBase64(Part::Claims), NotAnObject(Part::Claims)]),
        (hostile(HEADER, "[]"), vec![NotAnObject(Part::Claims)]),
        (hostile(HEADER, b"\xFF"), vec![NotUtf8(Part::Claims), NotAnObject(Part::Claims)]),
        (hostile(r#"{"alg":"HS256","alg":"none"}"#, "{}"), vec![DuplicateMember(Part::Header)]),
        (hostile(HEADER, r#"{"$serde_json::private::Number":"1"}"#), vec![ReservedMember(Part::Claims)]),
        (
            hostile(HEADER, r#"{"sub":7,"exp":"1","cnf":{"jkt":"x"}}"#),
            vec![MalformedClaim("sub".into()), MalformedClaim("exp".into()), SenderConstrained],
        ),
    ] {
        let shown = UnverifiedToken::inspect(&token).unwrap();
        assert_eq!(shown.oddities(), oddities, "{token:.80}");
        assert!(shown.oddities().iter().all(|oddity| !oddity.to_string().is_empty()));
    }
    let padded = format!("{header}=.{}.AA", base64(r#"{"iss":"me"}"#));
    let shown = UnverifiedToken::inspect(&padded).unwrap();
    assert_eq!((shown.unverified_header(), shown.unverified_claims()), (HEADER, r#"{"iss":"me"}"#));
    for (token, kind) in [("", MalformedToken), ("a.b", MalformedToken), ("a.b.c.d.e", EncryptedToken)] {
        assert_eq!(UnverifiedToken::inspect(token).unwrap_err().kind(), kind);
    }
    let canary = UnverifiedToken::inspect(&hostile(CANARY, CANARY)).unwrap();
    assert!(!format!("{canary:?}").contains("CANARY"));
}

/// Pieces of headers and claims, which reach further into the readers than random text does.
fn object() -> impl Strategy<Value = String> {
    let pieces = vec![
        r#""alg":"HS256""#,
        r#""alg":"none""#,
        r#""\u0061lg":"HS256""#,
        r#""typ":"JWT""#,
        r#""typ":7"#,
        r#""kid":"k""#,
        r#""crit":[]"#,
        r#""iss":"me""#,
        r#""\u0069ss":"m\u0065""#,
        r#""iss":["me"]"#,
        r#""iss":"you""#,
        r#""exp":1800000300"#,
        r#""a":{"b":1}"#,
        r#""a":{"b":1,"b":2}"#,
        "x",
        "",
    ];
    let members = prop::collection::vec(prop::sample::select(pieces), 0..5);
    members.prop_map(|members| format!("{{{}}}", members.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_a_verifier_takes_is_read_and_several_issuers_take_what_one_does(
        header in prop_oneof![Just(HEADER.to_owned()), object()],
        payload in prop_oneof![Just(r#"{"iss":"me","exp":1800000300}"#.to_owned()), object()],
    ) {
        let token = hostile(header, payload);
        let verifier = builder().issuer("me").build().unwrap();
        let issuers = Issuers::new([verifier.clone(), builder().issuer("you").build().unwrap()]).unwrap();
        let read = UnverifiedToken::parse(&token);
        let alone = verifier.verify::<Value>(&token, at(NOW));
        let among = issuers.verify::<Value>(&token, at(NOW));
        if UnverifiedToken::inspect(&token).unwrap().oddities().is_empty() {
            // What a verifier refuses, whatever its policy, is an oddity.
            prop_assert!(read.is_ok());
        }
        if let Ok(alone) = &alone {
            let read = read.unwrap();
            prop_assert_eq!(read.unverified_iss(), alone.registered().iss());
            prop_assert_eq!(&read.unverified_claims::<Value>().unwrap(), alone.claims());
            prop_assert_eq!(among.unwrap().into_claims(), alone.claims().clone());
        } else if let Ok(among) = among {
            // Then it is the other one's.
            prop_assert_eq!(among.registered().iss(), Some("you"));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text: String, header: Vec<u8>, payload: Vec<u8>) {
        prop_assert!(UnverifiedToken::parse(&text).is_err());
        let _ = UnverifiedToken::parse(&hostile(&header, &payload));
        let _ = UnverifiedToken::parse(&hostile(HEADER, &payload));
    }
}
