//! An object that was parsed: its text, and the places of its members in it.

use std::borrow::Cow;

use super::name::Tag;
use super::{Raw, text};

/// A part of a text, in bytes. Texts of 4 GiB or more are not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// This part of `text`, from which the span came.
    #[inline]
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A member, as places in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) tag: Tag,
    /// Between its quotation marks.
    pub(super) name: Span,
    pub(super) name_is_escaped: bool,
    pub(super) value: Span,
    /// The value is a string without a backslash.
    pub(super) is_plain_string: bool,
}

impl Member {
    pub(super) fn name<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let written = self.name.of(text);
        if !self.name_is_escaped {
            return Cow::Borrowed(written);
        }
        // The parser has decoded it once, so it decodes.
        text::unescape(written).unwrap_or_default()
    }

    /// Where the characters of a string value stand, if it has no escape.
    pub(crate) fn plain_string(&self) -> Option<Span> {
        let Span { start, end } = self.value;
        self.is_plain_string.then_some(Span { start: start.wrapping_add(1), end: end.wrapping_sub(1) })
    }
}

/// An object that satisfies RFC 8259 and has no member twice, at any depth.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub(super) text: &'a str,
    pub(super) members: Vec<Member>,
}

impl<'a> Object<'a> {
    /// The whole text, white space around the object included.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Escapes decoded.
    pub(crate) fn name(&self, member: &Member) -> Cow<'a, str> {
        member.name(self.text)
    }

    pub(crate) fn value(&self, member: &Member) -> Raw<'a> {
        Raw(member.value.of(self.text))
    }

    /// The value of the member of this name.
    pub(crate) fn find(&self, name: &str) -> Option<Raw<'a>> {
        let tag = Tag::of(name.as_bytes());
        let found =
            |member: &&Member| member.tag == tag && (tag.is_whole() || self.name(member).as_ref() == name);
        self.members.iter().find(found).map(|member| self.value(member))
    }
}
