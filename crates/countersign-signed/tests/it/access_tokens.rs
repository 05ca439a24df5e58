//! The profile of OAuth 2.0 access tokens (RFC 9068), issued and verified.
use crate::common::{NOW, at, hmac_set, hostile, refusal, set};
use countersign_signed::ErrorKind::{
    ClaimsDeserialize, ClaimsSerialize, InvalidClaim, InvalidConfiguration, MissingClaim, SenderConstrained,
    UnexpectedClaim, UnexpectedType,
};
use countersign_signed::{
    AccessTokenClaims, Algorithm, ClaimFailure, ClaimsBuffer, JwksCache, Signer, SigningKey, Verifier,
    VerifierBuilder,
};
use serde_json::{Value, json};

const HEADER: &str = r#"{"typ":"at+jwt","alg":"HS256"}"#;

/// RFC 9068 section 3, figure 2.
const EXAMPLE_HEADER: &str = r#"{"typ":"at+JWT","alg":"RS256","kid":"RjEwOwOA"}"#;
const EXAMPLE: &str = r#"{
    "iss": "https://authorization-server.example.com/",
    "sub": "5ba552d67",
    "aud":   "https://rs.example.com/",
    "exp": 1639528912,
    "iat": 1618354090,
    "jti" : "dbe39bf3a3ba4238a513f51d6e1691c4",
    "client_id": "s6BhdRkqt3",
    "scope": "openid profile reademail"
}"#;

/// The least that section 2.2 demands.
fn least() -> AccessTokenClaims {
    AccessTokenClaims {
        iss: "me".to_owned(),
        exp: at(NOW + 300),
        aud: vec!["api".to_owned()],
        sub: "alice".to_owned(),
        client_id: "app".to_owned(),
        iat: at(NOW),
        jti: "j1".to_owned(),
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        scope: None,
        groups: Vec::new(),
        roles: Vec::new(),
        entitlements: Vec::new(),
    }
}

/// As JSON, by hand.
fn least_json() -> Value {
    json!({
        "iss": "me", "exp": NOW + 300, "aud": "api", "sub": "alice", "client_id": "app", "iat": NOW, "jti": "j1",
    })
}

fn profile() -> VerifierBuilder {
    Verifier::access_tokens(hmac_set(), "me", "api")
}

fn signer() -> Signer {
    Signer::new(SigningKey::hs256(crate::common::SECRET).unwrap()).token_type("at+jwt").unwrap()
}

fn read(claims: &Value) -> Result<AccessTokenClaims, countersign_signed::Error> {
    let token = hostile(HEADER, claims.to_string());
    let verified = profile().build().unwrap().verify::<AccessTokenClaims>(&token, at(NOW))?;
    Ok(verified.into_claims())
}

#[test]
fn the_example_of_the_rfc_is_taken_and_read() {
    let pem = include_str!("../fixtures/rfc7515_a2_pkcs8.pem");
    let key = SigningKey::from_pem(Algorithm::RS256, pem).unwrap().with_kid("RjEwOwOA").unwrap();
    let claims: Value = serde_json::from_str(EXAMPLE).unwrap();
    let token = Signer::new(key.clone()).token_type("at+JWT").unwrap().sign(&claims).unwrap();
    let header = crate::common::unbase64(token.split('.').next().unwrap());
    assert_eq!(String::from_utf8(header).unwrap(), EXAMPLE_HEADER);

    let (issuer, audience) = ("https://authorization-server.example.com/", "https://rs.example.com/");
    let verifier = Verifier::access_tokens(set([key.verifying_key()]), issuer, audience).build().unwrap();
    let verified = verifier.verify::<AccessTokenClaims>(&token, at(1_618_354_090)).unwrap();
    let claims = verified.claims();
    assert_eq!((claims.iss.as_str(), claims.aud.as_slice()), (issuer, [audience.to_owned()].as_slice()));
    assert_eq!((claims.exp, claims.iat), (at(1_639_528_912), at(1_618_354_090)));
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), ("5ba552d67", "s6BhdRkqt3"));
    assert_eq!(claims.jti, "dbe39bf3a3ba4238a513f51d6e1691c4");
    assert_eq!(claims.scopes().collect::<Vec<_>>(), ["openid", "profile", "reademail"]);
    assert!(verifier.verify::<Value>(&token, at(1_639_528_912)).is_err());
}

