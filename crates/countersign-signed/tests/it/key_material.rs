//! Keys as mainstream issuers and tools write them, beyond the letter of the RFCs but with one meaning only: they are
//! accepted. What could mean something else stays an error.

use countersign_signed::{Algorithm, ErrorKind, KeySet, SigningKey, Verifier, VerifyingKey, jws};
use serde_json::{Value, json};

use crate::common::refused::check;
use crate::common::{at, base64, unbase64};

macro_rules! case {
    ($name:literal) => {
        include_str!(concat!("../cases/", $name))
    };
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/", $name))
    };
}

/// While the tokens of the cases are valid.
const NOW: i64 = 1_796_500_000;

fn verdict(keys: KeySet, token: &str) -> Result<(), ErrorKind> {
    let verifier = Verifier::builder(keys).issuer("https://idp.example").audience("api").build().unwrap();
    verifier.verify::<Value>(token.trim(), at(NOW)).map(drop).map_err(|error| error.kind())
}

/// The only key of `ok.jwks`, with these members added or replaced.
fn key_with(members: Value) -> Value {
    let set: Value = serde_json::from_str(case!("ok.jwks")).unwrap();
    let mut key = set["keys"][0].clone();
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    key
}

fn set_with(members: Value) -> String {
    json!({"keys": [key_with(members)]}).to_string()
}

fn behind_zeros(name: &str, zeros: usize) -> String {
    let integer = unbase64(key_with(json!({}))[name].as_str().unwrap());
    base64([vec![0; zeros], integer].concat())
}

#[test]
fn key_sets_of_mainstream_issuers_verify_their_tokens() {
    let dotnet = json!({
        "alg": "RS256", "crv": null, "d": null, "dp": null, "dq": null, "k": null, "key_ops": [], "oth": null,
        "p": null, "priv": null, "q": null, "qi": null, "use": "sig", "x": null, "x5c": [], "x5t": null,
        "x5t#S256": null, "x5u": null, "y": null, "KeySize": 2048, "HasPrivateKey": false,
    });
    let same_twice = |members| json!({"keys": [key_with(json!({})), key_with(members)]}).to_string();
    let ok = case!("ok.jwt");
    let table = [
        ("the good pair", case!("ok.jwks").to_owned(), ok),
        ("members that are null", case!("null-d.jwks").to_owned(), ok),
        ("a .NET serializer", set_with(dotnet), ok),
        ("`use` and `key_ops` null", set_with(json!({"use": null, "key_ops": null, "x5t": null})), ok),
        ("a leading zero in `n`", case!("lead0.jwks").to_owned(), ok),
        ("leading zeros in `n`", set_with(json!({"n": behind_zeros("n", 5)})), ok),
        ("a leading zero in `e`", set_with(json!({"e": behind_zeros("e", 1)})), ok),
        ("`e` of 4 bytes", set_with(json!({"e": "AAEAAQ"})), ok),
        ("the same key twice", case!("dup-same.jwks").to_owned(), ok),
        ("twice, once with a leading zero", same_twice(json!({"n": behind_zeros("n", 1)})), ok),
        ("twice, once with more members", same_twice(json!({"x5t": "AA", "x5c": ["AA"], "d": null})), ok),
        ("a byte order mark", format!("\u{feff}{}", case!("ok.jwks")), ok),
        ("`x5t`, one key", case!("adfs1.jwks").to_owned(), case!("x5t.jwt")),
        ("`x5t`, two keys", case!("adfs2.jwks").to_owned(), case!("x5t.jwt")),
    ];
    for (name, jwks, token) in table {
        let keys = KeySet::from_jwks(&jwks).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(keys.skipped().is_empty(), "{name}: {:?}", keys.skipped());
        assert_eq!(verdict(keys, token), Ok(()), "{name}");
    }
    for same in [case!("dup-same.jwks").to_owned(), same_twice(json!({"n": behind_zeros("n", 1)}))] {
        assert_eq!(KeySet::from_jwks(&same).unwrap().len(), 1);
    }
    let assumed = KeySet::from_jwks_assuming(case!("noalg.jwks"), Algorithm::RS256).unwrap();
    assert_eq!(verdict(assumed, ok), Ok(()));
    // The algorithm that was named is the only one.
    let assumed = KeySet::from_jwks_assuming(case!("noalg.jwks"), Algorithm::PS256).unwrap();
    assert_eq!(verdict(assumed, ok), Err(ErrorKind::UnknownKey));
}

