//! A canary secret is fed through every type and every error, and never comes out of Debug or Display.

use std::error::Error as _;
use std::fmt::Debug;

use crate::common::{HEADER, NOW, at, builder, hostile, set};
use countersign_signed::{
    Algorithm, Error, ErrorKind, KeyFormat, KeySet, Signer, SigningKey, Verifier, VerifyingKey, jws,
};
use serde_json::{Value, json};

const CANARY: &str = "CANARY-in-a-coal-mine-0123456789";
/// What a byte array derived with `Debug` would show of it.
const CANARY_BYTES: &str = "67, 65, 78, 65, 82, 89";

fn silent(shown: &str) {
    for trace in [CANARY, CANARY_BYTES, "CANARY", &crate::common::base64(CANARY)] {
        assert!(!shown.contains(trace), "{shown}");
    }
}

fn silent_debug(value: &impl Debug) {
    silent(&format!("{value:?}"));
    silent(&format!("{value:#?}"));
}

/// The error and everything behind it.
fn silent_error(error: &Error) {
    silent_debug(error);
    silent(&error.to_string());
    let mut source = error.source();
    while let Some(error) = source {
        silent(&error.to_string());
        silent(&format!("{error:?}"));
        source = error.source();
    }
    for failure in error.failures() {
        silent_debug(failure);
    }
    silent_debug(&error.detail());
    silent_debug(&error.expected());
    silent_debug(&error.got());
}

/// A key of each kind whose private part is the canary. RSA has none that could be chosen.
fn canaries() -> Vec<SigningKey> {
    let long = CANARY.repeat(2);
    let table = [
        (Algorithm::HS256, CANARY.as_bytes()),
        (Algorithm::HS384, &long.as_bytes()[..48]),
        (Algorithm::HS512, long.as_bytes()),
        (Algorithm::ES256, CANARY.as_bytes()),
        (Algorithm::ES384, &long.as_bytes()[..48]),
        (Algorithm::ES256K, CANARY.as_bytes()),
        (Algorithm::EdDSA, CANARY.as_bytes()),
        (Algorithm::MLDSA44, CANARY.as_bytes()),
    ];
    let made = table.map(|(algorithm, private)| SigningKey::from_bytes(algorithm, private));
    let left_out = |error: &Error| error.kind() == ErrorKind::UnsupportedAlgorithm;
    made.into_iter().filter(|key| !key.as_ref().is_err_and(left_out)).map(Result::unwrap).collect()
}

#[test]
fn keys_show_their_algorithm_and_kid_only() {
    for key in canaries() {
        let key = key.with_kid("k1").unwrap();
        silent_debug(&key);
        silent_debug(&key.verifying_key());
        silent_debug(&Signer::new(key.clone()));
        let keys = KeySet::new([key.verifying_key()]).unwrap();
        silent_debug(&keys);
        silent(&keys.to_jwks());
        silent_debug(&Verifier::builder(keys.clone()).issuer(CANARY));
        silent_debug(&Verifier::builder(keys).issuer(CANARY).audience(CANARY).build().unwrap());
        assert!(format!("{key:?}").contains("k1"));
        assert!(format!("{key:?}").contains(&format!("{:?}", key.algorithm())));
        // What is exported holds the canary, and is itself silent.
        assert!(key.to_bytes().unwrap().expose().starts_with(CANARY.as_bytes()));
        silent_debug(&key.to_bytes());
        assert!(key.to_jwk().unwrap().expose().contains(&crate::common::base64(CANARY)[..42]));
        silent_debug(&key.to_jwk());
        for format in [KeyFormat::Pkcs8, KeyFormat::Sec1, KeyFormat::Pkcs1, KeyFormat::Spki] {
            silent_debug(&key.to_der(format));
            silent_debug(&key.to_pem(format));
        }
    }
    let exported = SigningKey::ed25519(CANARY.as_bytes().try_into().unwrap()).unwrap();
    let exported = exported.to_pem(KeyFormat::Pkcs8).unwrap();
    let body = exported.expose().lines().nth(1).unwrap();
    assert!(!format!("{exported:?}").contains(body));
    let rsa =
        SigningKey::from_pem(Algorithm::RS256, include_str!("../fixtures/rfc7515_a2_pkcs8.pem")).unwrap();
    assert_eq!(
        format!("{rsa:?}"),
        r#"SigningKey { algorithm: RS256, kid: Some("IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"), .. }"#
    );
}

