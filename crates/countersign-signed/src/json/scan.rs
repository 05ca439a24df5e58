//! The grammar of RFC 8259 sections 2 to 7, one function for each production.
//!
//! Each function takes the place where its production starts, and returns the place behind it. So places stay in
//! registers, which makes the parser about a quarter faster than one that keeps its place in a struct.
//!
//! The depth cap bounds the recursion, so no input exhausts the stack. Up to 12 members of an object are compared
//! pairwise, by their tags. More are sorted, so that thousands of members cost n log n.

use std::borrow::Cow;

use super::name::Tag;
use super::object::{Member, Object, Span};
use super::text::unescape;
use super::words::specials;
use super::{Fault, MAX_DEPTH, RESERVED, Raw};

/// Up to this many members are compared pairwise, which is quicker than sorting them. Few tokens have more.
const FEW: usize = 12;

/// Parses `text` as one object.
pub(crate) fn parse_object(text: &str) -> Result<Object<'_>, Fault> {
    if text.len() >= u32::MAX as usize {
        return Err(Fault::Syntax);
    }
    let scanner = Scanner::new(text);
    let start = scanner.space(0);
    let mut members = Vec::with_capacity(FEW);
    let end = scanner.object(start, 1, &mut members)?;
    if scanner.space(end) < text.len() {
        return Err(Fault::Syntax);
    }
    Ok(Object { text, members })
}

/// The elements of an array already known to be valid; nothing if the text is no array.
pub(super) fn elements(text: &str) -> Option<Vec<Raw<'_>>> {
    let mut elements = Vec::new();
    Scanner::new(text).array(0, 1, |element| elements.push(Raw(element.of(text)))).ok()?;
    Some(elements)
}

/// Places are always on a character's boundary: before or after an ASCII byte.
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
}

