//! The character sets of RFC 9110 section 11, and the name of what is wrong with a text outside them.
//!
//! Each check goes over the whole text and answers yes or no. [`fault`] looks for the reason, and only in a text that
//! failed a check. So a good request pays for the answer alone.
//!
//! What the texts mean is not looked at here.

use crate::ErrorKind;

/// `token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 9110 section 11.2;
/// RFC 6750 section 2.1 calls the same set `b64token`).
#[inline]
pub(crate) fn is_token68(text: &[u8]) -> bool {
    let mut body = text;
    while let [head @ .., b'='] = body {
        body = head;
    }
    !body.is_empty() && all(body, is_token68_byte)
}

/// `token = 1*tchar` (RFC 9110 section 5.6.2), the syntax of a scheme's name.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && all(text.as_bytes(), is_tchar)
}

/// `tchar`, as a character.
pub(crate) fn is_token_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_tchar)
}

/// What a token68 has before its `=`, as a character.
pub(crate) fn is_token68_text_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_token68_byte)
}

/// The set of RFC 6750 section 3 for `error_description`: `%x20-21 / %x23-5B / %x5D-7E`, which is
/// printable ASCII without `"` and `\`, so that nothing in it needs an escape.
pub(crate) fn is_unescaped(text: &str) -> bool {
    all(text.as_bytes(), |b| is_printable(b) && b != b'"' && b != b'\\')
}

/// Printable ASCII, the space included: what a quoted string can hold, some of it escaped.
pub(crate) fn is_printable_ascii(text: &[u8]) -> bool {
    all(text, is_printable)
}

/// What is wrong with a field value, or with the credentials of one, whatever the scheme; `None` if
/// nothing is at this level.
///
/// RFC 9110 section 5.5 has these rejected or replaced; replacing would change a credential.
pub(crate) fn fault(text: &[u8]) -> Option<ErrorKind> {
    if !text.is_ascii() {
        Some(ErrorKind::NotAscii)
    } else if !is_printable_ascii(text) {
        Some(ErrorKind::ControlCharacter)
    } else if text.starts_with(b" ") || text.ends_with(b" ") {
        Some(ErrorKind::SurroundingSpace)
    } else {
        None
    }
}

/// Whether `set` holds for every byte. It does not stop at the first byte that is outside, so that the compiler makes
/// vector instructions of it.
fn all(bytes: &[u8], set: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |held, byte| held & set(*byte))
}

/// What a token68 has before its `=`.
fn is_token68_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        | matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(set: impl Fn(&str) -> bool) -> String {
        (0..=0x7F_u8).map(char::from).filter(|c| set(c.encode_utf8(&mut [0; 4]))).collect()
    }

    // The sets below are written out by hand from the RFCs, in the order of ASCII.

    #[test]
    fn token68_is_the_set_of_rfc_9110() {
        assert_eq!(
            accepted(|text| is_token68(text.as_bytes())),
            "+-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"
        );
    }

    #[test]
    fn token_is_the_set_of_rfc_9110() {
        assert_eq!(
            accepted(is_token),
            "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"
        );
    }

    #[test]
    fn a_description_holds_printable_ascii_without_quote_and_backslash() {
        assert_eq!(
            accepted(is_unescaped),
            " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"
        );
    }

    #[test]
    fn no_set_holds_a_character_beyond_ascii() {
        for text in ["\u{80}", "\u{e9}", "\u{ff}", "\u{12b}", "\u{1F600}"] {
            assert!(
                !is_token68(text.as_bytes())
                    && !is_token(text)
                    && !is_unescaped(text)
                    && !is_printable_ascii(text.as_bytes())
            );
        }
    }

    #[test]
    fn a_wrong_byte_is_found_at_every_place_of_every_length() {
        for length in 1..=100 {
            assert!(is_token68("a".repeat(length).as_bytes()));
            for place in 0..length {
                let text = format!("{}!{}", "a".repeat(place), "a".repeat(length - place - 1));
                assert!(!is_token68(text.as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn a_byte_is_judged_alike_wherever_it_stands() {
        let usual = "eyJhbGciOiJFZERTQSJ9.".repeat(4);
        for (byte, place) in (0..=0x7F_u8).flat_map(|byte| (0..80).map(move |place| (byte, place))) {
            // Followed by an unusual byte, by none, and led by one.
            for (head, tail) in [("", "~"), ("", "."), ("+", ".")] {
                let mut text = format!("{head}{usual}{tail}").into_bytes();
                text[place] = byte;
                let text = String::from_utf8(text).unwrap();
                let expected = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
                assert_eq!(is_token68(text.as_bytes()), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn padding_comes_last_and_never_alone() {
        for good in ["a=", "a==", "a=========", "-=", "~~="] {
            assert!(is_token68(good.as_bytes()), "{good}");
        }
        for bad in ["", "=", "==", "=a", "a=a", "a= ", "a=,"] {
            assert!(!is_token68(bad.as_bytes()), "{bad}");
        }
    }
}
