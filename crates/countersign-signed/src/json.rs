//! A strict reader of one JSON object (RFC 8259), for headers and claims.
//!
//! serde_json reads the claims into the caller's type, but lets the last of two equal member names win
//! where the type ignores it, which is how two readers of one token come to differ. So every token is
//! first walked here: the whole grammar, every member name compared at every depth after its escapes are
//! decoded, depth at most 32, one object and nothing after it. The top-level members come out as names
//! and spans of the text, from which header and registered claims are read.
//!
//! It builds no tree and converts no private claim: numbers stay text, strings stay escaped until asked for.

mod date;
mod scan;
mod text;

use std::borrow::Cow;

use date::NumericDate;
pub(crate) use scan::parse_object;
pub(crate) use text::push_string;

/// Objects and arrays may be nested this deep, the outermost object counted.
pub(crate) const MAX_DEPTH: u8 = 32;

/// Why text is not an object that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not RFC 8259, not an object, something after it, or nested too deep.
    Syntax,
    /// A member name occurs twice in one object.
    Duplicate,
}

/// A member of the outermost object.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    /// Escapes decoded.
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Raw<'a>,
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
        scan::elements(self.0)?.into_iter().map(Raw::string).collect()
    }

    /// The seconds of a NumericDate, or nothing if the value is not one that this crate takes.
    pub(crate) fn date(self) -> Option<NumericDate> {
        NumericDate::parse(self.0)
    }

    /// What an error tells the owner: a string's characters, else the JSON as it stands.
    pub(crate) fn shown(self) -> Cow<'a, str> {
        self.string().unwrap_or(Cow::Borrowed(self.0))
    }
}

/// The member of this name.
pub(crate) fn find<'a>(members: &[Member<'a>], name: &str) -> Option<Raw<'a>> {
    members.iter().find(|member| member.name == name).map(|member| member.value)
}
