//! Lengths, limits and failures of everything that is generated.

use std::{collections::HashSet, error::Error as _};

use crate::support::{Counting, Failing};
use countersign_random::{
    DEFAULT_KEY_BYTES, ErrorKind, OsRandom, ParsedKey, Prefix, PrefixedKey, token_bytes, token_bytes_from,
    token_hex, token_hex_from, token_urlsafe, token_urlsafe_from,
};

#[test]
fn every_length_from_none_to_64_bytes_comes_out_right() {
    for length in 0..=64 {
        assert_eq!(token_bytes(length).unwrap().len(), length);
        assert_eq!(token_hex(length).unwrap().len(), 2 * length);
        // A padded group has four characters; without padding 1 byte has 2 and 2 bytes have 3.
        let urlsafe = length / 3 * 4 + [0, 2, 3][length % 3];
        assert_eq!(token_urlsafe(length).unwrap().len(), urlsafe);
    }
}

#[test]
fn without_a_length_there_are_32_bytes() {
    assert_eq!(token_bytes(None).unwrap().len(), 32);
    assert_eq!(token_hex(None).unwrap().len(), 64);
    assert_eq!(token_urlsafe(None).unwrap().len(), 43);
    assert_eq!(token_urlsafe(Some(16)).unwrap().len(), 22);
}

#[test]
fn a_length_beyond_all_memory_is_an_error() {
    for length in [usize::MAX, usize::MAX / 2, usize::MAX / 2 + 1] {
        for kind in [
            token_bytes(length).unwrap_err().kind(),
            token_hex(length).unwrap_err().kind(),
            token_urlsafe(length).unwrap_err().kind(),
        ] {
            assert_eq!(kind, ErrorKind::LengthTooLarge);
        }
    }
}

#[test]
fn text_has_its_final_size_from_the_start() {
    for length in 1..=64 {
        let hex = token_hex(length).unwrap().into_exposed();
        assert_eq!(hex.capacity(), hex.len());
        let urlsafe = token_urlsafe(length).unwrap().into_exposed();
        assert_eq!(urlsafe.capacity(), urlsafe.len());
    }
    let prefix = Prefix::parse("acme").unwrap();
    let key = PrefixedKey::generate(&Counting, &prefix, 24).unwrap().into_secret().into_exposed();
    assert_eq!(key.capacity(), key.len());
}

#[test]
fn no_two_tokens_and_no_two_keys_are_alike() {
    let prefix = Prefix::parse("acme_live").unwrap();
    let mut seen = HashSet::new();
    for _ in 0..300 {
        let key = PrefixedKey::generate(&OsRandom, &prefix, DEFAULT_KEY_BYTES).unwrap();
        assert_eq!(ParsedKey::parse(key.expose()).unwrap().prefix(), "acme_live");
        assert!(seen.insert(key.into_secret().into_exposed()));
        assert!(seen.insert(token_hex(16).unwrap().into_exposed()));
        assert!(seen.insert(token_urlsafe(16).unwrap().into_exposed()));
    }
    assert_eq!(seen.len(), 900);
}

#[test]
fn a_source_that_fails_gives_no_token_and_its_cause_is_kept() {
    let prefix = Prefix::parse("acme").unwrap();
    let errors = [
        token_bytes_from(&Failing, 32).unwrap_err(),
        token_hex_from(&Failing, 32).unwrap_err(),
        token_urlsafe_from(&Failing, 32).unwrap_err(),
        PrefixedKey::generate(&Failing, &prefix, 24).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::RandomnessUnavailable);
        assert_eq!(error.to_string(), "the source of randomness failed");
        assert_eq!(error.source().unwrap().to_string(), "out of order");
    }
}

#[test]
fn a_key_has_16_to_64_random_bytes() {
    let prefix = Prefix::parse("acme").unwrap();
    for bytes in [0, 15] {
        let error = PrefixedKey::generate(&Counting, &prefix, bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooFewKeyBytes, "{bytes}");
    }
    for bytes in [65, usize::MAX] {
        let error = PrefixedKey::generate(&Counting, &prefix, bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyKeyBytes, "{bytes}");
    }
    for bytes in 16..=64 {
        let key = PrefixedKey::generate(&Counting, &prefix, bytes).unwrap();
        assert_eq!(ParsedKey::parse(key.expose()).unwrap().body(), key.as_parsed().body(), "{bytes}");
    }
}

#[test]
fn an_assembled_key_has_16_bytes_at_least_and_256_characters_at_most() {
    let prefix = Prefix::parse("a").unwrap();
    let too_few = PrefixedKey::assemble(&prefix, &[&[1; 8], &[], &[2; 7]]).unwrap_err();
    assert_eq!(too_few.kind(), ErrorKind::TooFewKeyBytes);
    let none = PrefixedKey::assemble(&prefix, &[]).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::TooFewKeyBytes);
    let least = PrefixedKey::assemble(&prefix, &[&[1; 8], &[], &[2; 8]]).unwrap();
    assert_eq!(ParsedKey::parse(least.expose()).unwrap().body().len(), 22);

    // "a_", 248 characters of body (86 + 86 + 76, of 64, 64 and 56 bytes), 6 of checksum: 256.
    let longest = PrefixedKey::assemble(&prefix, &[&[1; 64], &[2; 64], &[3; 56]]).unwrap();
    assert_eq!(longest.expose().len(), 256);
    assert!(ParsedKey::parse(longest.expose()).is_ok());
    let longer = Prefix::parse("ab").unwrap();
    let too_many = PrefixedKey::assemble(&longer, &[&[1; 64], &[2; 64], &[3; 56]]).unwrap_err();
    assert_eq!(too_many.kind(), ErrorKind::TooManyKeyBytes);
}
