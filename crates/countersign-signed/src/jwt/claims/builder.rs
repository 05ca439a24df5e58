//! Gathers claims, and judges them once.
//!
//! A claim that cannot be meant (an empty subject out of an unset variable, two of what there is one of) or
//! that no verifier takes is an error of [`build`](ClaimsBuilder::build), so that it is met by the issuer,
//! who can mend it, and not by whoever shows the token. A token that never expires has to be asked for.
//!
//! It reads no clock: all times follow from the moment that it was given.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Claims, NAMES};
use crate::base64url;
use crate::error::{Error, ErrorKind};

/// Bytes of a random `jti`: 128 bits, which do not come twice by chance.
const JTI_LEN: usize = 16;

/// The last second of the year 9999, which is the last one that verifiers take.
const LAST_SECOND: i64 = 253_402_300_799;

/// Gathers [`Claims`].
#[must_use]
pub struct ClaimsBuilder<'a> {
    claims: Claims<'a>,
    lifetime: Option<Duration>,
    never_expires: bool,
    /// The first thing that was wrong.
    problem: Option<Error>,
}

impl<'a> ClaimsBuilder<'a> {
    pub(super) fn new(now: OffsetDateTime) -> Self {
        let claims = Claims {
            iss: None,
            sub: None,
            aud: Vec::new(),
            exp: None,
            nbf: None,
            iat: now.unix_timestamp(),
            jti: None,
            scope: String::new(),
            role: None,
            roles: Vec::new(),
            own: Vec::new(),
        };
        let builder = Self { claims, lifetime: None, never_expires: false, problem: None };
        let known = is_date(builder.claims.iat);
        builder.demand(known, "they are issued before 1970 or after 9999")
    }

    /// Keeps the first problem.
    fn demand(mut self, holds: bool, otherwise: &'static str) -> Self {
        if !holds && self.problem.is_none() {
            self.problem = Some(Error::noted(ErrorKind::ClaimsSerialize, otherwise));
        }
        self
    }

    /// `iss`: who issues the token (RFC 7519 section 4.1.1). To be set once.
    pub fn issuer(mut self, issuer: impl Into<Cow<'a, str>>) -> Self {
        let fits = once(&mut self.claims.iss, issuer);
        self.demand(fits, "the issuer is empty or set twice")
    }

    /// `sub`: whom the token speaks of, unique under its issuer (RFC 7519 section 4.1.2). To be set once.
    pub fn subject(mut self, subject: impl Into<Cow<'a, str>>) -> Self {
        let fits = once(&mut self.claims.sub, subject);
        self.demand(fits, "the subject is empty or set twice")
    }

    /// `aud`: whom the token is for (RFC 7519 section 4.1.3). Several calls: any of them.
    ///
    /// One audience is written as a string, several as an array.
    pub fn audience(mut self, audience: impl Into<Cow<'a, str>>) -> Self {
        let audience = audience.into();
        let fits = is_new(&self.claims.aud, &audience);
        self.claims.aud.push(audience);
        self.demand(fits, "an audience is empty or set twice")
    }

