//! `countersign sign`: tokens out of claims.
//!
//! The claims of a file keep their order, their numbers and their spelling: they are raw JSON until the signer, which
//! judges them, writes them. An option that names a claim of the file is refused, rather than one of the two taken.

use clap::Args;
use countersign_random::token_urlsafe;
use countersign_signed::Signer;
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::instant::{Length, Moment};
use crate::keys::{self, Alg};
use crate::members::Members;
use crate::sink::print_line;
use crate::source::{Source, at_most_one_input};

/// Bytes of a random `jti`: 128 bits, which do not come twice by chance.
const JTI_BYTES: usize = 16;

/// Signs claims and prints the token.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("signing").required(true).args(["key", "secret_file"]))]
pub(crate) struct Options {
    /// The private key: JWK or PEM, in a file, `-` or `env:NAME`.
    #[arg(long, value_name = "FILE")]
    key: Option<Source>,
    /// The secret of HMAC, as bytes, in a file, `-` or `env:NAME`; with --alg.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<Source>,
    /// The algorithm of a key in PEM or of a secret.
    #[arg(long, value_parser = Alg::parser(), hide_possible_values = true)]
    alg: Option<Alg>,
    /// The issuer.
    #[arg(long, value_name = "TEXT")]
    iss: Option<String>,
    /// The subject.
    #[arg(long, value_name = "TEXT")]
    sub: Option<String>,
    /// An audience. Several times: all of them.
    #[arg(long, value_name = "TEXT")]
    aud: Vec<String>,
    /// How long the token is good, such as 15m.
    #[arg(long, value_name = "LENGTH")]
    expires_in: Option<Length>,
    /// The token never expires: neither the options nor the claims' file say when.
    #[arg(long, conflicts_with = "expires_in")]
    no_exp: bool,
    /// When it begins to be good.
    #[arg(long, value_name = "TIME")]
    not_before: Option<Moment>,
    /// The token's identifier: this one, or 128 random bits.
    #[arg(long, value_name = "TEXT", num_args = 0..=1, require_equals = true)]
    jti: Option<Option<String>>,
    /// One more claim. The value is JSON, or else a text: `n=7`, `on=true`, `roles=["a"]`, `name=alice`, `code="007"`.
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<String>,
    /// Claims: one JSON object, in a file, `-` or `env:NAME`.
    #[arg(long, value_name = "FILE")]
    claims: Option<Source>,
    /// A header member of your own, its value as for --claim.
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
    /// The header's `typ`, which is JWT otherwise.
    #[arg(long, value_name = "TYPE")]
    typ: Option<String>,
    /// The time of issue.
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: Moment,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        at_most_one_input(self.key.iter().chain(&self.secret_file).chain(&self.claims))?;
        let now = self.at.resolve(OffsetDateTime::now_utc())?;
        let claims = self.claims(now)?;
        let unanswered = |error| Failure::unanswered(&error);
        let token = self.signer()?.sign(&claims).map_err(unanswered)?;
        print_line(&token)
    }

    fn signer(&self) -> Result<Signer, Failure> {
        let key = match (&self.key, &self.secret_file) {
            (Some(key), _) => keys::signing(key, self.alg)?,
            (None, Some(secret)) => keys::secret(secret, self.alg)?,
            (None, None) => return Err(Failure::usage("a key is missing")),
        };
        let unanswered = |error| Failure::unanswered(&error);
        let mut signer = Signer::new(key);
        if let Some(typ) = &self.typ {
            signer = signer.token_type(typ).map_err(unanswered)?;
        }
        for member in &self.header {
            let (name, value) = pair(member)?;
            signer = signer.header_member(name, value).map_err(unanswered)?;
        }
        Ok(signer)
    }

    fn claims(&self, now: OffsetDateTime) -> Result<Members, Failure> {
        let mut claims = match &self.claims {
            Some(source) => Members::read(source)?,
            None => Members::default(),
        };
        let texts = [("iss", &self.iss), ("sub", &self.sub)];
        for (name, value) in texts {
            if let Some(value) = value {
                claims.add(name, json(value)?)?;
            }
        }
        match self.aud.as_slice() {
            [] => {}
            // RFC 7519 section 4.1.3: one may be a string, which more verifiers read.
            [one] => claims.add("aud", json(one)?)?,
            several => claims.add("aud", json(several)?)?,
        }
        let iat = now.unix_timestamp();
        let has_exp = claims.has("exp") || self.claim.iter().any(|claim| claim.starts_with("exp="));
        if let Some(Length(length)) = self.expires_in {
            let exp = iat.checked_add_unsigned(length.as_secs()).filter(|_| length.as_secs() > 0);
            let exp = exp.ok_or_else(|| Failure::usage("the token would never be good"))?;
            claims.add("exp", json(&exp)?)?;
        } else if !self.no_exp && !has_exp {
            return Err(Failure::usage("the token has no end: give --expires-in, or --no-exp"));
        }
        if self.no_exp && has_exp {
            return Err(Failure::usage(
                "--no-exp and the claim `exp` contradict each other: leave one of them out",
            ));
        }
        if let Some(start) = self.not_before {
            let start = start.resolve(now)?;
            let nbf = start.unix_timestamp().saturating_add(i64::from(start.nanosecond() > 0));
            claims.add("nbf", json(&nbf)?)?;
        }
        if !claims.has("iat") {
            claims.add("iat", json(&iat)?)?;
        }
        match &self.jti {
            None => {}
            Some(Some(jti)) => claims.add("jti", json(jti)?)?,
            Some(None) => {
                let jti = token_urlsafe(JTI_BYTES).map_err(|error| Failure::random(&error))?;
                claims.add("jti", json(jti.expose())?)?;
            }
        }
        for claim in &self.claim {
            let (name, value) = pair(claim)?;
            claims.add(name, value)?;
        }
        will_be_good(&claims, iat)?;
        Ok(claims)
    }
}

