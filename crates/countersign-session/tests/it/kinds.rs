//! Every kind of credential at every kind of endpoint: only the right ones get in.

use std::time::Duration;

use countersign_session::{AuthMethods, AuthenticatorBuilder, LoginTokens, NewApiKey};
use countersign_signed::{KeySet, Signer, SigningKey, Verifier};
use pollster::block_on;

use crate::support::{HMAC_SECRET, Service, URL, basic};

const PARTNER: &str = "https://partner.example";

fn partner_key() -> SigningKey {
    SigningKey::ed25519(&[9; 32]).unwrap()
}

/// A service that accepts another issuer, too.
fn with_partner() -> Service {
    let keys = KeySet::new([partner_key().verifying_key()]).unwrap();
    let verifier = Verifier::builder(keys).issuer(PARTNER).audience(URL).build().unwrap();
    Service::with(|builder| builder.trust_issuer(verifier))
}

fn external_token() -> String {
    let claims = serde_json::json!({
        "iss": PARTNER, "sub": "alice", "aud": URL, "exp": crate::support::START.unix_timestamp() + 60,
    });
    Signer::new(partner_key()).sign(&claims).unwrap()
}

/// Every kind of credential, each good for something: name, scheme and text.
fn credentials(service: &Service) -> Vec<(&'static str, &'static str, String)> {
    let pair = service.alice();
    let key = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let other = |login_tokens| {
        let change = |builder: AuthenticatorBuilder| builder.login_tokens(login_tokens);
        let service = Service::over(service.revocations.clone(), service.tokens.clone(), change);
        service.log_in("alice", "wonderland").unwrap().access_token().expose().to_owned()
    };
    let password = basic("alice", "wonderland");
    vec![
        ("signed access token", "Bearer", pair.access),
        ("signed access token without session", "Bearer", other(LoginTokens::Signed)),
        ("random access token", "Bearer", other(LoginTokens::Random)),
        ("API key", "Bearer", key.key.expose().to_owned()),
        ("refresh token", "Bearer", pair.refresh),
        ("external token", "Bearer", external_token()),
        ("password", "Basic", password.split_once(' ').unwrap().1.to_owned()),
    ]
}

const ACCESS: [&str; 3] =
    ["signed access token", "signed access token without session", "random access token"];

#[test]
fn a_credential_gets_in_only_where_its_kind_is_taken() {
    let service = with_partner();
    let access = [&ACCESS[..], &["external token"]].concat();
    let bearer = [&access[..], &["API key"]].concat();
    let endpoints = [
        ("access tokens", AuthMethods::access_tokens(), access.clone()),
        ("access tokens of ours", AuthMethods::access_tokens().first_party_only(), ACCESS.to_vec()),
        ("bearer of ours", AuthMethods::bearer().first_party_only(), [&ACCESS[..], &["API key"]].concat()),
        ("API keys", AuthMethods::api_keys(), vec!["API key"]),
        ("bearer", AuthMethods::bearer(), bearer.clone()),
        ("basic", AuthMethods::basic(), vec!["password"]),
        (
            "access tokens or basic",
            AuthMethods::access_tokens().or(AuthMethods::basic()),
            [&access[..], &["password"]].concat(),
        ),
        ("API keys or basic", AuthMethods::api_keys().or(AuthMethods::basic()), vec!["API key", "password"]),
        (
            "bearer or basic",
            AuthMethods::bearer().or(AuthMethods::basic()),
            [&bearer[..], &["password"]].concat(),
        ),
    ];
    let credentials = credentials(&service);
    for (endpoint, accept, taken) in endpoints {
        for (name, scheme, text) in &credentials {
            let got = service.authenticate(&format!("{scheme} {text}"), accept);
            assert_eq!(got.is_ok(), taken.contains(name), "{name} where {endpoint} are taken: {got:?}");
            // Under the other scheme it is nothing, and neither is it as a password.
            let other = if *scheme == "Basic" { "Bearer" } else { "Basic" };
            assert!(service.authenticate(&format!("{other} {text}"), accept).is_err(), "{name} as {other}");
            let password = basic("alice", text);
            assert!(service.authenticate(&password, accept).is_err(), "{name} as a password at {endpoint}");
            // Without a scheme, where the token comes by another way than the header.
            let bare = block_on(service.authenticator.authenticate_token(text, accept));
            assert_eq!(
                bare.is_ok(),
                taken.contains(name) && *scheme == "Bearer",
                "{name} bare at {endpoint}"
            );
        }
    }
}

