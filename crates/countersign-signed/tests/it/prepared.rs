//! Prepared keys accept exactly what plain keys accept.

use crate::common::{base64, set};
use countersign_signed::{Algorithm, SigningKey, VerifyingKey, jws};

/// Whether the key takes this signature of the payload, in a token that names no `kid`.
fn accepts(key: &VerifyingKey, token: &str) -> bool {
    jws::verify(&set([key.clone().without_kid()]), token).is_ok()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn token(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", base64(signature))
}

/// Signatures whose every bit matters: each also under one changed bit, and Ed25519's under S + L.
#[test]
fn prepared_and_plain_keys_agree_under_every_changed_bit() {
    use base64::Engine as _;
    let rounds = std::env::var("COUNTERSIGN_PREPARED_ROUNDS").map_or(4, |text| text.parse().unwrap());
    for algorithm in
        [Algorithm::EdDSA, Algorithm::ES256, Algorithm::ES384, Algorithm::ES256K, Algorithm::RS256]
    {
        let key = SigningKey::generate(algorithm).unwrap().without_kid();
        let (plain, prepared) = (key.verifying_key(), key.verifying_key().prepared());
        for round in 0_usize..rounds {
            let text = jws::sign(&key, &jws::Header::without_type(), &round.to_le_bytes()).unwrap();
            assert!(accepts(&plain, &text) && accepts(&prepared, &text), "{algorithm:?}");
            let (input, signature) = text.rsplit_once('.').unwrap();
            let right = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
            for bit in (round % 7..right.len() * 8).step_by(61) {
                let mut wrong = right.clone();
                wrong[bit / 8] ^= 1 << (bit % 8);
                let wrong = token(input, &wrong);
                assert!(!accepts(&plain, &wrong) && !accepts(&prepared, &wrong), "{algorithm:?} {bit}");
            }
        }
    }
}

#[test]
fn prepared_ed25519_refuses_s_plus_the_order() {
    use base64::Engine as _;
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let key = SigningKey::ed25519(&[7; 32]).unwrap().without_kid();
    let text = jws::sign(&key, &jws::Header::without_type(), b"x").unwrap();
    let (input, signature) = text.rsplit_once('.').unwrap();
    let mut signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(hex(ORDER)) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert!(accepts(&key.verifying_key().prepared(), &text));
    assert!(!accepts(&key.verifying_key().prepared(), &token(input, &signature)));
}
