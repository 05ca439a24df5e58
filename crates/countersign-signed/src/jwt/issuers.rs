//! Several issuers: a verifier for each, and the choice among them.
//!
//! A key set speaks for one issuer. Were the keys of several put into one set, each could sign in the name
//! of the others. So each issuer keeps a verifier of its own, and the token's `iss`, read before anything
//! has been verified, does nothing but choose one of them; that one verifies the token from its first
//! byte, `iss` included. Whoever lies about `iss` chooses a verifier that has no key for the lie.
//!
//! It fetches no keys and makes up no verifiers: an issuer that was not configured is unknown.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::{ClaimsBuffer, Verified, Verifier};
use crate::error::{Error, ErrorKind};
use crate::unverified;

/// Verifies tokens of several issuers, each with the verifier that is bound to that issuer: its keys, fixed,
/// rotating or [cached](crate::JwksCache), its audience and all its other demands.
///
/// Choosing decodes and walks the claims once before the signature is checked: within the verifiers' greatest
/// [length](crate::VerifierBuilder::max_token_length), with the same strict reader, and for `iss` alone.
/// What is chosen by it is a verifier that demands this very `iss`, so a forger gains nothing; he makes the
/// service read at most one token's length, where another refusal would have come sooner.
///
/// Security: keys that are given to two of the verifiers speak for both issuers.
///
/// Cloning shares the verifiers.
///
/// ```
/// use countersign_signed::{ErrorKind, Issuers, KeySet, Signer, SigningKey, Verifier};
/// use serde_json::{Value, json};
///
/// let (ours, theirs) = (SigningKey::ed25519(&[1; 32])?, SigningKey::ed25519(&[2; 32])?);
/// let issuers = Issuers::new([
///     Verifier::builder(KeySet::new([ours.verifying_key()])?)
///         .issuer("https://login.example")
///         .audience("https://api.example")
///         .build()?,
///     Verifier::builder(KeySet::new([theirs.verifying_key()])?)
///         .issuer("https://partner.example")
///         .audience("https://api.example")
///         .build()?,
/// ])?;
///
/// let now = time::OffsetDateTime::from_unix_timestamp(1_800_000_000)?;
/// let claims = |iss: &str| json!({"iss": iss, "aud": "https://api.example", "exp": 1_800_000_300});
/// let partner = Signer::new(theirs);
/// let token = partner.sign(&claims("https://partner.example"))?;
/// assert!(issuers.verify::<Value>(&token, now).is_ok());
///
/// // The partner's key verifies nothing that names another.
/// let token = partner.sign(&claims("https://login.example"))?;
/// assert_eq!(issuers.verify::<Value>(&token, now).unwrap_err().kind(), ErrorKind::UnknownKey);
/// let token = partner.sign(&claims("https://other.example"))?;
/// assert_eq!(issuers.verify::<Value>(&token, now).unwrap_err().kind(), ErrorKind::UnknownIssuer);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Issuers {
    /// Each with its issuer, in the order of these.
    verifiers: Arc<[(Box<str>, Verifier)]>,
    /// Characters of the longest token that any of them takes.
    max_token_length: usize,
}

impl Issuers {
    /// One verifier for each issuer; any number of them, in any order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`] if there is none, one names no issuer, or two name the same.
    pub fn new(verifiers: impl IntoIterator<Item = Verifier>) -> Result<Self, Error> {
        let refused = |note| Error::noted(ErrorKind::InvalidConfiguration, note);
        let mut named = Vec::new();
        for verifier in verifiers {
            let issuer = verifier.issuer().ok_or_else(|| refused("a verifier names no issuer"))?;
            named.push((Box::from(issuer), verifier));
        }
        named.sort_unstable_by(|(one, _), (other, _)| order(one, other));
        if named.iter().zip(named.iter().skip(1)).any(|((one, _), (next, _))| one == next) {
            return Err(refused("two verifiers name one issuer"));
        }
        let longest = named.iter().map(|(_, verifier)| verifier.max_token_length()).max();
        let max_token_length = longest.ok_or_else(|| refused("there is no verifier"))?;
        Ok(Self { verifiers: named.into(), max_token_length })
    }

    /// Verifies the token with the verifier of the issuer that it names: [`Verifier::verify`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownIssuer`] if the token names no issuer, or none of these, or `iss` is not a string.
    /// [`TokenTooLong`](ErrorKind::TokenTooLong), [`MalformedToken`](ErrorKind::MalformedToken),
    /// [`EncryptedToken`](ErrorKind::EncryptedToken), [`JsonSerialization`](ErrorKind::JsonSerialization),
    /// [`InvalidJson`](ErrorKind::InvalidJson) and [`DuplicateMember`](ErrorKind::DuplicateMember) can come
    /// from the choosing too, so before the signature has been checked. Otherwise as for
    /// [`Verifier::verify`].
    pub fn verify<'t, C: DeserializeOwned>(
        &self,
        token: &'t str,
        now: OffsetDateTime,
    ) -> Result<Verified<'t, C>, Error> {
        self.choose(token, &mut Vec::new())?.verify(token, now)
    }

    /// As [`verify`](Self::verify), with claims that may borrow from `buffer`: [`Verifier::verify_in`].
    /// The choosing uses the same buffer, and allocates nothing once that has grown.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify).
    pub fn verify_in<'b, C: Deserialize<'b>>(
        &self,
        buffer: &'b mut ClaimsBuffer,
        token: &'b str,
        now: OffsetDateTime,
    ) -> Result<Verified<'b, C>, Error> {
        self.choose(token, buffer.bytes())?.verify_in(buffer, token, now)
    }

    /// The verifier that the token is for, by the issuer that it names, for whoever has more to say about an
    /// issuer than the verifier knows. **Nothing has been verified by this**: that verifier is to verify the
    /// token, and no other, and only then may anything be believed.
    ///
    /// # Errors
    ///
    /// Those of the choosing, as for [`verify`](Self::verify).
    pub fn verifier_for(&self, token: &str) -> Result<&Verifier, Error> {
        self.choose(token, &mut Vec::new())
    }

    fn choose(&self, token: &str, buffer: &mut Vec<u8>) -> Result<&Verifier, Error> {
        unverified::with_issuer(token, self.max_token_length, buffer, |issuer| {
            let found = self.verifiers.binary_search_by(|(name, _)| order(name, issuer)).ok()?;
            self.verifiers.get(found).map(|(_, verifier)| verifier)
        })
    }
}

/// Lengths first: they differ most often, and are compared at once.
fn order(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

impl fmt::Debug for Issuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issuers ")?;
        f.debug_list().entries(self.verifiers.iter().map(|(_, verifier)| verifier)).finish()
    }
}
