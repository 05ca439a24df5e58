//! Reading keys: what is taken, what is refused and under which kind, and what is shown.

use crate::support::Counting;
use countersign_random::{ErrorKind, ParsedKey, Prefix, PrefixedKey};
use proptest::prelude::*;

/// Made with Python: 24 bytes from 0 upwards.
const KEY: &str = "acme_live_000A7dl5PEW67zZCpFU9uKaHnGgOvQKAR3bF6OJ";

/// `text` and its checksum, by the textbook: CRC-32 bit by bit, then base62 digit by digit.
fn with_checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    let alphabet: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let digit = |place: u32| alphabet[(!crc / 62_u32.pow(place) % 62) as usize];
    text.chars().chain((0..6).rev().map(digit)).collect()
}

fn refusal(text: &str) -> ErrorKind {
    ParsedKey::parse(text).expect_err(text).kind()
}

#[test]
fn a_key_is_taken_apart_from_its_end() {
    assert_eq!(with_checksum(&KEY[..43]), KEY);
    let key = ParsedKey::parse(KEY).unwrap();
    assert_eq!(key.prefix(), "acme_live");
    assert_eq!(key.body(), "000A7dl5PEW67zZCpFU9uKaHnGgOvQKAR");
    assert_eq!(key.expose(), KEY);
    assert_eq!(key.split_body(3), Some(("000", "A7dl5PEW67zZCpFU9uKaHnGgOvQKAR")));
    assert_eq!(key.split_body(33), Some((key.body(), "")));
    assert_eq!(key.split_body(34), None);
}

#[test]
fn a_fresh_key_reads_the_same_as_one_that_was_sent() {
    let key = PrefixedKey::generate(&Counting, &Prefix::parse("acme_live").unwrap(), 24).unwrap();
    let (fresh, sent) = (key.as_parsed(), ParsedKey::parse(KEY).unwrap());
    assert_eq!((fresh.prefix(), fresh.body(), fresh.expose()), (sent.prefix(), sent.body(), sent.expose()));
}

#[test]
fn a_key_can_keep_the_beginning_of_an_earlier_body() {
    let prefix = Prefix::parse("acme_live").unwrap();
    let whole = PrefixedKey::assemble(&prefix, &[&[7; 16], &[9; 32]]).unwrap();
    let (kept, _) = whole.as_parsed().split_body(22).unwrap();
    let again = PrefixedKey::assemble_keeping(&prefix, kept, &[9; 32]).unwrap();
    assert_eq!(again.expose(), whole.expose());
    let refusal = |kept: &str, part: &[u8]| {
        PrefixedKey::assemble_keeping(&prefix, kept, part).err().map(|error| error.kind())
    };
    assert_eq!(refusal(kept, &[9; 15]), Some(ErrorKind::TooFewKeyBytes));
    assert_eq!(refusal("a_b", &[9; 32]), Some(ErrorKind::InvalidCharacter));
    assert_eq!(refusal("é", &[9; 32]), Some(ErrorKind::InvalidCharacter));
    assert_eq!(refusal(&"a".repeat(200), &[9; 32]), Some(ErrorKind::TooManyKeyBytes));
    assert_eq!(refusal("", &[9; 16]), None);
}

#[test]
fn each_fault_has_its_kind() {
    let body = "0".repeat(22);
    let cases = [
        ("", ErrorKind::MissingPrefix),
        ("abc", ErrorKind::MissingPrefix),
        (&with_checksum(&body), ErrorKind::MissingPrefix),
        ("acme_", ErrorKind::TextTooShort),
        ("acme_live_abcdef", ErrorKind::TextTooShort),
        (&with_checksum(&format!("acme_{}", &body[1..])), ErrorKind::TextTooShort),
        (&with_checksum(&format!("_{body}")), ErrorKind::InvalidPrefix),
        (&with_checksum(&format!("acme__{body}")), ErrorKind::InvalidPrefix),
        (&with_checksum(&format!("acme__live_{body}")), ErrorKind::InvalidPrefix),
        (&with_checksum(&format!("1acme_{body}")), ErrorKind::InvalidPrefix),
        (&with_checksum(&format!("{}_{body}", "a".repeat(33))), ErrorKind::InvalidPrefix),
        (&with_checksum(&format!("acme-live_{body}")), ErrorKind::InvalidCharacter),
        (&with_checksum(&format!("acme_{body}+")), ErrorKind::InvalidCharacter),
        (&format!("{KEY}\n"), ErrorKind::InvalidCharacter),
        (&format!(" {KEY}"), ErrorKind::InvalidCharacter),
        (&KEY.replace('Z', "\u{17d}"), ErrorKind::InvalidCharacter),
        (&format!("{}\u{e9}", &KEY[..47]), ErrorKind::InvalidCharacter),
        (&KEY.replace("bF6OJ", "bF6OK"), ErrorKind::ChecksumMismatch),
        (&KEY.to_lowercase(), ErrorKind::ChecksumMismatch),
        (&KEY.replace("live", "test"), ErrorKind::ChecksumMismatch),
    ];
    for (text, kind) in cases {
        assert_eq!(refusal(text), kind, "{text:?}");
    }
}