#[test]
fn thumbprint_is_that_of_the_canonical_key() {
    let without_kid = |members| {
        let mut key = key_with(members);
        key.as_object_mut().unwrap().remove("kid");
        VerifyingKey::from_jwk(&key.to_string()).unwrap()
    };
    let plain = without_kid(json!({}));
    for members in [
        json!({"n": behind_zeros("n", 1)}),
        json!({"n": behind_zeros("n", 7), "e": behind_zeros("e", 2)}),
        json!({"d": null, "kid": null}),
    ] {
        let key = without_kid(members);
        assert_eq!((key.kid(), key.thumbprint()), (plain.kid(), plain.thumbprint()));
        assert_eq!(key.to_jwk().unwrap(), plain.to_jwk().unwrap());
    }
}

#[test]
fn two_different_keys_under_one_kid_and_alg_are_an_error() {
    let other = VerifyingKey::from_pem(Algorithm::RS256, fixture!("openssl/rsa_spki.pem")).unwrap();
    let other: Value = serde_json::from_str(&other.with_kid("k1").unwrap().to_jwk().unwrap()).unwrap();
    let set = json!({"keys": [key_with(json!({})), other]}).to_string();
    let error = KeySet::from_jwks(&set).unwrap_err();
    check("two keys", Some(error), ErrorKind::InvalidKeySet, "two different keys for RS256 have one `kid`");
    // Of two algorithms, or of two `kid`s, they are two keys.
    for members in [json!({"alg": "PS256"}), json!({"kid": "k2"})] {
        let set = json!({"keys": [key_with(json!({})), key_with(members)]}).to_string();
        assert_eq!(KeySet::from_jwks(&set).unwrap().len(), 2);
    }
}

/// As .NET and Java write private JWKs.
#[test]
fn private_jwk_with_nulls_and_leading_zeros_is_read() {
    let key = SigningKey::from_pem(Algorithm::RS256, fixture!("openssl/rsa_pkcs8.pem")).unwrap();
    let mut jwk: Value = serde_json::from_str(key.to_jwk().unwrap().expose()).unwrap();
    for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        let integer = unbase64(jwk[name].as_str().unwrap());
        jwk[name] = base64([vec![0], integer].concat()).into();
    }
    jwk["oth"] = Value::Null;
    jwk["x5c"] = Value::Null;
    let read = SigningKey::from_jwk(&format!("\u{feff}{jwk}")).unwrap();
    assert_eq!(read.thumbprint(), key.thumbprint());
    assert_eq!(read.to_jwk().unwrap().expose(), key.to_jwk().unwrap().expose());
}

fn signs(key: &SigningKey) {
    let token = jws::sign(key, &jws::Header::without_type(), b"x").unwrap();
    jws::verify(&KeySet::new([key.verifying_key()]).unwrap(), &token).unwrap();
}

