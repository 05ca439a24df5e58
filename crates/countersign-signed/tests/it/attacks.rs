//! What has gone wrong in token libraries, tried on this one: a test for each class of attack on signed
//! tokens.

use crate::common::{
    HEADER, NOW, SECRET, at, base64, claims, hmac_set, hostile, kind, mac, set, unbase64, verifier,
};
use countersign_signed::ErrorKind::{
    AmbiguousKey, ClaimsDeserialize, EncryptedToken, InvalidConfiguration, InvalidHeader, InvalidJson,
    InvalidKey, InvalidSignature, MalformedToken, ReservedMember, SecretIsAKey, TokenTooLong, UnexpectedType,
    UnknownKey, UnsupportedAlgorithm,
};
use countersign_signed::{
    Algorithm, KeyFormat, KeySet, Signer, SigningKey, UnverifiedToken, Verifier, VerifyingKey, jws,
};
use serde_json::{Value, json};

const RSA_PUBLIC: &str = include_str!("../fixtures/rfc7515_a2_spki.pem");
const RSA_PRIVATE: &str = include_str!("../fixtures/rfc7515_a2_pkcs8.pem");

/// From `openssl rsa -RSAPublicKey_out`.
const PKCS1_1024: &str = "-----BEGIN RSA PUBLIC KEY-----
MIGJAoGBALnirOFBSZs1fcYuCYhrrf/Ti4wgHfd3rkxjyQ3ceh26BJ5XBU7UZ3Y+
SyrzRrc3IuwIvpO30NvzhKk76oUdMryoqdqZvV08La+1OonVYYCWeLwgFBRMmNmO
gXS/qpVQnVjh6OogkniAdNrgVJZGheWwzRlhMBJszEOsfvKC909BAgMBAAE=
-----END RSA PUBLIC KEY-----";

fn ed25519() -> SigningKey {
    SigningKey::ed25519(&[7; 32]).unwrap()
}

