//! An object that has been walked: its text, and where its members stand.

use std::borrow::Cow;

use super::few::Few;
use super::name::Tag;
use super::{Raw, text};

/// Members of an object that are kept without allocating.
pub(super) const INLINE: usize = 16;

/// A part of a text. No text that is read here comes near four gigabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Nothing where a text is too long for its places to be kept.
    pub(super) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    /// This part of `text`, from which the span came.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Without its first and last byte.
    fn inside(self) -> Self {
        Self { start: self.start.saturating_add(1), end: self.end.saturating_sub(1) }
    }
}

/// A member, as places in the text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Member {
    pub(crate) tag: Tag,
    /// Between its quotation marks.
    pub(super) name: Span,
    pub(super) value: Span,
    /// There is a backslash in the name.
    pub(super) name_is_escaped: bool,
    /// The value is a string without a backslash.
    pub(super) is_plain_string: bool,
}

impl Member {
    pub(super) fn name<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let inside = self.name.of(text);
        if !self.name_is_escaped {
            return Cow::Borrowed(inside);
        }
        // The walk has decoded it once, so it decodes.
        text::unescape(inside).unwrap_or_default()
    }

    /// Where the characters of a string value stand, if no escape has to be decoded to have them.
    pub(crate) fn plain_string(&self) -> Option<Span> {
        if self.is_plain_string { Some(self.value.inside()) } else { None }
    }
}

/// An object that satisfies RFC 8259 and has no member twice, at any depth.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub(super) text: &'a str,
    pub(super) members: Few<Member, INLINE>,
}

impl<'a> Object<'a> {
    /// The whole text, white space around the object included.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn members(&self) -> &[Member] {
        self.members.as_slice()
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
        self.members().iter().find(found).map(|member| self.value(member))
    }
}