#[test]
fn pem_as_tools_write_it_is_read() {
    let p256 = fixture!("openssl/p256_sec1.pem");
    let parameters = case!("pem/ec-params.pem").split_once("-----BEGIN EC PRIVATE KEY").unwrap().0;
    let table = [
        ("ring before 0.17", Algorithm::EdDSA, case!("pem/ring16.pem").to_owned()),
        ("EC PARAMETERS", Algorithm::ES256, case!("pem/ec-params.pem").to_owned()),
        (
            "EC PARAMETERS, and a byte order mark",
            Algorithm::ES256,
            format!("\u{feff}{}", case!("pem/ec-params.pem")),
        ),
        (
            "EC PARAMETERS before PKCS#8",
            Algorithm::ES256,
            format!("{parameters}{}", fixture!("openssl/p256_pkcs8.pem")),
        ),
        ("EC PARAMETERS, CRLF", Algorithm::ES256, case!("pem/ec-params.pem").replace('\n', "\r\n")),
        ("text before EC PARAMETERS", Algorithm::ES256, format!("ASN1 OID: prime256v1\n{parameters}{p256}")),
        ("text before", Algorithm::ES256, format!("Private-Key: (256 bit)\npriv:\n    00:ab\n{p256}")),
        (
            "bag attributes",
            Algorithm::RS256,
            format!(
                "Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n{}",
                fixture!("openssl/rsa_pkcs8.pem")
            ),
        ),
        ("a byte order mark", Algorithm::ES256, format!("\u{feff}{p256}")),
    ];
    for (name, algorithm, text) in table {
        let key = SigningKey::from_pem(algorithm, &text);
        signs(&key.unwrap_or_else(|error| panic!("{name}: {error}")));
    }
    let public = fixture!("openssl/p256_spki.pem");
    for text in [format!("\u{feff}{public}"), format!("Public-Key: (256 bit)\r\n{public}")] {
        VerifyingKey::from_pem(Algorithm::ES256, &text).unwrap();
    }
}

#[test]
fn anything_else_beside_one_key_in_pem_is_an_error() {
    let (p256, p384) = (fixture!("openssl/p256_sec1.pem"), fixture!("openssl/p384_sec1.pem"));
    let (parameters, key) = case!("pem/ec-params.pem").split_once("-----BEGIN EC PRIVATE KEY").unwrap();
    let explicit = "-----BEGIN EC PARAMETERS-----\nMAA=\n-----END EC PARAMETERS-----\n";
    let one = "not exactly one PEM block";
    let table = [
        ("two keys", Algorithm::ES256, format!("{p256}{p256}"), one),
        ("text behind", Algorithm::ES256, format!("{p256}# the old one"), one),
        ("parameters behind", Algorithm::ES256, format!("{p256}{parameters}"), one),
        (
            "parameters twice",
            Algorithm::ES256,
            format!("{parameters}{parameters}{p256}"),
            "found `EC PARAMETERS`",
        ),
        (
            "parameters alone",
            Algorithm::ES256,
            parameters.to_owned(),
            "behind the block `EC PARAMETERS` there is no key",
        ),
        (
            "text between",
            Algorithm::ES256,
            format!("{parameters}text\n-----BEGIN EC PRIVATE KEY{key}"),
            "there is no key",
        ),
        (
            "parameters of another curve",
            Algorithm::ES384,
            format!("{parameters}{p384}"),
            "names another curve than the key",
        ),
        (
            "explicit parameters",
            Algorithm::ES256,
            format!("{explicit}{p256}"),
            "its curve is not given by name",
        ),
        (
            "parameters of an RSA key",
            Algorithm::RS256,
            format!("{parameters}{}", fixture!("openssl/rsa_pkcs8.pem")),
            "found `EC PARAMETERS`",
        ),
        (
            "parameters of an Ed25519 key",
            Algorithm::EdDSA,
            format!("{parameters}{}", case!("pem/ring16.pem")),
            "found `EC PARAMETERS`",
        ),
        (
            "a certificate before",
            Algorithm::ES256,
            format!("{}{p256}", fixture!("ecdsa_certificate.pem")),
            "found `CERTIFICATE`",
        ),
        (
            "a key in the text before",
            Algorithm::ES256,
            format!("----BEGIN EC PRIVATE KEY----\nAA\n{p256}"),
            "begins with hyphens",
        ),
        (
            "text on the line of the block",
            Algorithm::ES256,
            format!("key={p256}"),
            "the PEM block does not begin a line",
        ),
    ];
    for (name, algorithm, text, expected) in table {
        check(name, SigningKey::from_pem(algorithm, &text).err(), ErrorKind::InvalidKey, expected);
    }
    let public = format!("{parameters}{}", fixture!("openssl/p256_spki.pem"));
    let error = VerifyingKey::from_pem(Algorithm::ES256, &public).err();
    check("parameters of a public key", error, ErrorKind::InvalidKey, "found `EC PARAMETERS`");
}