#[test]
fn each_required_claim_that_is_missing_or_null_is_refused_by_its_name() {
    let verifier = profile().build().unwrap();
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        let mut claims = least_json();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        let refused = |claims: &Value| refusal(&verifier, &hostile(HEADER, claims.to_string()));
        assert_eq!(refused(&claims), Some((MissingClaim, Some(name.to_owned()))));
        claims[name] = Value::Null;
        let kind = if name == "client_id" { MissingClaim } else { InvalidClaim };
        assert_eq!(refused(&claims), Some((kind, Some(name.to_owned()))));
        claims[name] = json!({"a": 1});
        assert_eq!(refused(&claims), Some((InvalidClaim, Some(name.to_owned()))));
    }
    assert_eq!(refusal(&verifier, &hostile(HEADER, least_json().to_string())), None);
    let error = verifier.verify::<Value>(&hostile(HEADER, "{}"), at(NOW)).unwrap_err();
    let names: Vec<_> = error.failures().iter().map(ClaimFailure::claim).collect();
    assert_eq!(names, ["iss", "aud", "exp", "client_id", "sub", "iat", "jti"]);
}

/// RFC 9449 section 7, RFC 8705 section 3.
#[test]
fn a_bound_access_token_is_refused() {
    let mut claims = least_json();
    claims["cnf"] = json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"});
    let token = hostile(HEADER, claims.to_string());
    let expected = Some((SenderConstrained, Some("cnf".to_owned())));
    assert_eq!(refusal(&profile().build().unwrap(), &token), expected);
}

