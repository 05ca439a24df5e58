//! The character sets of RFC 9110 section 11, and the name of what is wrong with a text outside them.
//!
//! Two passes rather than one: a yes-or-no over the text, in blocks that the compiler turns into vector
//! instructions, and, only for a text that failed it, [`fault`], which looks for the reason. So a good
//! request pays for the answer alone.
//!
//! What the texts mean is not looked at here.

use crate::ErrorKind;

/// `token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 9110 section 11.2;
/// RFC 6750 section 2.1 calls the same set `b64token`).
pub(crate) fn is_token68(text: &str) -> bool {
    let mut body = text.as_bytes();
    while let [head @ .., b'='] = body {
        body = head;
    }
    !body.is_empty() && all(body, is_token68_char)
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
    u8::try_from(character).is_ok_and(is_token68_char)
}

/// The set of RFC 6750 section 3 for `error_description`: `%x20-21 / %x23-5B / %x5D-7E`, which is
/// printable ASCII without `"` and `\`, so that nothing in it needs an escape.
pub(crate) fn is_unescaped(text: &str) -> bool {
    all(text.as_bytes(), |b| is_printable(b) && b != b'"' && b != b'\\')
}

/// Printable ASCII, the space included: what a quoted string can hold, some of it escaped.
pub(crate) fn is_printable_ascii(text: &str) -> bool {
    all(text.as_bytes(), is_printable)
}

/// What is wrong with a field value, or with the credentials of one, whatever the scheme; `None` if
/// nothing is at this level.
///
/// RFC 9110 section 5.5 has these rejected or replaced; replacing would change a credential.
pub(crate) fn fault(text: &str) -> Option<ErrorKind> {
    if !text.is_ascii() {
        Some(ErrorKind::NotAscii)
    } else if !is_printable_ascii(text) {
        Some(ErrorKind::ControlCharacter)
    } else if text.starts_with(' ') || text.ends_with(' ') {
        Some(ErrorKind::SurroundingSpace)
    } else {
        None
    }
}

/// Whether `set` holds for every byte. Blocks of 32 without an exit inside become vector instructions;
/// the last block overlaps the one before it, so that no remainder is left to go byte by byte.
fn all(bytes: &[u8], set: impl Fn(u8) -> bool) -> bool {
    let Some(last) = bytes.last_chunk::<32>() else {
        return bytes.iter().fold(true, |held, byte| held & set(*byte));
    };
    let (blocks, _) = bytes.as_chunks::<32>();
    blocks.iter().chain([last]).all(|block| block.iter().fold(true, |held, byte| held & set(*byte)))
}

/// Ranges and not a table, which has no vector form; `-` `.` `/` and the digits are neighbours in ASCII.
fn is_token68_char(byte: u8) -> bool {
    byte.is_ascii_alphabetic() | matches!(byte, b'-'..=b'9') | matches!(byte, b'+' | b'_' | b'~')
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
            accepted(is_token68),
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
            assert!(!is_token68(text) && !is_token(text) && !is_unescaped(text) && !is_printable_ascii(text));
        }
    }

    #[test]
    fn a_wrong_byte_is_found_at_every_place_of_every_length() {
        for length in 1..=100 {
            assert!(is_token68(&"a".repeat(length)));
            for place in 0..length {
                let text = format!("{}!{}", "a".repeat(place), "a".repeat(length - place - 1));
                assert!(!is_token68(&text), "{text}");
            }
        }
    }

    #[test]
    fn padding_comes_last_and_never_alone() {
        for good in ["a=", "a==", "a=========", "-=", "~~="] {
            assert!(is_token68(good), "{good}");
        }
        for bad in ["", "=", "==", "=a", "a=a", "a= ", "a=,"] {
            assert!(!is_token68(bad), "{bad}");
        }
    }
}
