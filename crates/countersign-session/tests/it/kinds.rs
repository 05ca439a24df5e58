//! Every kind of credential at every kind of endpoint: only the right ones get in.

use countersign_session::{Accept, Issuance, NewApiKey};
use countersign_signed::{Signer, SigningKey};
use pollster::block_on;

use crate::support::{HMAC_SECRET, Service, URL, basic};

#[test]
fn a_credential_gets_in_only_where_its_kind_is_taken() {
    let service = Service::new();
    let pair = service.alice();
    let key = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let random = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| {
        builder.issuance(Issuance::RandomToken)
    });
    let random = random.log_in("alice", "wonderland").unwrap();
    let bearer = |token: &str| format!("Bearer {token}");
    let credentials = [
        ("signed access token", bearer(&pair.access)),
        ("random access token", bearer(random.access_token().expose())),
        ("API key", bearer(key.key.expose())),
        ("refresh token", bearer(&pair.refresh)),
        ("password", basic("alice", "wonderland")),
    ];
    let endpoints = [
        ("access tokens", Accept::access_tokens(), [true, true, false, false, false]),
        ("API keys", Accept::api_keys(), [false, false, true, false, false]),
        ("bearer", Accept::bearer(), [true, true, true, false, false]),
        ("basic", Accept::basic(), [false, false, false, false, true]),
        ("bearer or basic", Accept::bearer().or(Accept::basic()), [true, true, true, false, true]),
    ];
    for (endpoint, accept, expected) in endpoints {
        for ((name, value), expected) in credentials.iter().zip(expected) {
            let got = service.authenticate(value, accept).is_ok();
            assert_eq!(got, expected, "{name} where {endpoint} are taken");
        }
    }
    // And at the refresh endpoint, where only the refresh token is.
    for (name, value) in &credentials {
        let text = value.split_once(' ').unwrap().1;
        assert_eq!(service.refresh(text).is_ok(), *name == "refresh token", "{name}");
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
        assert!(service.bearer(&access.sign(&changed).unwrap()).is_err(), "{name}");
    }
}
