//! The registered claims (RFC 7519 section 4.1), read once for checking and for whoever asks later.
//!
//! A claim that is there but malformed is an error, whether or not a check looks at it: two readers of
//! the token must not be able to disagree about it. Reading and judging are apart; this only reads.
//!
//! Texts are kept as places in the decoded payload, which goes along, so that reading them copies nothing.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{ClaimFailure, Error, ErrorKind};
use crate::json::{self, Member, NumericDate, Object, Span, Tag};

const AUD: Tag = Tag::of(b"aud");
const EXP: Tag = Tag::of(b"exp");
const IAT: Tag = Tag::of(b"iat");
const ISS: Tag = Tag::of(b"iss");
const JTI: Tag = Tag::of(b"jti");
const NBF: Tag = Tag::of(b"nbf");
const SUB: Tag = Tag::of(b"sub");

/// The registered claims of a verified token.
///
/// `Debug` shows which are there, and no value.
#[derive(Clone)]
pub struct RegisteredClaims<'a> {
    pub(super) payload: Cow<'a, str>,
    pub(super) places: ClaimSpans,
}

/// The registered claims, as places in a payload.
#[derive(Clone, Default)]
pub(super) struct ClaimSpans {
    iss: Option<Span>,
    sub: Option<Span>,
    jti: Option<Span>,
    aud: Option<Span>,
    /// What cannot be read where it stands, which is rare: one box, so that all the rest stays small.
    decoded: Option<Box<Decoded>>,
    times: Times,
}

/// The claims that are times: what is judged again each time that a token is seen.
#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) exp: Option<NumericDate>,
    pub(super) nbf: Option<NumericDate>,
    pub(super) iat: Option<NumericDate>,
}

/// Texts whose escapes had to be decoded, and several audiences.
#[derive(Clone, Default)]
struct Decoded {
    iss: Option<Box<str>>,
    sub: Option<Box<str>>,
    jti: Option<Box<str>>,
    aud: Option<Box<[Box<str>]>>,
}

/// The registered claims of the wrong form. Every verifier refuses them, whatever it demands, so that no signer
/// may sign them.
pub(crate) fn malformed(object: &Object<'_>) -> Vec<ClaimFailure> {
    let mut failures = Vec::new();
    ClaimSpans::read(object, &mut failures);
    failures
}

impl ClaimSpans {
    /// Reads what there is; every malformed claim becomes a failure.
    pub(super) fn read(object: &Object<'_>, failures: &mut Vec<ClaimFailure>) -> Self {
        let mut claims = Self::default();
        for member in object.members() {
            let date = || object.value(member).date();
            let read = match member.tag {
                ISS => claims.text(object, member, |claims| &mut claims.iss, |decoded| &mut decoded.iss),
                SUB => claims.text(object, member, |claims| &mut claims.sub, |decoded| &mut decoded.sub),
                JTI => claims.text(object, member, |claims| &mut claims.jti, |decoded| &mut decoded.jti),
                AUD => claims.audience(object, member),
                EXP => date().map(|date| claims.times.exp = Some(date)),
                NBF => date().map(|date| claims.times.nbf = Some(date)),
                IAT => date().map(|date| claims.times.iat = Some(date)),
                _ => continue,
            };
            if read.is_none() {
                let name = object.name(member).into_owned();
                let failure = ClaimFailure::new(ErrorKind::InvalidClaim, name);
                failures.push(failure.with_expected(form(member.tag)).with_got(object.value(member).shown()));
            }
        }
        claims
    }

    #[inline]
    fn text(
        &mut self,
        object: &Object<'_>,
        member: &Member,
        place: impl FnOnce(&mut Self) -> &mut Option<Span>,
        decoded: impl FnOnce(&mut Decoded) -> &mut Option<Box<str>>,
    ) -> Option<()> {
        let span = member.plain_string();
        if span.is_none() {
            *decoded(self.decoded.get_or_insert_default()) = Some(object.value(member).string()?.into());
        }
        *place(self) = span;
        Some(())
    }

    /// A string, or an array of strings and nothing else. An empty array says neither that the token is
    /// for everybody nor for whom it is, so it is malformed, whoever asks.
    fn audience(&mut self, object: &Object<'_>, member: &Member) -> Option<()> {
        self.aud = member.plain_string();
        if self.aud.is_some() {
            return Some(());
        }
        let value = object.value(member);
        let audiences = match value.string() {
            Some(one) => vec![one],
            None => value.strings().filter(|several| !several.is_empty())?,
        };
        let audiences = audiences.into_iter().map(Cow::into).collect();
        self.decoded.get_or_insert_default().aud = Some(audiences);
        Some(())
    }

