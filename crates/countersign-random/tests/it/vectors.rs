//! Values that Python computed: `int` arithmetic for base62, `zlib.crc32`, `base64`, `hashlib`, `hmac`.

use crate::support::{Counting, unhex};
use countersign_random::{
    DigestKey, Prefix, PrefixedKey,
    base62::{encode, encoded_len},
    token_bytes_from, token_hex_from, token_urlsafe_from,
};

const HEX_32: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// 16 bytes from 0 upwards, and 32 bytes of 0xff, in base62.
const COUNT_16: &str = "000SYW7RiJxkEgOGusQGwp";
const ONES_32: &str = "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1";

#[test]
fn base62_is_the_big_endian_number_at_a_fixed_width() {
    let count = |range: std::ops::Range<u8>| range.collect::<Vec<u8>>();
    let vectors: [(Vec<u8>, &str); 11] = [
        (vec![], ""),
        (vec![0], "00"),
        (vec![0xff], "47"),
        (vec![1, 0], "048"),
        (vec![0xde, 0xad, 0xbe, 0xef], "44pZgF"),
        (count(1..17), "01tuWckR0Qgud2DqqiTysq"),
        (count(1..25), "00fnYAQKBwXJ0DMxbwWuazpTQt4v6hH5s"),
        (count(0..32), "003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf"),
        (vec![0xff; 24], "2lFA6LboL2xx0ldQH2K1TdSrwuqMMiME3"),
        (
            count(0..64),
            "003Vqjw7cu3hfvkU3qiqaK9rbeC4hxTD9e6FyJqrQy5B0Gcb0VZXHtbKLaMqUiIawolD691iK8Ufvf9Ncn7q8d",
        ),
        (
            vec![0xff; 64],
            "xR9fAlrdKvCIINsqEkJZSfvkAt8lzmSSSSwEFE05v06EBY3r5dlozuRxnvOf5LFQW8jES7aPVEzqA5lO3MW8I3",
        ),
    ];
    for (bytes, expected) in vectors {
        assert_eq!(encode(&bytes), expected);
        assert_eq!(encoded_len(bytes.len()), expected.len());
    }
}

#[test]
fn tokens_are_the_source_s_bytes_in_each_rendering() {
    assert_eq!(token_bytes_from(&Counting, None).unwrap().expose(), unhex(HEX_32));
    assert_eq!(token_hex_from(&Counting, None).unwrap().expose(), HEX_32);
    assert_eq!(
        token_urlsafe_from(&Counting, None).unwrap().expose(),
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    );
    assert_eq!(token_hex_from(&Counting, 5).unwrap().expose(), "0001020304");
    assert_eq!(token_urlsafe_from(&Counting, 5).unwrap().expose(), "AAECAwQ");
}

#[test]
fn generated_keys_are_prefix_body_and_checksum() {
    let vectors = [
        ("acme_live", 24, "acme_live_000A7dl5PEW67zZCpFU9uKaHnGgOvQKAR3bF6OJ"),
        ("acme_live", 16, "acme_live_000SYW7RiJxkEgOGusQGwp32ADLa"),
        (
            "sk",
            64,
            "sk_003Vqjw7cu3hfvkU3qiqaK9rbeC4hxTD9e6FyJqrQy5B0Gcb0VZXHtbKLaMqUiIawolD691iK8Ufvf9Ncn7q8d2jmKJ8",
        ),
    ];
    for (prefix, bytes, expected) in vectors {
        let key = PrefixedKey::generate(&Counting, &Prefix::parse(prefix).unwrap(), bytes).unwrap();
        assert_eq!(key.expose(), expected);
        assert_eq!(key.into_secret().into_exposed(), expected);
    }
}

#[test]
fn assembled_keys_are_their_parts_at_fixed_widths() {
    let locator = unhex(&HEX_32[..32]);
    let prefix = Prefix::parse("acme_rt").unwrap();
    let key = PrefixedKey::assemble(&prefix, &[&locator, &[0xff; 32]]).unwrap();
    assert_eq!(key.expose(), format!("acme_rt_{COUNT_16}{ONES_32}1fYec9"));
    assert_eq!(key.as_parsed().split_body(encoded_len(16)), Some((COUNT_16, ONES_32)));
}

/// The domain, the parts, then SHA-256 and HMAC-SHA-256 of the framed input.
type DigestVector = (&'static str, &'static [&'static [u8]], &'static str, &'static str, &'static str);

/// HMAC once under the 32 bytes from 0 upwards, once under 131 bytes of 0xaa, more than a block.
const DIGESTS: [DigestVector; 4] = [
    (
        "acme API key",
        &[b"token"],
        "5f503a16316870f55f72e65a04ed2315e2030c971c8978b6068555c2a14a12e4",
        "bd69906454169d28e0b2e6a57674ce5cafb35551b99a39c00ffcee500062af6b",
        "7927755d613e1876c7f37837eabc6831e6aa39991544c7e4aa867f4f20c58206",
    ),
    (
        "",
        &[],
        "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc",
        "9f0cd9b94097fe4929918d2b8942b34439574261a35dc50163f06c67d4e48899",
        "4ff2c36479bf9b7a7e319e7637021888818dc2cc3b38daa49e22bb4b2f7f709c",
    ),
    (
        "d\u{e9}",
        &[b"ab", b"", b"c"],
        "95c2de26a66f2c8dde97e1dad5decfcf5dd6e457884164ba43066febaae80dc4",
        "c1d9cb511c5dbb9be43a910c09752f99cc61a65881b352c29443ce8432d11786",
        "eabeed317c47a8150c9718ad8511f75a03f0806cb02c502de7390c16ab1776d8",
    ),
    (
        "long",
        &[&[b'x'; 1000]],
        "52db6a1013cca32fe41e1fbad1db0ab8d21322e80e3fcab2d66ff673b6cda233",
        "cd8fb066669934f9ffae59a92e486f49f7a66f9c8e4e57660c3f51028c91eb7d",
        "924643f5399bea3c3f15f849bcaf269c93ca92bcb468c802203838058bf965d3",
    ),
];

#[test]
fn digests_are_over_the_framed_domain_and_parts() {
    let plain = DigestKey::plain(0);
    let keyed = DigestKey::keyed(1, &unhex(HEX_32)).unwrap();
    let long = DigestKey::keyed(2, &[0xaa; 131]).unwrap();
    for (domain, parts, by_plain, by_keyed, by_long) in DIGESTS {
        for (key, expected) in [(&plain, by_plain), (&keyed, by_keyed), (&long, by_long)] {
            // Twice, for the prepared state must come out of the first unchanged.
            for _ in 0..2 {
                assert_eq!(key.digest(domain, parts).as_bytes()[..], unhex(expected), "{domain:?} {key:?}");
            }
        }
    }
}