#[test]
fn the_token_endpoint_takes_a_password_alone() {
    let service = with_partner();
    for (name, scheme, text) in credentials(&service) {
        let log_in = |value: String| block_on(service.authenticator.log_in([value.as_bytes()]));
        assert_eq!(log_in(format!("{scheme} {text}")).is_ok(), name == "password", "{name}");
        assert!(log_in(basic("alice", &text)).is_err(), "{name} as a password");
        assert!(log_in(basic(&text, "wonderland")).is_err(), "{name} as a user name");
        assert!(log_in(format!("Basic {text}")).is_ok() == (name == "password"), "{name} as Basic");
    }
}

#[test]
fn the_refresh_endpoint_takes_a_refresh_token_alone() {
    for login_tokens in [LoginTokens::AccessAndRefresh, LoginTokens::Signed, LoginTokens::Random] {
        let pairs = Service::new();
        let service = Service::over(pairs.revocations.clone(), pairs.tokens.clone(), |builder| {
            builder.login_tokens(login_tokens)
        });
        for (name, _, text) in credentials(&pairs) {
            let taken = name == "refresh token" && login_tokens == LoginTokens::AccessAndRefresh;
            assert_eq!(service.refresh(&text).is_ok(), taken, "{name} under {login_tokens:?}");
            // Nor with the start that a refresh token has.
            if let Some(body) = text.strip_prefix("acme_key_").or(text.strip_prefix("acme_access_")) {
                assert!(service.refresh(&format!("acme_refresh_{body}")).is_err(), "{name}");
            }
        }
    }
}

/// Followed by its CRC-32 (IEEE 802.3) in six digits of base62: anybody can compute it, for any prefix.
fn with_checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 * (crc & 1));
        }
    }
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digit = |power: u32| char::from(digits[(!crc / 62_u32.pow(power) % 62) as usize]);
    text.chars().chain([5, 4, 3, 2, 1, 0].map(digit)).collect()
}

#[test]
fn a_random_token_of_one_kind_does_not_pass_for_another_by_its_prefix() {
    let service = Service::new();
    let random = credentials(&service).into_iter().filter_map(|(name, _, text)| {
        text.strip_prefix("acme_").map(|text| (name, text.split_once('_').unwrap().1.to_owned()))
    });
    let random: Vec<_> = random.collect();
    assert_eq!(random.len(), 3);
    for (name, body) in random {
        for kind in ["key", "access", "refresh"] {
            let text = with_checksum(&format!("acme_{kind}_{}", &body[..body.len() - 6]));
            let own = matches!((name, kind), ("API key", "key") | ("random access token", "access"));
            assert_eq!(service.bearer(&text).is_ok(), own, "{name} as {kind}");
        }
    }
}

#[test]
fn another_token_under_the_same_key_is_no_access_token() {
    let service = Service::new();
    let signer = Signer::new(SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap());
    let now = crate::support::START.unix_timestamp();
    let claims = serde_json::json!({
        "iss": URL, "sub": "alice", "aud": URL, "exp": now + 60, "iat": now, "jti": "x", "generation": 0,
    });
    let plain = signer.sign(&claims).unwrap();
    assert!(service.bearer(&plain).is_err(), "its type is JWT, not at+jwt");
    let access = signer.clone().token_type("at+jwt").unwrap();
    service.bearer(&access.sign(&claims).unwrap()).unwrap();
    for (name, value) in [
        ("iss", serde_json::json!("https://other.example")),
        ("aud", serde_json::json!("https://other.example")),
        ("exp", serde_json::json!(now + 601)),
        ("generation", serde_json::Value::Null),
        ("jti", serde_json::Value::Null),
        ("sub", serde_json::Value::Null),
    ] {
        let mut changed = claims.clone();
        changed[name] = value;
        // A signer refuses to sign `null` for a registered claim, so such a claim is left out.
        changed.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert!(service.bearer(&access.sign(&changed).unwrap()).is_err(), "{name}");
    }
}

#[test]
fn a_principal_knows_the_end_of_what_was_shown() {
    let service = with_partner();
    let new = NewApiKey { lifetime: Some(Duration::from_secs(90)), ..NewApiKey::default() };
    let key = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    let mut credentials = credentials(&service);
    credentials.push(("API key of 90 seconds", "Bearer", key.key.expose().to_owned()));
    for (name, scheme, text) in credentials.iter().filter(|(name, ..)| *name != "refresh token") {
        let accept = AuthMethods::bearer().or(AuthMethods::basic());
        let principal = service.authenticate(&format!("{scheme} {text}"), accept).unwrap();
        let seconds = principal.expires_at().map(|end| (end - crate::support::START).whole_seconds());
        let expected = match *name {
            "API key" | "password" => None,
            "API key of 90 seconds" => Some(90),
            "external token" => Some(60),
            _ => Some(600),
        };
        assert_eq!(seconds, expected, "{name}");
    }
}