    /// `aud`: at least one audience, as several calls of [`audience`](Self::audience).
    pub fn audiences<A: Into<Cow<'a, str>>>(self, audiences: impl IntoIterator<Item = A>) -> Self {
        let builder = audiences.into_iter().fold(self, Self::audience);
        // Written as an empty array it would be for nobody, left out it would be for everybody.
        let fits = !builder.claims.aud.is_empty();
        builder.demand(fits, "the list of audiences is empty")
    }

    /// `exp`: how long the token is accepted, a fraction of a second dropped (RFC 7519 section 4.1.4). To
    /// be set once.
    ///
    /// Security: until then a stolen token serves the thief, and a revocation has to be remembered.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        let fits = self.lifetime.replace(lifetime).is_none();
        self.demand(fits, "the lifetime is set twice")
    }

    /// The token has no `exp`: it is good until its key is withdrawn, and verifiers take it only if they
    /// waive `exp` by name too.
    pub fn accepting_that_the_token_never_expires(mut self) -> Self {
        self.never_expires = true;
        self
    }

    /// `nbf`: when the token starts to be accepted, a fraction counted as a second more (RFC 7519 section
    /// 4.1.5). To be set once.
    pub fn not_before(mut self, start: OffsetDateTime) -> Self {
        let seconds = start.unix_timestamp().saturating_add(i64::from(start.nanosecond() > 0));
        let fits = self.claims.nbf.replace(seconds).is_none();
        let known = is_date(seconds);
        self.demand(fits, "the start is set twice").demand(known, "the start is before 1970 or after 9999")
    }

    /// `jti`: the token's identifier, unique under its issuer (RFC 7519 section 4.1.7). To be set once, here
    /// or as [`random_jti`](Self::random_jti).
    pub fn jti(mut self, jti: impl Into<Cow<'a, str>>) -> Self {
        let fits = once(&mut self.claims.jti, jti);
        self.demand(fits, "the token's identifier is empty or set twice")
    }

    /// `jti`: 128 random bits of the operating system, as 22 characters of base64url.
    pub fn random_jti(self) -> Self {
        let mut bytes = [0; JTI_LEN];
        match SysRng.try_fill_bytes(&mut bytes) {
            Ok(()) => self.jti(base64url::encode(&bytes)),
            Err(error) => self.failed(Error::caused(ErrorKind::RandomSource, error)),
        }
    }

    fn failed(mut self, error: Error) -> Self {
        self.problem.get_or_insert(error);
        self
    }

    /// `scope`: what the token allows, as one text with spaces between (RFC 8693 section 4.2). Several calls
    /// add up; without any scope there is no such claim.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let mut fits = true;
        for scope in scopes {
            let scope = scope.as_ref();
            fits &= is_scope(scope);
            if !self.claims.scope.is_empty() {
                self.claims.scope.push(' ');
            }
            self.claims.scope.push_str(scope);
        }
        self.demand(fits, "a scope is empty or has a character that RFC 6749 section 3.3 does not allow")
    }

    /// `role`: the one role of the subject, a text. To be set once.
    pub fn role(mut self, role: impl Into<Cow<'a, str>>) -> Self {
        let fits = once(&mut self.claims.role, role);
        self.demand(fits, "the role is empty or set twice")
    }

    /// `roles`: the roles of the subject, an array of texts however many there are (RFC 9068 section
    /// 2.2.3.1). Several calls add up; without any role there is no such claim.
    pub fn roles<R: Into<Cow<'a, str>>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        let mut fits = true;
        for role in roles {
            let role = role.into();
            fits &= is_new(&self.claims.roles, &role);
            self.claims.roles.push(role);
        }
        self.demand(fits, "a role of several is empty or there twice")
    }

    /// A claim of the caller's own, of any name that no other method sets.
    ///
    /// Security: claims are signed and not encrypted: whoever sees the token reads them.
    pub fn claim(mut self, name: impl Into<Cow<'a, str>>, value: impl Serialize) -> Self {
        let name = name.into();
        let taken = NAMES.contains(&&*name) || self.claims.own.iter().any(|(other, _)| *other == name);
        match serde_json::value::to_raw_value(&value) {
            Ok(value) => self.claims.own.push((name, value)),
            Err(error) => return self.failed(Error::detailed(ErrorKind::ClaimsSerialize, &error)),
        }
        self.demand(!taken, "a claim of one's own is there twice or has a method of its own")
    }

    /// The claims.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ClaimsSerialize`] if something is empty, set twice, or out of range; if there is neither
    /// a lifetime nor a waiver of it, or both; or if the token would never be accepted, since it expires
    /// within the second that it is issued in, or before it starts. [`ErrorKind::RandomSource`].
    pub fn build(mut self) -> Result<Claims<'a>, Error> {
        let Self { lifetime, never_expires, .. } = self;
        self = match lifetime {
            None => self.demand(never_expires, "they have no lifetime, and none is waived"),
            Some(lifetime) => {
                self.demand(!never_expires, "they have a lifetime, and it is waived").ending(lifetime)
            }
        };
        let Self { claims, problem, .. } = self;
        if let Some(problem) = problem { Err(problem) } else { Ok(claims) }
    }

    /// Sets `exp`: whole seconds after `iat`, so that the token lives no longer than was asked for.
    fn ending(mut self, lifetime: Duration) -> Self {
        let exp = self.claims.iat.checked_add_unsigned(lifetime.as_secs()).filter(|&exp| is_date(exp));
        self.claims.exp = exp;
        let lives = lifetime.as_secs() > 0;
        // Refused on or after `exp`, and before `nbf`.
        let starts = exp.is_none() || exp > self.claims.nbf;
        self.demand(lives, "their lifetime is less than a second")
            .demand(exp.is_some(), "their lifetime ends after the year 9999")
            .demand(starts, "they expire before they start")
    }
}

/// Sets what may be set once and not be empty; whether it was so.
fn once<'a>(slot: &mut Option<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> bool {
    let value = value.into();
    let there = !value.is_empty();
    slot.replace(value).is_none() && there
}

/// Not empty, and not there yet.
fn is_new(list: &[Cow<'_, str>], value: &str) -> bool {
    !value.is_empty() && !list.iter().any(|other| other == value)
}

/// What a verifier of this crate takes as a NumericDate.
fn is_date(seconds: i64) -> bool {
    (0..=LAST_SECOND).contains(&seconds)
}

/// RFC 6749 section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

impl fmt::Debug for ClaimsBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimsBuilder").finish_non_exhaustive()
    }
}
