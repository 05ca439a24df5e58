//! What judges tokens, built once for any number of them.
//!
//! A key without a name of its own serves tokens of any `kid`: `kid` chooses among keys, and there is one. The crate
//! below would look for the name, so such a key is given the name that the token has; the name of one token usually
//! is that of the next.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_signed::{
    ClaimsBuffer, Error, ErrorKind, KeySet, Verifier, VerifierBuilder, VerifyingKey, jws,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::keys::Keys;

/// Which tokens are taken.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) iss: Option<String>,
    pub(crate) any_iss: bool,
    pub(crate) aud: Vec<String>,
    pub(crate) any_aud: bool,
    pub(crate) typ: Option<String>,
    pub(crate) leeway: Duration,
    pub(crate) no_exp: bool,
    pub(crate) max_token_length: usize,
    pub(crate) max_header_length: usize,
}

impl Policy {
    fn verifier(&self, keys: KeySet) -> Result<Verifier, Error> {
        let builder = Verifier::builder(keys)
            .leeway(self.leeway)
            .max_token_length(self.max_token_length)
            .max_header_length(self.max_header_length);
        let builder = self.iss.iter().fold(builder, |builder, iss| builder.issuer(iss));
        let builder = self.aud.iter().fold(builder, |builder, aud| builder.audience(aud));
        let builder = self.typ.iter().fold(builder, |builder, typ| builder.token_type(typ));
        let when = |wanted, builder, change: fn(VerifierBuilder) -> VerifierBuilder| {
            if wanted { change(builder) } else { builder }
        };
        let builder = when(self.any_iss, builder, VerifierBuilder::accept_any_issuer);
        let builder = when(self.any_aud, builder, VerifierBuilder::accept_any_audience);
        when(self.no_exp, builder, VerifierBuilder::without_required_expiry).build()
    }
}

/// Judges JWTs, one after the other.
pub(crate) struct Judge {
    verifier: Verifier,
    policy: Policy,
    /// The one key, if its owner gave it no name.
    unnamed: Option<VerifyingKey>,
    /// For that key under the name that it was last asked for by.
    renamed: Option<Verifier>,
    buffer: ClaimsBuffer,
}

impl Judge {
    pub(crate) fn new(keys: Keys, policy: Policy) -> Result<Self, Failure> {
        let unanswered = |error: Error| Failure::unanswered(&error);
        let unnamed = unnamed(&keys);
        let verifier = policy.verifier(keys.set).map_err(unanswered)?;
        Ok(Self { verifier, policy, unnamed, renamed: None, buffer: ClaimsBuffer::new() })
    }

    /// Verifies a token, and hands on its claims as they were signed.
    pub(crate) fn verify<T>(
        &mut self,
        token: &str,
        now: OffsetDateTime,
        take: impl FnOnce(&str) -> T,
    ) -> Result<T, Error> {
        let verifier = self.renamed.as_ref().unwrap_or(&self.verifier);
        let error = match verifier.verify_in::<&RawValue>(&mut self.buffer, token, now) {
            Ok(verified) => return Ok(take(verified.claims().get())),
            Err(error) => error,
        };
        let Some(set) = renamed(self.unnamed.as_ref(), &error, token) else { return Err(error) };
        let verifier = self.renamed.insert(self.policy.verifier(set)?);
        let verified = verifier.verify_in::<&RawValue>(&mut self.buffer, token, now)?;
        Ok(take(verified.claims().get()))
    }
}

/// Verifies a compact JWS of any payload, of so many characters at most, and so many in its header.
pub(crate) fn verify_jws(
    keys: &Keys,
    token: &str,
    (longest, longest_header): (usize, usize),
) -> Result<Vec<u8>, Failure> {
    let verify = |set: &KeySet| jws::verify_up_to(set, token, longest, longest_header);
    let verified = verify(&keys.set).or_else(|error| {
        let set = renamed(unnamed(keys).as_ref(), &error, token).ok_or(error)?;
        verify(&set)
    });
    verified.map(jws::Jws::into_payload).map_err(|error| Failure::refused(&error))
}

fn unnamed(keys: &Keys) -> Option<VerifyingKey> {
    keys.set.keys().first().filter(|_| keys.unnamed).cloned()
}

/// The unnamed key under the name that the token asks for, if it was the name that was missing.
fn renamed(key: Option<&VerifyingKey>, error: &Error, token: &str) -> Option<KeySet> {
    #[derive(Deserialize)]
    struct Named {
        kid: String,
    }

    let key = key.filter(|_| error.kind() == ErrorKind::UnknownKey)?;
    let (header, _) = token.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let Named { kid } = serde_json::from_slice(&header).ok()?;
    KeySet::new([key.clone().with_kid(&kid).ok()?]).ok()
}
