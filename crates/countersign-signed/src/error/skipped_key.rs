//! A key of a JWK set that is not used: which one, and why.
//!
//! [`Error`](super::Error) and this type hold each other, so they stand side by side: a skipped key has its error, and
//! the error of a set without a usable key has the skipped keys.

use std::fmt;

use super::{Error, Redacted};
use crate::algorithm::Algorithm;

/// Characters of a `kid` that are shown. Those of issuers have up to 64.
const SHOWN_KID: usize = 80;

/// How many skipped keys an error shows.
const SHOWN_KEYS: usize = 3;

/// The values of `kty` in the IANA registry (RFC 7518 section 7.4).
const KTY: [&str; 5] = ["RSA", "EC", "OKP", "AKP", "oct"];

/// Other values of `alg` in the IANA registry that occur in key sets: mostly keys for encryption.
const OTHER_ALGS: [&str; 15] = [
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "Ed25519",
    "Ed448",
];

/// A key of a JWK set that is not used, and why.
///
/// `Display` is one line for a log: the place in the set, the `kid`, `kty` and `alg`, the reason, and what helps.
/// The `kid` comes from the author of the set, so it is escaped and cut there. `Debug` hides it.
///
/// ```
/// use countersign_signed::KeySet;
///
/// let error = KeySet::from_jwks(r#"{"keys": [{"kty": "EC", "crv": "P-192", "kid": "a"}]}"#).unwrap_err();
/// assert_eq!(
///     error.skipped()[0].to_string(),
///     "keys[0] (kid \"a\", kty EC, no alg): the key is not valid: \
///      the `crv` of an EC key must be P-256, P-384, P-521 or secp256k1",
/// );
/// ```
#[derive(Debug)]
pub struct SkippedKey {
    index: usize,
    kid: Option<Redacted>,
    kty: Option<&'static str>,
    alg: Alg,
    needs_algorithm: bool,
    error: Error,
}

/// The `alg` of a key. Only registered names are kept, so that the author of a set cannot write into a log.
#[derive(Debug, Clone, Copy)]
enum Alg {
    Missing,
    Registered(&'static str),
    Other,
}

impl SkippedKey {
    /// The key at this place in the set. `kid`, `kty` and `alg` are what could be read of it.
    pub(crate) fn new(index: usize, error: Error) -> Self {
        Self { index, kid: None, kty: None, alg: Alg::Missing, needs_algorithm: false, error }
    }

    pub(crate) fn labelled(mut self, kid: Option<&str>, kty: Option<&str>, alg: Option<&str>) -> Self {
        self.kid = kid.map(Redacted::new);
        self.kty = kty.and_then(|kty| KTY.into_iter().find(|known| *known == kty));
        self.alg = alg.map_or(Alg::Missing, |alg| {
            let ours = Algorithm::ALL.iter().map(|algorithm| algorithm.name());
            ours.chain(OTHER_ALGS).find(|known| *known == alg).map_or(Alg::Other, Alg::Registered)
        });
        self
    }

    pub(crate) fn needing_an_algorithm(mut self, needs_algorithm: bool) -> Self {
        self.needs_algorithm = needs_algorithm;
        self
    }

    /// Its place in the set, from zero.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its `kid`, if it has one that could be read. The author of the set chose it.
    #[must_use]
    pub fn kid(&self) -> Option<&Redacted> {
        self.kid.as_ref()
    }

    /// Its `kty`: `RSA`, `EC`, `OKP`, `AKP` or `oct`; nothing if it has none or another.
    #[must_use]
    pub fn kty(&self) -> Option<&'static str> {
        self.kty
    }

    /// Its `alg`; nothing if it has none, or one that is not registered.
    #[must_use]
    pub fn alg(&self) -> Option<&'static str> {
        match self.alg {
            Alg::Registered(alg) => Some(alg),
            Alg::Missing | Alg::Other => None,
        }
    }

    /// Whether the key lacks an `alg` and nothing else. To use it, name the algorithm that its issuer signs with:
    /// [`KeySet::from_jwks_assuming`](crate::KeySet::from_jwks_assuming), or
    /// [`assume_algorithm`](crate::jwks_cache::JwksCacheBuilder::assume_algorithm) of a cache.
    #[must_use]
    pub fn needs_algorithm(&self) -> bool {
        self.needs_algorithm
    }

    /// Why it is not used.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keys[{}] (", self.index)?;
        match &self.kid {
            Some(kid) => {
                let shown: String = kid.expose().chars().take(SHOWN_KID).collect();
                let rest = if shown.len() < kid.expose().len() { "..." } else { "" };
                write!(f, "kid \"{}{rest}\"", shown.escape_debug())?;
            }
            None => f.write_str("no kid")?,
        }
        write!(f, ", kty {}", self.kty.unwrap_or("unknown"))?;
        match self.alg {
            Alg::Missing => f.write_str(", no alg")?,
            Alg::Registered(alg) => write!(f, ", alg {alg}")?,
            Alg::Other => f.write_str(", alg unknown")?,
        }
        write!(f, "): {}", self.error)
    }
}

/// The first of them, for one line of an error.
pub(super) fn summary(skipped: &[SkippedKey]) -> String {
    let shown: Vec<String> = skipped.iter().take(SHOWN_KEYS).map(SkippedKey::to_string).collect();
    let more = match skipped.len().saturating_sub(SHOWN_KEYS) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", shown.join("; "))
}
