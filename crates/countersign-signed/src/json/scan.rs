//! The walk over the text: RFC 8259 sections 2 to 7, one function for each production.
//!
//! Recursion is bounded by the depth cap, so no input exhausts the stack. Names are compared pairwise, by
//! their tags, while an object has few, and sorted where it has many, so that thousands of members cost
//! n log n. Each byte is looked at once, and those inside of strings, which most are, eight at a time.

use std::borrow::Cow;

use super::few::Few;
use super::name::Tag;
use super::object::{Form, INLINE, Member, Members, Object, Span};
use super::text::unescape;
use super::{Fault, MAX_DEPTH, Raw};

/// Up to this many members are compared pairwise, which is quicker than sorting them.
const FEW: usize = INLINE;

/// Members of a nested object that are kept without allocating: fewer, since they are kept at each level.
const NESTED: usize = 6;

/// Reads `text` as one object, whose members go to `members`, which must be new.
pub(crate) fn parse_object<'a, 'm>(text: &'a str, members: &'m mut Members) -> Result<Object<'a, 'm>, Fault> {
    let mut scanner = Scanner::new(text);
    scanner.space();
    scanner.object(1, members)?;
    scanner.space();
    if scanner.peek().is_some() {
        return Err(Fault::Syntax);
    }
    Ok(Object { text, members: members.as_slice() })
}

