//! The registered claims (RFC 7519 section 4.1), read once for checking and for whoever asks later.
//!
//! A claim that is there but malformed is an error, whether or not a check looks at it: two readers of
//! the token must not be able to disagree about it. Reading and judging are apart; this only reads.
//!
//! Texts are kept as places in the decoded payload, which goes along, so that reading them copies nothing.

use std::borrow::Cow;
use std::fmt;

use time::OffsetDateTime;

use crate::error::{ClaimFailure, ErrorKind};
use crate::json::{Member, Object, Span, Tag};

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
pub struct Registered<'a> {
    pub(super) payload: Cow<'a, str>,
    pub(super) places: Places,
}

/// The registered claims, as places in a payload.
#[derive(Clone, Default)]
pub(super) struct Places {
    iss: Option<Text>,
    sub: Option<Text>,
    jti: Option<Text>,
    aud: Option<Audience>,
    /// Seconds. Rounded against the bearer: it ends sooner, starts later.
    pub(super) exp: Option<i64>,
    pub(super) nbf: Option<i64>,
    /// Older for whoever asks how old it is, or whether it came before a revocation.
    pub(super) iat: Option<i64>,
    /// Newer for the check that it does not lie in the future.
    pub(super) iat_up: Option<i64>,
}

#[derive(Clone)]
enum Text {
    /// It stands in the payload as it is.
    Plain(Span),
    /// Its escapes had to be decoded.
    Decoded(Box<str>),
}

impl Text {
    fn of<'a>(&'a self, payload: &'a str) -> &'a str {
        match self {
            Self::Plain(span) => span.of(payload),
            Self::Decoded(text) => text,
        }
    }
}

#[derive(Clone)]
enum Audience {
    One(Text),
    Several(Box<[Box<str>]>),
}

impl Places {
    /// Reads what there is; every malformed claim becomes a failure.
    pub(super) fn read(object: &Object<'_>, failures: &mut Vec<ClaimFailure>) -> Self {
        let mut claims = Self::default();
        for member in object.members() {
            let date = || object.value(member).date();
            let read = match member.tag {
                ISS => text(object, member).map(|text| claims.iss = Some(text)),
                SUB => text(object, member).map(|text| claims.sub = Some(text)),
                JTI => text(object, member).map(|text| claims.jti = Some(text)),
                AUD => audience(object, member).map(|audience| claims.aud = Some(audience)),
                EXP => date().map(|date| claims.exp = Some(date.down())),
                NBF => date().and_then(|date| Some(claims.nbf = Some(date.up()?))),
                IAT => date().and_then(|date| {
                    claims.iat = Some(date.down());
                    Some(claims.iat_up = Some(date.up()?))
                }),
                _ => continue,
            };
            if read.is_none() {
                let name = object.name(member).into_owned();
                failures.push(
                    ClaimFailure::new(ErrorKind::InvalidClaim, name).with_got(object.value(member).shown()),
                );
            }
        }
        claims
    }

    pub(super) fn iss<'a>(&'a self, payload: &'a str) -> Option<&'a str> {
        self.iss.as_ref().map(|text| text.of(payload))
    }

    pub(super) fn sub<'a>(&'a self, payload: &'a str) -> Option<&'a str> {
        self.sub.as_ref().map(|text| text.of(payload))
    }

    pub(super) fn has_aud(&self) -> bool {
        self.aud.is_some()
    }

    pub(super) fn aud<'a>(&'a self, payload: &'a str) -> impl Iterator<Item = &'a str> {
        let (one, several) = match &self.aud {
            None => (None, [].as_slice()),
            Some(Audience::One(text)) => (Some(text.of(payload)), [].as_slice()),
            Some(Audience::Several(texts)) => (None, &**texts),
        };
        one.into_iter().chain(several.iter().map(|text| &**text))
    }
}

impl Registered<'_> {
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

    /// When it ceases to be accepted, a fraction of a second dropped. RFC 7519 section 4.1.4.
    #[must_use]
    pub fn exp(&self) -> Option<OffsetDateTime> {
        moment(self.places.exp)
    }

    /// When it starts to be accepted, a fraction counted as a second more. RFC 7519 section 4.1.5.
    #[must_use]
    pub fn nbf(&self) -> Option<OffsetDateTime> {
        moment(self.places.nbf)
    }

    /// When it was issued, a fraction of a second dropped. RFC 7519 section 4.1.6.
    #[must_use]
    pub fn iat(&self) -> Option<OffsetDateTime> {
        moment(self.places.iat)
    }

    /// Its identifier, unique under its issuer. RFC 7519 section 4.1.7.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.places.jti.as_ref().map(|text| text.of(&self.payload))
    }
}

fn text(object: &Object<'_>, member: &Member) -> Option<Text> {
    match member.plain_string() {
        Some(span) => Some(Text::Plain(span)),
        None => object.value(member).string().map(|text| Text::Decoded(text.into())),
    }
}

/// A string, or an array of strings and nothing else. An empty array says neither that the token is for
/// everybody nor for whom it is, so it is malformed, whoever asks.
fn audience(object: &Object<'_>, member: &Member) -> Option<Audience> {
    if let Some(one) = text(object, member) {
        return Some(Audience::One(one));
    }
    let several = object.value(member).strings().filter(|several| !several.is_empty())?;
    Some(Audience::Several(several.into_iter().map(Cow::into).collect()))
}

/// A date is at most the year 9999's last second, so this gives one wherever there is one.
fn moment(seconds: Option<i64>) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds?).ok()
}

impl fmt::Debug for Registered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = [
            ("iss", self.places.iss.is_some()),
            ("sub", self.places.sub.is_some()),
            ("aud", self.places.aud.is_some()),
            ("exp", self.places.exp.is_some()),
            ("nbf", self.places.nbf.is_some()),
            ("iat", self.places.iat.is_some()),
            ("jti", self.places.jti.is_some()),
        ];
        let names = there.iter().filter(|(_, there)| *there).map(|(name, _)| (name, "[redacted]"));
        f.write_str("Registered ")?;
        f.debug_map().entries(names).finish()
    }
}
