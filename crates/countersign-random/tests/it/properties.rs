//! Laws of base62 and of digests, for whatever the input.

use countersign_random::{
    DigestKey,
    base62::{encode, encoded_len},
};
use proptest::prelude::*;

/// The bytes that `text` stands for, by the schoolbook: for each digit, times 62 and plus the digit.
fn decode(text: &str, length: usize) -> Vec<u8> {
    let alphabet: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut bytes = vec![0_u8; length];
    for character in text.chars() {
        let mut carry = alphabet.iter().position(|digit| *digit == character).unwrap();
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 62;
            *byte = (carry % 256) as u8;
            carry /= 256;
        }
        assert_eq!(carry, 0, "the text stands for a larger number");
    }
    bytes
}

fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    // Short and over a small alphabet, so that equal concatenations of different parts are common.
    prop::collection::vec(prop::collection::vec(0_u8..2, 0..4), 0..4)
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

proptest! {
    #[test]
    fn base62_has_its_width_and_stands_for_the_same_number(
        bytes in prop::collection::vec(any::<u8>(), 0..150),
    ) {
        let text = encode(&bytes);
        prop_assert_eq!(text.len(), encoded_len(bytes.len()));
        prop_assert_eq!(decode(&text, bytes.len()), bytes);
    }

    #[test]
    fn base62_text_sorts_as_its_bytes_do(a in any::<[u8; 24]>(), b in any::<[u8; 24]>()) {
        prop_assert_eq!(encode(&a).cmp(&encode(&b)), a.cmp(&b));
    }

    #[test]
    fn two_inputs_have_one_digest_only_if_they_are_the_same(
        (one, two) in (parts(), parts()),
        (domain, other_domain) in ("[ab]{0,2}", "[ab]{0,2}"),
    ) {
        for key in [DigestKey::plain(0), DigestKey::keyed(0, &[7; 32]).unwrap()] {
            let first = key.digest(&domain, &slices(&one));
            let second = key.digest(&other_domain, &slices(&two));
            prop_assert_eq!(first.matches(&second), (&domain, &one) == (&other_domain, &two));
        }
    }

    #[test]
    fn the_digest_depends_on_the_secret(secret in any::<[u8; 32]>(), other in any::<[u8; 32]>()) {
        let under = |secret: &[u8]| DigestKey::keyed(0, secret).unwrap().digest("domain", &[b"token"]);
        prop_assert_eq!(under(&secret).matches(&under(&other)), secret == other);
        prop_assert!(!under(&secret).matches(&DigestKey::plain(0).digest("domain", &[b"token"])));
    }
}

#[test]
fn nothing_moves_between_domain_and_parts() {
    let key = DigestKey::plain(0);
    let inputs: [(&str, &[&[u8]]); 8] = [
        ("ab", &[b"cd"]),
        ("abc", &[b"d"]),
        ("a", &[b"bcd"]),
        ("ab", &[b"c", b"d"]),
        ("ab", &[b"cd", b""]),
        ("ab", &[b"", b"cd"]),
        ("", &[b"ab", b"cd"]),
        ("abcd", &[]),
    ];
    for (at, (domain, parts)) in inputs.iter().enumerate() {
        for (other_domain, other_parts) in &inputs[at + 1..] {
            let other = key.digest(other_domain, other_parts);
            assert!(!key.digest(domain, parts).matches(&other), "{domain} {other_domain}");
        }
    }
}
