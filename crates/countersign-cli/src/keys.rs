//! Keys out of text: JWK, JWK set or PEM, told apart by how they begin.
//!
//! PEM names no algorithm, so `--alg` has to. Where half a pair is wanted and the private key is given, the half is
//! taken from it. A JWK set of one's own may hold private keys and secrets. A set of others is read by the rules of
//! public keys alone: an attacker who could put a secret into it could sign tokens.
//!
//! A key of a set that cannot be used is a warning with the reason, or part of the error if there is no other.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use countersign_signed::{Algorithm, Error, ErrorKind, KeySet, SigningKey, SkippedKey, VerifyingKey};
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::code::Code;
use crate::failure::Failure;
use crate::sink::warn;
use crate::source::{SECRET, Source};

/// An algorithm by its name; Ed25519 has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alg {
    pub(crate) algorithm: Algorithm,
    /// Whether it was called `Ed25519` and not `EdDSA`.
    pub(crate) rfc_9864_name: bool,
}

impl Alg {
    fn names() -> Vec<&'static str> {
        Algorithm::ALL.iter().map(|algorithm| algorithm.name()).chain(["Ed25519"]).collect()
    }

    /// Reads `--alg`, with all names in the help.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        PossibleValuesParser::new(Self::names()).try_map(|name| name.parse::<Self>())
    }

    pub(crate) fn is_hmac(self) -> bool {
        matches!(self.algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
    }
}

impl FromStr for Alg {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Ok(Self { algorithm: Algorithm::from_name(name)?, rfc_9864_name: name == "Ed25519" })
    }
}

/// What verifies.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) set: KeySet,
    /// Whether it is one key whose owner gave it no `kid`: PEM, a secret, or a JWK without the member.
    pub(crate) unnamed: bool,
}

impl Keys {
    /// One key, with whether its owner gave it no `kid`.
    pub(crate) fn one(key: VerifyingKey, unnamed: bool) -> Result<Self, Failure> {
        let set = KeySet::new([key]).map_err(|error| Failure::unanswered(&error))?;
        Ok(Self { set, unnamed })
    }
}

/// Who has made a JWK set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Own,
    Others,
}

/// Keys that an error names; a warning names each.
const NAMED: usize = 3;

/// Only which members there are.
#[derive(Default, Deserialize)]
struct Probe {
    keys: Option<IgnoredAny>,
    kid: Option<IgnoredAny>,
    d: Option<IgnoredAny>,
    /// Of ML-DSA (RFC 9964).
    r#priv: Option<IgnoredAny>,
}

impl Probe {
    /// Nothing of text that is no JSON object: the reader of keys says what is wrong with it.
    fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// Text may stand before the block, such as what `openssl` says of a key.
fn is_pem(text: &str) -> bool {
    !text.trim_ascii_start().starts_with('{') && text.contains("-----BEGIN ")
}

fn is_private_pem(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("-----BEGIN ") && line.contains("PRIVATE"))
}

fn alg_for_pem(source: &Source, alg: Option<Alg>) -> Result<Algorithm, Failure> {
    let alg = alg.ok_or_else(|| Failure::usage(format!("{source}: PEM names no algorithm: give --alg")))?;
    Ok(alg.algorithm)
}

/// The private key that signs.
pub(crate) fn signing(source: &Source, alg: Option<Alg>) -> Result<SigningKey, Failure> {
    let text = source.text()?;
    if !is_pem(&text) && Probe::of(&text).keys.is_some() {
        return Err(Failure::usage(format!("{source}: a JWK set cannot sign: give --key one key of it")));
    }
    let key = if is_pem(&text) {
        SigningKey::from_pem(alg_for_pem(source, alg)?, &text)
    } else {
        signing_jwk(&text, alg)
    };
    let key = key.map_err(|error| Failure::in_key(source, &error))?;
    Ok(renamed(key, alg))
}

/// A JWK brings its own name of Ed25519; PEM has none.
fn renamed(key: SigningKey, alg: Option<Alg>) -> SigningKey {
    if alg.is_some_and(|alg| alg.rfc_9864_name) { key.with_rfc_9864_name() } else { key }
}

fn signing_jwk(text: &str, alg: Option<Alg>) -> Result<SigningKey, Error> {
    match alg {
        Some(alg) => SigningKey::from_jwk_as(alg.algorithm, text),
        None => SigningKey::from_jwk(text),
    }
}

/// The secret of HMAC, as bytes and nothing else.
pub(crate) fn secret(source: &Source, alg: Option<Alg>) -> Result<SigningKey, Failure> {
    let alg = alg.filter(|alg| alg.is_hmac());
    let alg = alg.ok_or_else(|| Failure::usage("a secret needs --alg HS256, HS384 or HS512"))?;
    SigningKey::from_bytes(alg.algorithm, &source.secret()?).map_err(|error| Failure::in_key(&SECRET, &error))
}

