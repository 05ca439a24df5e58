//! An object that has been walked: its text, and where its members stand.

use std::borrow::Cow;
use std::num::NonZeroU64;

use super::digits::short_integer;
use super::few::Few;
use super::name::Tag;
use super::scan::parse_object;
use super::{Fault, Raw, text};

/// Members of an object that are kept without allocating.
pub(super) const INLINE: usize = 12;

/// A part of a text: where it starts, in the upper half of a word, and where it ends. A text of four gigabytes
/// or more is not read here. A word is kept in a register, where two halves would go by way of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(NonZeroU64);

impl Default for Span {
    /// Nothing, in front.
    fn default() -> Self {
        Self::new(0, 0)
    }
}

impl Span {
    #[inline]
    pub(super) const fn new(start: usize, end: usize) -> Self {
        // One more than the end, so that an optional span is a word too.
        match NonZeroU64::new((start as u64) << 32 | (end as u64).wrapping_add(1)) {
            Some(places) => Self(places),
            None => Self(NonZeroU64::MIN),
        }
    }

    #[inline]
    fn places(self) -> (usize, usize) {
        let places = self.0.get();
        ((places >> 32) as usize, (places & u64::from(u32::MAX)).wrapping_sub(1) as usize)
    }

    /// This part of `text`, from which the span came.
    #[inline]
    pub(crate) fn of(self, text: &str) -> &str {
        let (start, end) = self.places();
        text.get(start..end).unwrap_or_default()
    }

    /// Without its first and last byte.
    #[inline]
    fn inside(self) -> Self {
        let (start, end) = self.places();
        Self::new(start.wrapping_add(1), end.wrapping_sub(1))
    }
}

/// What was seen of a member's form, as a word, for the reason for which a [`Span`] is one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Form(u64);

impl Form {
    const NAME_IS_ESCAPED: u64 = 1;
    const PLAIN_STRING: u64 = 2;

    #[inline]
    pub(super) fn new(name_is_escaped: bool, is_plain_string: bool) -> Self {
        Self(u64::from(name_is_escaped) | u64::from(is_plain_string) << 1)
    }

    /// There is a backslash in the name.
    fn name_is_escaped(self) -> bool {
        self.0 & Self::NAME_IS_ESCAPED != 0
    }

    /// The value is a string without a backslash.
    fn is_plain_string(self) -> bool {
        self.0 & Self::PLAIN_STRING != 0
    }
}

/// A member, as places in the text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Member {
    pub(crate) tag: Tag,
    /// Between its quotation marks.
    pub(super) name: Span,
    pub(super) value: Span,
    pub(super) form: Form,
}

impl Member {
    pub(super) fn name<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let inside = self.name.of(text);
        if !self.form.name_is_escaped() {
            return Cow::Borrowed(inside);
        }
        // The walk has decoded it once, so it decodes.
        text::unescape(inside).unwrap_or_default()
    }

    /// Where the characters of a string value stand, if no escape has to be decoded to have them.
    pub(crate) fn plain_string(&self) -> Option<Span> {
        if self.form.is_plain_string() { Some(self.value.inside()) } else { None }
    }
}

/// Room for the members of an object. It is the caller's, since handing so much back would copy it.
pub(crate) type Members = Few<Member, INLINE>;

/// An object that satisfies RFC 8259 and has no member twice, at any depth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a, 'm> {
    pub(super) text: &'a str,
    pub(super) members: &'m [Member],
}

impl<'a, 'm> Object<'a, 'm> {
    /// The whole text, white space around the object included.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn members(&self) -> &'m [Member] {
        self.members
    }

    /// Escapes decoded.
    pub(crate) fn name(&self, member: &Member) -> Cow<'a, str> {
        member.name(self.text)
    }

    pub(crate) fn value(&self, member: &Member) -> Raw<'a> {
        Raw(member.value.of(self.text))
    }

    /// The value, if it is an integer that needs no care: up to 16 digits, and no sign.
    #[inline]
    pub(crate) fn short_integer(&self, member: &Member) -> Option<u64> {
        let (start, end) = member.value.places();
        short_integer(self.text.as_bytes().get(start..end)?)
    }

    /// The value of the member of this name.
    pub(crate) fn find(&self, name: &str) -> Option<Raw<'a>> {
        let tag = Tag::of(name.as_bytes());
        let found =
            |member: &&Member| member.tag == tag && (tag.is_whole() || self.name(member).as_ref() == name);
        self.members().iter().find(found).map(|member| self.value(member))
    }
}

/// An object that is kept, with its members.
pub(crate) struct Kept<'a> {
    text: &'a str,
    members: Members,
}

impl<'a> Kept<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut members = Members::new();
        parse_object(text, &mut members)?;
        Ok(Self { text, members })
    }

    /// The value of the member of this name.
    pub(crate) fn find(&self, name: &str) -> Option<Raw<'a>> {
        Object { text: self.text, members: self.members.as_slice() }.find(name)
    }
}