    pub(super) fn iss<'a>(&'a self, payload: &'a str) -> Option<&'a str> {
        read(payload, self.iss, || self.decoded.as_ref()?.iss.as_deref())
    }

    pub(super) fn sub<'a>(&'a self, payload: &'a str) -> Option<&'a str> {
        read(payload, self.sub, || self.decoded.as_ref()?.sub.as_deref())
    }

    /// Where issuer, subject and `jti` stand in the payload, as far as they are there and need no decoding.
    #[inline]
    pub(super) fn names(&self) -> [Option<Span>; 3] {
        [self.iss, self.sub, self.jti]
    }

    #[inline]
    pub(super) fn times(&self) -> &Times {
        &self.times
    }

    fn jti<'a>(&'a self, payload: &'a str) -> Option<&'a str> {
        read(payload, self.jti, || self.decoded.as_ref()?.jti.as_deref())
    }

    pub(super) fn has_aud(&self) -> bool {
        self.aud.is_some() || self.several_audiences().is_some()
    }

    fn several_audiences(&self) -> Option<&[Box<str>]> {
        self.decoded.as_ref()?.aud.as_deref()
    }

    pub(super) fn aud<'a>(&'a self, payload: &'a str) -> impl Iterator<Item = &'a str> {
        let one = self.aud.map(|span| span.of(payload));
        let several = self.several_audiences().unwrap_or_default();
        one.into_iter().chain(several.iter().map(|text| &**text))
    }
}

/// What a registered claim has to be, for whoever is told that it is not.
fn form(tag: Tag) -> &'static str {
    match tag {
        AUD => "a string, or strings",
        EXP | NBF | IAT => "seconds since 1970, up to 253402300799",
        _ => "a string",
    }
}

/// A text where it stands, or else as it was decoded.
fn read<'a>(
    payload: &'a str,
    span: Option<Span>,
    decoded: impl FnOnce() -> Option<&'a str>,
) -> Option<&'a str> {
    span.map(|span| span.of(payload)).or_else(decoded)
}

impl RegisteredClaims<'_> {
    /// Who issued the token. RFC 7519 section 4.1.1.
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        self.places.iss(&self.payload)
    }

    /// Whom it speaks of. RFC 7519 section 4.1.2.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.places.sub(&self.payload)
    }

    /// Whom it is for: one or several; none if the token does not say. RFC 7519 section 4.1.3.
    pub fn aud(&self) -> impl Iterator<Item = &str> {
        self.places.aud(&self.payload)
    }

    /// When it ceases to be accepted, to the nanosecond. RFC 7519 section 4.1.4.
    #[must_use]
    pub fn exp(&self) -> Option<OffsetDateTime> {
        self.places.times().exp.and_then(NumericDate::moment)
    }

    /// When it starts to be accepted, to the nanosecond. RFC 7519 section 4.1.5.
    #[must_use]
    pub fn nbf(&self) -> Option<OffsetDateTime> {
        self.places.times().nbf.and_then(NumericDate::moment)
    }

    /// When it was issued, to the nanosecond. RFC 7519 section 4.1.6.
    #[must_use]
    pub fn iat(&self) -> Option<OffsetDateTime> {
        self.places.times().iat.and_then(NumericDate::moment)
    }

    /// Its identifier, unique under its issuer. RFC 7519 section 4.1.7.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.places.jti(&self.payload)
    }

    /// All claims, read once more into another type: for whoever keeps these and learns later what is of
    /// interest. The text is walked again for it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ClaimsDeserialize`] if `C` does not take them.
    pub fn read<'c, C: Deserialize<'c>>(&'c self) -> Result<C, Error> {
        json::claims::read(&json::parse_object(&self.payload)?)
    }

    /// The same claims, which borrow from nothing. It copies them only if they borrow.
    #[must_use]
    pub fn into_owned(self) -> RegisteredClaims<'static> {
        RegisteredClaims { payload: Cow::Owned(self.payload.into_owned()), places: self.places }
    }
}

impl fmt::Debug for RegisteredClaims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = [
            ("iss", self.iss().is_some()),
            ("sub", self.sub().is_some()),
            ("aud", self.places.has_aud()),
            ("exp", self.places.times.exp.is_some()),
            ("nbf", self.places.times.nbf.is_some()),
            ("iat", self.places.times.iat.is_some()),
            ("jti", self.jti().is_some()),
        ];
        let names = there.iter().filter(|(_, there)| *there).map(|(name, _)| (name, "[redacted]"));
        f.write_str("RegisteredClaims ")?;
        f.debug_map().entries(names).finish()
    }
}
