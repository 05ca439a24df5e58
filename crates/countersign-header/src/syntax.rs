//! The character sets of RFC 9110 section 11, and the name of what is wrong with a text outside them.
//!
//! Two passes rather than one: a yes-or-no over the text, in blocks that the compiler turns into vector
//! instructions, and, only for a text that failed it, [`fault`], which looks for the reason. So a good
//! request pays for the answer alone.
//!
//! Membership in a set that every request is held to is computed and not looked up or compared: how far a byte is
//! outside an interval, by a subtraction that saturates at 0, and of several intervals the least. Each of these is one
//! vector instruction for 16 bytes on any x86-64, where a comparison of ranges is two or three.
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
    !body.is_empty() && is_token68_body(body)
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
    u8::try_from(character).is_ok_and(|byte| outside_token68(byte) == 0)
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

/// Whether `set` holds for every byte. Blocks of 32 without an exit inside become vector instructions;
/// the last block overlaps the one before it, so that no remainder is left to go byte by byte.
fn all(bytes: &[u8], set: impl Fn(u8) -> bool) -> bool {
    let Some(last) = bytes.last_chunk::<32>() else {
        return bytes.iter().fold(true, |held, byte| held & set(*byte));
    };
    let (blocks, _) = bytes.as_chunks::<32>();
    blocks.iter().chain([last]).all(|block| block.iter().fold(true, |held, byte| held & set(*byte)))
}

/// As [`all`] does, and in two steps: tokens are nearly always base64url with dots, which is a cheaper question. Where
/// the answer is no, the whole set is asked for.
fn is_token68_body(body: &[u8]) -> bool {
    is_all_inside(body, outside_usual) || is_all_inside(body, outside_token68)
}

/// Without an exit before the end: a token is bounded, and a branch in each block costs more than the blocks behind.
fn is_all_inside(bytes: &[u8], outside: impl Fn(u8) -> u8) -> bool {
    let Some(last) = bytes.last_chunk::<32>() else {
        return bytes.iter().fold(0, |far, byte| far | outside(*byte)) == 0;
    };
    let (blocks, _) = bytes.as_chunks::<32>();
    let mut lanes = [0; 32];
    for block in blocks.iter().chain([last]) {
        for (lane, byte) in lanes.iter_mut().zip(block) {
            *lane |= outside(*byte);
        }
    }
    lanes == [0; 32]
}

/// How far `byte` is outside of letters, digits, `-` `.` `/` and `_`: 0 if it is inside.
fn outside_usual(byte: u8) -> u8 {
    // Of the bytes below 0x60, only capitals come to stand among the small letters.
    let letters = (byte | 0x20).wrapping_sub(b'a').saturating_sub(b'z' - b'a');
    // `-` `.` `/` and the digits are neighbours in ASCII.
    let digits = byte.wrapping_sub(b'-').saturating_sub(b'9' - b'-');
    letters.min(digits).min(byte ^ b'_')
}

fn outside_token68(byte: u8) -> u8 {
    outside_usual(byte).min(byte ^ b'+').min(byte ^ b'~')
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