/// CVE-2015-9235, CVE-2026-23993.
#[test]
fn alg_none_and_every_other_unknown_alg_are_refused_with_or_without_a_signature() {
    for alg in ["none", "None", "nOnE", "NONE", "", "hs256", "Hs256", "HS224", "ES224", "es256", "RS1", "dir"]
    {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        let signed = hostile(&header, claims(""));
        let unsigned = format!("{}.{}.", base64(&header), base64(claims("")));
        assert_eq!(kind(&verifier(), &signed), Some(UnsupportedAlgorithm), "{alg}");
        assert_eq!(kind(&verifier(), &unsigned), Some(UnsupportedAlgorithm), "{alg}");
    }
    // Known, but the key is for another.
    for alg in ["HS384", "HS512", "ES256", "RS256", "ML-DSA-44"] {
        let signed = hostile(format!(r#"{{"alg":"{alg}"}}"#), claims(""));
        assert_eq!(kind(&verifier(), &signed), Some(UnknownKey), "{alg}");
    }
    let empty = format!("{}.{}.", base64(HEADER), base64(claims("")));
    assert_eq!(kind(&verifier(), &empty), Some(InvalidSignature));
}

/// `serde_json::Value` reads an object with such a name as the text inside of it: here as another subject, and as
/// an object with a member twice.
#[test]
fn reserved_names_of_serde_json_are_refused_in_claims_headers_and_jwks() {
    let inner = json!(r#"{"iss":"me","aud":"api","sub":"admin"}"#);
    for payload in [
        claims(&format!(r#","$serde_json::private::RawValue":{inner}"#)),
        format!(r#"{{"$serde_json::private::RawValue":{inner},{}"#, &claims("")[1..]),
        claims(r#","own":{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#),
        claims(r#","own":[{"$serde_json::private::Number":"1e400"}]"#),
        claims(r#","own":{"\u0024serde_json::private::RawValue":"1"}"#),
    ] {
        assert_eq!(kind(&verifier(), &hostile(HEADER, &payload)), Some(ReservedMember), "{payload}");
        let read = UnverifiedToken::parse(&hostile(HEADER, &payload));
        assert_eq!(read.unwrap_err().kind(), ReservedMember, "{payload}");
    }
    for header in [
        r#"{"alg":"HS256","$serde_json::private::RawValue":"{}"}"#,
        r#"{"alg":"HS256","jwk":{"$serde_json::private::RawValue":"{}"}}"#,
    ] {
        assert_eq!(kind(&verifier(), &hostile(header, claims(""))), Some(ReservedMember), "{header}");
    }
    let jwk = |more: &str| {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"{more}}}"#)
    };
    assert!(VerifyingKey::from_jwk(&jwk("")).is_ok());
    let key = jwk(r#","$serde_json::private::RawValue":"{}""#);
    assert_eq!(VerifyingKey::from_jwk(&key).unwrap_err().kind(), ReservedMember);
    assert_eq!(KeySet::from_jwks(&format!(r#"{{"keys":[{key}]}}"#)).unwrap_err().kind(), ReservedMember);
    let refused = Signer::new(ed25519()).header_member("a", json!({"$serde_json::private::Number": "1"}));
    assert_eq!(refused.unwrap_err().kind(), InvalidConfiguration);
}

/// A type that stops after the first member would not see what contradicts it.
#[test]
fn no_member_of_the_claims_is_left_unread() {
    struct First;
    impl<'de> serde::de::Visitor<'de> for First {
        type Value = String;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
            Ok(map.next_key()?.unwrap_or_default())
        }
    }
    #[derive(Debug)]
    struct Lazy;
    impl<'de> serde::Deserialize<'de> for Lazy {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(First).map(|_| Self)
        }
    }
    #[derive(Debug)]
    struct LazyStruct;
    impl<'de> serde::Deserialize<'de> for LazyStruct {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_struct("LazyStruct", &["a"], First).map(|_| Self)
        }
    }
    #[derive(Debug, serde::Deserialize)]
    struct Own {
        #[serde(rename = "own")]
        _own: Lazy,
    }
    let token = hostile(HEADER, claims(r#","own":{"a":1,"b":2}"#));
    assert_eq!(verifier().verify::<Lazy>(&token, at(NOW)).unwrap_err().kind(), ClaimsDeserialize);
    assert_eq!(verifier().verify::<LazyStruct>(&token, at(NOW)).unwrap_err().kind(), ClaimsDeserialize);
    assert_eq!(verifier().verify::<Own>(&token, at(NOW)).unwrap_err().kind(), ClaimsDeserialize);
}

/// CVE-2016-5431, CVE-2022-29217, CVE-2023-48223, CVE-2026-34950.
#[test]
fn a_public_key_is_never_an_hmac_secret() {
    let spaced = format!(" \n\t{RSA_PUBLIC}");
    for secret in [RSA_PUBLIC, &spaced] {
        assert_eq!(VerifyingKey::hs256(secret.as_bytes()).unwrap_err().kind(), SecretIsAKey);
        assert_eq!(SigningKey::hs256(secret.as_bytes()).unwrap_err().kind(), SecretIsAKey);
    }
    // The same without its armour, as text and as bytes, in every form that a key or certificate has.
    for (form, pem) in [
        ("SubjectPublicKeyInfo, RSA", RSA_PUBLIC),
        ("SubjectPublicKeyInfo, Ed25519", include_str!("../fixtures/rfc8037_a2_spki.pem")),
        ("PKCS#1, public", include_str!("../fixtures/rfc7515_a2_public_pkcs1.pem")),
        ("PKCS#1, 1024 bits", PKCS1_1024),
        ("PKCS#1, private", include_str!("../fixtures/rfc7515_a2_pkcs1.pem")),
        ("PKCS#8", RSA_PRIVATE),
        // Self-signed with ECDSA by `openssl req -x509`.
        ("a certificate", include_str!("../fixtures/ecdsa_certificate.pem")),
    ] {
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, lines.concat()).unwrap();
        for secret in [lines.join("\n").into_bytes(), lines.concat().into_bytes(), der] {
            assert_eq!(VerifyingKey::hs256(&secret).unwrap_err().kind(), SecretIsAKey, "{form}");
            assert_eq!(SigningKey::hs256(&secret).unwrap_err().kind(), SecretIsAKey, "{form}");
        }
    }
    // The attack itself: an HS256 token under the public key's text, shown to who trusts that key.
    let rsa = VerifyingKey::from_pem(Algorithm::RS256, RSA_PUBLIC).unwrap();
    let kid = rsa.kid().unwrap().to_owned();
    let verifier = Verifier::builder(set([rsa])).issuer("me").audience("api").build().unwrap();
    for header in [HEADER.to_owned(), format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#)] {
        let token = mac(RSA_PUBLIC.as_bytes(), &format!("{}.{}", base64(header), base64(claims(""))));
        assert_eq!(kind(&verifier, &token), Some(UnknownKey));
    }
}

/// CVE-2026-48523: `alg` says one thing and the key another.
#[test]
fn a_header_cannot_pair_a_kid_with_another_algorithm() {
    let keys = set([
        VerifyingKey::hs256(SECRET).unwrap().with_kid("h").unwrap(),
        ed25519().verifying_key().with_kid("e").unwrap(),
    ]);
    let verifier = Verifier::builder(keys).issuer("me").audience("api").build().unwrap();
    for (alg, kid, expected) in [
        ("HS256", "h", None),
        ("HS256", "e", Some(UnknownKey)),
        ("EdDSA", "h", Some(UnknownKey)),
        ("EdDSA", "e", Some(InvalidSignature)),
        ("RS256", "h", Some(UnknownKey)),
    ] {
        let token = hostile(format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#), claims(""));
        assert_eq!(kind(&verifier, &token), expected, "{alg} {kid}");
    }
}

/// CVE-2018-0114, CVE-2026-27962.
#[test]
fn a_key_that_comes_with_the_token_is_not_trusted() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    let own =
        SigningKey::ed25519(&unbase64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").try_into().unwrap());
    let forged = jws::sign(&own.unwrap(), &jws::Header::without_type(), claims("").as_bytes()).unwrap();
    let verifier =
        Verifier::builder(set([ed25519().verifying_key()])).issuer("me").audience("api").build().unwrap();
    assert_eq!(kind(&verifier, &forged), Some(UnknownKey));
    for member in [
        format!(r#""jwk":{jwk}"#),
        // The very key under which the other token is signed.
        format!(
            r#""jwk":{{"kty":"oct","alg":"HS256","k":"{}"}}"#,
            base64("another secret of thirty-two byte")
        ),
        r#""jku":"https://evil.example/keys""#.to_owned(),
        r#""x5u":"https://evil.example/cert""#.to_owned(),
        r#""x5c":["MIIB"]"#.to_owned(),
    ] {
        // Under the verifier's own key they change nothing; under another they do not help.
        let header = format!(r#"{{"alg":"HS256",{member}}}"#);
        assert_eq!(kind(&crate::common::verifier(), &hostile(&header, claims(""))), None, "{member}");
        let other =
            mac(b"another secret of thirty-two byte", &format!("{}.{}", base64(&header), base64(claims(""))));
        assert_eq!(kind(&crate::common::verifier(), &other), Some(InvalidSignature), "{member}");
    }
}

#[test]
fn a_kid_is_only_ever_compared() {
    let keys = set([VerifyingKey::hs256(SECRET).unwrap().with_kid("a").unwrap()]);
    let verifier = Verifier::builder(keys).issuer("me").audience("api").build().unwrap();
    let with =
        |kid: &str| kind(&verifier, &hostile(json!({"alg": "HS256", "kid": kid}).to_string(), claims("")));
    assert_eq!(with("a"), None);
    for other in ["A", "a ", "a\0", "../../dev/null", "' OR 1=1 --", "https://evil.example/k", "b"] {
        assert_eq!(with(other), Some(UnknownKey), "{other}");
    }
    assert_eq!(with(&"a".repeat(256)), Some(UnknownKey));
    assert_eq!(with(&"a".repeat(257)), Some(InvalidHeader));
    assert_eq!(with(""), Some(InvalidHeader));
}

#[test]
fn a_token_without_kid_is_refused_where_several_keys_could_be_meant() {
    let one = VerifyingKey::hs256(SECRET).unwrap().with_kid("a").unwrap();
    let two = VerifyingKey::hs256(&[9; 32]).unwrap().with_kid("b").unwrap();
    let build = |keys| Verifier::builder(keys).issuer("me").audience("api").build().unwrap();
    let token = hostile(HEADER, claims(""));
    assert_eq!(kind(&build(set([one.clone(), two])), &token), Some(AmbiguousKey));
    assert_eq!(kind(&build(set([one, ed25519().verifying_key()])), &token), None);
}

/// An issuer that names its keys from now on has tokens of the unnamed one in circulation.
#[test]
fn the_tokens_of_an_unnamed_key_survive_a_named_successor() {
    let successor = SigningKey::hs256(&[9; 32]).unwrap().with_kid("2").unwrap();
    let keys = set([successor.verifying_key(), VerifyingKey::hs256(SECRET).unwrap()]);
    let verifier = Verifier::builder(keys).issuer("me").audience("api").build().unwrap();
    let old = hostile(HEADER, claims(""));
    assert_eq!(verifier.verify::<Value>(&old, at(NOW)).unwrap().kid(), None);
    let own: Value = serde_json::from_str(&claims("")).unwrap();
    let new = Signer::new(successor.clone()).sign(&own).unwrap();
    assert_eq!(verifier.verify::<Value>(&new, at(NOW)).unwrap().kid(), Some("2"));
    // The successor's signature without its name: only the unnamed key is asked.
    let unnamed = Signer::new(successor.without_kid()).sign(&own).unwrap();
    assert_eq!(kind(&verifier, &unnamed), Some(InvalidSignature));
}

/// RFC 8725 section 3.11: a signed document whose payload somebody else wrote.
#[test]
fn a_jws_of_another_purpose_does_not_pass_for_a_jwt() {
    for typ in ["JWT", "jwt", "Jwt", "application/jwt", "APPLICATION/JWT"] {
        assert_eq!(jws::Header::new(typ).unwrap_err().kind(), InvalidConfiguration, "{typ}");
    }
    for typ in ["", "a b", "é", &"a".repeat(256)] {
        assert_eq!(jws::Header::new(typ).unwrap_err().kind(), InvalidConfiguration, "{typ}");
    }
    let verifier =
        Verifier::builder(set([ed25519().verifying_key()])).issuer("me").audience("api").build().unwrap();
    let signed = |header: &jws::Header| jws::sign(&ed25519(), header, claims("").as_bytes()).unwrap();
    let typed = jws::Header::new("application/example+json").unwrap();
    assert_eq!(kind(&verifier, &signed(&typed)), Some(UnexpectedType));
    let bare = jws::Header::without_type();
    assert_eq!(kind(&verifier, &signed(&bare)), None);
    assert_eq!(kind(&verifier, &signed(&bare.cty("json").unwrap())), Some(UnexpectedType));
}

/// CVE-2026-29000, CVE-2024-28180: JWE, and anything compressed.
#[test]
fn five_segments_are_an_error_of_their_own_and_nothing_is_inflated() {
    let jwe = format!("{}.a.b.c.d", base64(r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#));
    assert_eq!(kind(&verifier(), &jwe), Some(EncryptedToken));
    let deflated = hostile(r#"{"alg":"HS256","zip":"DEF"}"#, [0x4B, 0x04, 0x00]);
    assert_eq!(kind(&verifier(), &deflated), Some(InvalidJson));
}

/// CVE-2025-30204, CVE-2025-27144.
#[test]
fn size_is_judged_before_anything_else() {
    let verifier = verifier();
    assert_eq!(kind(&verifier, &"a".repeat(16 * 1024)), Some(MalformedToken));
    assert_eq!(kind(&verifier, &"a".repeat(16 * 1024 + 1)), Some(TokenTooLong));
    assert_eq!(kind(&verifier, &".".repeat(16 * 1024)), Some(MalformedToken));
    let short = crate::common::builder().issuer("me").audience("api").max_token_length(100).build().unwrap();
    let token = hostile(HEADER, claims(""));
    assert!(token.len() > 100);
    assert_eq!(kind(&short, &token), Some(TokenTooLong));
    // 3072 bytes are 4096 characters.
    let header = |padding: usize| format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(padding - 22));
    assert_eq!(header(3072).len(), 3072);
    assert_eq!(kind(&verifier, &hostile(header(3072), claims(""))), None);
    assert_eq!(kind(&verifier, &hostile(header(3073), claims(""))), Some(TokenTooLong));
}

#[test]
fn a_payload_is_not_looked_at_before_its_signature() {
    let token =
        |payload: &str| mac(b"another secret of thirty-two byte", &format!("{}.{payload}", base64(HEADER)));
    for payload in ["!", "", &base64("not json"), &base64(r#"{"exp":1}"#)] {
        assert_eq!(kind(&verifier(), &token(payload)), Some(InvalidSignature), "{payload}");
    }
    assert_eq!(kind(&verifier(), &mac(SECRET, &format!("{}.!", base64(HEADER)))), Some(MalformedToken));
    assert_eq!(kind(&verifier(), &hostile(HEADER, b"\xFF")), Some(InvalidJson));
    assert_eq!(kind(&verifier(), &hostile(b"\xFF", claims(""))), Some(InvalidJson));
}

/// CVE-2026-25793: a token has one spelling, so its signing input names it.
#[test]
fn a_token_has_one_spelling() {
    let token = hostile(HEADER, claims(""));
    let verifier = verifier();
    let verified = verifier.verify::<Value>(&token, at(NOW)).unwrap();
    assert_eq!(verified.signing_input(), token.rsplit_once('.').unwrap().0.as_bytes());
    for place in 0..=token.len() {
        for character in ["=", "\n", " ", "\r", "\t", ".", "A", "-", "\0", "%", "\u{200b}"] {
            let mut respelled = token.clone();
            respelled.insert_str(place, character);
            assert!(kind(&verifier, &respelled).is_some(), "{place} {character:?}");
        }
        // Tokens are bytes, which need not be text.
        for byte in [0x80, 0xC3, 0xFF] {
            let mut respelled = token.clone().into_bytes();
            respelled.insert(place, byte);
            assert!(verifier.verify::<Value>(&respelled, at(NOW)).is_err(), "{place} {byte}");
        }
        let mut respelled = token.clone().into_bytes();
        if let Some(byte) = respelled.get_mut(place) {
            *byte |= 0x80;
            assert!(verifier.verify::<Value>(&respelled, at(NOW)).is_err(), "{place}");
        }
    }
}

/// RUSTSEC-2022-0093: S at or above the group order.
#[test]
fn an_ed25519_signature_has_one_form() {
    // RFC 8037 appendix A.4; then the same with the group order added to S, which satisfies the same
    // equation (computed in Python).
    let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let higher = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6KLa6_pyZkOh9Vg8wkiO1VhVsPt9g7sVvpAr_MuM0KEg";
    let key =
        VerifyingKey::ed25519(&unbase64("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").try_into().unwrap());
    let keys = set([key.unwrap()]);
    let refused =
        |signature: &str| jws::verify(&keys, &format!("{input}.{signature}")).err().map(|e| e.kind());
    assert_eq!(refused(signature), None);
    assert_eq!(refused(higher), Some(InvalidSignature));
    assert_eq!(refused(&base64([0; 64])), Some(InvalidSignature));
    assert_eq!(refused(&base64(&unbase64(signature)[..63])), Some(InvalidSignature));
    assert_eq!(refused(&base64([unbase64(signature), vec![0]].concat())), Some(InvalidSignature));
    assert_eq!(refused(""), Some(InvalidSignature));
}

/// Under a key of small order, one signature fits many messages: y = 1, which is the identity.
#[test]
fn an_ed25519_key_of_small_order_is_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(VerifyingKey::ed25519(&identity).unwrap_err().kind(), InvalidKey);
    let pem =
        VerifyingKey::ed25519(&unbase64("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").try_into().unwrap());
    let pem = pem.unwrap().to_pem(KeyFormat::Spki).unwrap();
    let body = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        [&[0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0][..], &identity].concat(),
    );
    let weak = pem.replace(pem.lines().nth(1).unwrap(), &body);
    assert_eq!(VerifyingKey::from_pem(Algorithm::EdDSA, &weak).unwrap_err().kind(), InvalidKey);
}

/// CVE-2022-23539 to 23541, CVE-2017-15361.
#[test]
fn weak_or_misused_rsa_keys_are_refused() {
    for (case, pem) in [
        ("1024 bits", include_str!("../fixtures/rsa_1024_spki.pem")),
        ("2047 bits", include_str!("../fixtures/rsa_2047_spki.pem")),
        ("8200 bits", include_str!("../fixtures/rsa_8200_spki.pem")),
        ("e = 1", include_str!("../fixtures/rsa_e1_spki.pem")),
        ("e = 2", include_str!("../fixtures/rsa_e2_spki.pem")),
        ("e = 65536", include_str!("../fixtures/rsa_e65536_spki.pem")),
        ("an even modulus", include_str!("../fixtures/rsa_even_modulus_spki.pem")),
        ("id-RSASSA-PSS", include_str!("../fixtures/rsa_pss_spki.pem")),
        ("Ed25519", include_str!("../fixtures/rfc8037_a2_spki.pem")),
    ] {
        assert_eq!(VerifyingKey::from_pem(Algorithm::RS256, pem).unwrap_err().kind(), InvalidKey, "{case}");
    }
    for pem in [include_str!("../fixtures/rsa_e3_spki.pem"), include_str!("../fixtures/rsa_8192_spki.pem")] {
        assert!(VerifyingKey::from_pem(Algorithm::RS256, pem).is_ok());
    }
    let small =
        SigningKey::from_pem(Algorithm::RS256, include_str!("../fixtures/rsa_1024_pkcs8.pem")).unwrap_err();
    assert_eq!(small.kind(), InvalidKey);
}

#[test]
fn an_rsa_signature_is_as_long_as_the_modulus() {
    let key = SigningKey::from_pem(Algorithm::RS256, RSA_PRIVATE).unwrap();
    let keys = set([key.verifying_key()]);
    let token = jws::sign(&key, &jws::Header::without_type(), b"x").unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = unbase64(signature);
    assert_eq!(signature.len(), 256);
    let refused =
        |bytes: &[u8]| jws::verify(&keys, &format!("{input}.{}", base64(bytes))).err().map(|e| e.kind());
    assert_eq!(refused(&signature), None);
    assert_eq!(refused(&[&[0][..], &signature].concat()), Some(InvalidSignature));
    assert_eq!(refused(&[&signature[..], &[0]].concat()), Some(InvalidSignature));
    assert_eq!(refused(&signature[..255]), Some(InvalidSignature));
    for bytes in [vec![0; 256], vec![0xFF; 256], vec![0; 1024], vec![]] {
        assert_eq!(refused(&bytes), Some(InvalidSignature));
    }
}

/// RUSTSEC-2021-0125.
#[test]
fn pem_of_another_label_is_refused_and_named() {
    let label = |error: countersign_signed::Error| (error.kind(), error.to_string());
    let (kind, text) = label(VerifyingKey::from_pem(Algorithm::RS256, RSA_PRIVATE).unwrap_err());
    assert_eq!(kind, InvalidKey);
    assert!(text.contains("expected PEM of `PUBLIC KEY` or `RSA PUBLIC KEY`, found `PRIVATE KEY`"), "{text}");
    let (_, text) = label(
        SigningKey::from_pem(Algorithm::EdDSA, include_str!("../fixtures/rfc8037_a2_spki.pem")).unwrap_err(),
    );
    assert!(text.contains("expected PEM of `PRIVATE KEY`, found `PUBLIC KEY`"), "{text}");
    let both = format!(
        "{}{}",
        include_str!("../fixtures/rfc8037_a2_spki.pem"),
        include_str!("../fixtures/rfc8037_a2_spki.pem")
    );
    assert_eq!(VerifyingKey::from_pem(Algorithm::EdDSA, &both).unwrap_err().kind(), InvalidKey);
    // The right label around the wrong key.
    assert_eq!(SigningKey::from_pem(Algorithm::EdDSA, RSA_PRIVATE).unwrap_err().kind(), InvalidKey);
    let ed25519 = include_str!("../fixtures/rfc8037_a1_pkcs8.pem");
    assert_eq!(SigningKey::from_pem(Algorithm::RS256, ed25519).unwrap_err().kind(), InvalidKey);
}

#[test]
fn both_names_of_ed25519_are_taken() {
    let verifier =
        Verifier::builder(set([ed25519().verifying_key()])).issuer("me").audience("api").build().unwrap();
    let token = jws::sign(&ed25519(), &jws::Header::without_type(), claims("").as_bytes()).unwrap();
    assert_eq!(kind(&verifier, &token), None);
    // Signed in Python with `cryptography`: the key of RFC 8037 appendix A.1, the header
    // {"alg":"Ed25519"}, the payload "x".
    let token = "eyJhbGciOiJFZDI1NTE5In0.eA.e5nygiZA980f1wPsYW9Ii-QVTD4mKd1--nHGDZ02bI7AwwXKXZzPMeVm7zM_b9UTMkBxZ8ZLZcozdVnBwjuQAA";
    let key =
        VerifyingKey::ed25519(&unbase64("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").try_into().unwrap());
    assert_eq!(jws::verify(&set([key.unwrap()]), token).unwrap().payload(), b"x");
    let seed = unbase64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").try_into().unwrap();
    let key = SigningKey::ed25519(&seed).unwrap().without_kid().with_rfc_9864_name();
    assert_eq!(jws::sign(&key, &jws::Header::without_type(), b"x").unwrap(), token);
}

#[test]
fn a_token_of_one_key_is_refused_under_every_other() {
    let token = Signer::new(SigningKey::hs256(&[9; 32]).unwrap()).sign(&json!({})).unwrap();
    let refused = jws::verify(&hmac_set(), &token).unwrap_err();
    assert_eq!(refused.kind(), InvalidSignature);
}