/// Refuses a token that has expired when it is issued, or before it begins: every verifier would refuse it. What is
/// no date is left to the signer.
fn will_be_good(claims: &Members, issued_at: i64) -> Result<(), Failure> {
    let seconds = |name| claims.get(name).and_then(|json| serde_json::from_str::<f64>(json).ok());
    let Some(exp) = seconds("exp") else { return Ok(()) };
    #[expect(clippy::cast_precision_loss, reason = "dates are far below the 53 bits that are exact")]
    let issued_at = issued_at as f64;
    if exp <= issued_at {
        let message = "the claim `exp` is not after the time of issue: the token would never be good. --at sets that \
                       time, to make a token that has expired";
        return Err(Failure::usage(message));
    }
    if seconds("nbf").is_some_and(|nbf| nbf >= exp) {
        return Err(Failure::usage("the claim `nbf` is not before `exp`: the token would never be good"));
    }
    Ok(())
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>, Failure> {
    to_raw_value(value).map_err(|error| Failure::usage(error.to_string()))
}

/// `name=value`, where the value is JSON, or else a text.
fn pair(text: &str) -> Result<(&str, Box<RawValue>), Failure> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| Failure::usage("a claim or header member is not NAME=VALUE"))?;
    match serde_json::from_str::<Box<RawValue>>(value) {
        Ok(value) => Ok((name, value)),
        Err(_) => Ok((name, json(value)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_or_else_a_text() {
        for (text, name, value) in [
            ("n=7", "n", "7"),
            ("big=12345678901234567890.0", "big", "12345678901234567890.0"),
            ("name=alice", "name", r#""alice""#),
            (r#"code="007""#, "code", r#""007""#),
            ("code=007", "code", r#""007""#),
            ("a=b=c", "a", r#""b=c""#),
            ("empty=", "empty", r#""""#),
            (r#"list=[1,"a"]"#, "list", r#"[1,"a"]"#),
            ("open={", "open", r#""{""#),
        ] {
            let (found, json) = pair(text).unwrap();
            assert_eq!((found, json.get()), (name, value));
        }
        assert_eq!(pair("alone").unwrap_err().status(), 2);
    }
}
