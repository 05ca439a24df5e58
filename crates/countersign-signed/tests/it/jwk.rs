//! What a JWK may say, and what becomes of one that says something else (RFC 7517, RFC 7518 section 6).

use countersign_signed::ErrorKind::{InvalidKey, UnsupportedAlgorithm};
use countersign_signed::{Algorithm, ErrorKind, KeySet, SigningKey, VerifyingKey};
use serde_json::{Value, json};

/// RFC 7515 appendix A.3.
fn ec() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

/// RFC 8037 appendix A.2.
fn okp() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

/// RFC 7515 appendix A.2.
fn rsa() -> Value {
    let pem = include_str!("../fixtures/rfc7515_a2_spki.pem");
    let text = VerifyingKey::from_pem(Algorithm::RS256, pem).unwrap().to_jwk().unwrap();
    let jwk: Value = serde_json::from_str(&text).unwrap();
    json!({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})
}

fn secret() -> Value {
    json!({"kty": "oct", "alg": "HS256", "k": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"})
}

/// The key with this member, put in place or added.
fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

fn read(jwk: &Value) -> Result<Algorithm, ErrorKind> {
    VerifyingKey::from_jwk(&jwk.to_string()).map(|key| key.algorithm()).map_err(|error| error.kind())
}

#[test]
fn a_key_without_alg_is_for_the_only_algorithm_of_its_kind_or_refused() {
    assert_eq!(read(&ec()), Ok(Algorithm::ES256));
    assert_eq!(read(&okp()), Ok(Algorithm::EdDSA));
    assert_eq!(read(&rsa()), Err(InvalidKey));
    assert_eq!(read(&json!({"kty": "oct", "k": secret()["k"]})), Err(InvalidKey));
    assert_eq!(read(&with(rsa(), "alg", "PS384")), Ok(Algorithm::PS384));
    let named = VerifyingKey::from_jwk_as(Algorithm::PS256, &rsa().to_string()).unwrap();
    assert_eq!(named.algorithm(), Algorithm::PS256);
    let other = VerifyingKey::from_jwk_as(Algorithm::PS256, &with(rsa(), "alg", "RS256").to_string());
    assert_eq!(other.unwrap_err().kind(), InvalidKey);
}

#[test]
fn what_use_and_key_ops_forbid_is_not_done() {
    for (name, value, expected) in [
        ("use", json!("sig"), Ok(Algorithm::EdDSA)),
        ("use", json!("enc"), Err(InvalidKey)),
        ("use", json!("SIG"), Err(InvalidKey)),
        ("use", json!(7), Err(InvalidKey)),
        ("key_ops", json!(["verify"]), Ok(Algorithm::EdDSA)),
        ("key_ops", json!(["sign", "verify"]), Ok(Algorithm::EdDSA)),
        ("key_ops", json!(["sign"]), Err(InvalidKey)),
        ("key_ops", json!(["verify", "verify"]), Err(InvalidKey)),
        ("key_ops", json!([]), Err(InvalidKey)),
        ("key_ops", json!("verify"), Err(InvalidKey)),
    ] {
        assert_eq!(read(&with(okp(), name, value.clone())), expected, "{name} {value}");
    }
    let private = with(okp(), "d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    assert!(SigningKey::from_jwk(&with(private.clone(), "key_ops", json!(["sign"])).to_string()).is_ok());
    let forbidden = SigningKey::from_jwk(&with(private, "key_ops", json!(["verify"])).to_string());
    assert_eq!(forbidden.unwrap_err().kind(), InvalidKey);
}

#[test]
fn a_curve_or_algorithm_that_does_not_fit_is_refused() {
    for (jwk, expected) in [
        (with(okp(), "crv", "X25519"), InvalidKey),
        (with(okp(), "crv", "Ed448"), InvalidKey),
        (with(okp(), "crv", "P-256"), InvalidKey),
        (with(okp(), "alg", "ES256"), InvalidKey),
        (with(okp(), "kty", "EC"), InvalidKey),
        (with(ec(), "crv", "P-224"), InvalidKey),
        (with(ec(), "crv", "P-384"), InvalidKey),
        (with(ec(), "crv", "secp256k1"), InvalidKey),
        (with(ec(), "crv", "p-256"), InvalidKey),
        (with(ec(), "alg", "ES384"), InvalidKey),
        (with(ec(), "alg", "ES256K"), InvalidKey),
        (with(ec(), "alg", "RS256"), InvalidKey),
        (with(ec(), "alg", "HS256"), InvalidKey),
        (with(ec(), "alg", "none"), UnsupportedAlgorithm),
        (with(rsa(), "alg", "EdDSA"), InvalidKey),
        (with(secret(), "alg", "RS256"), InvalidKey),
        (with(ec(), "kty", "ec"), InvalidKey),
        (with(ec(), "kty", Value::Null), InvalidKey),
    ] {
        assert_eq!(read(&jwk), Err(expected), "{jwk}");
    }
}

#[test]
fn a_point_off_the_curve_or_of_another_length_is_refused() {
    let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    assert_eq!(read(&with(ec(), "y", y)), Ok(Algorithm::ES256));
    let zeros = |count: usize| "A".repeat((count * 4).div_ceil(3));
    for (name, value) in [
        ("y", y.replace("5a0", "5a4")),
        ("y", y.replacen('x', "y", 1)),
        ("y", ec()["x"].as_str().unwrap().to_owned()),
        ("x", zeros(32)),
        ("x", zeros(0)),
        ("x", zeros(33)),
        ("y", format!("{y}=")),
        ("y", format!("{y}\n")),
    ] {
        assert_eq!(read(&with(ec(), name, value.clone())), Err(InvalidKey), "{name} {value}");
    }
    // RFC 7518 section 6.2.1.2: as long as the field, leading zeros included. The point with x = 0 has the
    // root of the curve's constant for y (computed in Python).
    let root = "ZkhceA4vg9ckM71dhKBrtlQcKvMdrocXKL-FahdPk_Q";
    let short = with(with(ec(), "y", root), "x", zeros(31));
    assert_eq!(read(&with(short.clone(), "x", zeros(32))), Ok(Algorithm::ES256));
    assert_eq!(read(&short), Err(InvalidKey));
}

#[test]
fn a_public_key_with_private_members_is_refused() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"] {
        for jwk in [ec(), okp(), with(rsa(), "alg", "RS256")] {
            assert_eq!(read(&with(jwk, name, "AQ")), Err(InvalidKey), "{name}");
        }
    }
    let published = with(okp(), "d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let keys = KeySet::from_jwks(&json!({"keys": [published, ec()]}).to_string()).unwrap();
    assert_eq!((keys.len(), keys.skipped()[0].index()), (1, 0));
}

#[test]
fn a_private_key_comes_with_its_own_public_half() {
    // RFC 8037 appendix A.1.
    let private = with(okp(), "d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    assert!(SigningKey::from_jwk(&private.to_string()).is_ok());
    // RFC 8032 section 7.1, test 2: another public key.
    let other = with(private, "x", "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw");
    assert_eq!(SigningKey::from_jwk(&other.to_string()).unwrap_err().kind(), InvalidKey);
}

#[test]
fn a_secret_is_never_taken_from_a_set() {
    let keys = KeySet::from_jwks(&json!({"keys": [secret(), okp()]}).to_string()).unwrap();
    assert_eq!((keys.len(), keys.skipped()[0].index()), (1, 0));
    let alone = KeySet::from_jwks(&json!({"keys": [secret()]}).to_string()).err().unwrap();
    assert_eq!(alone.kind(), ErrorKind::InvalidKeySet);
    assert_eq!(read(&secret()), Ok(Algorithm::HS256), "by itself it is a key like any other");
}

#[test]
fn a_member_that_comes_twice_is_refused() {
    let text = okp().to_string().replacen('{', r#"{"crv":"Ed25519","#, 1);
    assert_eq!(VerifyingKey::from_jwk(&text).unwrap_err().kind(), ErrorKind::DuplicateMember);
}
