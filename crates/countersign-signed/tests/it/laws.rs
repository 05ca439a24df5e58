//! Laws: what is signed verifies, any change does not, and no text makes anything panic.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::common::{NOW, at, base64, builder, hmac_set, hostile, set, unbase64};
use countersign_signed::{Algorithm, ErrorKind, KeySet, Signer, SigningKey, Verifier, VerifyingKey, jws};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const RSA_PRIVATE: &str = include_str!("../fixtures/rfc7515_a2_pkcs8.pem");
const RSA_PUBLIC: &str = include_str!("../fixtures/rfc7515_a2_spki.pem");
const ED25519_PRIVATE: &str = include_str!("../fixtures/rfc8037_a1_pkcs8.pem");

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..20)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Private claims of any name but a registered one.
fn claims() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map("x.*", value(), 0..20).prop_map(|map| map.into_iter().collect())
}

fn key(of: u8) -> SigningKey {
    match of % 2 {
        0 => SigningKey::hs256(&[of; 32]).unwrap(),
        _ => SigningKey::ed25519(&[of; 32]).unwrap(),
    }
}

fn trusting(key: &SigningKey) -> Verifier {
    let keys = set([key.verifying_key()]);
    Verifier::builder(keys).without_required_expiry().max_token_length(1 << 20).build().unwrap()
}

proptest! {
    #[test]
    fn what_is_signed_verifies(of: u8, claims in claims(), kid in proptest::option::of("(?s).{1,64}")) {
        let mut key = key(of);
        if let Some(kid) = kid {
            key = key.with_kid(&kid).unwrap();
        }
        let signer = Signer::new(key.clone()).max_token_length(1 << 20).unwrap();
        let token = signer.sign(&claims).unwrap();
        let verifier = trusting(&key);
        let verified = verifier.verify::<Map<String, Value>>(&token, at(NOW)).unwrap();
        prop_assert_eq!(verified.kid(), key.kid());
        prop_assert_eq!(verified.into_claims(), claims);
    }

    #[test]
    fn any_payload_comes_back(of: u8, payload: Vec<u8>) {
        let key = key(of);
        let token = jws::sign(&key, &jws::Header::without_type(), &payload).unwrap();
        let keys = set([key.verifying_key()]);
        prop_assert_eq!(jws::verify(&keys, &token).unwrap().into_payload(), payload);
    }

    #[test]
    fn any_change_of_one_byte_is_refused(of: u8, place: prop::sample::Index, byte in 0..128_u8) {
        let key = key(of);
        let token = Signer::new(key.clone()).sign(&json!({"sub": "alice", "role": "user"})).unwrap();
        let mut bytes = token.clone().into_bytes();
        *place.get_mut(&mut bytes) = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != token);
        prop_assert!(trusting(&key).verify::<Value>(&changed, at(NOW)).is_err());
    }

    #[test]
    fn a_token_cut_short_or_drawn_out_is_refused(of: u8, cut in 1..40_usize, more in "[A-Za-z0-9_.=-]{1,9}") {
        let key = key(of);
        let token = Signer::new(key.clone()).sign(&json!({})).unwrap();
        let verifier = trusting(&key);
        prop_assert!(verifier.verify::<Value>(&token[..token.len() - cut], at(NOW)).is_err());
        prop_assert!(verifier.verify::<Value>(&token[cut..], at(NOW)).is_err());
        let longer = [[token.as_str(), more.as_str()].concat(), [more.as_str(), token.as_str()].concat()];
        for longer in longer {
            prop_assert!(verifier.verify::<Value>(&longer, at(NOW)).is_err());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text: String, header: Vec<u8>, payload: Vec<u8>) {
        prop_assert!(jws::verify(&hmac_set(), &text).is_err());
        let _ = VerifyingKey::hs256(text.as_bytes());
        let _ = VerifyingKey::from_pem(Algorithm::EdDSA, &text);
        let _ = SigningKey::from_pem(Algorithm::RS256, &text);
        let verifier = builder().build().unwrap();
        let _ = verifier.verify::<Value>(&hostile(&header, &payload), at(NOW));
        let _ = verifier.verify::<Value>(&hostile(crate::common::HEADER, &payload), at(NOW));
        let _ = verifier.verify::<Value>(&hostile(crate::common::HEADER, &text), at(NOW));
    }

    /// Text made of the pieces of JSON reaches further into the reader than random text does.
    #[test]
    fn what_the_reader_takes_serde_json_takes_and_reads_alike(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", " ", "\n", "\"a\"", "\"b\"", "\"\\u0061\"", "\"\\ud83d\\ude00\"", "1",
                "-0.5e2", "0", "true", "null", "{\"a\":1}", "\"", "\\", "é", "\"a\":", "\"b\":", "\"c\":[1]", "{}",
            ]),
            0..12,
        ),
        whole: bool,
    ) {
        let mut text: String = pieces.concat();
        if whole {
            text = format!("{{{text}}}");
        }
        let verifier = builder().without_required_expiry().accept_any_audience().build().unwrap();
        let token = hostile(crate::common::HEADER, &text);
        let ours = verifier.verify::<Value>(&token, at(NOW));
        let theirs = serde_json::from_str::<Value>(&text);
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours.claims(), &theirs),
            (Ok(_), Err(error)) => prop_assert!(false, "{} is no JSON: {}", text, error),
            (Err(error), Ok(theirs)) => prop_assert!(
                !theirs.is_object() || error.kind() == ErrorKind::DuplicateMember,
                "{}: {:?}", text, error
            ),
            (Err(_), Err(_)) => {}
        }
    }
}

