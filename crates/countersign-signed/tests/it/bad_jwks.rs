//! JWKs that are refused, each with its kind and with what the error says: the member, what was found and
//! what was expected, never a value.

use crate::common::refused::check;
use crate::common::{base64, unbase64};
use countersign_signed::ErrorKind::{
    DuplicateMember, InvalidKey, InvalidKid, SecretIsAKey, SecretTooShort, UnsupportedAlgorithm,
};
use countersign_signed::{Algorithm, ErrorKind, SigningKey, VerifyingKey};
use serde_json::{Value, json};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/", $name))
    };
}

/// A JWK with these members in place of its own; null takes one out.
fn jwk(text: &str, members: Value) -> String {
    let mut key: Value = serde_json::from_str(text).unwrap();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => drop(key.as_object_mut().unwrap().remove(name)),
            _ => key[name] = value.clone(),
        }
    }
    key.to_string()
}

fn ec_jwk() -> String {
    SigningKey::from_bytes(Algorithm::ES256, &[7; 32]).unwrap().verifying_key().to_jwk().unwrap()
}

fn rsa_jwk() -> String {
    VerifyingKey::from_pem(Algorithm::RS256, fixture!("openssl/rsa_spki.pem")).unwrap().to_jwk().unwrap()
}

#[test]
fn jwks_that_are_no_public_key_are_refused() {
    let ec = |members| jwk(&ec_jwk(), members);
    let rsa = |members| jwk(&rsa_jwk(), members);
    let okp = |members| {
        jwk(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#, members)
    };
    let akp = |members| jwk(r#"{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}"#, members);
    let n: Value = serde_json::from_str(&rsa_jwk()).unwrap();
    let n = n["n"].as_str().unwrap().to_owned();
    let even = base64({
        let mut n = unbase64(&n);
        *n.last_mut().unwrap() ^= 1;
        n
    });
    let table: Vec<(&str, String, ErrorKind, &str)> = vec![
        ("no JSON", "key".into(), InvalidKey, "it is not one JSON object"),
        ("two keys", format!("{0}{0}", ec_jwk()), InvalidKey, "it is not one JSON object"),
        ("a member twice", ec_jwk().replacen('{', r#"{"kty":"EC","#, 1), DuplicateMember, ""),
        ("17 KiB", ec(json!({"x5c": "A".repeat(17 * 1024)})), InvalidKey, "a JWK has at most 16384 bytes"),
        ("no kty", ec(json!({"kty": null})), InvalidKey, "`kty` is missing"),
        ("kty a number", ec(json!({"kty": 1})), InvalidKey, "`kty` is not a string"),
        (
            "kty in another case",
            ec(json!({"kty": "ec"})),
            InvalidKey,
            "`kty` must be RSA, EC, OKP, AKP or oct",
        ),
        ("no crv", ec(json!({"crv": null})), InvalidKey, "`crv` is missing"),
        ("crv unknown", ec(json!({"crv": "P-192"})), InvalidKey, "the `crv` of an EC key must be P-256"),
        (
            "crv for another alg",
            ec(json!({"alg": "ES384"})),
            InvalidKey,
            "ES384 needs an EC key on P-384, found an EC key on P-256",
        ),
        (
            "crv of another point",
            ec(json!({"crv": "secp256k1", "alg": "ES256K"})),
            InvalidKey,
            "the point is not on secp256k1",
        ),
        ("no y", ec(json!({"y": null})), InvalidKey, "`y` is missing"),
        ("x too short", ec(json!({"x": base64([1; 31])})), InvalidKey, "`x` must have 32 bytes, found 31"),
        ("y too long", ec(json!({"y": base64([0; 33])})), InvalidKey, "`y` must have 32 bytes, found 33"),
        ("off the curve", ec(json!({"x": base64([1; 32])})), InvalidKey, "the point is not on P-256"),
        (
            "padding",
            ec(json!({"x": format!("{}=", base64([1; 32]))})),
            InvalidKey,
            "`x` is not canonical base64url",
        ),
        ("the other alphabet", ec(json!({"x": "++++"})), InvalidKey, "`x` is not canonical base64url"),
        ("trailing bits", ec(json!({"x": "AB"})), InvalidKey, "`x` is not canonical base64url"),
        ("x a number", ec(json!({"x": 1})), InvalidKey, "`x` is not a string"),
        ("alg none", ec(json!({"alg": "none"})), UnsupportedAlgorithm, ""),
        ("alg of encryption", ec(json!({"alg": "ECDH-ES"})), UnsupportedAlgorithm, ""),
        ("kty null", ec_jwk().replace(r#""EC""#, "null"), InvalidKey, "`kty` is missing"),
        ("alg null", rsa_jwk().replace(r#""RS256""#, "null"), InvalidKey, "it has no `alg`"),
        (
            "alg HS256",
            ec(json!({"alg": "HS256"})),
            InvalidKey,
            "HS256 needs a secret, found an EC key on P-256",
        ),
        ("use enc", ec(json!({"use": "enc"})), InvalidKey, "`use` must be sig, found enc"),
        ("use unknown", ec(json!({"use": "tls"})), InvalidKey, "`use` must be sig"),
        ("use an array", ec(json!({"use": ["sig"]})), InvalidKey, "`use` is not a string"),
        ("key_ops sign", ec(json!({"key_ops": ["sign"]})), InvalidKey, "`key_ops` does not hold verify"),
        (
            "key_ops empty, and no use",
            ec(json!({"key_ops": [], "use": null})),
            InvalidKey,
            "`key_ops` does not hold verify",
        ),
        (
            "key_ops a string",
            ec(json!({"key_ops": "verify"})),
            InvalidKey,
            "`key_ops` is not an array of strings",
        ),
        (
            "key_ops twice",
            ec(json!({"key_ops": ["verify", "verify"]})),
            InvalidKey,
            "`key_ops` has a value twice",
        ),
        ("kid empty", ec(json!({"kid": ""})), InvalidKid, ""),
        ("kid of 257 bytes", ec(json!({"kid": "k".repeat(257)})), InvalidKid, ""),
        ("kid a number", ec(json!({"kid": 7})), InvalidKey, "`kid` is not a string"),
        (
            "private EC",
            ec(json!({"d": base64([7; 32])})),
            InvalidKey,
            "expected a public key, found the private member `d`",
        ),
        ("private RSA", rsa(json!({"qi": "AQ"})), InvalidKey, "found the private member `qi`"),
        ("private OKP", okp(json!({"d": base64([7; 32])})), InvalidKey, "found the private member `d`"),
        ("private AKP", akp(json!({"priv": base64([7; 32])})), InvalidKey, "found the private member `priv`"),
        ("RSA without alg", rsa(json!({"alg": null})), InvalidKey, "it has no `alg`"),
        ("n even", rsa(json!({"n": even})), InvalidKey, "modulus must be odd"),
        ("n empty", rsa(json!({"n": ""})), InvalidKey, "`n` is zero or empty"),
        ("n zero", rsa(json!({"n": base64([0; 256])})), InvalidKey, "`n` is zero or empty"),
        (
            "n of 2040 bits behind zeros",
            rsa(json!({"n": base64([[0].as_slice(), &[0xFF; 255]].concat())})),
            InvalidKey,
            "found 2040",
        ),
        ("n small", rsa(json!({"n": base64([0xFF; 128])})), InvalidKey, "found 1024"),
        ("n large", rsa(json!({"n": base64([0xFF; 1025])})), InvalidKey, "found 8200"),
        ("e zero", rsa(json!({"e": "AA"})), InvalidKey, "`e` is zero or empty"),
        ("e = 1 behind a zero", rsa(json!({"e": "AAE"})), InvalidKey, "exponent must be odd, at least 3"),
        ("e = 1", rsa(json!({"e": "AQ"})), InvalidKey, "exponent must be odd, at least 3"),
        ("e even", rsa(json!({"e": "AQAA"})), InvalidKey, "exponent must be odd"),
        ("e of 6 bytes", rsa(json!({"e": base64([1; 6])})), InvalidKey, "less than 2^33"),
        ("e = 2^33 + 1", rsa(json!({"e": base64([2, 0, 0, 0, 1])})), InvalidKey, "less than 2^33"),
        ("X25519", okp(json!({"crv": "X25519"})), InvalidKey, "must be Ed25519, found X25519"),
        ("Ed448", okp(json!({"crv": "Ed448"})), InvalidKey, "must be Ed25519, found Ed448"),
        (
            "small order",
            okp(json!({"x": base64([[1].as_slice(), &[0; 31]].concat())})),
            InvalidKey,
            "of small order",
        ),
        ("AKP without alg", akp(json!({"alg": null})), InvalidKey, "`alg` is missing"),
        (
            "AKP with another alg",
            akp(json!({"alg": "ES256"})),
            InvalidKey,
            "the `alg` of an AKP key must be ML-DSA-44",
        ),
        (
            "oct without alg",
            json!({"kty": "oct", "k": base64([7; 64])}).to_string(),
            InvalidKey,
            "it has no `alg`",
        ),
        (
            "oct for ES256",
            json!({"kty": "oct", "k": base64([7; 64]), "alg": "ES256"}).to_string(),
            InvalidKey,
            "ES256 needs an EC key on P-256, found a secret",
        ),
        (
            "oct too short",
            json!({"kty": "oct", "k": base64([7; 47]), "alg": "HS384"}).to_string(),
            SecretTooShort,
            "",
        ),
        (
            "oct of a key",
            json!({"kty": "oct", "k": base64(fixture!("openssl/rsa_spki.pem")), "alg": "HS256"}).to_string(),
            SecretIsAKey,
            "",
        ),
    ];
    for (case, text, kind, expected) in table {
        check(case, VerifyingKey::from_jwk(&text).err(), kind, expected);
    }
    check(
        "alg and the caller differ",
        VerifyingKey::from_jwk_as(Algorithm::PS256, &rsa_jwk()).err(),
        InvalidKey,
        "expected `alg` PS256, found RS256",
    );
    check(
        "the caller's algorithm is for another key",
        VerifyingKey::from_jwk_as(Algorithm::ES384, &ec(json!({"alg": null}))).err(),
        InvalidKey,
        "ES384 needs an EC key on P-384, found an EC key on P-256",
    );
}

#[test]
fn jwks_that_are_no_private_key_are_refused() {
    let rsa = SigningKey::from_pem(Algorithm::RS256, fixture!("openssl/rsa_pkcs8.pem")).unwrap();
    let rsa = rsa.to_jwk().unwrap();
    let rsa = |members| jwk(rsa.expose(), members);
    let ec = SigningKey::from_bytes(Algorithm::ES256, &[7; 32]).unwrap().to_jwk().unwrap();
    let ec = |members| jwk(ec.expose(), members);
    let okp = SigningKey::ed25519(&[7; 32]).unwrap().to_jwk().unwrap();
    let okp = |members| jwk(okp.expose(), members);
    let whole: Value = serde_json::from_str(&rsa(json!({}))).unwrap();
    let apart = "the integers of the RSA key do not belong together";
    let foreign = "the public key beside the private one is not its own";
    let changed = |name: &str| {
        let mut integer = unbase64(whole[name].as_str().unwrap());
        *integer.last_mut().unwrap() ^= 2;
        rsa(json!({name: base64(integer)}))
    };
    let other = SigningKey::ed25519(&[8; 32]).unwrap().verifying_key().to_bytes().unwrap();
    let table: Vec<(&str, String, &str)> = vec![
        ("public EC", ec_jwk(), "expected a private key, found a public one"),
        ("public RSA", rsa_jwk(), "expected a private key, found a public one"),
        ("EC without its public half", ec(json!({"x": null})), "`x` is missing"),
        ("EC with another d", ec(json!({"d": base64([8; 32])})), foreign),
        ("EC with d of zero", ec(json!({"d": base64([0; 32])})), "not from 1 to the order"),
        ("EC with a short d", ec(json!({"d": base64([7; 31])})), "`d` must have 32 bytes, found 31"),
        ("Ed25519 with another x", okp(json!({"x": base64(other)})), foreign),
        ("Ed25519 with a long d", okp(json!({"d": base64([7; 64])})), "`d` must have 32 bytes, found 64"),
        ("key_ops verify", okp(json!({"key_ops": ["verify"]})), "`key_ops` does not hold sign"),
        ("RSA with another n", changed("n"), apart),
        ("RSA with another d", changed("d"), apart),
        ("RSA with another p", changed("p"), apart),
        ("RSA with another q", changed("q"), apart),
        ("RSA with another dp", changed("dp"), apart),
        ("RSA with another dq", changed("dq"), apart),
        ("RSA with another qi", changed("qi"), apart),
        ("RSA with d of one", rsa(json!({"d": "AQ"})), apart),
        ("RSA with p of one", rsa(json!({"p": "AQ", "q": whole["n"]})), apart),
        ("RSA with half of its primes", rsa(json!({"q": null})), "`q` is missing"),
        ("RSA of more primes", rsa(json!({"oth": []})), "an RSA key has two primes here"),
        ("RSA with another e", rsa(json!({"e": "Aw"})), apart),
    ];
    for (case, text, expected) in table {
        check(case, SigningKey::from_jwk(&text).err(), InvalidKey, expected);
    }
    // What RFC 7518 section 6.3.2 lets be left out is found again.
    let none = json!({"p": null, "q": null, "dp": null, "dq": null, "qi": null});
    let found = SigningKey::from_jwk(&rsa(none)).unwrap().to_jwk().unwrap();
    let found: Value = serde_json::from_str(found.expose()).unwrap();
    let pair = |key: &Value| {
        let mut pair = [key["p"].to_string(), key["q"].to_string()];
        pair.sort();
        pair
    };
    assert_eq!(pair(&found), pair(&whole));
}

#[cfg(feature = "ml-dsa")]
#[test]
fn an_ml_dsa_pair_belongs_together_and_to_its_parameters() {
    let key = SigningKey::from_bytes(Algorithm::MLDSA44, &[7; 32]).unwrap().to_jwk().unwrap();
    let akp = |members| jwk(key.expose(), members);
    let table = [
        (
            "another seed",
            akp(json!({"priv": base64([8; 32])})),
            "the public key beside the private one is not its own",
        ),
        ("a short seed", akp(json!({"priv": base64([7; 31])})), "`priv` must have 32 bytes, found 31"),
        (
            "other parameters",
            akp(json!({"alg": "ML-DSA-65"})),
            "a public key of ML-DSA-65 has 1952 bytes, found 1312",
        ),
        ("no public half", akp(json!({"pub": null})), "`pub` is missing"),
    ];
    for (case, text, expected) in table {
        check(case, SigningKey::from_jwk(&text).err(), InvalidKey, expected);
    }
    check(
        "a seed of 33 bytes",
        SigningKey::from_bytes(Algorithm::MLDSA44, &[7; 33]).err(),
        InvalidKey,
        "has 32 bytes, found 33",
    );
}