/// The place `count` bytes on. Places lie in the text or just behind it, so this wraps nowhere.
#[inline]
fn on(at: usize, count: usize) -> usize {
    at.wrapping_add(count)
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes() }
    }

    /// The byte there; behind the end NUL, which no production takes.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn expect(&self, at: usize, wanted: u8) -> Result<usize, Fault> {
        if self.byte(at) == wanted { Ok(on(at, 1)) } else { Err(Fault::Syntax) }
    }

    /// Not inlined, since tokens are written without white space.
    #[inline(never)]
    fn space(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\t' | b'\n' | b'\r') {
            at = on(at, 1);
        }
        at
    }

    /// Eight bytes from there on; those behind the end are zero.
    #[inline]
    fn word(&self, at: usize) -> u64 {
        let rest = self.bytes.get(at..).unwrap_or_default();
        match rest.first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        }
    }

    #[inline]
    fn value(&self, at: usize, depth: u8) -> Result<usize, Fault> {
        match self.byte(at) {
            b'"' => match self.plain_string_end(on(at, 1)) {
                Some(end) => Ok(end),
                None => self.escaped_string(at),
            },
            b'{' => self.object(at, depth.saturating_add(1), &mut Vec::new()),
            b'[' => self.array(at, depth.saturating_add(1), |_| ()),
            b't' => self.literal(at, "true"),
            b'f' => self.literal(at, "false"),
            b'n' => self.literal(at, "null"),
            _ => self.number(at),
        }
    }

    /// RFC 8259 section 4, with the names unique, as RFC 7515 section 4 and RFC 7519 section 4 demand.
    fn object(&self, at: usize, depth: u8, members: &mut Vec<Member>) -> Result<usize, Fault> {
        let mut at = self.space(self.expect(at, b'{')?);
        if depth > MAX_DEPTH {
            return Err(Fault::Syntax);
        }
        if self.byte(at) == b'}' {
            return Ok(on(at, 1));
        }
        let mut seen = 0;
        loop {
            if self.byte(at) != b'"' {
                at = self.space(at);
            }
            let name = self.expect(at, b'"')?;
            let word = self.word(name);
            let length = specials(word).trailing_zeros() as usize / 8;
            // Most names are so short that the word that makes their tag has their end in it.
            let is_short = self.byte(on(name, length)) == b'"';
            let (length, tag, name_is_escaped) =
                if is_short { (length, Tag::from_word(word, length), false) } else { self.name(name, word)? };
            // Here and below: white space is looked for where the byte is not the one that is next without it.
            let mut value = on(name, length.wrapping_add(1));
            if self.byte(value) != b':' {
                value = self.space(value);
            }
            value = self.expect(value, b':')?;
            if self.byte(value) <= b' ' {
                value = self.space(value);
            }
            let mut is_plain_string = false;
            let end = match self.byte(value) {
                b'"' => match self.plain_string_end(on(value, 1)) {
                    Some(end) => {
                        is_plain_string = true;
                        end
                    }
                    None => self.escaped_string(value)?,
                },
                b'1'..=b'9' => {
                    let end = self.digits(value)?;
                    let is_integer = matches!(self.byte(end), b',' | b'}');
                    if is_integer { end } else { self.number(value)? }
                }
                _ => self.value(value, depth)?,
            };
            let (name, value) = (Span::new(name, on(name, length)), Span::new(value, end));
            members.push(Member { tag, name, name_is_escaped, value, is_plain_string });
            if seen & tag.mark() != 0 {
                self.differs_from_earlier(members)?;
            }
            seen |= tag.mark();
            at = end;
            if self.byte(at) != b',' {
                at = self.space(at);
            }
            match self.byte(at) {
                b',' => at = on(at, 1),
                b'}' => break,
                _ => return Err(Fault::Syntax),
            }
        }
        if members.len() > FEW {
            self.all_differ(members)?;
        }
        Ok(on(at, 1))
    }

    /// Reads a name that is longer than seven bytes or has escapes, from the byte after its opening quotation
    /// mark: its length, its tag, and whether it has escapes. Only such a name can be a reserved one.
    #[inline(never)]
    fn name(&self, start: usize, word: u64) -> Result<(usize, Tag, bool), Fault> {
        let (end, is_escaped) = match self.plain_string_end(start) {
            Some(end) => (end, false),
            None => (self.escaped_string(start.wrapping_sub(1))?, true),
        };
        let length = end.wrapping_sub(start).wrapping_sub(1);
        let written = Span::new(start, on(start, length)).of(self.text);
        let name = if is_escaped { unescape(written).ok_or(Fault::Syntax)? } else { Cow::Borrowed(written) };
        if name.starts_with(RESERVED) {
            return Err(Fault::Reserved);
        }
        let tag = if is_escaped { Tag::of(name.as_bytes()) } else { Tag::from_word(word, length) };
        Ok((length, tag, is_escaped))
    }

    /// Compares the last member's name with those before it, while they are few.
    fn differs_from_earlier(&self, members: &[Member]) -> Result<(), Fault> {
        let Some((last, earlier)) = members.split_last().filter(|_| members.len() <= FEW) else {
            return Ok(());
        };
        let same = |one: &Member| {
            one.tag == last.tag && (one.tag.is_whole() || one.name(self.text) == last.name(self.text))
        };
        if earlier.iter().any(same) { Err(Fault::Duplicate) } else { Ok(()) }
    }

    fn all_differ(&self, members: &[Member]) -> Result<(), Fault> {
        let mut names: Vec<Cow<'_, str>> = members.iter().map(|member| member.name(self.text)).collect();
        names.sort_unstable();
        let twice = names.iter().zip(names.iter().skip(1)).any(|(one, next)| one == next);
        if twice { Err(Fault::Duplicate) } else { Ok(()) }
    }

    /// RFC 8259 section 5.
    fn array(&self, at: usize, depth: u8, mut element: impl FnMut(Span)) -> Result<usize, Fault> {
        let mut at = self.space(self.expect(at, b'[')?);
        if depth > MAX_DEPTH {
            return Err(Fault::Syntax);
        }
        if self.byte(at) == b']' {
            return Ok(on(at, 1));
        }
        loop {
            let start = self.space(at);
            let end = self.value(start, depth)?;
            element(Span::new(start, end));
            at = self.space(end);
            match self.byte(at) {
                b',' => at = on(at, 1),
                b']' => return Ok(on(at, 1)),
                _ => return Err(Fault::Syntax),
            }
        }
    }

    /// Behind the closing quotation mark of a string of which this is the place behind the opening one;
    /// nothing if there is an escape in it, or what may not be. Eight bytes at a time: most of a token's text
    /// is inside of strings.
    #[inline]
    fn plain_string_end(&self, start: usize) -> Option<usize> {
        let mut at = start;
        loop {
            // Behind the text's end there are zeros, which are special too.
            let special = specials(self.word(at));
            if special != 0 {
                at = on(at, special.trailing_zeros() as usize / 8);
                return if self.byte(at) == b'"' { Some(on(at, 1)) } else { None };
            }
            at = on(at, 8);
        }
    }

    /// RFC 8259 section 7: a string with escapes, from its opening quotation mark to behind the closing one.
    /// That they decode is judged here, so lone surrogates, which the grammar allows, are refused: they are no
    /// text.
    #[inline(never)]
    fn escaped_string(&self, at: usize) -> Result<usize, Fault> {
        let start = self.expect(at, b'"')?;
        let mut at = start;
        loop {
            match self.byte(at) {
                b'"' => break,
                // The character after it is skipped too, whatever it is, so that `\"` ends nothing;
                // decoding judges it.
                b'\\' => at = on(at, 2),
                // The text's end too.
                ..b' ' => return Err(Fault::Syntax),
                _ => at = on(at, 1),
            }
        }
        unescape(Span::new(start, at).of(self.text)).ok_or(Fault::Syntax)?;
        Ok(on(at, 1))
    }

    /// RFC 8259 section 6: `-`, no leading zero, digits on both sides of the point.
    fn number(&self, at: usize) -> Result<usize, Fault> {
        let mut at = if self.byte(at) == b'-' { on(at, 1) } else { at };
        at = if self.byte(at) == b'0' { on(at, 1) } else { self.digits(at)? };
        if self.byte(at) == b'.' {
            at = self.digits(on(at, 1))?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at = on(at, 1);
            if matches!(self.byte(at), b'+' | b'-') {
                at = on(at, 1);
            }
            at = self.digits(at)?;
        }
        Ok(at)
    }

    /// One or more.
    #[inline]
    fn digits(&self, start: usize) -> Result<usize, Fault> {
        let mut at = start;
        while self.byte(at).is_ascii_digit() {
            at = on(at, 1);
        }
        if at > start { Ok(at) } else { Err(Fault::Syntax) }
    }

    fn literal(&self, at: usize, word: &str) -> Result<usize, Fault> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) { Ok(on(at, word.len())) } else { Err(Fault::Syntax) }
    }
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
        let object = parse_object(text).unwrap();
        let all = |object: &Object<'_>| {
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
            assert_eq!(parse_object(&text).unwrap().find("a").unwrap().as_str(), number);
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
    fn reserved_names_are_refused_at_any_depth_and_in_any_spelling() {
        for name in [
            "$serde_json::private::RawValue",
            "$serde_json::private::Number",
            "$serde_json::private::",
            "\\u0024serde_json::private::RawValue",
            "$serde_json::private::\\u0052awValue",
        ] {
            for text in [
                format!("{{\"{name}\":\"{{}}\"}}"),
                format!("{{\"a\":1,\"{name}\":1}}"),
                format!("{{\"a\":{{\"{name}\":\"1\"}}}}"),
                format!("{{\"a\":[[{{\"b\":0,\"{name}\":\"1\"}}]]}}"),
            ] {
                assert_eq!(fault(&text), Some(Fault::Reserved), "{text}");
            }
            // As a value it is text like any other.
            assert_eq!(fault(&format!("{{\"a\":[\"{name}\"]}}")), None);
        }
        for name in ["$serde_json::private:", "serde_json::private::RawValue", "$serde_json::Private::Number"]
        {
            assert_eq!(fault(&format!("{{\"{name}\":1}}")), None, "{name}");
        }
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
    fn an_array_of_strings_is_read_only_if_it_holds_nothing_else() {
        let strings = |text: &str| {
            let text = format!("{{\"a\":{text}}}");
            let read = parse_object(&text).unwrap().find("a").unwrap().strings();
            read.map(|strings| strings.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
        };
        assert_eq!(strings("[ \"x\" , \"\\u0079\\t\" ]").unwrap(), ["x", "y\t"]);
        assert_eq!(strings("[]").unwrap(), Vec::<String>::new());
        for text in ["\"x\"", "1", "null", "{}", "[\"x\",5]", "[[\"x\"]]", "[null]"] {
            assert_eq!(strings(text), None, "{text}");
        }
    }
}
