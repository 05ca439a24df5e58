//! `countersign verify`: one token, or many (`--jsonl`), or a JWS of any payload (`--jws`).

use clap::Args;
use countersign_signed::{Error, ErrorKind};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::instant::{Length, Moment};
use crate::jsonl;
use crate::judge::{Judge, Policy, verify_jws};
use crate::keys::{self, Alg, Keys};
use crate::sink::{print, print_line};
use crate::source::{Source, at_most_one_input, token};

/// Verifies a token and prints its claims.
///
/// Refuses what you do not ask for: a token with an issuer needs --iss or --any-iss, and a token with an audience needs
/// --aud or --any-aud. A key without a `kid` of its own is used for a token of any `kid`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("verifying").required(true).args(["key", "jwks", "secret_file"]))]
pub(crate) struct Options {
    /// A key of yours: JWK, JWK set or PEM, in a file, `-` or `env:NAME`. A set may hold secrets of HMAC.
    #[arg(long, value_name = "FILE")]
    key: Option<Source>,
    /// The public keys of an issuer, a JWK set. Secrets in it are skipped.
    #[arg(long, value_name = "FILE")]
    jwks: Option<Source>,
    /// The secret of HMAC, as bytes; with --alg.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<Source>,
    /// The one algorithm that is taken. A key in PEM and a secret need it.
    #[arg(long, value_parser = Alg::parser(), hide_possible_values = true)]
    alg: Option<Alg>,
    /// The issuer that the token must be of.
    #[arg(long, value_name = "TEXT")]
    iss: Option<String>,
    /// Takes tokens of any issuer, or of none.
    #[arg(long, conflicts_with = "iss")]
    any_iss: bool,
    /// The audience that the token must be for. Several times: any of them.
    #[arg(long, value_name = "TEXT")]
    aud: Vec<String>,
    /// Takes tokens for any audience, or for none.
    #[arg(long, conflicts_with = "aud")]
    any_aud: bool,
    /// The header's `typ`. Without it: JWT, or none.
    #[arg(long, value_name = "TYPE")]
    typ: Option<String>,
    /// How far clocks may differ, at most 1h.
    #[arg(long, value_name = "LENGTH", default_value = "0")]
    leeway: Length,
    /// The moment at which the token is judged. Without it: now.
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// Takes tokens that never expire.
    #[arg(long)]
    no_exp: bool,
    /// Most characters of a token, at most 1048576.
    #[arg(long, value_name = "N", default_value_t = 16_384)]
    max_token_length: usize,
    /// Most characters of a token's header. Headers with a chain of certificates have 5000 to 10000; the chain is
    /// never trusted.
    #[arg(long, value_name = "N", default_value_t = 4096)]
    max_header_length: usize,
    /// Verifies a compact JWS and prints its payload as it is. Nothing is said about time, issuer or audience.
    #[arg(
        long,
        conflicts_with_all = ["iss", "any_iss", "aud", "any_aud", "typ", "leeway", "at", "no_exp", "jsonl"]
    )]
    jws: bool,
    /// Reads many tokens from standard input, one a line, and prints one JSON result a line.
    #[arg(long)]
    jsonl: bool,
    /// The token, or `-` for standard input. An argument is seen by every user of the machine.
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    token: String,
}

impl Options {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let input = (self.token == "-").then_some(Source::Input);
        at_most_one_input(self.key.iter().chain(&self.jwks).chain(&self.secret_file).chain(&input))?;
        let keys = self.keys()?;
        if self.jws {
            let limits = (self.max_token_length, self.max_header_length);
            return print(&verify_jws(&keys, &self.token()?, limits)?);
        }
        let at = self.at.map(|at| at.resolve(OffsetDateTime::now_utc())).transpose()?;
        // A pipeline may run for days.
        let clock = move || at.unwrap_or_else(OffsetDateTime::now_utc);
        let mut judge = Judge::new(keys, self.policy())?;
        if self.jsonl {
            if self.token != "-" {
                let message =
                    "--jsonl reads its tokens from standard input: leave the token out, or write `-`";
                return Err(Failure::usage(message));
            }
            return jsonl::run(&mut judge, clock, self.max_token_length);
        }
        let token = self.token()?;
        let printed = judge.verify(&token, clock(), print_line);
        printed.map_err(|error| Failure::refused_with(&error, self.hint(&error)))?
    }

    /// The option that the refusal is about, or the command that shows more.
    fn hint(&self, error: &Error) -> Option<&'static str> {
        let hint = match (error.kind(), error.claim()) {
            (ErrorKind::UnexpectedClaim, Some("iss")) if self.iss.is_none() => {
                "give the issuer that you expect with --iss, or take any with --any-iss"
            }
            (ErrorKind::UnexpectedClaim, Some("iss")) => "it is not the issuer of --iss",
            (ErrorKind::UnexpectedClaim, Some("aud")) if self.aud.is_empty() => {
                "give your audience with --aud, or take any with --any-aud"
            }
            (ErrorKind::UnexpectedClaim, Some("aud")) => "none of its audiences is that of --aud",
            (ErrorKind::MissingClaim, Some("exp")) => "--no-exp takes tokens that never expire",
            (ErrorKind::MissingClaim, Some("iss")) => "the token has no issuer: leave --iss out to take it",
            (ErrorKind::MissingClaim, Some("aud")) => "the token has no audience: leave --aud out to take it",
            (ErrorKind::TokenTooLong, _) => "--max-token-length and --max-header-length set the limits",
            (ErrorKind::UnexpectedType, Some("typ")) => {
                "--typ names the `typ` that is expected instead of JWT"
            }
            (
                ErrorKind::MalformedToken
                | ErrorKind::InvalidJson
                | ErrorKind::DuplicateMember
                | ErrorKind::ReservedMember
                | ErrorKind::InvalidHeader
                | ErrorKind::UnsupportedHeader
                | ErrorKind::UnsupportedAlgorithm
                | ErrorKind::InvalidClaim
                | ErrorKind::UnknownKey
                | ErrorKind::AmbiguousKey,
                _,
            ) => "`countersign inspect` shows the token",
            _ => return None,
        };
        Some(hint)
    }

    fn keys(&self) -> Result<Keys, Failure> {
        match (&self.key, &self.jwks, &self.secret_file) {
            (Some(source), ..) => keys::verifying(source, self.alg),
            (None, Some(source), _) => keys::jwks(source, self.alg),
            (None, None, Some(source)) => {
                let key = keys::secret(source, self.alg)?;
                Keys::one(key.verifying_key(), true)
            }
            (None, None, None) => Err(Failure::usage("a key is missing")),
        }
    }

    fn policy(&self) -> Policy {
        Policy {
            iss: self.iss.clone(),
            any_iss: self.any_iss,
            aud: self.aud.clone(),
            any_aud: self.any_aud,
            typ: self.typ.clone(),
            leeway: self.leeway.0,
            no_exp: self.no_exp,
            max_token_length: self.max_token_length,
            max_header_length: self.max_header_length,
        }
    }

    fn token(&self) -> Result<Zeroizing<String>, Failure> {
        token(&self.token)
    }
}
