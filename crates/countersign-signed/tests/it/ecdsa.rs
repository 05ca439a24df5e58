//! ECDSA signatures at the edges of what may be one: RFC 7518 section 3.4, CVE-2022-21449.

use crate::common::{base64, set, unbase64};
use countersign_signed::{Algorithm, ErrorKind, KeySet, SigningKey, VerifyingKey, jws};

/// The order of each curve: SEC 2 version 2, sections 2.4.1, 2.4.2, 2.5.1 and 2.6.1.
const ORDERS: [(Algorithm, &str); 4] = [
    (Algorithm::ES256K, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    (Algorithm::ES256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    (
        Algorithm::ES384,
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    (
        Algorithm::ES512,
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// `a - b`, of equal lengths, big-endian.
fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference: Vec<u8> = a
        .iter()
        .zip(b)
        .rev()
        .map(|(&a, &b)| {
            let digit = i16::from(a) - i16::from(b) - borrow;
            borrow = i16::from(digit < 0);
            u8::try_from(digit.rem_euclid(256)).unwrap()
        })
        .collect();
    difference.reverse();
    difference
}

/// `a + b`, or nothing if it is longer.
fn plus(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    let mut carry = 0;
    let mut sum: Vec<u8> = a
        .iter()
        .zip(b)
        .rev()
        .map(|(&a, &b)| {
            let digit = u16::from(a) + u16::from(b) + carry;
            carry = digit >> 8;
            u8::try_from(digit & 0xFF).unwrap()
        })
        .collect();
    sum.reverse();
    (carry == 0).then_some(sum)
}

struct Case {
    keys: KeySet,
    input: String,
    order: Vec<u8>,
    r: Vec<u8>,
    s: Vec<u8>,
}

impl Case {
    fn new(algorithm: Algorithm, order: &str) -> Self {
        let key = SigningKey::generate(algorithm).unwrap();
        let token = jws::sign(&key, &jws::Header::without_type(), b"payload").unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = unbase64(signature);
        let (r, s) = signature.split_at(signature.len() / 2);
        let (input, order) = (input.to_owned(), bytes(order));
        assert_eq!((r.len(), s.len()), (order.len(), order.len()));
        Self { keys: set([key.verifying_key()]), input, order, r: r.to_vec(), s: s.to_vec() }
    }

    fn accepts(&self, signature: &[&[u8]]) -> bool {
        match jws::verify(&self.keys, &format!("{}.{}", self.input, base64(signature.concat()))) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidSignature);
                false
            }
        }
    }
}

#[test]
fn r_and_s_are_from_1_to_the_order_less_one() {
    for (algorithm, order) in ORDERS {
        let case = Case::new(algorithm, order);
        let Case { order: n, r, s, .. } = &case;
        assert!(case.accepts(&[r, s]), "{algorithm:?}");
        let zero = vec![0; n.len()];
        let one = [&zero[1..], &[1]].concat();
        let above = plus(n, &one).unwrap();
        let most = vec![0xFF; n.len()];
        for wrong in [&zero, n, &above, &most, &one, &minus(n, &one)] {
            assert!(!case.accepts(&[wrong, s]), "{algorithm:?} r = {wrong:02x?}");
            assert!(!case.accepts(&[r, wrong]), "{algorithm:?} s = {wrong:02x?}");
            assert!(!case.accepts(&[wrong, wrong]), "{algorithm:?} r = s = {wrong:02x?}");
        }
        // Congruent to what is right, where there is room for it: on P-521 there always is.
        for (integer, first) in [(r, true), (s, false)] {
            let Some(sum) = plus(integer, n) else { continue };
            let pair: [&[u8]; 2] = if first { [&sum, s] } else { [r, &sum] };
            assert!(!case.accepts(&pair), "{algorithm:?}");
        }
        assert!(algorithm != Algorithm::ES512 || plus(r, n).is_some());
    }
}

/// Either half of `s` is taken, on secp256k1 too; with `r` it is not so.
#[test]
fn the_negative_of_s_is_as_good_as_s() {
    for (algorithm, order) in ORDERS {
        let case = Case::new(algorithm, order);
        let (r, s) = (&case.r, &case.s);
        assert!(case.accepts(&[r, &minus(&case.order, s)]), "{algorithm:?}");
        assert!(!case.accepts(&[&minus(&case.order, r), s]), "{algorithm:?}");
        assert!(!case.accepts(&[s, r]), "{algorithm:?}");
    }
}

#[test]
fn a_signature_is_two_integers_of_the_fields_length_and_not_der() {
    for (algorithm, order) in ORDERS {
        let case = Case::new(algorithm, order);
        let (r, s) = (&case.r, &case.s);
        let zero = &[0][..];
        for wrong in [
            &[&r[..]][..],
            &[r, &s[1..]],
            &[&r[1..], s],
            &[r, s, zero],
            &[zero, r, s],
            &[zero, r, zero, s],
            &[],
        ] {
            assert!(!case.accepts(wrong), "{algorithm:?} {}", wrong.len());
        }
        let integer = |magnitude: &[u8]| {
            let sign = if magnitude[0] >= 0x80 { zero } else { &[] };
            let length = u8::try_from(sign.len() + magnitude.len()).unwrap();
            [&[2, length], sign, magnitude].concat()
        };
        let (r, s) = (integer(r), integer(s));
        let length = u8::try_from(r.len() + s.len()).unwrap();
        let front: &[u8] = if length < 0x80 { &[0x30, length] } else { &[0x30, 0x81, length] };
        assert!(!case.accepts(&[front, &r, &s]), "{algorithm:?}");
    }
}

/// RFC 6979 appendices A.2.5 to A.2.7: signatures of `sample` are no JWS, so the keys are what is of use:
/// each private key gives its public one.
#[test]
fn rfc_6979_private_keys_give_their_public_keys() {
    for (algorithm, private, x, y) in [
        (
            Algorithm::ES256,
            "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
            "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        ),
        (
            Algorithm::ES384,
            "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
            "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13",
            "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
        ),
    ] {
        let key = SigningKey::from_bytes(algorithm, &bytes(private)).unwrap();
        let point = [vec![4], bytes(x), bytes(y)].concat();
        assert_eq!(key.verifying_key().to_bytes().unwrap(), point);
        let compressed = [vec![2 + (point[point.len() - 1] & 1)], bytes(x)].concat();
        let again = VerifyingKey::from_bytes(algorithm, &compressed).unwrap();
        assert_eq!(again.to_bytes().unwrap(), point);
    }
}
