//! Escapes in strings (RFC 8259 section 7), read and written.
//!
//! The one place that knows them, used for names before they are compared and for values when they are
//! asked for, so that both are judged alike.

use std::borrow::Cow;
use std::str::Chars;

/// The characters between two quotation marks; nothing if an escape is malformed or a surrogate is alone.
pub(super) fn unescape(inside: &str) -> Option<Cow<'_, str>> {
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(character) = rest.next() {
        text.push(if character == '\\' { escape(&mut rest)? } else { character });
    }
    Some(Cow::Owned(text))
}

/// Appends `value` as a JSON string.
pub(crate) fn push_string(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\0'..='\x1F' => text.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// What follows a backslash.
fn escape(rest: &mut Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        '"' => '"',
        '\\' => '\\',
        '/' => '/',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => unicode(rest)?,
        _ => return None,
    })
}

/// Four hexadecimal digits, or two such escapes that are a surrogate pair.
fn unicode(rest: &mut Chars<'_>) -> Option<char> {
    let first = unit(rest)?;
    if !(0xD800..0xDC00).contains(&first) {
        // A low surrogate alone is no character, and is refused here.
        return char::from_u32(u32::from(first));
    }
    if rest.next()? != '\\' || rest.next()? != 'u' {
        return None;
    }
    let pair = [first, unit(rest)?];
    // Where the second is no low surrogate, the first decodes as an error.
    char::decode_utf16(pair).next()?.ok()
}

fn unit(rest: &mut Chars<'_>) -> Option<u16> {
    let mut unit = 0_u16;
    for _ in 0..4 {
        let digit = u16::try_from(rest.next()?.to_digit(16)?).ok()?;
        unit = (unit << 4) | digit;
    }
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_of_the_grammar_is_decoded() {
        let escaped = r#"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\uDE00é€"#;
        assert_eq!(unescape(escaped).unwrap(), "\"\\/\u{8}\u{c}\n\r\tAé€\u{1F600}é€");
    }

    #[test]
    fn what_is_written_is_json_and_reads_back() {
        let value = "a\"b\\c\n\0\u{1f}\u{7f}é\u{1F600}/";
        let mut text = String::new();
        push_string(&mut text, value);
        assert_eq!(text, "\"a\\\"b\\\\c\\u000a\\u0000\\u001f\u{7f}é\u{1F600}/\"");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }

    #[test]
    fn surrogates_that_are_no_pair_are_refused() {
        for text in
            [r"\ud800", r"\udc00", r"\ud83d\ud83d", r"\ud83dx", r"\ud83d\n", r"\ude00\ud83d", r"\ud83d\u0041"]
        {
            assert_eq!(unescape(text), None, "{text}");
        }
    }

    #[test]
    fn anything_else_after_a_backslash_is_refused() {
        for text in [r"\", r"\x41", r"\u", r"\u004", r"\u00g1", r"\U0041", r"\'", r"\0", r"\u+041"] {
            assert_eq!(unescape(text), None, "{text}");
        }
    }
}
