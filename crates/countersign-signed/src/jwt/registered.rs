//! The registered claims (RFC 7519 section 4.1), read once for checking and for whoever asks later.
//!
//! A claim that is there but malformed is an error, whether or not a check looks at it: two readers of
//! the token must not be able to disagree about it. Reading and judging are apart; this only reads.

use std::borrow::Cow;
use std::fmt;

use time::OffsetDateTime;

use crate::error::{ClaimFailure, ErrorKind};
use crate::json::{Member, Raw};

/// The registered claims of a verified token.
///
/// `Debug` shows which are there, and no value.
#[derive(Clone, Default)]
pub struct Registered {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Vec<String>>,
    exp: Option<OffsetDateTime>,
    nbf: Option<OffsetDateTime>,
    iat: Option<OffsetDateTime>,
    jti: Option<String>,
    /// `iat`, a fraction counted as one second more.
    iat_up: Option<OffsetDateTime>,
}

impl Registered {
    /// Reads what there is; every malformed claim becomes a failure.
    pub(super) fn read(members: &[Member<'_>], failures: &mut Vec<ClaimFailure>) -> Self {
        let mut claims = Self::default();
        for Member { name, value } in members {
            let read = match &**name {
                "iss" => text(*value).map(|text| claims.iss = Some(text)),
                "sub" => text(*value).map(|text| claims.sub = Some(text)),
                "jti" => text(*value).map(|text| claims.jti = Some(text)),
                "aud" => audience(*value).map(|audience| claims.aud = Some(audience)),
                // Rounded against the bearer: it ends sooner, starts later.
                "exp" => value.date().and_then(|date| moment(date.down())).map(|exp| claims.exp = Some(exp)),
                "nbf" => value.date().and_then(|date| moment(date.up()?)).map(|nbf| claims.nbf = Some(nbf)),
                // Older for whoever asks how old it is, or whether it came before a revocation; newer for
                // the check that it does not lie in the future.
                "iat" => value.date().and_then(|date| {
                    claims.iat = Some(moment(date.down())?);
                    claims.iat_up = Some(moment(date.up()?)?);
                    Some(())
                }),
                _ => continue,
            };
            if read.is_none() {
                let name: Cow<'static, str> = Cow::Owned(name.to_string());
                failures.push(ClaimFailure::new(ErrorKind::InvalidClaim, name).with_got(value.shown()));
            }
        }
        claims
    }

    /// Who issued the token. RFC 7519 section 4.1.1.
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        self.iss.as_deref()
    }

    /// Whom it speaks of. RFC 7519 section 4.1.2.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// Whom it is for: one or several; empty if the token does not say. RFC 7519 section 4.1.3.
    #[must_use]
    pub fn aud(&self) -> &[String] {
        self.aud.as_deref().unwrap_or_default()
    }

    /// When it ceases to be accepted, a fraction of a second dropped. RFC 7519 section 4.1.4.
    #[must_use]
    pub fn exp(&self) -> Option<OffsetDateTime> {
        self.exp
    }

    /// When it starts to be accepted, a fraction counted as a second more. RFC 7519 section 4.1.5.
    #[must_use]
    pub fn nbf(&self) -> Option<OffsetDateTime> {
        self.nbf
    }

    /// When it was issued, a fraction of a second dropped. RFC 7519 section 4.1.6.
    #[must_use]
    pub fn iat(&self) -> Option<OffsetDateTime> {
        self.iat
    }

    /// Its identifier, unique under its issuer. RFC 7519 section 4.1.7.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.jti.as_deref()
    }

    pub(super) fn has_aud(&self) -> bool {
        self.aud.is_some()
    }

    pub(super) fn iat_up(&self) -> Option<OffsetDateTime> {
        self.iat_up
    }
}

fn text(value: Raw<'_>) -> Option<String> {
    value.string().map(Cow::into_owned)
}

/// A string, or an array of strings and nothing else. An empty array says neither that the token is for
/// everybody nor for whom it is, so it is malformed, whoever asks.
fn audience(value: Raw<'_>) -> Option<Vec<String>> {
    match text(value) {
        Some(one) => Some(vec![one]),
        None => {
            let several = value.strings().filter(|several| !several.is_empty())?;
            Some(several.into_iter().map(Cow::into_owned).collect())
        }
    }
}

fn moment(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = [
            ("iss", self.iss.is_some()),
            ("sub", self.sub.is_some()),
            ("aud", self.aud.is_some()),
            ("exp", self.exp.is_some()),
            ("nbf", self.nbf.is_some()),
            ("iat", self.iat.is_some()),
            ("jti", self.jti.is_some()),
        ];
        let names = there.iter().filter(|(_, there)| *there).map(|(name, _)| (name, "[redacted]"));
        f.write_str("Registered ")?;
        f.debug_map().entries(names).finish()
    }
}