/// RFC 9068 section 4, and RFC 7515 section 4.1.9 on how types compare.
#[test]
fn any_other_type_is_refused() {
    let verifier = profile().build().unwrap();
    let with = |typ: &str| {
        let header = format!(r#"{{{typ}"alg":"HS256"}}"#);
        refusal(&verifier, &hostile(header, least_json().to_string())).map(|(kind, _)| kind)
    };
    for typ in ["at+jwt", "at+JWT", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
        assert_eq!(with(&format!(r#""typ":"{typ}","#)), None, "{typ}");
    }
    for typ in ["JWT", "jwt", "", "at+jwt ", "text/at+jwt", "at", "id_token", "dpop+jwt", "logout+jwt"] {
        assert_eq!(with(&format!(r#""typ":"{typ}","#)), Some(UnexpectedType), "{typ}");
    }
    assert_eq!(with(""), Some(UnexpectedType));
}

#[test]
fn issuer_and_audience_are_as_strict_as_ever() {
    let verifier = profile().build().unwrap();
    for (name, value) in [("iss", "Me"), ("aud", "web")] {
        let mut claims = least_json();
        claims[name] = value.into();
        let refused = refusal(&verifier, &hostile(HEADER, claims.to_string()));
        assert_eq!(refused, Some((UnexpectedClaim, Some(name.to_owned()))));
    }
}

#[test]
fn nothing_of_the_profile_can_be_waived() {
    let bare = || Verifier::builder(hmac_set()).access_tokens();
    for (case, builder) in [
        ("no issuer", bare().audience("api")),
        ("no audience", bare().issuer("me")),
        ("any issuer", bare().audience("api").accept_any_issuer()),
        ("any audience", bare().issuer("me").accept_any_audience()),
        ("no end", profile().without_required_expiry()),
        ("another type", profile().token_type("JWT")),
        ("another type before", Verifier::builder(hmac_set()).token_type("JWT").access_tokens()),
        ("another issuer", profile().issuer("you")),
        ("an empty issuer", Verifier::access_tokens(hmac_set(), "", "api")),
        ("an empty audience", Verifier::access_tokens(hmac_set(), "me", "")),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), InvalidConfiguration, "{case}");
    }
    assert!(bare().issuer("me").audience("api").build().is_ok());
    let cache = JwksCache::builder("me").build().unwrap();
    assert!(cache.verifier().audience("api").access_tokens().build().is_ok());
    assert!(cache.verifier().access_tokens().build().is_err());
}

#[test]
fn the_least_is_written_without_a_member_more_and_comes_back() {
    let token = signer().sign(&least()).unwrap();
    let payload = String::from_utf8(crate::common::unbase64(token.split('.').nth(1).unwrap())).unwrap();
    let expected = r#"{"iss":"me","exp":1800000300,"aud":"api","sub":"alice","client_id":"app","iat":1800000000,"jti":"j1"}"#;
    assert_eq!(payload, expected);
    assert_eq!(read(&least_json()).unwrap(), least());
}

#[test]
fn every_member_is_written_and_comes_back() {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let all = AccessTokenClaims {
        aud: texts(&["api", "web"]),
        auth_time: Some(at(NOW - 60)),
        acr: Some("urn:mace:incommon:iap:silver".to_owned()),
        amr: texts(&["pwd", "otp"]),
        scope: Some("a b".to_owned()),
        groups: texts(&["g1"]),
        roles: texts(&["r1", "r2"]),
        entitlements: texts(&["e1"]),
        ..least()
    };
    let token = signer().sign(&all).unwrap();
    let verifier = profile().build().unwrap();
    let written: Value = verifier.verify(&token, at(NOW)).unwrap().into_claims();
    let mut expected = least_json();
    for (name, value) in [
        ("aud", json!(["api", "web"])),
        ("auth_time", json!(NOW - 60)),
        ("acr", json!("urn:mace:incommon:iap:silver")),
        ("amr", json!(["pwd", "otp"])),
        ("scope", json!("a b")),
        ("groups", json!(["g1"])),
        ("roles", json!(["r1", "r2"])),
        ("entitlements", json!(["e1"])),
    ] {
        expected[name] = value;
    }
    assert_eq!(written, expected);
    assert_eq!(verifier.verify::<AccessTokenClaims>(&token, at(NOW)).unwrap().into_claims(), all);
    let mut buffer = ClaimsBuffer::new();
    let verified = verifier.verify_in::<AccessTokenClaims>(&mut buffer, &token, at(NOW)).unwrap();
    assert_eq!(verified.claims(), &all);
}

/// RFC 7643 section 4.1.2, and its example in section 8.2, shortened.
#[test]
fn groups_roles_and_entitlements_are_read_in_the_long_form_too() {
    let group = "e9e30dba-f08f-4109-8486-d5c6a331660a";
    let long = json!([
        {"value": group, "$ref": "https://example.com/v2/Groups/e9e3", "display": "Tour Guides"},
        "short",
        {"primary": true, "value": "x", "type": {"value": "inner"}},
    ]);
    let mut claims = least_json();
    for name in ["groups", "roles", "entitlements"] {
        claims[name] = long.clone();
    }
    let access = read(&claims).unwrap();
    for values in [access.groups, access.roles, access.entitlements] {
        assert_eq!(values, [group, "short", "x"]);
    }
    for bad in [
        json!("admin"),
        json!({"value": "admin"}),
        json!([7]),
        json!([["a"]]),
        json!([{"display": "a"}]),
        json!([{"value": 7}]),
        json!([null]),
    ] {
        claims["roles"] = bad.clone();
        assert_eq!(read(&claims).unwrap_err().kind(), ClaimsDeserialize, "{bad}");
    }
}

#[test]
fn optional_members_may_be_null_and_may_not_be_of_another_type() {
    let optional = ["auth_time", "acr", "amr", "scope", "groups", "roles", "entitlements"];
    let mut claims = least_json();
    for name in optional {
        claims[name] = Value::Null;
    }
    assert_eq!(read(&claims).unwrap(), least());
    for name in optional {
        let mut claims = least_json();
        for value in [json!(true), json!({"a": 1}), json!([1])] {
            claims[name] = value;
            assert_eq!(read(&claims).unwrap_err().kind(), ClaimsDeserialize, "{claims}");
        }
    }
    for date in [json!(-1), json!(253_402_300_800_u64), json!(1e30), json!("1800000000")] {
        let mut claims = least_json();
        claims["auth_time"] = date;
        assert_eq!(read(&claims).unwrap_err().kind(), ClaimsDeserialize, "{claims}");
    }
}

#[test]
fn an_audience_is_a_string_or_some_strings_whoever_reads() {
    for (aud, expected) in [
        (json!("a"), Some(vec!["a"])),
        (json!(["a"]), Some(vec!["a"])),
        (json!(["a", "b"]), Some(vec!["a", "b"])),
        (json!([]), None),
        (json!(["a", 1]), None),
        (json!(7), None),
        (json!(null), None),
    ] {
        let mut claims = least_json();
        claims["aud"] = aud.clone();
        let read = serde_json::from_value::<AccessTokenClaims>(claims).ok();
        assert_eq!(
            read.map(|access| access.aud),
            expected.map(|aud| aud.into_iter().map(String::from).collect())
        );
    }
}

#[test]
fn dates_with_fractions_and_exponents_are_read_in_whole_seconds() {
    let text = r#"{"iss":"me","exp":1800000300.9,"aud":["api"],"sub":"alice","client_id":"app","iat":1.8e9,"jti":"j1","auth_time":1799999999.5}"#;
    let verifier = profile().build().unwrap();
    let token = hostile(HEADER, text);
    let verified = verifier.verify::<AccessTokenClaims>(&token, at(NOW)).unwrap();
    assert_eq!(verified.into_claims(), AccessTokenClaims { auth_time: Some(at(NOW - 1)), ..least() });
}

#[test]
fn what_no_verifier_would_take_is_not_signed() {
    let refused = |claims: &AccessTokenClaims| signer().sign(claims).err().map(|error| error.kind());
    assert_eq!(refused(&least()), None);
    assert_eq!(refused(&AccessTokenClaims { aud: Vec::new(), ..least() }), Some(ClaimsSerialize));
    assert_eq!(refused(&AccessTokenClaims { exp: at(-1), ..least() }), Some(ClaimsSerialize));
    assert_eq!(refused(&AccessTokenClaims { auth_time: Some(at(-1)), ..least() }), Some(ClaimsSerialize));
    assert_eq!(refused(&AccessTokenClaims { iat: at(0), ..least() }), None);
}

#[test]
fn claims_of_ones_own_stand_beside_those_of_the_profile() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Own {
        #[serde(flatten)]
        access: AccessTokenClaims,
        tenant: String,
        limit: u32,
    }
    let access = AccessTokenClaims { roles: vec!["admin".to_owned()], auth_time: Some(at(NOW)), ..least() };
    let own = Own { access, tenant: "t1".to_owned(), limit: 7 };
    let token = signer().sign(&own).unwrap();
    let verifier = profile().build().unwrap();
    assert_eq!(verifier.verify::<Own>(&token, at(NOW)).unwrap().into_claims(), own);
    // Those of the profile alone, whatever else there is.
    assert_eq!(verifier.verify::<AccessTokenClaims>(&token, at(NOW)).unwrap().into_claims(), own.access);
}

#[test]
fn scopes_are_split_at_spaces_and_compared_to_the_letter() {
    let with = |scope: Option<&str>| AccessTokenClaims { scope: scope.map(str::to_owned), ..least() };
    assert_eq!(with(None).scopes().count(), 0);
    assert_eq!(with(Some("")).scopes().count(), 0);
    let access = with(Some("orders:read  orders:write\tx "));
    assert_eq!(access.scopes().collect::<Vec<_>>(), ["orders:read", "orders:write\tx"]);
    assert!(access.has_scope("orders:read"));
    for scope in ["orders", "Orders:read", "orders:write", "", " "] {
        assert!(!access.has_scope(scope), "{scope}");
    }
}

#[test]
fn nothing_of_the_claims_is_shown() {
    assert_eq!(format!("{:?}", least()), "AccessTokenClaims { .. }");
    let mut claims = least_json();
    claims["scope"] = json!(["CANARY"]);
    let error = read(&claims).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("CANARY"));
}
