//! Verifying: signature first, then claims.

use std::fmt;

use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::checks::{self, Policy};
use super::{Verified, VerifierBuilder};
use crate::base64url::Scratch;
use crate::compact;
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::keys::{KeySet, KeySource};

/// Verifies tokens: one set of keys, one set of demands, any number of tokens, from any thread.
///
/// ```
/// use countersign_signed::{ErrorKind, KeySet, Signer, SigningKey, Verifier};
/// use time::OffsetDateTime;
///
/// #[derive(serde::Serialize)]
/// struct Issued { iss: &'static str, aud: &'static str, sub: &'static str, exp: i64, role: &'static str }
///
/// /// The registered claims are left out: they are in `registered()`, already read and checked.
/// #[derive(serde::Deserialize)]
/// struct Own { role: String }
///
/// let key = SigningKey::generate_ed25519()?;
/// let keys = KeySet::new([key.verifying_key()])?;
/// let verifier = Verifier::builder(keys).issuer("https://login.example").audience("api").build()?;
///
/// let now = OffsetDateTime::from_unix_timestamp(1_800_000_000)?;
/// let token = Signer::new(key).sign(&Issued {
///     iss: "https://login.example",
///     aud: "api",
///     sub: "alice",
///     exp: 1_800_000_300,
///     role: "reader",
/// })?;
/// let verified = verifier.verify::<Own>(&token, now)?;
/// assert_eq!(verified.registered().sub(), Some("alice"));
/// assert_eq!(verified.claims().role, "reader");
///
/// let later = now + time::Duration::seconds(300);
/// let error = verifier.verify::<Own>(&token, later).unwrap_err();
/// assert_eq!((error.kind(), error.claim()), (ErrorKind::Expired, Some("exp")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    keys: KeySource,
    policy: Policy,
    max_token_length: usize,
}

impl Verifier {
    /// A verifier that trusts these keys, to be told what else to demand: a [`KeySet`](crate::KeySet), or
    /// a [`RotatingKeySet`](crate::RotatingKeySet), whose changes it follows.
    #[expect(private_bounds, reason = "only the two kinds of set are sources of keys")]
    pub fn builder(keys: impl Into<KeySource>) -> VerifierBuilder {
        VerifierBuilder::new(keys.into())
    }

    pub(super) fn new(keys: KeySource, policy: Policy, max_token_length: usize) -> Self {
        Self { keys, policy, max_token_length }
    }

    /// Verifies the signature, then every claim, as of `now`, and reads the claims into `C`.
    ///
    /// `C` sees claims that have passed; it may leave out what it does not need. It should leave out the
    /// registered claims, which are in [`Verified::registered`]: `exp`, `nbf` and `iat` may be fractions
    /// (RFC 7519 section 2) and `aud` a string or an array, so an `exp: i64` of its own would refuse
    /// tokens that are good. `now` is the caller's, so that tests and replays decide the time.
    ///
    /// # Errors
    ///
    /// The kinds from [`TokenTooLong`](ErrorKind::TokenTooLong) to
    /// [`InvalidSignature`](ErrorKind::InvalidSignature) before the claims have been read; those from
    /// [`UnexpectedType`](ErrorKind::UnexpectedType) to
    /// [`LifetimeTooLong`](ErrorKind::LifetimeTooLong) for claims, with all that failed in
    /// [`Error::failures`]; [`UnfitClaims`](ErrorKind::UnfitClaims) if `C` does not take them.
    /// [`MalformedToken`](ErrorKind::MalformedToken), [`InvalidJson`](ErrorKind::InvalidJson) and
    /// [`DuplicateMember`](ErrorKind::DuplicateMember) can also come from the payload, which is read after
    /// the signature has verified.
    pub fn verify<'t, C: DeserializeOwned>(
        &self,
        token: &'t str,
        now: OffsetDateTime,
    ) -> Result<Verified<'t, C>, Error> {
        self.keys.with(now, |keys| self.verify_with(keys, token, now))
    }

    fn verify_with<'t, C: DeserializeOwned>(
        &self,
        keys: &KeySet,
        token: &'t str,
        now: OffsetDateTime,
    ) -> Result<Verified<'t, C>, Error> {
        let mut scratch = Scratch::new();
        let authentic = compact::authenticate(keys, token, self.max_token_length, &mut scratch)?;
        let payload = authentic.payload()?;
        let text = std::str::from_utf8(&payload).map_err(|_| ErrorKind::InvalidJson)?;
        let members = json::parse_object(text)?;
        let (registered, failures) = checks::run(&self.policy, &authentic.header, &members, now);
        if !failures.is_empty() {
            return Err(Error::failed(failures));
        }
        let claims =
            serde_json::from_str(text).map_err(|error| Error::detailed(ErrorKind::UnfitClaims, &error))?;
        Ok(Verified {
            claims,
            registered,
            algorithm: authentic.key.algorithm(),
            kid: authentic.key.kid().map(Box::from),
            signing_input: authentic.signing_input,
        })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}
