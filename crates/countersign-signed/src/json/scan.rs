//! The walk over the text: RFC 8259 sections 2 to 7, one function for each production.
//!
//! Recursion is bounded by the depth cap, so no input exhausts the stack. Names are compared pairwise
//! while an object has few, and sorted where it has many, so that thousands of members cost n log n.

use std::borrow::Cow;

use super::text::unescape;
use super::{Fault, MAX_DEPTH, Member, Raw};

/// Up to this many members are compared pairwise, which is quicker than sorting them.
const FEW: usize = 12;

/// Reads `text` as one object, and gives its members in the order in which they stand.
pub(crate) fn parse_object(text: &str) -> Result<Vec<Member<'_>>, Fault> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    let members = scanner.object(1)?;
    scanner.space();
    if scanner.peek().is_some() {
        return Err(Fault::Syntax);
    }
    Ok(members)
}

/// The elements of an array already known to be valid; nothing if the text is no array.
pub(super) fn elements(text: &str) -> Option<Vec<Raw<'_>>> {
    let mut scanner = Scanner { text, at: 0 };
    let mut elements = Vec::new();
    scanner.array(1, |element| elements.push(element)).ok()?;
    Some(elements)
}

struct Scanner<'a> {
    text: &'a str,
    /// Always on a character's boundary: it only ever stops before or after an ASCII byte.
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn next(&mut self) -> Result<u8, Fault> {
        let byte = self.peek().ok_or(Fault::Syntax)?;
        self.skip();
        Ok(byte)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), Fault> {
        if self.next()? == wanted { Ok(()) } else { Err(Fault::Syntax) }
    }

    fn since(&self, start: usize) -> Result<&'a str, Fault> {
        self.text.get(start..self.at).ok_or(Fault::Syntax)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.skip();
        }
    }

    fn value(&mut self, depth: u8) -> Result<Raw<'a>, Fault> {
        let start = self.at;
        match self.peek().ok_or(Fault::Syntax)? {
            b'"' => drop(self.string()?),
            b'{' => drop(self.object(depth.saturating_add(1))?),
            b'[' => self.array(depth.saturating_add(1), |_| ())?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => self.number()?,
        }
        self.since(start).map(Raw)
    }

    /// RFC 8259 section 4, with the names unique, as RFC 7515 section 4 and RFC 7519 section 4 demand.
    fn object(&mut self, depth: u8) -> Result<Vec<Member<'a>>, Fault> {
        self.expect(b'{')?;
        if depth > MAX_DEPTH {
            return Err(Fault::Syntax);
        }
        let mut members: Vec<Member<'a>> = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.skip();
            return Ok(members);
        }
        members.reserve(FEW);
        let mut seen = 0_u64;
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            let value = self.value(depth)?;
            let mark = mark(&name);
            if members.len() < FEW && seen & mark != 0 && members.iter().any(|member| member.name == name) {
                return Err(Fault::Duplicate);
            }
            seen |= mark;
            members.push(Member { name, value });
            self.space();
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return Err(Fault::Syntax),
            }
        }
        if members.len() > FEW {
            all_differ(&members)?;
        }
        Ok(members)
    }

    /// RFC 8259 section 5.
    fn array(&mut self, depth: u8, mut element: impl FnMut(Raw<'a>)) -> Result<(), Fault> {
        self.expect(b'[')?;
        if depth > MAX_DEPTH {
            return Err(Fault::Syntax);
        }
        self.space();
        if self.peek() == Some(b']') {
            self.skip();
            return Ok(());
        }
        loop {
            self.space();
            element(self.value(depth)?);
            self.space();
            match self.next()? {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(Fault::Syntax),
            }
        }
    }

    /// RFC 8259 section 7. Lone surrogates, which the grammar allows, are refused: they are no text.
    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let plain = plain_len(rest);
            self.at = self.at.saturating_add(plain);
            match rest.get(plain) {
                Some(b'"') => break,
                Some(b'\\') => {
                    // The character after it is skipped too, whatever it is, so that `\"` ends nothing;
                    // decoding judges it.
                    escaped = true;
                    self.at = self.at.saturating_add(2);
                }
                _ => return Err(Fault::Syntax),
            }
        }
        let inside = self.since(start)?;
        self.skip();
        if !escaped {
            return Ok(Cow::Borrowed(inside));
        }
        unescape(inside).ok_or(Fault::Syntax)
    }

    /// RFC 8259 section 6: `-`, no leading zero, digits on both sides of the point.
    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.skip();
        }
        if self.peek() == Some(b'0') {
            self.skip();
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.skip();
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.skip();
            if let Some(b'+' | b'-') = self.peek() {
                self.skip();
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One or more.
    fn digits(&mut self) -> Result<(), Fault> {
        if !self.next()?.is_ascii_digit() {
            return Err(Fault::Syntax);
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.skip();
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Fault> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }
}

/// The bytes before the first quotation mark, backslash or control character.
///
/// Eight at a time: most of a token's text is inside strings. In each byte of `word`, the highest bit of
/// `hit` is set if the byte is one of those, and perhaps in bytes above the first such one, so zero means
/// that there is none.
fn plain_len(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES.wrapping_mul(u64::from(limit))) & !word;
    let equal = |word: u64, byte: u8| below(word ^ ONES.wrapping_mul(u64::from(byte)), 1);
    let (words, _) = text.as_chunks::<8>();
    let clean = words.iter().take_while(|bytes| {
        let word = u64::from_le_bytes(**bytes);
        let hit = below(word, 0x20) | equal(word, b'"') | equal(word, b'\\');
        hit & TOPS == 0
    });
    let start = clean.count().saturating_mul(8);
    let rest = text.get(start..).unwrap_or_default();
    let special = |&byte: &u8| byte == b'"' || byte == b'\\' || byte < 0x20;
    start.saturating_add(rest.iter().position(special).unwrap_or(rest.len()))
}

/// One bit of 64 for a name: names with different bits differ, and need no comparing.
fn mark(name: &str) -> u64 {
    let sum = name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    1_u64.wrapping_shl(sum ^ (sum >> 6))
}

fn all_differ(members: &[Member<'_>]) -> Result<(), Fault> {
    let mut names: Vec<&str> = members.iter().map(|member| &*member.name).collect();
    names.sort_unstable();
    let twice = names.iter().zip(names.iter().skip(1)).any(|(one, next)| one == next);
    if twice { Err(Fault::Duplicate) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<Fault> {
        parse_object(text).err()
    }

    #[test]
    fn members_come_out_in_order_with_their_spans() {
        let text = " { \"a\" : [1, {\"b\":2}] ,\"\\u0062\":\"x\\ny\"}\r\n\t";
        let members = parse_object(text).unwrap();
        assert_eq!(members.len(), 2);
        assert_eq!((&*members[0].name, members[0].value.as_str()), ("a", "[1, {\"b\":2}]"));
        assert_eq!((&*members[1].name, members[1].value.as_str()), ("b", "\"x\\ny\""));
        assert_eq!(members[1].value.string().unwrap(), "x\ny");
    }

    #[test]
    fn what_rfc_8259_does_not_allow_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[]",
            "1",
            "\"a\"",
            "null",
            "{}x",
            "{}{}",
            "{} \u{feff}",
            "\u{feff}{}",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":+1}",
            "{\"a\":.5}",
            "{\"a\":1.}",
            "{\"a\":1e}",
            "{\"a\":1e+}",
            "{\"a\":-}",
            "{\"a\":0x1}",
            "{\"a\":NaN}",
            "{\"a\":Infinity}",
            "{\"a\":tru}",
            "{\"a\":True}",
            "{\"a\":nulll}",
            "{\"a\":[1,]}",
            "{\"a\":[,1]}",
            "{\"a\":[1 2]}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"\\",
            "{\"a\":\"\\\"}",
            "{\"a\":1}//",
            "{/**/}",
            "{\"a\":\u{a0}1}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\\udc00\"}",
            "{\"a\":\"\\ud800\\u0041\"}",
            "{\"\\ud800\":1}",
            "{\"a\":\"\\é\"}",
            "{\"a\":1\0}",
        ] {
            assert_eq!(fault(text), Some(Fault::Syntax), "{text:?}");
        }
    }

    #[test]
    fn every_number_form_of_the_grammar_is_read() {
        for number in ["0", "-0", "10", "1.5", "0.0", "1e9", "1E+9", "-1.25e-7", "1e400"] {
            let text = format!("{{\"a\":{number}}}");
            assert_eq!(parse_object(&text).unwrap()[0].value.as_str(), number);
        }
    }

    #[test]
    fn a_name_that_occurs_twice_is_refused_at_any_depth_and_in_any_spelling() {
        for text in [
            "{\"a\":1,\"a\":1}",
            "{\"a\":1,\"\\u0061\":1}",
            "{\"\":1,\"\":2}",
            "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}",
            "{\"x\":[[{\"a\":1,\"a\":3}]]}",
        ] {
            assert_eq!(fault(text), Some(Fault::Duplicate), "{text}");
        }
        assert_eq!(fault("{\"a\":{\"a\":{\"a\":1}},\"A\":[{\"a\":1},{\"a\":2}]}"), None);
    }

    #[test]
    fn a_name_that_occurs_twice_is_found_among_any_number() {
        for count in [2, FEW - 1, FEW, FEW + 1, FEW + 2, 100, 5000] {
            for twin in [0, count / 2, count - 1] {
                let mut names: Vec<String> = (0..count).map(|index| format!("\"n{index}\":0")).collect();
                let differing = format!("{{{}}}", names.join(","));
                assert_eq!(fault(&differing), None, "{count}");
                names.push(format!("\"n{twin}\":1"));
                let doubled = format!("{{{}}}", names.join(","));
                assert_eq!(fault(&doubled), Some(Fault::Duplicate), "{count} {twin}");
            }
        }
    }

    #[test]
    fn thirty_two_levels_are_read_and_thirty_three_are_not() {
        let nested = |levels: usize, open: &str, close: &str| {
            format!("{{\"a\":{}1{}}}", open.repeat(levels - 1), close.repeat(levels - 1))
        };
        assert_eq!(fault(&nested(32, "[", "]")), None);
        assert_eq!(fault(&nested(33, "[", "]")), Some(Fault::Syntax));
        assert_eq!(fault(&nested(32, "{\"a\":", "}")), None);
        assert_eq!(fault(&nested(33, "{\"a\":", "}")), Some(Fault::Syntax));
        assert_eq!(fault(&"{\"a\":".repeat(100_000)), Some(Fault::Syntax));
    }

    #[test]
    fn a_string_ends_where_its_first_special_byte_stands() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for plain in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                for length in 0..20 {
                    let mut text = vec![plain; 20];
                    assert_eq!(plain_len(&text[..length]), length);
                    text[length] = special;
                    assert_eq!(plain_len(&text), length, "{special} {plain}");
                }
            }
        }
    }

    #[test]
    fn an_array_of_strings_is_read_only_if_it_holds_nothing_else() {
        let strings = |text: &str| {
            let text = format!("{{\"a\":{text}}}");
            let read = parse_object(&text).unwrap()[0].value.strings();
            read.map(|strings| strings.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
        };
        assert_eq!(strings("[ \"x\" , \"\\u0079\\t\" ]").unwrap(), ["x", "y\t"]);
        assert_eq!(strings("[]").unwrap(), Vec::<String>::new());
        for text in ["\"x\"", "1", "null", "{}", "[\"x\",5]", "[[\"x\"]]", "[null]"] {
            assert_eq!(strings(text), None, "{text}");
        }
    }
}
