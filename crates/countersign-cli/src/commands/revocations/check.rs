//! `countersign check`.

use clap::{ArgGroup, Args};
use countersign_revocation::{Check, RevocationStore as _, Scope, SubjectVersion, TokenId, Verdict};
use time::OffsetDateTime;

use crate::code::Code;
use crate::failure::Failure;
use crate::instant::Moment;
use crate::sink::print_line;
use crate::store::StoreOptions;

/// Says whether anything that a token stands on is revoked.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["jti", "sid", "sub", "kid"]))]
pub(crate) struct Options {
    #[command(flatten)]
    store: StoreOptions,
    /// The issuer under which the names are.
    #[arg(long, value_name = "TEXT")]
    iss: String,
    /// The token.
    #[arg(long, value_name = "TEXT")]
    jti: Option<String>,
    /// The session that it is from.
    #[arg(long, value_name = "TEXT")]
    sid: Option<String>,
    /// Its subject. Without --subject-version and --iat: has any token of the subject been ended?
    #[arg(long, value_name = "TEXT")]
    sub: Option<String>,
    /// The subject version that it carries.
    #[arg(long, value_name = "N", requires = "sub")]
    subject_version: Option<u64>,
    /// When it was issued, if its issuer knows no subject versions.
    #[arg(long, value_name = "TIME", requires = "sub", conflicts_with = "subject_version")]
    iat: Option<Moment>,
    /// The key that signed it.
    #[arg(long, value_name = "TEXT")]
    kid: Option<String>,
    /// As of when.
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: Moment,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let now = OffsetDateTime::now_utc();
        let at = self.at.resolve(now)?;
        let iat = self.iat.map(|iat| iat.resolve(now)).transpose()?;
        let version = self.subject_version.map_or(SubjectVersion::IssuedAt(iat), SubjectVersion::Version);
        let mut check = Check::new(&self.iss);
        if let Some(jti) = &self.jti {
            check = check.token(TokenId::Jti(jti));
        }
        if let Some(sid) = &self.sid {
            check = check.session(sid);
        }
        if let Some(sub) = &self.sub {
            check = check.subject(sub, version);
        }
        if let Some(kid) = &self.kid {
            check = check.key(kid);
        }
        let verdict =
            self.store.with(async |store| Ok(store.revocations.check(&check, at).wait().await?))?;
        match verdict {
            Verdict::NotRevoked => print_line("not revoked"),
            Verdict::Revoked(scope) => {
                Err(Failure::Refused(Code::REVOKED, format!("the {} is revoked", name(scope))))
            }
        }
    }
}

fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Key => "key",
        Scope::Subject => "subject",
        Scope::Session => "session",
        Scope::Token => "token",
        _ => "name",
    }
}