#[test]
fn errors_of_jwks_show_no_value() {
    let public = SigningKey::generate(Algorithm::ES256).unwrap().verifying_key().to_jwk().unwrap();
    let private = SigningKey::generate(Algorithm::ES256).unwrap().to_jwk().unwrap().expose().to_owned();
    let canary = crate::common::base64(CANARY);
    for name in ["kty", "crv", "alg", "use", "kid", "x", "y", "d", "k", "key_ops"] {
        for value in
            [json!(CANARY), json!(canary), json!([CANARY]), json!({CANARY: CANARY}), json!(CANARY.repeat(9))]
        {
            for text in [&public, &private] {
                let mut key: Value = serde_json::from_str(text).unwrap();
                key[name] = value.clone();
                let text = key.to_string();
                for error in [SigningKey::from_jwk(&text).err(), VerifyingKey::from_jwk(&text).err()] {
                    error.iter().for_each(silent_error);
                }
                let keys = json!({"keys": [key, serde_json::from_str::<Value>(&public).unwrap()]});
                match KeySet::from_jwks(&keys.to_string()) {
                    Ok(keys) => {
                        let shown: Vec<String> =
                            keys.skipped().iter().map(|key| format!("{key:?}")).collect();
                        shown.iter().for_each(|shown| silent(shown));
                        keys.skipped().iter().for_each(|key| silent_error(key.error()));
                    }
                    Err(error) => silent_error(&error),
                }
            }
        }
    }
    silent_error(&SigningKey::from_jwk(CANARY).unwrap_err());
    silent_error(&KeySet::from_jwks(CANARY).unwrap_err());
    let twice = format!(r#"{{"{CANARY}":1,"{CANARY}":2}}"#);
    silent_error(&SigningKey::from_jwk(&twice).unwrap_err());
    silent_error(&KeySet::from_jwks(&twice).unwrap_err());
}

#[test]
fn verified_tokens_show_no_claim() {
    let payload = format!(
        r#"{{"iss":"{CANARY}","sub":"{CANARY}","aud":["{CANARY}"],"jti":"{CANARY}","exp":{},"own":"{CANARY}"}}"#,
        NOW + 9
    );
    let token = hostile(HEADER, payload);
    let verifier = builder().issuer(CANARY).audience(CANARY).build().unwrap();
    let verified = verifier.verify::<Value>(&token, at(NOW)).unwrap();
    silent_debug(&verified);
    silent_debug(verified.registered());
    assert!(!format!("{verified:?}").contains(&(NOW + 9).to_string()));
    silent_debug(&jws::verify(&crate::common::hmac_set(), &token).unwrap());
}

#[test]
fn errors_of_tokens_show_neither_what_came_nor_what_was_expected() {
    let strict =
        builder().issuer("me").audience(CANARY).subject(CANARY).token_type("CANARY+jwt").build().unwrap();
    let exp = NOW + 9;
    let header = r#"{"typ":"CANARY","alg":"HS256"}"#;
    for token in [
        CANARY.to_owned(),
        format!("{CANARY}.{CANARY}.{CANARY}"),
        hostile(CANARY, CANARY),
        hostile(format!(r#"{{"alg":"{CANARY}"}}"#), "{}"),
        hostile(format!(r#"{{"alg":"HS256","kid":"{CANARY}"}}"#), "{}"),
        hostile(format!(r#"{{"alg":"HS256","crit":["{CANARY}"]}}"#), "{}"),
        hostile(HEADER, CANARY),
        hostile(HEADER, format!(r#"{{"{CANARY}":1,"{CANARY}":2}}"#)),
        hostile(header, format!(r#"{{"iss":"{CANARY}","sub":"{CANARY}x","aud":"{CANARY}x","exp":{exp}}}"#)),
        hostile(header, format!(r#"{{"iss":["{CANARY}"],"exp":"{CANARY}","aud":{{"{CANARY}":1}}}}"#)),
    ] {
        silent_error(&strict.verify::<Value>(&token, at(NOW)).unwrap_err());
    }

    #[derive(Debug, serde::Deserialize)]
    struct Own {
        #[serde(rename = "own")]
        _own: u8,
    }
    let token = hostile(HEADER, format!(r#"{{"exp":{exp},"own":"{CANARY}"}}"#));
    silent_error(&builder().build().unwrap().verify::<Own>(&token, at(NOW)).unwrap_err());
}

#[test]
fn errors_of_keys_and_signing_show_nothing_of_the_input() {
    let pem = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    for text in [
        CANARY.to_owned(),
        pem(CANARY, "AAAA"),
        pem("PRIVATE KEY", CANARY),
        pem("PRIVATE KEY", &crate::common::base64(CANARY)),
        pem("PUBLIC KEY", &crate::common::base64(CANARY)),
        include_str!("../fixtures/rsa_1024_pkcs8.pem").to_owned(),
    ] {
        for &algorithm in Algorithm::ALL {
            silent_error(&SigningKey::from_pem(algorithm, &text).unwrap_err());
            silent_error(&VerifyingKey::from_pem(algorithm, &text).unwrap_err());
            silent_error(&SigningKey::from_der(algorithm, text.as_bytes()).unwrap_err());
            silent_error(&VerifyingKey::from_der(algorithm, text.as_bytes()).unwrap_err());
            let wrong = &CANARY.as_bytes()[1..];
            SigningKey::from_bytes(algorithm, wrong).err().iter().for_each(silent_error);
            VerifyingKey::from_bytes(algorithm, wrong).err().iter().for_each(silent_error);
        }
    }
    silent_error(&SigningKey::hs256(&CANARY.as_bytes()[..31]).unwrap_err());
    silent_error(&SigningKey::hs256(format!("ssh-rsa {CANARY}").as_bytes()).unwrap_err());
    let key = SigningKey::hs256(CANARY.as_bytes()).unwrap();
    silent_error(&key.clone().with_kid(&CANARY.repeat(9)).unwrap_err());
    silent_error(&key.to_pem(KeyFormat::Pkcs8).unwrap_err());
    silent_error(&key.verifying_key().to_pem(KeyFormat::Spki).unwrap_err());
    silent_error(&KeySet::new([key.verifying_key(), key.verifying_key()]).unwrap_err());
    silent_error(&Signer::new(key.clone()).sign(CANARY).unwrap_err());
    silent_error(&Signer::new(key.clone()).token_type(&CANARY.repeat(9)).unwrap_err());
    silent_error(
        &Verifier::builder(set([key.verifying_key()])).issuer(CANARY).issuer(CANARY).build().unwrap_err(),
    );

    struct Failing;
    impl serde::Serialize for Failing {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom(CANARY))
        }
    }
    let error = Signer::new(key).sign(&Failing).unwrap_err();
    silent_error(&error);
    assert!(error.detail().unwrap().expose().contains(CANARY));
}
