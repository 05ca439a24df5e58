//! Hexadecimal and base64url, writing only.
//!
//! A dozen lines each rather than a dependency: a general encoder goes through a buffer of its own, where
//! a copy of the secret stays behind, or can fail in ways that would have to be answered here. These write
//! straight into text whose memory the caller has reserved, and cannot fail. Digits are computed, not looked
//! up: neither a branch nor an address in the source depends on the secret, and branches on random digits
//! would be mispredicted anyway. The tests hold them against the `base64` crate. There is no decoding: a
//! token is looked up by its text, never taken apart.

/// `digit`, which is ASCII, as a character.
///
/// The mask changes nothing. It lets the compiler see that the character is one byte of UTF-8, so that
/// appending it needs no case distinction, which takes a quarter off the time of rendering.
pub(crate) fn ascii(digit: u8) -> char {
    char::from(digit & 0x7f)
}

/// Appends two lower-case hexadecimal digits for each byte (RFC 4648, section 8, in lower case).
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    fn digit(nibble: u8) -> char {
        // 39 is the way from after '9' to 'a'.
        ascii(b'0'.wrapping_add(nibble).wrapping_add(39 * u8::from(nibble > 9)))
    }
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0f));
    }
}

/// Appends unpadded base64url (RFC 4648, section 5): `ceil(4n / 3)` characters for `n` bytes.
pub(crate) fn push_base64url(text: &mut String, bytes: &[u8]) {
    fn digit(sextet: u32) -> char {
        // The mask keeps the value below 64, so that the conversion to u8 loses nothing.
        let sextet = (sextet & 0x3f) as u8;
        // A-Z, and from there the way to a-z, back to 0-9, back to '-', and on to '_'.
        ascii(
            b'A'.wrapping_add(sextet)
                .wrapping_add(6 * u8::from(sextet > 25))
                .wrapping_sub(75 * u8::from(sextet > 51))
                .wrapping_sub(13 * u8::from(sextet > 61))
                .wrapping_add(49 * u8::from(sextet > 62)),
        )
    }
    for group in bytes.chunks(3) {
        // Three bytes are four digits of six bits, from the left; two bytes are three, one byte two.
        // What is missing on the right counts as zero bits.
        let mut bytes = group.iter().map(|byte| u32::from(*byte));
        let mut next = || bytes.next().unwrap_or(0);
        let bits = (next() << 16) | (next() << 8) | next();
        text.push(digit(bits >> 18));
        text.push(digit(bits >> 12));
        if group.len() > 1 {
            text.push(digit(bits >> 6));
        }
        if group.len() > 2 {
            text.push(digit(bits));
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn base64url(bytes: &[u8]) -> String {
        let mut text = String::new();
        push_base64url(&mut text, bytes);
        text
    }

    #[test]
    fn base64url_is_that_of_rfc_4648_section_10_without_padding() {
        let vectors = [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (input, expected) in vectors {
            assert_eq!(base64url(input.as_bytes()), expected);
        }
        // The two characters in which it differs from plain base64 ("+/79").
        assert_eq!(base64url(&[0xfb, 0xfe, 0xfd]), "-_79");
    }

    #[test]
    fn hex_is_that_of_rfc_4648_section_10_in_lower_case() {
        let mut text = String::from("kept:");
        push_hex(&mut text, b"foobar\x00\x0f\xa9\xff");
        assert_eq!(text, "kept:666f6f626172000fa9ff");
    }

    proptest! {
        #[test]
        fn base64url_agrees_with_the_base64_crate(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(base64url(&bytes), URL_SAFE_NO_PAD.encode(&bytes));
        }

        #[test]
        fn hex_agrees_with_the_formatter(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut text = String::new();
            push_hex(&mut text, &bytes);
            prop_assert_eq!(text, bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        }
    }
}