/// RFC 8410 section 7 in version 2, with the public key under an explicit tag, as ring wrote it.
#[test]
fn ring_key_must_hold_its_own_public_key() {
    let pem = case!("pem/ring16.pem");
    let der = VerifyingKey::from_pem(Algorithm::EdDSA, pem).err();
    check("a private key", der, ErrorKind::InvalidKey, "found `PRIVATE KEY`");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = unbase64(&body.replace('+', "-").replace('/', "_").replace('=', ""));
    let key = SigningKey::from_der(Algorithm::EdDSA, &der).unwrap();
    assert_eq!(der[der.len() - 32..], key.verifying_key().to_bytes().unwrap());
    let changed = |at: usize, by: u8| {
        let mut der = der.clone();
        der[at] ^= by;
        SigningKey::from_der(Algorithm::EdDSA, &der).err()
    };
    let foreign = "the public key beside the private one is not its own";
    let malformed = "it is not the DER of a key";
    let sign_bit = changed(der.len() - 1, 0x80);
    check("another public key", sign_bit, ErrorKind::InvalidKey, foreign);
    check("another seed", changed(20, 1), ErrorKind::InvalidKey, foreign);
    // The explicit tag, the bit string in it, and its unused bits.
    let tag = der.len() - 37;
    assert_eq!(der[tag..tag + 5], [0xA1, 0x23, 3, 0x21, 0]);
    for (at, by) in [(tag, 2), (tag + 2, 7), (tag + 4, 1), (4, 1)] {
        check("another form", changed(at, by), ErrorKind::InvalidKey, malformed);
    }
}

/// CVE-2017-15361. The key of the fixtures was made as the faulty library makes them, of primes
/// `k * M + 65537^a mod M`, with `M` the product of the first 126 primes.
#[test]
fn rsa_keys_with_the_roca_fingerprint_are_refused() {
    let (private, public) = (fixture!("rsa_roca_pkcs8.pem"), fixture!("rsa_roca_spki.pem"));
    let text = "ROCA, CVE-2017-15361";
    for algorithm in [Algorithm::RS256, Algorithm::RS512, Algorithm::PS384] {
        let error = SigningKey::from_pem(algorithm, private).err();
        check("a private key", error, ErrorKind::VulnerableKey, text);
        let error = VerifyingKey::from_pem(algorithm, public).err();
        check("a public key", error, ErrorKind::VulnerableKey, text);
    }
    // SubjectPublicKeyInfo of 2048 bits: 33 bytes to the modulus, and 5 of the exponent behind it.
    let body: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let der = unbase64(&body.replace('+', "-").replace('/', "_").replace('=', ""));
    let jwk = json!({"kty": "RSA", "alg": "RS256", "e": "AQAB", "kid": "weak", "n": base64(&der[33..der.len() - 5])});
    let error = VerifyingKey::from_jwk(&jwk.to_string()).err();
    check("a JWK", error, ErrorKind::VulnerableKey, text);
    // An issuer's set is not lost by one such key.
    let keys = KeySet::from_jwks(&json!({"keys": [jwk, key_with(json!({}))]}).to_string()).unwrap();
    assert_eq!((keys.len(), keys.skipped()[0].error().kind()), (1, ErrorKind::VulnerableKey));
}