/// The key, or the keys of a set, that verify.
pub(crate) fn verifying(source: &Source, alg: Option<Alg>) -> Result<Keys, Failure> {
    let text = source.text()?;
    if !is_pem(&text) && Probe::of(&text).keys.is_some() {
        return set(source, &text, alg, Origin::Own);
    }
    let (key, unnamed) = one(source, &text, alg)?;
    Keys::one(key, unnamed)
}

/// The keys of a JWK set, and nothing else.
pub(crate) fn jwks(source: &Source, alg: Option<Alg>) -> Result<Keys, Failure> {
    set(source, &source.text()?, alg, Origin::Others)
}

/// With an algorithm, of the set only the keys for it, and keys that name none are taken to be for it.
fn set(source: &Source, text: &Zeroizing<String>, alg: Option<Alg>, origin: Origin) -> Result<Keys, Failure> {
    let is_rsa = |alg: &Alg| alg.algorithm.name().starts_with(['R', 'P']);
    let set = match (origin, alg) {
        (Origin::Own, Some(alg)) => KeySet::from_private_jwks_assuming(text, alg.algorithm),
        (Origin::Own, None) => KeySet::from_private_jwks(text),
        (Origin::Others, alg) => match alg.filter(is_rsa) {
            Some(alg) => KeySet::from_jwks_assuming(text, alg.algorithm),
            None => KeySet::from_jwks(text),
        },
    };
    let set = set.map_err(|error| no_set(source, &error, origin))?;
    for key in set.skipped() {
        warn(&format!("{source}: skipped {}", with_help(key, origin)));
    }
    let Some(alg) = alg else { return Ok(Keys { set, unnamed: false }) };
    let keys: Vec<_> = set.keys().iter().filter(|key| key.algorithm() == alg.algorithm).cloned().collect();
    if keys.is_empty() {
        let message = format!("{source}: none of its keys is for the algorithm of --alg");
        return Err(Failure::Unanswered(Code::of(ErrorKind::InvalidKeySet), message));
    }
    let set = KeySet::new(keys).map_err(|error| Failure::in_key(source, &error))?;
    Ok(Keys { set, unnamed: false })
}

/// One line for a set that cannot be read, or that has no key that can be used: then with the first keys' reasons.
fn no_set(source: &Source, error: &Error, origin: Origin) -> Failure {
    let skipped = error.skipped();
    if skipped.is_empty() {
        return Failure::in_key(source, error);
    }
    let mut reasons: Vec<_> = skipped.iter().take(NAMED).map(|key| with_help(key, origin)).collect();
    if let Some(more @ 1..) = skipped.len().checked_sub(NAMED) {
        reasons.push(format!("and {more} more"));
    }
    let message = format!("{source}: none of its keys can be used: {}", reasons.join("; "));
    Failure::Unanswered(Code::of(error.kind()), message)
}

/// Which key it is, why it is not used, and the option that helps.
fn with_help(key: &SkippedKey, origin: Origin) -> String {
    let help = match (key.kty(), origin) {
        (Some("oct"), Origin::Others) => "; a file of your own is for --key instead of --jwks",
        (Some("oct"), _) if key.needs_algorithm() => "; give it with --alg, such as --alg HS256",
        _ if key.needs_algorithm() => "; give it with --alg, such as --alg RS256",
        _ => "",
    };
    format!("{key}{help}")
}

fn one(source: &Source, text: &str, alg: Option<Alg>) -> Result<(VerifyingKey, bool), Failure> {
    let in_key = |error: Error| Failure::in_key(source, &error);
    if is_pem(text) {
        let algorithm = alg_for_pem(source, alg)?;
        let key = if is_private_pem(text) {
            renamed(SigningKey::from_pem(algorithm, text).map_err(in_key)?, alg).verifying_key()
        } else {
            VerifyingKey::from_pem(algorithm, text).map_err(in_key)?
        };
        return Ok((key, true));
    }
    let probe = Probe::of(text);
    let key = if probe.d.is_some() || probe.r#priv.is_some() {
        signing_jwk(text, alg).map(|key| key.verifying_key())
    } else {
        match alg {
            Some(alg) => VerifyingKey::from_jwk_as(alg.algorithm, text),
            None => VerifyingKey::from_jwk(text),
        }
    };
    let key = key.map_err(|error| {
        let helps = |algorithm| VerifyingKey::from_jwk_as(algorithm, text).is_ok();
        if alg.is_none() && [Algorithm::RS256, Algorithm::HS256].into_iter().any(helps) {
            let message = format!("{source}: {error}; give it with --alg");
            return Failure::Unanswered(Code::of(error.kind()), message);
        }
        in_key(error)
    })?;
    Ok((key, probe.kid.is_none()))
}
