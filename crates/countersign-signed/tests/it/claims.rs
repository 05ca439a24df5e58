//! The checks on the header and on claims, at their edges. `times.rs` has those on times.

use std::time::Duration;

use crate::common::{HEADER, NOW, at, builder, claims, hmac_set, hostile, kind, refusal, verifier};
use countersign_signed::ErrorKind::{
    ClaimsDeserialize, InvalidClaim, InvalidConfiguration, MissingClaim, SenderConstrained, UnexpectedClaim,
    UnexpectedType,
};
use countersign_signed::{
    CachedVerifier, Error, Issuers, Redacted, Signer, SigningKey, Verifier, VerifierBuilder,
};
use serde_json::{Value, json};

fn demanding() -> VerifierBuilder {
    builder().issuer("me").audience("api")
}

#[test]
fn bound_token_is_refused_with_a_kind_of_its_own_however_it_is_verified() {
    let bound = |cnf: &str| hostile(HEADER, claims(&format!(r#","cnf":{cnf}"#)));
    let refused = Some((SenderConstrained, Some("cnf".to_owned())));
    for cnf in [r#"{"jkt":"x"}"#, r#"{"x5t#S256":"x"}"#, "{}", "null", "7", "[]"] {
        let token = bound(cnf);
        assert_eq!(refusal(&verifier(), &token), refused, "{cnf}");
        assert_eq!(kind(&demanding().dangerously_accept_bound_tokens().build().unwrap(), &token), None);
        let issuers = Issuers::new([verifier()]).unwrap();
        assert_eq!(issuers.verify::<Value>(&token, at(NOW)).unwrap_err().kind(), SenderConstrained);
        let cached = CachedVerifier::new(verifier(), 9);
        for _ in 0..2 {
            let kept = cached.verify::<Value, Error>(&token, at(NOW), |verified| Ok(verified.into_claims()));
            assert_eq!(kept.unwrap_err().kind(), SenderConstrained);
        }
    }
    // Whatever its spelling; and not where it is a claim of somebody else.
    let token = hostile(HEADER, claims(r#","\u0063nf":{}"#));
    assert_eq!(refusal(&verifier(), &token), refused);
    assert_eq!(kind(&verifier(), &hostile(HEADER, claims(r#","act":{"cnf":{}}"#))), None);
    // An authorization server may sign them for others.
    let signed = Signer::new(SigningKey::hs256(crate::common::SECRET).unwrap())
        .sign(&json!({"iss": "me", "aud": "api", "exp": NOW + 9, "cnf": {"jkt": "x"}}))
        .unwrap();
    assert_eq!(refusal(&verifier(), &signed), refused);
}

#[test]
fn one_verifier_takes_several_types() {
    let token = |typ: &str| hostile(format!(r#"{{{typ}"alg":"HS256"}}"#), claims(""));
    let both = demanding().token_types(["JWT", "at+jwt"]).build().unwrap();
    for typ in [r#""typ":"JWT","#, r#""typ":"jwt","#, r#""typ":"AT+JWT","#, r#""typ":"application/at+jwt","#]
    {
        assert_eq!(kind(&both, &token(typ)), None, "{typ}");
    }
    for typ in ["", r#""typ":"dpop+jwt","#, r#""typ":"logout+jwt","#, r#""typ":"","#] {
        assert_eq!(refusal(&both, &token(typ)), Some((UnexpectedType, Some("typ".to_owned()))), "{typ}");
    }
    let error = both.verify::<Value>(&token(r#""typ":"x","#), at(NOW)).unwrap_err();
    assert_eq!(error.expected().map(Redacted::expose), Some("JWT at+jwt"));
    for builder in [
        demanding().token_types([]),
        demanding().token_types(["JWT", ""]),
        demanding().token_types(["JWT"]).token_type("at+jwt"),
        demanding().token_type("at+jwt").token_types(["JWT"]),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), InvalidConfiguration);
    }
}

#[test]
fn issuer_and_subject_match_to_the_letter() {
    let verifier = demanding().subject("alice").build().unwrap();
    let with = |more: &str| refusal(&verifier, &hostile(HEADER, claims(more)));
    assert_eq!(with(r#","sub":"alice""#), None);
    assert_eq!(with(r#","sub":"\u0061lice""#), None);
    for sub in ["Alice", "alice ", "", "alic", "alice\\u0000"] {
        assert_eq!(
            with(&format!(r#","sub":"{sub}""#)),
            Some((UnexpectedClaim, Some("sub".to_owned()))),
            "{sub}"
        );
    }
    assert_eq!(with(""), Some((MissingClaim, Some("sub".to_owned()))));
    assert_eq!(with(r#","sub":7"#), Some((InvalidClaim, Some("sub".to_owned()))));
    let token = hostile(HEADER, claims("").replace("\"me\"", "\"Me\""));
    assert_eq!(refusal(&crate::common::verifier(), &token), Some((UnexpectedClaim, Some("iss".to_owned()))));
}

#[test]
fn any_of_the_audiences_will_do_and_an_unasked_one_will_not() {
    let token = |aud: &str| hostile(HEADER, format!(r#"{{"exp":{},"aud":{aud}}}"#, NOW + 9));
    let two = builder().audience("a").audience("b").build().unwrap();
    for aud in [r#""a""#, r#""b""#, r#"["x","b"]"#] {
        assert_eq!(kind(&two, &token(aud)), None, "{aud}");
    }
    for aud in [r#""c""#, r#"["A"]"#, r#""a b""#, r#""a ""#] {
        assert_eq!(kind(&two, &token(aud)), Some(UnexpectedClaim), "{aud}");
    }
    // RFC 7519 section 4.1.3: a verifier that does not name itself is in no audience.
    let nobody = builder().build().unwrap();
    assert_eq!(kind(&nobody, &token(r#""a""#)), Some(UnexpectedClaim));
    assert_eq!(kind(&nobody, &hostile(HEADER, format!(r#"{{"exp":{}}}"#, NOW + 9))), None);
    let anybody = builder().accept_any_audience().build().unwrap();
    assert_eq!(kind(&anybody, &token(r#""a""#)), None);
    assert_eq!(kind(&anybody, &token("5")), Some(InvalidClaim));
    for verifier in [&two, &nobody, &anybody] {
        assert_eq!(refusal(verifier, &token("[]")), Some((InvalidClaim, Some("aud".to_owned()))));
    }
}

#[test]
fn an_issuer_that_nobody_asked_for_is_refused_unless_any_is_taken() {
    let token = |iss: &str| hostile(HEADER, format!(r#"{{"exp":{}{iss}}}"#, NOW + 9));
    let nobody = builder().build().unwrap();
    for iss in ["me", ""] {
        let token = token(&format!(r#","iss":"{iss}""#));
        let error = nobody.verify::<Value>(&token, at(NOW)).unwrap_err();
        assert_eq!((error.kind(), error.claim()), (UnexpectedClaim, Some("iss")));
        assert_eq!(error.got().map(Redacted::expose), Some(iss));
        assert!(error.expected().is_none());
    }
    assert_eq!(kind(&nobody, &token("")), None);
    let anybody = builder().accept_any_issuer().build().unwrap();
    assert_eq!(kind(&anybody, &token(r#","iss":"me""#)), None);
    assert_eq!(kind(&anybody, &token("")), None);
    assert_eq!(kind(&anybody, &token(r#","iss":5"#)), Some(InvalidClaim));
    assert_eq!(kind(&anybody, &token(r#","iss":"me","aud":"api""#)), Some(UnexpectedClaim));
}

#[test]
fn the_type_is_jwt_or_absent_unless_another_is_expected() {
    let token = |typ: &str| hostile(format!(r#"{{{typ}"alg":"HS256"}}"#), claims(""));
    let plain = demanding().build().unwrap();
    for typ in ["", r#""typ":"JWT","#, r#""typ":"jwt","#, r#""typ":"application/jwt","#] {
        assert_eq!(kind(&plain, &token(typ)), None, "{typ}");
    }
    for typ in [r#""typ":"at+jwt","#, r#""typ":"","#, r#""typ":"text/jwt","#] {
        assert_eq!(kind(&plain, &token(typ)), Some(UnexpectedType), "{typ}");
    }
    let access = demanding().token_type("at+jwt").build().unwrap();
    for typ in [r#""typ":"at+jwt","#, r#""typ":"AT+JWT","#, r#""typ":"application/at+jwt","#] {
        assert_eq!(kind(&access, &token(typ)), None, "{typ}");
    }
    for typ in ["", r#""typ":"JWT","#, r#""typ":"dpop+jwt","#] {
        assert_eq!(refusal(&access, &token(typ)), Some((UnexpectedType, Some("typ".to_owned()))), "{typ}");
    }
}

/// RFC 7519 section 5.2.
#[test]
fn a_content_type_is_for_nested_tokens_and_is_refused() {
    let cty = || Some("cty".to_owned());
    for value in ["JWT", "jwt", "json", ""] {
        let token = hostile(json!({"typ": "JWT", "cty": value, "alg": "HS256"}).to_string(), claims(""));
        assert_eq!(refusal(&verifier(), &token), Some((UnexpectedType, cty())), "{value}");
        let access = demanding().token_type("at+jwt").build().unwrap();
        let token = hostile(json!({"typ": "at+jwt", "cty": value, "alg": "HS256"}).to_string(), claims(""));
        let error = access.verify::<Value>(&token, at(NOW)).unwrap_err();
        assert_eq!((error.kind(), error.claim()), (UnexpectedType, Some("cty")));
        assert_eq!(error.got().map(Redacted::expose), Some(value));
    }
}

#[test]
fn a_required_claim_is_there_and_not_null() {
    let verifier = demanding().require_claim("role").require_claim("jti").build().unwrap();
    let with = |more: &str| refusal(&verifier, &hostile(HEADER, claims(more)));
    assert_eq!(with(r#","role":false,"jti":"x""#), None);
    assert_eq!(with(r#","r\u006fle":0,"jti":"x""#), None);
    assert_eq!(with(r#","role":null,"jti":"x""#), Some((MissingClaim, Some("role".to_owned()))));
    assert_eq!(with(r#","x":{"role":1},"jti":"x""#), Some((MissingClaim, Some("role".to_owned()))));
    assert_eq!(with(r#","role":1"#), Some((MissingClaim, Some("jti".to_owned()))));
}

#[test]
fn the_registered_claims_are_handed_out() {
    let more = format!(r#","sub":"s\n","jti":"j","iat":{NOW}.5,"nbf":{}.5"#, NOW - 2);
    let token = hostile(HEADER, claims(&more).replace("\"api\"", r#"["api","web"]"#));
    let lenient = demanding().leeway(Duration::from_secs(1)).build().unwrap();
    let verified = lenient.verify::<Value>(&token, at(NOW)).unwrap();
    let registered = verified.registered();
    assert_eq!((registered.iss(), registered.sub(), registered.jti()), (Some("me"), Some("s\n"), Some("j")));
    assert_eq!(registered.aud().collect::<Vec<_>>(), ["api", "web"]);
    let half = time::Duration::milliseconds(500);
    assert_eq!(registered.exp(), Some(at(NOW + 300)));
    assert_eq!((registered.nbf(), registered.iat()), (Some(at(NOW - 2) + half), Some(at(NOW) + half)));
    let bare = builder().without_required_expiry().build().unwrap();
    let nothing = hostile(HEADER, "{}");
    let nothing = bare.verify::<Value>(&nothing, at(NOW)).unwrap();
    assert_eq!((nothing.registered().iss(), nothing.registered().aud().count()), (None, 0));
}

#[test]
fn the_kid_is_that_of_the_key_even_where_the_header_names_none() {
    let key = SigningKey::hs256(crate::common::SECRET).unwrap().with_kid("k").unwrap();
    let verifier = Verifier::builder(crate::common::set([key.verifying_key()]))
        .issuer("me")
        .audience("api")
        .build()
        .unwrap();
    let token = hostile(HEADER, claims(""));
    assert_eq!(verifier.verify::<Value>(&token, at(NOW)).unwrap().kid(), Some("k"));
}

#[test]
fn claims_that_the_type_does_not_take_are_an_error_of_their_own() {
    #[derive(Debug, serde::Deserialize)]
    struct Own {
        #[serde(rename = "role")]
        _role: u8,
    }
    let token = hostile(HEADER, claims(r#","role":"canary""#));
    let error = verifier().verify::<Own>(&token, at(NOW)).unwrap_err();
    assert_eq!((error.kind(), error.claim()), (ClaimsDeserialize, None));
    assert!(error.detail().unwrap().expose().contains("canary"));
}

#[test]
fn a_type_without_registered_claims_takes_every_form_that_they_may_have() {
    #[derive(Debug, serde::Deserialize)]
    struct Own {
        role: String,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Narrow {
        #[serde(rename = "exp")]
        _exp: i64,
    }
    let payload = format!(r#"{{"iss":"me","aud":["api"],"exp":{NOW}.5,"role":"reader"}}"#);
    let token = hostile(HEADER, payload);
    let verified = verifier().verify::<Own>(&token, at(NOW - 1)).unwrap();
    let exp = at(NOW) + time::Duration::milliseconds(500);
    assert_eq!((verified.claims().role.as_str(), verified.registered().exp()), ("reader", Some(exp)));
    assert_eq!(verifier().verify::<Narrow>(&token, at(NOW - 1)).unwrap_err().kind(), ClaimsDeserialize);
}

#[test]
fn a_configuration_that_cannot_be_meant_is_refused() {
    for (case, builder) in [
        ("empty issuer", builder().issuer("")),
        ("two issuers", builder().issuer("a").issuer("b")),
        ("empty audience", builder().audience("a").audience("")),
        ("empty subject", builder().subject("")),
        ("two subjects", builder().subject("a").subject("b")),
        ("empty type", builder().token_type("")),
        ("two types", builder().token_type("a").token_type("b")),
        ("any audience and one", builder().accept_any_audience().audience("a")),
        ("any issuer and one", builder().accept_any_issuer().issuer("a")),
        ("a leeway beyond an hour", builder().leeway(Duration::new(3600, 1))),
        ("such a leeway for iat", builder().iat_leeway(Duration::new(3600, 1))),
        ("such a leeway for nbf", builder().nbf_leeway(Duration::new(3600, 1))),
        ("a lifetime without end", builder().without_required_expiry().max_lifetime(Duration::from_secs(1))),
        ("no length", builder().max_token_length(0)),
        ("any length", builder().max_token_length(usize::MAX)),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), InvalidConfiguration, "{case}");
    }
    assert!(Verifier::builder(hmac_set()).build().is_ok());
    let hour = Duration::from_secs(3600);
    assert!(builder().leeway(hour).iat_leeway(hour).build().is_ok());
}
