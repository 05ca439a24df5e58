//! `countersign revoke`.

use std::time::Duration;

use clap::{ArgGroup, Args};
use countersign_revocation::{DEFAULT_MARGIN, RetainUntil, RevocationStore as _, Target, TokenId};
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::instant::{Length, Moment};
use crate::sink::print_line;
use crate::store::StoreOptions;

/// Revokes one token, one session, all tokens of a subject, or one signing key.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["jti", "sid", "sub", "kid"]),
    group = ArgGroup::new("end").required(true).args(["until", "forever"])
)]
pub(crate) struct Options {
    #[command(flatten)]
    store: StoreOptions,
    /// The issuer under which the name is.
    #[arg(long, value_name = "TEXT")]
    iss: String,
    /// One token.
    #[arg(long, value_name = "TEXT")]
    jti: Option<String>,
    /// One session: everything from one log-in.
    #[arg(long, value_name = "TEXT")]
    sid: Option<String>,
    /// Every token that the subject has now. Prints the subject version that tokens from now on carry.
    #[arg(long, value_name = "TEXT")]
    sub: Option<String>,
    /// Everything signed with one key.
    #[arg(long, value_name = "TEXT")]
    kid: Option<String>,
    /// When the last token that this is about expires. Five minutes are added, for clocks that disagree.
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// For tokens that never expire, and keys that were stolen.
    #[arg(long)]
    forever: bool,
    /// How far tolerant verifiers' clocks may be behind: it is added to the end too.
    #[arg(long, value_name = "LENGTH", default_value = "0")]
    leeway: Length,
    /// With --sub: how far the clock of an external issuer may run ahead.
    #[arg(long, value_name = "LENGTH", default_value = "0")]
    skew: Length,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let now = OffsetDateTime::now_utc();
        let until = self.until(now)?;
        let (iss, skew) = (self.iss.as_str(), self.skew.0);
        let said = self.store.with(async |store| {
            let target = match (&self.jti, &self.sid, &self.kid, &self.sub) {
                (Some(jti), ..) => Target::Token(TokenId::Jti(jti)),
                (_, Some(sid), ..) => Target::Session(sid),
                (_, _, Some(kid), _) => Target::Key(kid),
                (.., Some(sub)) => {
                    let subject_version =
                        store.revocations.revoke_subject(iss, sub, until, now, skew).await?;
                    return Ok(format!("revoked, subject version {subject_version}"));
                }
                _ => return Err(Failure::usage("nothing is named")),
            };
            store.revocations.revoke(iss, target, until).await?;
            Ok("revoked".to_owned())
        })?;
        print_line(&said)
    }

    fn until(&self, now: OffsetDateTime) -> Result<RetainUntil, Failure> {
        let end = self.until.map(|end| end.resolve(now)).transpose()?;
        // An entry that is past already protects against nothing, and is a slip.
        if end.is_some_and(|end| end <= now) {
            return Err(Failure::usage("the end is past: what has expired need not be revoked"));
        }
        let leeway: Duration = self.leeway.0;
        Ok(RetainUntil::for_token(end, leeway, DEFAULT_MARGIN))
    }
}
