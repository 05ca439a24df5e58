//! The plain and the prepared way side by side, on published vectors and on what an attacker would send.
//!
//! These tests stand inside the crate because they verify messages that are no JWS.

#[path = "../../../tests/it/common/vectors.rs"]
mod vectors;

use serde_json::Value;

use crate::{Algorithm, VerifyingKey};

/// The common verdict of both ways, which must be one.
#[track_caller]
fn verdict(ways: &[VerifyingKey; 2], message: &[u8], signature: &[u8]) -> bool {
    let [plain, prepared] = ways.each_ref().map(|key| key.verify(message, signature));
    assert_eq!(plain, prepared, "plain, prepared: {message:02x?} {signature:02x?}");
    plain
}

fn both(key: VerifyingKey) -> [VerifyingKey; 2] {
    assert!(!key.is_prepared());
    let prepared = key.clone().prepared();
    assert!(prepared.is_prepared());
    [key, prepared]
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    hex(value[name].as_str().unwrap())
}

/// Runs a file of Wycheproof. Keys that this crate refuses or leaves plain are left out; `acceptable`
/// signatures, which are not in the one right form, are refused.
fn wycheproof(file: &str, algorithm: Algorithm, key: fn(Algorithm, &Value) -> Option<VerifyingKey>) {
    let Some(document) = vectors::read(&format!("wycheproof/{file}_test.json")) else { return };
    let (mut valid, mut invalid) = (0, 0);
    for group in document["testGroups"].as_array().unwrap() {
        let Some(key) = key(algorithm, group) else { continue };
        let ways = both(key);
        for test in group["tests"].as_array().unwrap() {
            let expected = test["result"] == "valid";
            let found = verdict(&ways, &bytes(test, "msg"), &bytes(test, "sig"));
            assert_eq!(found, expected, "{file} {test}");
            if expected { valid += 1 } else { invalid += 1 }
        }
    }
    assert!(valid > 0 && invalid > 0, "{file}: {valid} {invalid}");
}

fn der(algorithm: Algorithm, group: &Value) -> Option<VerifyingKey> {
    VerifyingKey::from_der(algorithm, &bytes(group, "publicKeyDer")).ok()
}

#[cfg(feature = "ecdsa")]
mod ecdsa {
    use super::*;

    /// SP 800-186 section 3.2.1.3.
    const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

    #[test]
    fn wycheproof_has_one_verdict() {
        wycheproof("ecdsa_secp256r1_sha256_p1363", Algorithm::ES256, der);
    }

    /// CVE-2022-21449, and every pair of integers at the edges of the range, under the key that is G.
    #[test]
    fn edges_of_the_range_have_one_verdict() {
        let g = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
        let ways = both(VerifyingKey::from_bytes(Algorithm::ES256, &hex(g)).unwrap());
        let below = format!("{}50", &ORDER[..62]);
        let (zero, one) = ("00".repeat(32), format!("{}01", "00".repeat(31)));
        let edges = [zero.as_str(), &one, &below, ORDER, &"ff".repeat(32)].map(hex);
        for r in &edges {
            for s in &edges {
                assert!(!verdict(&ways, b"message", &[r.as_slice(), s].concat()));
            }
        }
    }

    /// Under the key G, `r = -z` makes the sum the point at infinity, for every `s`.
    #[test]
    fn the_point_at_infinity_is_refused() {
        use p256::elliptic_curve::{PrimeField as _, ops::Reduce};
        use sha2::{Digest as _, Sha256};

        let g = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
        let ways = both(VerifyingKey::from_bytes(Algorithm::ES256, &hex(g)).unwrap());
        let z = <p256::Scalar as Reduce<p256::FieldBytes>>::reduce(&Sha256::digest(b"message"));
        for s in 1..=16_u64 {
            let s = p256::Scalar::from(s).to_repr();
            assert!(!verdict(&ways, b"message", &[(-z).to_repr(), s].concat()));
        }
    }
}

#[cfg(feature = "rsa")]
mod rsa {
    use super::*;

    #[test]
    fn wycheproof_has_one_verdict() {
        wycheproof("rsa_signature_2048_sha256", Algorithm::RS256, with_usual_exponent);
        wycheproof("rsa_signature_3072_sha384", Algorithm::RS384, with_usual_exponent);
        wycheproof("rsa_signature_4096_sha512", Algorithm::RS512, with_usual_exponent);
        wycheproof("rsa_pss_2048_sha256_mgf1_32", Algorithm::PS256, with_usual_exponent);
        wycheproof("rsa_pss_4096_sha512_mgf1_64", Algorithm::PS512, with_usual_exponent);
    }

