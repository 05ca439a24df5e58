//! Several issuers: a verifier for each, and the choice among them.
//!
//! A key set speaks for one issuer. Were the keys of several put into one set, each could sign in the name
//! of the others. So each issuer keeps a verifier of its own, and the token's `iss`, looked at before anything
//! has been verified, does nothing but choose one of them; that one verifies the token from its first
//! byte, `iss` included. Whoever lies about `iss` chooses a verifier that has no key for the lie.
//!
//! Reading the claims twice would be a quarter of what an HS256 token costs, so a glance at their beginning is tried
//! first. What it finds may be wrong, and then the verifier that was chosen refuses, as it demands its own issuer; the
//! token is read in full, and goes to the verifier that it names. So every outcome is that of reading first.
//!
//! It fetches no keys and makes up no verifiers: an issuer that was not configured is unknown.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::{ClaimsBuffer, Verified, Verifier};
use crate::compact::Limits;
use crate::error::{Error, ErrorKind};
use crate::unverified;

/// Verifies tokens of several issuers, each with the verifier that is bound to that issuer: its keys, fixed,
/// rotating or [cached](crate::JwksCache), its audience and all its other demands.
///
/// What is chosen by `iss` is a verifier that demands this very `iss`, so a forger gains nothing. Most tokens have
/// it near the beginning, where a glance finds it, and its verifier's word is final if it takes the token. Only
/// where it does not, or there was nothing to see, the claims are decoded and walked before their signature is
/// checked: within the verifiers' greatest [length](crate::VerifierBuilder::max_token_length), with the strict
/// reader. So a forger makes the service read one token's length and check two signatures at most, where another
/// refusal would have come sooner.
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
    verifiers: Arc<[Verifier]>,
    /// Each issuer with the place of its verifier, in the order of the issuers.
    names: Arc<[(Box<str>, usize)]>,
    /// The longest token, and the longest header, that any of them takes.
    limits: Limits,
}

impl Issuers {
    /// One verifier for each issuer, or for all [tenants](crate::VerifierBuilder::tenants) of one; any number of them,
    /// in any order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`] if there is none, one names no issuer, or two name the same.
    pub fn new(verifiers: impl IntoIterator<Item = Verifier>) -> Result<Self, Error> {
        let refused = |note| Error::noted(ErrorKind::InvalidConfiguration, note);
        let verifiers: Arc<[Verifier]> = verifiers.into_iter().collect();
        let mut names = Vec::new();
        for (place, verifier) in verifiers.iter().enumerate() {
            let known = names.len();
            names.extend(verifier.issuers().map(|issuer| (Box::from(issuer), place)));
            if names.len() == known {
                return Err(refused("a verifier names no issuer"));
            }
        }
        names.sort_unstable_by(|(one, _): &(Box<str>, usize), (other, _)| order(one, other));
        if names.iter().zip(names.iter().skip(1)).any(|((one, _), (next, _))| one == next) {
            return Err(refused("two verifiers name one issuer"));
        }
        let limits = verifiers.iter().map(|verifier| verifier.limits).reduce(|one, other| Limits {
            token: one.token.max(other.token),
            header: one.header.max(other.header),
        });
        let limits = limits.ok_or_else(|| refused("there is no verifier"))?;
        Ok(Self { verifiers, names: names.into(), limits })
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
        token: &'t (impl AsRef<[u8]> + ?Sized),
        now: OffsetDateTime,
    ) -> Result<Verified<'t, C>, Error> {
        self.verify_with(token, |verifier| verifier.verify(token, now))
    }

    /// As [`verify`](Self::verify), with claims that may borrow from `buffer`: [`Verifier::verify_in`].
    /// The choice of the issuer decodes the claims in the same buffer.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify).
    pub fn verify_in<'b, C: Deserialize<'b>>(
        &self,
        buffer: &'b mut ClaimsBuffer,
        token: &'b (impl AsRef<[u8]> + ?Sized),
        now: OffsetDateTime,
    ) -> Result<Verified<'b, C>, Error> {
        self.choose(token.as_ref(), buffer.bytes())?.verify_in(buffer, token, now)
    }

    /// Verifies the token by `verify`, which is given the verifier of the issuer that the token names, for whoever
    /// has more to say about an issuer than the verifier knows.
    ///
    /// Security: **nothing has been verified when `verify` is called.** It must verify the token with the verifier
    /// that it is given, by itself or in a [`CachedVerifier`](crate::CachedVerifier), and refuse what that refuses.
    /// Where it refuses, it may be called for a second time, with another verifier: the first one was chosen at a
    /// glance, by what looked like the issuer.
    ///
    /// # Errors
    ///
    /// Those of the choosing, as for [`verify`](Self::verify), and those of `verify`.
    pub fn verify_with<T, E: From<Error>>(
        &self,
        token: &(impl AsRef<[u8]> + ?Sized),
        mut verify: impl FnMut(&Verifier) -> Result<T, E>,
    ) -> Result<T, E> {
        let token = token.as_ref();
        let seen = if token.len() > self.limits.token {
            None
        } else {
            unverified::at_a_glance(token, |issuer| self.of(issuer))
        };
        let refused = match seen {
            // It demands its issuer, so the token that it takes is of that issuer.
            Some(seen) => match verify(seen) {
                Ok(verified) => return Ok(verified),
                Err(refused) => Some((seen, refused)),
            },
            None => None,
        };
        let chosen = self.choose(token, &mut Vec::new())?;
        match refused {
            Some((seen, refused)) if std::ptr::eq(seen, chosen) => Err(refused),
            _ => verify(chosen),
        }
    }

    fn choose(&self, token: &[u8], buffer: &mut Vec<u8>) -> Result<&Verifier, Error> {
        unverified::with_issuer(token, self.limits, buffer, |issuer| self.of(issuer))
    }

    fn of(&self, issuer: &str) -> Option<&Verifier> {
        let found = self.names.binary_search_by(|(name, _)| order(name, issuer)).ok()?;
        let (_, place) = self.names.get(found)?;
        self.verifiers.get(*place)
    }
}

/// Lengths first: they differ most often, and are compared at once.
fn order(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

impl fmt::Debug for Issuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issuers ")?;
        f.debug_list().entries(self.verifiers.iter()).finish()
    }
}
