//! Base64 (RFC 4648), bit by bit, with nothing in common with the engines that the crates use.

/// Without padding: RFC 4648 section 5.
pub(crate) const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// RFC 4648 section 4; the padding is the caller's.
pub(crate) const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encode(alphabet: &[u8; 64], bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0, |word, place| word << 8 | u32::from(*group.get(place).unwrap_or(&0)));
        for place in 0..=group.len() {
            text.push(char::from(alphabet[(word >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// What the text stands for, whatever the bits that are left over.
pub(crate) fn decode(alphabet: &[u8; 64], text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut word, mut bits) = (Vec::new(), 0_u32, 0);
    for character in text.bytes() {
        let value = alphabet.iter().position(|&known| known == character)?;
        word = (word << 6 | u32::try_from(value).unwrap()) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits & 0xFF) as u8);
        }
    }
    Some(bytes)
}

/// Whether the text is the one spelling of its bytes.
pub(crate) fn is_canonical(alphabet: &[u8; 64], text: &str) -> bool {
    decode(alphabet, text).is_some_and(|bytes| encode(alphabet, &bytes) == text)
}

/// Standard, padded.
pub(crate) fn padded(bytes: &[u8]) -> String {
    let mut text = encode(STANDARD, bytes);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10, and RFC 7515 appendix C.
    #[test]
    fn the_published_examples_come_out() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(padded(bytes.as_bytes()), text);
            assert_eq!(decode(STANDARD, text.trim_end_matches('=')).unwrap(), bytes.as_bytes());
        }
        assert_eq!(encode(URL, &[3, 236, 255, 224, 193]), "A-z_4ME");
        assert!(is_canonical(URL, "A-z_4ME"));
        assert!(!is_canonical(URL, "A-z_4MF") && !is_canonical(URL, "A") && !is_canonical(URL, "A+"));
    }
}
