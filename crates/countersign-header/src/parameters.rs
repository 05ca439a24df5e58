//! Parameters of a scheme, and the cursor that reads them: `auth-param` (RFC 9110 section 11.2), in credentials and
//! in challenges.
//!
//! What two readers could take differently is refused, as everywhere in this crate: a name that comes twice, a
//! quoted string that does not end, anything after a value but a comma. Text is copied only where it has escapes.

use std::borrow::Cow;
use std::fmt;

use crate::{Error, ErrorKind, syntax};

/// `name=value` pairs in the order in which they came; no name comes twice. In credentials the values may be secrets,
/// so `Debug` shows the names alone.
#[derive(Clone, Default)]
pub struct Parameters<'a> {
    pairs: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Parameters<'a> {
    /// The value of a parameter, without the quotes and escapes that it came with. Names are compared without regard
    /// to case (RFC 9110 section 11.2).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// All of them: name, as it came, and value.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &str)> {
        self.pairs.iter().map(|(name, value)| (*name, &**value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn push(&mut self, name: &'a str, value: Cow<'a, str>) -> Result<(), ErrorKind> {
        if self.get(name).is_some() {
            return Err(ErrorKind::DuplicateParameter);
        }
        self.pairs.push((name, value));
        Ok(())
    }

    /// Takes a whole list apart. Empty elements are nothing (RFC 9110 section 5.6.1.2).
    pub(crate) fn parse(text: &'a str) -> Result<Self, Error> {
        let (mut parameters, mut cursor) = (Self::default(), Cursor(text));
        cursor.skip_commas();
        while !cursor.is_at_end() {
            let (name, value) = cursor.parameter().ok_or(ErrorKind::MalformedParameter)?;
            parameters.push(name, value)?;
            if !cursor.ends_element() {
                return Err(ErrorKind::MalformedParameter.into());
            }
            cursor.skip_commas();
        }
        Ok(parameters)
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// What is still to be read.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a>(pub(crate) &'a str);

impl<'a> Cursor<'a> {
    pub(crate) fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    /// `OWS`, and `BWS`, which a recipient must take (RFC 9110 section 5.6.3).
    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    /// White space, commas, and the empty elements between them.
    pub(crate) fn skip_commas(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', ',']);
    }

    /// Whether a comma or the end comes next, white space aside.
    pub(crate) fn ends_element(mut self) -> bool {
        self.skip_space();
        self.0.is_empty() || self.0.starts_with(',')
    }

    /// What comes before the first character that `set` does not hold for.
    fn run(&mut self, set: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|character| !set(character)).unwrap_or(self.0.len());
        let (run, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        run
    }

    pub(crate) fn token(&mut self) -> Option<&'a str> {
        let token = self.run(syntax::is_token_char);
        (!token.is_empty()).then_some(token)
    }

    /// One or more spaces (`1*SP`).
    pub(crate) fn spaces(&mut self) -> bool {
        let rest = self.0.trim_start_matches(' ');
        let has_some = rest.len() < self.0.len();
        self.0 = rest;
        has_some
    }

    /// A token68 that is all of its element.
    pub(crate) fn token68(&mut self) -> Option<&'a str> {
        let mut ahead = *self;
        let text = ahead.run(|character| character == '=' || syntax::is_token68_text_char(character));
        let is_it = syntax::is_token68(text.as_bytes()) && ahead.ends_element();
        is_it.then(|| {
            *self = ahead;
            text
        })
    }

    /// `token BWS "=" BWS ( token / quoted-string )`
    pub(crate) fn parameter(&mut self) -> Option<(&'a str, Cow<'a, str>)> {
        let mut ahead = *self;
        let name = ahead.token()?;
        ahead.skip_space();
        ahead.0 = ahead.0.strip_prefix('=')?;
        ahead.skip_space();
        let value = if ahead.0.starts_with('"') { ahead.quoted()? } else { Cow::Borrowed(ahead.token()?) };
        *self = ahead;
        Some((name, value))
    }

    /// `quoted-string` (RFC 9110 section 5.6.4). Beyond ASCII it is UTF-8, as the whole text is.
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        self.0 = self.0.strip_prefix('"')?;
        let plain = self.run(|character| is_quotable(character) && !matches!(character, '"' | '\\'));
        if let Some(rest) = self.0.strip_prefix('"') {
            self.0 = rest;
            return Some(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        let mut characters = self.0.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => text.push(characters.next().filter(|escaped| is_quotable(*escaped))?),
                character if is_quotable(character) => text.push(character),
                _ => return None,
            }
        }
        self.0 = characters.as_str();
        Some(Cow::Owned(text))
    }
}

fn is_quotable(character: char) -> bool {
    character == '\t' || !character.is_control()
}
