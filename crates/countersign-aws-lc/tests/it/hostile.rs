//! Signatures that some verifiers get wrong, in one table and for both engines, which must agree with it and
//! so with each other.
//!
//! `fixtures/hostile.py` computes the table from the definitions and knows neither engine.

use crate::common::{KEYS, asymmetric, base64, both, both_verifying, sign, unbase64, verifies};
use countersign_signed::VerifyingKey;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn each_row_of_the_table_is_judged_as_it_says() {
    let table = include_str!("../fixtures/hostile.jsonl");
    let (mut right, mut wrong) = (0, 0);
    for line in table.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let key = VerifyingKey::from_jwk(&row["key"].to_string()).unwrap().without_kid();
        let expected = row["right"].as_bool().unwrap();
        *if expected { &mut right } else { &mut wrong } += 1;
        for (engine, key) in both_verifying(&key) {
            let found = verifies(key, row["token"].as_str().unwrap());
            assert_eq!(found, expected, "{}, {engine}", row["case"]);
        }
    }
    assert_eq!((right, wrong), (21, 132));
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for key in asymmetric() {
        let token = sign(key, b"payload");
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = unbase64(signature);
        let cut = signature[..signature.len() - 1].to_vec();
        for other in [cut, [&signature[..], &[0]].concat(), [&[0], &signature[..]].concat(), vec![]] {
            for (engine, key) in both(key) {
                let token = format!("{input}.{}", base64(&other));
                assert!(!verifies(key.verifying_key(), &token), "{key:?}, {engine}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn both_engines_sign_what_both_verify_and_refuse_any_change(
        payload: Vec<u8>, place: prop::sample::Index, bit in 0..8_u32,
    ) {
        for key in KEYS.iter() {
            for (_, signing) in both(key) {
                let token = sign(&signing, &payload);
                let (input, signature) = token.rsplit_once('.').unwrap();
                let mut changed = unbase64(signature);
                *place.get_mut(&mut changed) ^= 1_u8 << bit;
                let changed = format!("{input}.{}", base64(changed));
                let (header, _) = input.split_once('.').unwrap();
                let other = format!("{header}.{}.{signature}", base64([&payload[..], b"+"].concat()));
                for (engine, key) in both(key) {
                    prop_assert!(verifies(key.verifying_key(), &token), "{:?}, {}", key, engine);
                    prop_assert!(!verifies(key.verifying_key(), &changed), "{:?}, {}", key, engine);
                    prop_assert!(!verifies(key.verifying_key(), &other), "{:?}, {}", key, engine);
                }
            }
        }
    }

    /// Bytes of an attacker's choice, of the right length.
    #[test]
    fn no_bytes_make_an_engine_panic_or_take_them(seed: [u8; 32], ends in 0..4_usize) {
        for key in asymmetric() {
            let token = sign(key, b"payload");
            let (input, signature) = token.rsplit_once('.').unwrap();
            let mut bytes: Vec<u8> = seed.iter().copied().cycle().take(unbase64(signature).len()).collect();
            let half = bytes.len() / 2;
            // Zeros in front of either half make small integers of ECDSA and RSA.
            bytes[..if ends & 1 == 0 { 0 } else { half - 1 }].fill(0);
            bytes[half..if ends & 2 == 0 { half } else { half * 2 - 1 }].fill(0);
            for (engine, key) in both(key) {
                let token = format!("{input}.{}", base64(&bytes));
                prop_assert!(!verifies(key.verifying_key(), &token), "{:?}, {}", key, engine);
            }
        }
    }
}