/// The elements of an array already known to be valid; nothing if the text is no array.
pub(super) fn elements(text: &str) -> Option<Vec<Raw<'_>>> {
    let mut scanner = Scanner::new(text);
    let mut elements = Vec::new();
    scanner.array(1, |element| elements.push(Raw(element.of(text)))).ok()?;
    Some(elements)
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Always on a character's boundary: it only ever stops before or after an ASCII byte.
    at: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0 }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    #[inline]
    fn next(&mut self) -> Result<u8, Fault> {
        let byte = self.peek().ok_or(Fault::Syntax)?;
        self.skip();
        Ok(byte)
    }

    #[inline]
    fn expect(&mut self, wanted: u8) -> Result<(), Fault> {
        if self.next()? == wanted { Ok(()) } else { Err(Fault::Syntax) }
    }

    #[inline]
    fn since(&self, start: usize) -> Result<Span, Fault> {
        Span::new(start, self.at).ok_or(Fault::Syntax)
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.skip();
        }
    }

    /// Walks over a value, and says whether it is a string without a backslash.
    #[inline]
    fn value(&mut self, depth: u8) -> Result<bool, Fault> {
        match self.peek().ok_or(Fault::Syntax)? {
            b'"' => {
                let start = self.at;
                let is_escaped = self.string()?;
                if is_escaped {
                    unescape(self.inside(start)?.of(self.text)).ok_or(Fault::Syntax)?;
                }
                return Ok(!is_escaped);
            }
            b'{' => self.object(depth.saturating_add(1), &mut Few::<_, NESTED>::new())?,
            b'[' => self.array(depth.saturating_add(1), |_| ())?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => self.number()?,
        }
        Ok(false)
    }

    /// RFC 8259 section 4, with the names unique, as RFC 7515 section 4 and RFC 7519 section 4 demand.
    fn object<const N: usize>(&mut self, depth: u8, members: &mut Few<Member, N>) -> Result<(), Fault> {
        self.expect(b'{')?;
        if depth > MAX_DEPTH {
            return Err(Fault::Syntax);
        }
        self.space();
        if self.peek() == Some(b'}') {
            self.skip();
            return Ok(());
        }
        let mut seen = 0;
        loop {
            self.space();
            let start = self.at;
            let name_is_escaped = self.string()?;
            let name = self.inside(start)?;
            let tag = self.tag(name, name_is_escaped)?;
            self.space();
            self.expect(b':')?;
            self.space();
            let start = self.at;
            let is_plain_string = self.value(depth)?;
            let value = self.since(start)?;
            let member = Member { tag, name, value, form: Form { name_is_escaped, is_plain_string } };
            let earlier = members.as_slice();
            if seen & tag.mark() != 0
                && earlier.len() < FEW
                && earlier.iter().any(|earlier| self.same_name(earlier, &member))
            {
                return Err(Fault::Duplicate);
            }
            seen |= tag.mark();
            members.push(member);
            self.space();
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return Err(Fault::Syntax),
            }
        }
        if members.as_slice().len() > FEW {
            self.all_differ(members.as_slice())?;
        }
        Ok(())
    }

    /// Between the quotation marks of the string that starts there and has just been walked over.
    #[inline]
    fn inside(&self, start: usize) -> Result<Span, Fault> {
        Span::new(start.saturating_add(1), self.at.saturating_sub(1)).ok_or(Fault::Syntax)
    }

    /// The tag of the name that has just been walked over.
    #[inline]
    fn tag(&self, name: Span, is_escaped: bool) -> Result<Tag, Fault> {
        let name = name.of(self.text);
        if is_escaped {
            return Ok(Tag::of(unescape(name).ok_or(Fault::Syntax)?.as_bytes()));
        }
        // Loading eight bytes, of which some may lie behind the name, is quicker than loading just its own.
        let start = self.at.saturating_sub(name.len()).saturating_sub(1);
        match self.bytes.get(start..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => Ok(Tag::from_word(u64::from_le_bytes(*bytes), name.len())),
            None => Ok(Tag::of(name.as_bytes())),
        }
    }

    #[inline]
    fn same_name(&self, one: &Member, other: &Member) -> bool {
        one.tag == other.tag && (one.tag.is_whole() || one.name(self.text) == other.name(self.text))
    }

    fn all_differ(&self, members: &[Member]) -> Result<(), Fault> {
        let mut names: Vec<Cow<'_, str>> = members.iter().map(|member| member.name(self.text)).collect();
        names.sort_unstable();
        let twice = names.iter().zip(names.iter().skip(1)).any(|(one, next)| one == next);
        if twice { Err(Fault::Duplicate) } else { Ok(()) }
    }

    /// RFC 8259 section 5.
    fn array(&mut self, depth: u8, mut element: impl FnMut(Span)) -> Result<(), Fault> {
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
            let start = self.at;
            self.value(depth)?;
            element(self.since(start)?);
            self.space();
            match self.next()? {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(Fault::Syntax),
            }
        }
    }

    /// RFC 8259 section 7. Says whether there is a backslash. Escapes are found here and judged by whoever decodes them, which is done for
    /// each: so lone surrogates, which the grammar allows, are refused, since they are no text.
    #[inline]
    fn string(&mut self) -> Result<bool, Fault> {
        self.expect(b'"')?;
        let mut is_escaped = false;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = plain_len(rest);
            self.at = self.at.saturating_add(plain);
            match rest.get(plain) {
                Some(b'"') => break,
                Some(b'\\') => {
                    // The character after it is skipped too, whatever it is, so that `\"` ends nothing;
                    // decoding judges it.
                    is_escaped = true;
                    self.at = self.at.saturating_add(2);
                }
                _ => return Err(Fault::Syntax),
            }
        }
        self.skip();
        Ok(is_escaped)
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
/// `hit` is set if the byte is one of those, and perhaps in bytes above the first such one; so the lowest
/// set bit is where the first one stands, and zero means that there is none.
#[inline]
fn plain_len(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES.wrapping_mul(u64::from(limit))) & !word;
    let equal = |word: u64, byte: u8| below(word ^ ONES.wrapping_mul(u64::from(byte)), 1);
    let (words, tail) = text.as_chunks::<8>();
    let mut plain = 0_usize;
    for bytes in words {
        let word = u64::from_le_bytes(*bytes);
        let hit = (below(word, 0x20) | equal(word, b'"') | equal(word, b'\\')) & TOPS;
        if hit != 0 {
            return plain.saturating_add(hit.trailing_zeros() as usize / 8);
        }
        plain = plain.saturating_add(8);
    }
    let special = |&byte: &u8| byte == b'"' || byte == b'\\' || byte < 0x20;
    plain.saturating_add(tail.iter().position(special).unwrap_or(tail.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<Fault> {
        parse_object(text, &mut Members::new()).err()
    }

    #[test]
    fn members_come_out_in_order_with_their_spans() {
        let text = " { \"a\" : [1, {\"b\":2}] ,\"\\u0062\":\"x\\ny\"}\r\n\t";
        let mut members = Members::new();
        let object = parse_object(text, &mut members).unwrap();
        let all = |object: &Object<'_, '_>| {
            let members = object.members().iter();
            let read =
                members.map(|member| (object.name(member).into_owned(), object.value(member).0.to_owned()));
            read.collect::<Vec<_>>()
        };
        assert_eq!(all(&object), [("a".into(), "[1, {\"b\":2}]".into()), ("b".into(), "\"x\\ny\"".into())]);
        assert_eq!(object.find("b").unwrap().string().unwrap(), "x\ny");
        assert!(object.find("c").is_none());
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
            assert_eq!(parse_object(&text, &mut Members::new()).unwrap().find("a").unwrap().as_str(), number);
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
            let read = parse_object(&text, &mut Members::new()).unwrap().find("a").unwrap().strings();
            read.map(|strings| strings.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
        };
        assert_eq!(strings("[ \"x\" , \"\\u0079\\t\" ]").unwrap(), ["x", "y\t"]);
        assert_eq!(strings("[]").unwrap(), Vec::<String>::new());
        for text in ["\"x\"", "1", "null", "{}", "[\"x\",5]", "[[\"x\"]]", "[null]"] {
            assert_eq!(strings(text), None, "{text}");
        }
    }
}
