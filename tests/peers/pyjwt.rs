//! PyJWT: what it signs verifies here, and the reverse, in every algorithm that both have.

use countersign::signed::{Algorithm, KeyFormat, KeySet, Signer, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::python::ask;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example",
        "sub": "alice",
        "aud": "https://api.example",
        "exp": 2_000_000_000,
        "iat": 1_700_000_000,
        "name": "Ævar \u{1f512}",
    })
}

fn verify(key: VerifyingKey, token: &str) -> Value {
    let verifier = Verifier::builder(KeySet::new([key.without_kid()]).unwrap())
        .issuer("https://issuer.example")
        .audience("https://api.example")
        .build()
        .unwrap();
    verifier.verify(token, datetime!(2026-11-01 12:00 UTC)).unwrap().into_claims()
}

/// What PyJWT signs with keys of its own making: `[token, verifying key]`.
const SIGN: &str = r#"
import json, sys, jwt
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
ask = json.loads(sys.argv[1])
alg = ask["alg"]
if alg == "HS256":
    key, public = ask["secret"], ask["secret"]
else:
    key = ed25519.Ed25519PrivateKey.generate() if alg == "EdDSA" else rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()
print(json.dumps([jwt.encode(ask["claims"], key, alg), public]))
"#;

/// What PyJWT reads from a token that was signed here.
const VERIFY: &str = r#"
import json, sys, jwt
ask = json.loads(sys.argv[1])
options = {"require": ["exp", "iat", "iss", "aud", "sub"]}
print(json.dumps(jwt.decode(ask["token"], ask["key"], [ask["alg"]], options,
                            audience="https://api.example", issuer="https://issuer.example")))
"#;

/// A private key of Python's making, in PKCS#8.
const RSA_KEY: &str = r#"
import json
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
print(json.dumps(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()))
"#;

fn signed_there(alg: &str) -> (String, String) {
    let answer = ask(SIGN, &json!({ "alg": alg, "secret": SECRET, "claims": claims() }));
    (answer[0].as_str().unwrap().to_owned(), answer[1].as_str().unwrap().to_owned())
}

fn verified_there(alg: &str, key: &str, token: &str) -> Value {
    ask(VERIFY, &json!({ "alg": alg, "key": key, "token": token }))
}

#[test]
fn hs256_goes_both_ways() {
    let (token, _) = signed_there("HS256");
    assert_eq!(verify(VerifyingKey::hs256(SECRET.as_bytes()).unwrap(), &token), claims());
    let token = Signer::new(SigningKey::hs256(SECRET.as_bytes()).unwrap()).sign(&claims()).unwrap();
    assert_eq!(verified_there("HS256", SECRET, &token), claims());
}

#[test]
fn eddsa_goes_both_ways() {
    let (token, public) = signed_there("EdDSA");
    assert_eq!(verify(VerifyingKey::from_pem(Algorithm::EdDSA, &public).unwrap(), &token), claims());
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let public = key.verifying_key().to_pem(KeyFormat::Spki).unwrap();
    let token = Signer::new(key).sign(&claims()).unwrap();
    assert_eq!(verified_there("EdDSA", &public, &token), claims());
}

#[test]
fn rs256_goes_both_ways() {
    let (token, public) = signed_there("RS256");
    assert_eq!(verify(VerifyingKey::from_pem(Algorithm::RS256, &public).unwrap(), &token), claims());
    let pem = ask(RSA_KEY, &Value::Null);
    let key = SigningKey::from_pem(Algorithm::RS256, pem.as_str().unwrap()).unwrap();
    let public = key.verifying_key().to_pem(KeyFormat::Spki).unwrap();
    let token = Signer::new(key).sign(&claims()).unwrap();
    assert_eq!(verified_there("RS256", &public, &token), claims());
}

#[test]
fn what_was_signed_there_under_another_key_is_refused_here() {
    let (token, _) = signed_there("HS256");
    let other = VerifyingKey::hs256(b"another secret of thirty-two bytes").unwrap();
    let verifier = Verifier::builder(KeySet::new([other]).unwrap())
        .issuer("https://issuer.example")
        .audience("https://api.example")
        .build()
        .unwrap();
    assert!(verifier.verify::<Value>(&token, datetime!(2026-11-01 12:00 UTC)).is_err());
}
