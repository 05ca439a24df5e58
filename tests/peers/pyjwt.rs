//! PyJWT: what it signs verifies here, and the reverse, in every algorithm that both have.

use countersign::signed::{Algorithm, KeyFormat, KeySet, Signer, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::python::ask;

const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

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

/// What PyJWT signs with keys of its own making: `[token, verifying key, signing key]`, in PEM.
const SIGN: &str = r#"
import json, sys, jwt
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
ask = json.loads(sys.argv[1])
alg = ask["alg"]
curves = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1, "ES256K": ec.SECP256K1}
if alg in curves:
    key = ec.generate_private_key(curves[alg]())
elif alg == "EdDSA":
    key = ed25519.Ed25519PrivateKey.generate()
elif alg[0] in "RP":
    key = rsa.generate_private_key(65537, 2048)
else:
    key = public = private = ask["secret"]
if alg[0] != "H":
    public = key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
print(json.dumps([jwt.encode(ask["claims"], key, alg), public, private]))
"#;

/// What PyJWT reads from a token that was signed here.
const VERIFY: &str = r#"
import json, sys, jwt
ask = json.loads(sys.argv[1])
options = {"require": ["exp", "iat", "iss", "aud", "sub"]}
print(json.dumps(jwt.decode(ask["token"], ask["key"], [ask["alg"]], options,
                            audience="https://api.example", issuer="https://issuer.example")))
"#;

fn signed_there(alg: &str) -> [String; 3] {
    let answer = ask(SIGN, &json!({ "alg": alg, "secret": SECRET, "claims": claims() }));
    [0, 1, 2].map(|at| answer[at].as_str().unwrap().to_owned())
}

fn verified_there(alg: &str, key: &str, token: &str) -> Value {
    ask(VERIFY, &json!({ "alg": alg, "key": key, "token": token }))
}

#[test]
fn hmac_goes_both_ways() {
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let [token, ..] = signed_there(algorithm.name());
        let key = SigningKey::from_bytes(algorithm, SECRET.as_bytes()).unwrap();
        assert_eq!(verify(key.verifying_key(), &token), claims());
        let token = Signer::new(key).sign(&claims()).unwrap();
        assert_eq!(verified_there(algorithm.name(), SECRET, &token), claims());
    }
}

#[test]
fn asymmetric_algorithms_go_both_ways_with_keys_in_pem() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::ES256K,
        Algorithm::EdDSA,
    ] {
        let [token, public, private] = signed_there(algorithm.name());
        assert_eq!(verify(VerifyingKey::from_pem(algorithm, &public).unwrap(), &token), claims());
        let key = SigningKey::from_pem(algorithm, &private).unwrap();
        assert_eq!(key.verifying_key().to_pem(KeyFormat::Spki).unwrap(), public);
        let token = Signer::new(key).sign(&claims()).unwrap();
        assert_eq!(verified_there(algorithm.name(), &public, &token), claims());
    }
}

#[test]
fn keys_made_here_verify_there() {
    for algorithm in
        [Algorithm::RS256, Algorithm::ES256, Algorithm::ES512, Algorithm::ES256K, Algorithm::EdDSA]
    {
        let key = SigningKey::generate(algorithm).unwrap();
        let public = key.verifying_key().to_pem(KeyFormat::Spki).unwrap();
        let token = Signer::new(key).sign(&claims()).unwrap();
        assert_eq!(verified_there(algorithm.name(), &public, &token), claims());
    }
}

#[test]
fn what_was_signed_there_under_another_key_is_refused_here() {
    let [token, ..] = signed_there("HS256");
    let other = VerifyingKey::hs256(b"another secret of thirty-two bytes").unwrap();
    let verifier = Verifier::builder(KeySet::new([other]).unwrap())
        .issuer("https://issuer.example")
        .audience("https://api.example")
        .build()
        .unwrap();
    assert!(verifier.verify::<Value>(&token, datetime!(2026-11-01 12:00 UTC)).is_err());
}