    /// What the owner of a key signs in RFC 8017's right encoding, and in encodings that end in the right hash.
    #[cfg(feature = "sign")]
    #[test]
    fn every_byte_of_the_encoding_counts() {
        use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
        use crypto_bigint::{BoxedUint, Odd};
        use sha2::{Digest as _, Sha256};

        let key = crate::SigningKey::generate(Algorithm::RS256).unwrap();
        let jwk: Value = serde_json::from_str(key.to_jwk().unwrap().expose()).unwrap();
        let integer = |name: &str| {
            let bytes = crate::base64url::decode(jwk[name].as_str().unwrap().as_bytes()).unwrap();
            BoxedUint::from_be_slice(&bytes, 2048).unwrap()
        };
        let params = BoxedMontyParams::new(Odd::new(integer("n")).unwrap());
        let ways = both(key.verifying_key());
        let signed = |encoding: &[u8]| {
            let base = BoxedMontyForm::new(BoxedUint::from_be_slice(encoding, 2048).unwrap(), &params);
            verdict(&ways, b"message", &base.pow(&integer("d")).retrieve().to_be_bytes())
        };
        let info = hex("3031300d060960864801650304020105000420");
        let end = [info, Sha256::digest(b"message").to_vec()].concat();
        let right = [&[0, 1][..], &[0xFF; 202], &[0], &end].concat();
        assert!(signed(&right));
        // Every byte before the hash, one bit wrong; the first byte keeps the integer below the modulus.
        for at in 1..256 - 32 {
            let mut wrong = right.clone();
            wrong[at] ^= 1;
            assert!(!signed(&wrong), "{at}");
        }
        // Bleichenbacher's forgery of 2006: little padding, the hash, then anything.
        let early = [&[0, 1][..], &[0xFF; 8], &[0], &end, &[7; 194]].concat();
        assert!(!signed(&early));
    }

    /// Keys of other exponents stay plain.
    fn with_usual_exponent(algorithm: Algorithm, group: &Value) -> Option<VerifyingKey> {
        der(algorithm, group).filter(|key| key.clone().prepared().is_prepared())
    }
}

#[cfg(feature = "ed25519")]
mod ed25519 {
    use ed25519_dalek::Signer as _;

    use super::*;

    /// L, the group order, little-endian (RFC 8032 section 5.1).
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

    #[test]
    fn wycheproof_has_one_verdict() {
        wycheproof("ed25519", Algorithm::EdDSA, der);
    }

    fn plus(left: &[u8], right: &[u8]) -> Vec<u8> {
        let mut carry = 0;
        let sums = left.iter().zip(right).map(|(left, right)| {
            let sum = u16::from(*left) + u16::from(*right) + carry;
            carry = sum >> 8;
            sum.to_le_bytes()[0]
        });
        sums.collect()
    }

    /// S + L, S + 2L and so on: the same integer to the group, another signature of the message.
    #[test]
    fn s_is_below_the_order() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let ways = both(VerifyingKey::ed25519(key.verifying_key().as_bytes()).unwrap());
        let signature = key.sign(b"message").to_bytes();
        assert!(verdict(&ways, b"message", &signature));
        let (r, s) = signature.split_at(32);
        let mut s = s.to_vec();
        for _ in 0..7 {
            s = plus(&s, &hex(ORDER));
            assert!(!verdict(&ways, b"message", &[r, &s].concat()));
        }
    }

    /// Points of small order as R, in every spelling, with S of zero, one and the order.
    #[test]
    fn small_orders_as_r_have_one_verdict() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let ways = both(VerifyingKey::ed25519(key.verifying_key().as_bytes()).unwrap());
        let zeros = "00".repeat(31);
        for r in [
            format!("01{zeros}"),
            format!("00{zeros}"),
            format!("{zeros}80"),
            format!("ec{}7f", "ff".repeat(30)),
            format!("ed{}7f", "ff".repeat(30)),
            format!("ee{}7f", "ff".repeat(30)),
            format!("ec{}ff", "ff".repeat(30)),
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".to_owned(),
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa".to_owned(),
        ] {
            for s in [format!("00{zeros}"), format!("01{zeros}"), ORDER.to_owned(), "ff".repeat(32)] {
                assert!(!verdict(&ways, b"message", &[hex(&r), hex(&s)].concat()));
            }
        }
    }

    /// A key of mixed order: a right key plus a point of order 8. Which messages it takes depends on the
    /// cofactor, which neither way multiplies in.
    #[test]
    fn keys_of_mixed_order_have_one_verdict() {
        use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
        use curve25519_dalek::scalar::Scalar;
        use sha2::{Digest as _, Sha512};

        let secret = Scalar::from(123_456_789_u64);
        let mut accepted = 0;
        for torsion in EIGHT_TORSION {
            let a = (ED25519_BASEPOINT_POINT * secret + torsion).compress().to_bytes();
            let ways = both(VerifyingKey::ed25519(&a).unwrap());
            for nonce in 1..=32_u64 {
                let r = (ED25519_BASEPOINT_POINT * Scalar::from(nonce)).compress().to_bytes();
                let hash = Sha512::new().chain_update(r).chain_update(a).chain_update(b"message").finalize();
                let k = Scalar::from_bytes_mod_order_wide(&hash.into());
                let s = Scalar::from(nonce) + k * secret;
                accepted += usize::from(verdict(&ways, b"message", &[r, s.to_bytes()].concat()));
            }
        }
        // All 32 of the key without torsion, and of the others those whose k takes the torsion away.
        assert!((33..256).contains(&accepted), "{accepted}");
    }
}
