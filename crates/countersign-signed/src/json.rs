//! A strict parser of one JSON object (RFC 8259), for headers, claims and keys.
//!
//! serde_json lets the last of two equal member names win where the caller's type ignores it, which is how two readers
//! of one token come to differ. So the crate parses each text here, once:
//!
//! - [`scan`] goes through the whole grammar, with a depth of at most 32, one object and nothing after it. It compares
//!   the member names at each depth ([`name`]) after it has decoded their escapes ([`text`]), and skips through strings
//!   8 bytes at a time ([`words`]).
//! - The result is an [`Object`] ([`object`]): the places of the top-level members in the text. It is no tree: numbers
//!   stay text, and strings stay escaped until a caller asks for them.
//! - Header, registered claims ([`date`] for the times) and the caller's type ([`claims`]) are read from these places.
//!   So nothing is parsed twice, and the readers cannot disagree about where a member stands.
//!
//! For example, `{"sub":"alice","x":[1]}` becomes two members: `sub` with the value `"alice"`, and `x` with `[1]`.
//!
//! With serde_json instead, an HS256 request would take an eighth longer.

pub(crate) mod claims;
mod date;
mod name;
mod object;
mod scan;
mod text;
mod words;

use std::borrow::Cow;

pub(crate) use date::NumericDate;
pub(crate) use name::Tag;
pub(crate) use object::{Member, Object, Span};
pub(crate) use scan::parse_object;
pub(crate) use text::push_string;

/// Objects and arrays may be nested this deep, the outermost object counted.
pub(crate) const MAX_DEPTH: u8 = 32;

/// The start of the member names by which serde_json tells values of its own types from other objects, such as
/// `$serde_json::private::RawValue`.
///
/// An object whose first member has such a name is read by `serde_json::Value` as something else: as the JSON
/// text inside that member's value. So one text would have two meanings, and the inner text is one that this
/// reader has never seen. No such name is accepted, whatever its ending and wherever it stands.
const RESERVED: &str = "$serde_json::private::";

/// Why text is not an object that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not RFC 8259, not an object, something after it, or nested too deep.
    Syntax,
    /// A member name occurs twice in one object.
    Duplicate,
    /// A member name starts with [`RESERVED`].
    Reserved,
}

/// The text of one value, known to be valid JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The string's characters, or nothing if the value is not a string.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        text::unescape(self.0.strip_prefix('"')?.strip_suffix('"')?)
    }

    /// The values of an array, or nothing if the value is not one.
    pub(crate) fn elements(self) -> Option<Vec<Raw<'a>>> {
        scan::elements(self.0)
    }

    /// The strings of an array that holds nothing else, or nothing.
    pub(crate) fn strings(self) -> Option<Vec<Cow<'a, str>>> {
        self.elements()?.into_iter().map(Raw::string).collect()
    }

    /// The value of an integer of 1 to 16 digits without a sign, or nothing if the value is not one.
    pub(crate) fn short_integer(self) -> Option<u64> {
        let is_short = self.0.len() <= 16 && self.0.bytes().all(|byte| byte.is_ascii_digit());
        if is_short { self.0.parse().ok() } else { None }
    }

    /// The seconds of a NumericDate, or nothing if the value is not one that this crate takes.
    pub(crate) fn date(self) -> Option<NumericDate> {
        NumericDate::parse(self.0)
    }

    /// The text for an error: a string's characters, else the JSON as it stands.
    pub(crate) fn shown(self) -> Cow<'a, str> {
        self.string().unwrap_or(Cow::Borrowed(self.0))
    }
}