/// serde_json reads an integer of 128 bits up to the point or the exponent, and refuses what follows; and a
/// name as a number only if it is nothing else.
#[test]
fn no_number_is_read_in_part() {
    let verifier = builder().without_required_expiry().build().unwrap();
    for text in ["5.9", "5.0", "5e3", "-5E3", "17014118346046000001.25", "1e400"] {
        let token = hostile(crate::common::HEADER, format!(r#"{{"a":{text}}}"#));
        let signed = verifier.verify::<BTreeMap<String, i128>>(&token, at(NOW));
        assert_eq!(signed.unwrap_err().kind(), ErrorKind::ClaimsDeserialize, "{text}");
        let unsigned = verifier.verify::<BTreeMap<String, u128>>(&token, at(NOW));
        assert_eq!(unsigned.unwrap_err().kind(), ErrorKind::ClaimsDeserialize, "{text}");
    }
    for name in ["5.9", "5e3", " 5", "5 ", "\\n5", ""] {
        let token = hostile(crate::common::HEADER, format!(r#"{{"{name}":0}}"#));
        let wide = verifier.verify::<BTreeMap<i128, u8>>(&token, at(NOW));
        assert_eq!(wide.unwrap_err().kind(), ErrorKind::ClaimsDeserialize, "{name}");
        let narrow = verifier.verify::<BTreeMap<i64, u8>>(&token, at(NOW));
        assert_eq!(narrow.unwrap_err().kind(), ErrorKind::ClaimsDeserialize, "{name}");
    }
    let token = hostile(crate::common::HEADER, r#"{"-170141183460469231731687303715884105728":9}"#);
    let read = verifier.verify::<BTreeMap<i128, u128>>(&token, at(NOW)).unwrap();
    assert_eq!(read.claims(), &BTreeMap::from([(i128::MIN, 9)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rsa_signs_what_it_verifies_and_refuses_any_change(payload: Vec<u8>, place: prop::sample::Index, bit in 0..8_u32) {
        let key = SigningKey::from_pem(Algorithm::RS256, RSA_PRIVATE).unwrap();
        let keys = set([key.verifying_key()]);
        let token = jws::sign(&key, &jws::Header::without_type(), &payload).unwrap();
        prop_assert_eq!(jws::verify(&keys, &token).unwrap().into_payload(), payload);
        let (input, signature) = token.rsplit_once('.').unwrap();
        let mut signature = unbase64(signature);
        *place.get_mut(&mut signature) ^= 1_u8 << bit;
        let changed = format!("{input}.{}", base64(signature));
        prop_assert_eq!(jws::verify(&keys, &changed).unwrap_err().kind(), ErrorKind::InvalidSignature);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Damaged DER inside sound PEM reaches what reads keys, and the libraries that judge them.
    #[test]
    fn no_damaged_key_makes_it_panic(
        of: prop::sample::Index,
        which: prop::sample::Index,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        front: bool,
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let pem = which.get(&PEM);
        let lines: Vec<&str> = pem.lines().collect();
        let standard = base64::engine::general_purpose::STANDARD;
        let mut der = base64::Engine::decode(&standard, lines[1..lines.len() - 1].concat()).unwrap();
        for (place, byte) in damage {
            // Structure is in front, numbers behind.
            let reach = if front { der.len().min(40) } else { der.len() };
            *place.get_mut(&mut der[..reach]) = byte;
        }
        if let Some(cut) = cut {
            der.truncate(cut.index(der.len()));
        }
        let body = base64::Engine::encode(&standard, &der);
        let text = format!("{}\n{body}\n{}\n", lines[0], lines[lines.len() - 1]);
        let algorithm = *of.get(Algorithm::ALL);
        for algorithm in [Algorithm::RS256, algorithm] {
            let _ = SigningKey::from_pem(algorithm, &text);
            let _ = VerifyingKey::from_pem(algorithm, &text);
            let _ = SigningKey::from_der(algorithm, &der);
            let _ = VerifyingKey::from_der(algorithm, &der);
            let _ = SigningKey::from_bytes(algorithm, &der);
            let _ = VerifyingKey::from_bytes(algorithm, &der);
        }
    }

    #[test]
    fn no_damaged_jwk_makes_it_panic(
        which: prop::sample::Index,
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[\\x20-\\x7e]{0,3}"), 1..4),
    ) {
        let mut text = which.get(&JWKS).clone();
        for (place, piece) in damage {
            let at = place.index(text.len());
            text.replace_range(at..=at, &piece);
        }
        let _ = SigningKey::from_jwk(&text);
        let _ = VerifyingKey::from_jwk(&text);
        let _ = KeySet::from_jwks(&format!(r#"{{"keys":[{text}]}}"#));
    }
}

const PEM: [&str; 14] = [
    RSA_PRIVATE,
    RSA_PUBLIC,
    ED25519_PRIVATE,
    include_str!("../fixtures/rfc7515_a2_pkcs1.pem"),
    include_str!("../fixtures/rfc7515_a2_public_pkcs1.pem"),
    include_str!("../fixtures/openssl/p256_pkcs8.pem"),
    include_str!("../fixtures/openssl/p256_sec1.pem"),
    include_str!("../fixtures/openssl/p256_spki.pem"),
    include_str!("../fixtures/openssl/p521_pkcs8.pem"),
    include_str!("../fixtures/openssl/secp256k1_spki_compressed.pem"),
    include_str!("../fixtures/openssl/pss_sha384_spki.pem"),
    include_str!("../fixtures/openssl/pss_sha384_pkcs8.pem"),
    include_str!("../fixtures/openssl/ed25519_spki.pem"),
    include_str!("../fixtures/openssl/rsa_three_primes_pkcs8.pem"),
];

static JWKS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rsa = SigningKey::from_pem(Algorithm::RS256, RSA_PRIVATE).unwrap();
    let key = |algorithm| SigningKey::generate(algorithm).unwrap();
    let keys =
        [rsa, key(Algorithm::ES256), key(Algorithm::ES512), key(Algorithm::EdDSA), key(Algorithm::HS256)];
    let private = keys.iter().map(|key| key.to_jwk().unwrap().expose().to_owned());
    private.chain(keys.iter().filter_map(|key| key.verifying_key().to_jwk().ok())).collect()
});