#[test]
fn the_limits_are_22_characters_of_body_and_256_of_text() {
    let least = with_checksum(&format!("a_{}", "0".repeat(22)));
    assert_eq!(ParsedKey::parse(&least).unwrap().body().len(), 22);
    let longest_prefix = with_checksum(&format!("{}_{}", "a".repeat(32), "0".repeat(22)));
    assert_eq!(ParsedKey::parse(&longest_prefix).unwrap().prefix().len(), 32);
    let most = with_checksum(&format!("a_{}", "0".repeat(248)));
    assert_eq!((most.len(), ParsedKey::parse(&most).is_ok()), (256, true));
    assert_eq!(refusal(&with_checksum(&format!("a_{}", "0".repeat(249)))), ErrorKind::TextTooLong);
    // The length comes before everything else.
    assert_eq!(refusal(&"\u{e9}".repeat(5_000_000)), ErrorKind::TextTooLong);
}

#[test]
fn the_hint_shows_the_prefix_and_four_characters() {
    let prefix = Prefix::parse("acme_live").unwrap();
    let key = PrefixedKey::generate(&Counting, &prefix, 24).unwrap();
    assert_eq!(key.hint(), "acme_live_000A\u{2026}");
}

#[test]
fn neither_debug_nor_errors_show_the_body() {
    let key = PrefixedKey::generate(&Counting, &Prefix::parse("acme_live").unwrap(), 24).unwrap();
    assert_eq!(format!("{key:?}"), "PrefixedKey { prefix: \"acme_live\", .. }");
    assert_eq!(format!("{:?}", key.as_parsed()), "ParsedKey { prefix: \"acme_live\", .. }");
    assert_eq!(format!("{:?}", key.into_secret()), "SecretString([redacted])");
    let typo = KEY.replace("A7dl", "A7dI");
    let error = ParsedKey::parse(&typo).unwrap_err();
    assert_eq!(error.to_string(), "the key's checksum does not match");
    assert_eq!(format!("{error:?}"), "Error { kind: ChecksumMismatch, source: None }");
}

fn prefixes() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9]{0,9}(_[a-zA-Z0-9]{1,10}){0,2}".prop_filter("32 at most", |text| text.len() <= 32)
}

proptest! {
    #[test]
    fn what_is_assembled_can_be_read_back(
        prefix in prefixes(),
        first in prop::collection::vec(any::<u8>(), 16..40),
        second in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let key = PrefixedKey::assemble(&Prefix::parse(&prefix).unwrap(), &[&first, &second]).unwrap();
        let read = ParsedKey::parse(key.expose()).unwrap();
        prop_assert_eq!(read.prefix(), prefix.as_str());
        prop_assert_eq!(read.body(), key.as_parsed().body());
        prop_assert_eq!(with_checksum(&key.expose()[..key.expose().len() - 6]), key.expose());
    }

    // CRC-32 finds every fault of at most 32 bits in a row, so these are certain, not merely likely.
    #[test]
    fn any_character_changed_is_refused(at in 0..KEY.len(), other in "[0-9A-Za-z_]") {
        prop_assume!(KEY[at..=at] != other);
        let changed = format!("{}{other}{}", &KEY[..at], &KEY[at + 1..]);
        prop_assert!(ParsedKey::parse(&changed).is_err());
    }

    #[test]
    fn any_two_neighbours_swapped_are_refused(at in 0..KEY.len() - 1) {
        let mut bytes = KEY.as_bytes().to_vec();
        bytes.swap(at, at + 1);
        prop_assume!(bytes != KEY.as_bytes());
        prop_assert!(ParsedKey::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
    }

    #[test]
    fn any_character_left_out_or_added_is_refused(at in 0..KEY.len(), added in "[0-9A-Za-z_]") {
        let (shorter, longer) =
            (format!("{}{}", &KEY[..at], &KEY[at + 1..]), format!("{}{added}{}", &KEY[..at], &KEY[at..]));
        prop_assert!(ParsedKey::parse(&shorter).is_err());
        prop_assert!(ParsedKey::parse(&longer).is_err());
    }

    #[test]
    fn reading_never_panics(text in any::<String>(), tail in "[a-z_]{0,9}_[0-9A-Za-z]{0,40}\\PC{0,3}") {
        prop_assert!(ParsedKey::parse(&text).is_err());
        let _ = ParsedKey::parse(&tail);
        let _ = Prefix::parse(&text);
    }

    #[test]
    fn splitting_a_body_gives_back_the_body_or_nothing(at in 0_usize..80) {
        let key = ParsedKey::parse(KEY).unwrap();
        match key.split_body(at) {
            Some((head, tail)) => {
                prop_assert_eq!(head.len(), at);
                prop_assert_eq!(format!("{head}{tail}"), key.body());
            }
            None => prop_assert!(at > key.body().len()),
        }
    }
}
