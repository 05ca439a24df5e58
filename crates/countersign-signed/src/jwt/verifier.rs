//! Verifying: signature first, then claims.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::builder::LONGEST_LEEWAY;
use super::checks::{self, Policy};
use super::tenants::Tenants;
use super::{RegisteredClaims, Verified, VerifierBuilder};
use crate::compact::{self, Limits};
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::keys::{KeySet, KeySource};

/// Verifies tokens: one set of keys, one set of demands, any number of tokens, from any thread.
///
/// ```
/// use countersign_signed::{Algorithm, ErrorKind, KeySet, Signer, SigningKey, Verifier};
/// use time::OffsetDateTime;
///
/// #[derive(serde::Serialize)]
/// struct Issued { iss: &'static str, aud: &'static str, sub: &'static str, exp: i64, role: &'static str }
///
/// /// The registered claims are left out: they are in `registered()`, already read and checked.
/// #[derive(serde::Deserialize)]
/// struct Own { role: String }
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?;
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
    pub(super) keys: KeySource,
    pub(super) policy: Policy,
    pub(super) limits: Limits,
}

impl Verifier {
    /// A verifier that trusts these keys, to be told what else to demand: a [`KeySet`](crate::KeySet), or
    /// a [`RotatingKeySet`](crate::RotatingKeySet), whose changes it follows.
    #[expect(private_bounds, reason = "only the two kinds of set are sources of keys")]
    pub fn builder(keys: impl Into<KeySource>) -> VerifierBuilder {
        VerifierBuilder::new(keys.into())
    }

    /// A verifier of OAuth 2.0 access tokens in the form of RFC 9068, to be told what else to demand:
    /// [`VerifierBuilder::access_tokens`] with the issuer and the audience that it needs.
    #[expect(private_bounds, reason = "only the kinds of set are sources of keys")]
    pub fn access_tokens(keys: impl Into<KeySource>, issuer: &str, audience: &str) -> VerifierBuilder {
        Self::builder(keys).issuer(issuer).audience(audience).access_tokens()
    }

    pub(super) fn new(keys: KeySource, policy: Policy, limits: Limits) -> Self {
        Self { keys, policy, limits }
    }

    /// The issuer that it demands, as it was configured: with `{tenantid}` in it if the verifier takes
    /// [tenants](VerifierBuilder::tenants).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.policy.issuer.as_deref()
    }

    /// Every `iss` that it takes: one for each tenant, or else the one issuer, or none if it names none.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        let tenants = self.policy.tenants.as_ref();
        let one = if tenants.is_none() { self.issuer() } else { None };
        tenants.into_iter().flat_map(Tenants::issuers).chain(one)
    }

    /// The same verifier, which takes tokens from issuers whose clock runs ahead by this much, at most one hour:
    /// [`iat_leeway`](VerifierBuilder::iat_leeway) and [`nbf_leeway`](VerifierBuilder::nbf_leeway), each unless it
    /// was set by name. `exp` is not moved.
    #[must_use]
    pub fn with_default_start_leeway(mut self, leeway: Duration) -> Self {
        let leeway = leeway.min(LONGEST_LEEWAY);
        self.policy.iat_leeway.get_or_insert(leeway);
        self.policy.nbf_leeway.get_or_insert(leeway);
        self
    }

    /// How far past its `exp` it still takes a token: what whoever keeps a list of revoked tokens adds to
    /// the time for which they are kept.
    #[must_use]
    pub fn leeway(&self) -> Duration {
        self.policy.leeway
    }

    /// How far ahead of the clock a token's `iat` may be: what whoever refuses tokens by `iat` adds to the
    /// moment up to which they are refused.
    #[must_use]
    pub fn iat_leeway(&self) -> Duration {
        self.policy.iat_leeway.unwrap_or(Duration::ZERO)
    }

    /// The longest lifetime that a token may claim, if there is a bound.
    #[must_use]
    pub fn max_lifetime(&self) -> Option<Duration> {
        self.policy.max_lifetime
    }

    /// Verifies the signature, then every claim, as of `now`, and reads the claims into `C`.
    ///
    /// `C` sees claims that have passed; it may leave out what it does not need. It should leave out the
    /// registered claims, which are in [`Verified::registered`]: `exp`, `nbf` and `iat` may be fractions
    /// (RFC 7519 section 2) and `aud` a string or an array, so an `exp: i64` of its own would refuse
    /// tokens that are good. `token` is text, or bytes as they came. `now` is the caller's, so that tests and replays
    /// decide the time.
    ///
    /// # Errors
    ///
    /// The kinds from [`TokenTooLong`](ErrorKind::TokenTooLong) to
    /// [`InvalidSignature`](ErrorKind::InvalidSignature) before the claims have been read; those from
    /// [`UnexpectedType`](ErrorKind::UnexpectedType) to
    /// [`LifetimeTooLong`](ErrorKind::LifetimeTooLong) for claims, with all that failed in
    /// [`Error::failures`]; [`ClaimsDeserialize`](ErrorKind::ClaimsDeserialize) if `C` does not take them.
    /// [`MalformedToken`](ErrorKind::MalformedToken), [`InvalidJson`](ErrorKind::InvalidJson) and
    /// [`DuplicateMember`](ErrorKind::DuplicateMember) can also come from the payload, which is read after
    /// the signature has verified.
    pub fn verify<'t, C: DeserializeOwned>(
        &self,
        token: &'t (impl AsRef<[u8]> + ?Sized),
        now: OffsetDateTime,
    ) -> Result<Verified<'t, C>, Error> {
        self.keys.with(now, |keys| self.verify_under(keys, token.as_ref(), now))
    }

    /// [`verify`](Self::verify) with these keys.
    #[inline]
    pub(super) fn verify_under<'t, C: DeserializeOwned>(
        &self,
        keys: &KeySet,
        token: &'t [u8],
        now: OffsetDateTime,
    ) -> Result<Verified<'t, C>, Error> {
        let mut header = Vec::new();
        let authentic = compact::authenticate(keys, token, self.limits, &mut header)?;
        let payload = String::from_utf8(authentic.payload()?).map_err(|_| ErrorKind::InvalidJson)?;
        let object = json::parse_object(&payload)?;
        let places = checks::run(&self.policy, &authentic, &object, now)?;
        let claims = json::claims::read(&object)?;
        let registered = RegisteredClaims { payload: Cow::Owned(payload), places };
        Ok(Verified::new(&authentic, claims, registered))
    }

    /// As [`verify`](Self::verify), with claims that may borrow from `buffer`: `C` may have `&str` and
    /// `Cow<str>` in it. Use the buffer again: once it has grown to the length of usual claims, a verification
    /// allocates a list of the members and what `C` asks for.
    ///
    /// A `&str` takes no text with escapes (`\n`, `\u00e9`): where a claim may have them, `Cow<str>` with
    /// `#[serde(borrow)]` does.
    ///
    /// ```
    /// # use countersign_signed::{ClaimsBuffer, KeySet, Signer, SigningKey, Verifier};
    /// #[derive(serde::Deserialize)]
    /// struct Own<'a> { role: &'a str }
    ///
    /// # let key = SigningKey::ed25519(&[7; 32])?;
    /// # let verifier = Verifier::builder(KeySet::new([key.verifying_key()])?).build()?;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1_800_000_000)?;
    /// # let token = Signer::new(key).sign(&serde_json::json!({"exp": 1_800_000_300, "role": "reader"}))?;
    /// let mut buffer = ClaimsBuffer::new();
    /// let verified = verifier.verify_in::<Own<'_>>(&mut buffer, &token, now)?;
    /// assert_eq!(verified.claims().role, "reader");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        let token = token.as_ref();
        self.keys.with(now, |keys| {
            let mut header = Vec::new();
            let authentic = compact::authenticate(keys, token, self.limits, &mut header)?;
            let payload = authentic.text_in(&mut buffer.0)?;
            let object = json::parse_object(payload)?;
            let places = checks::run(&self.policy, &authentic, &object, now)?;
            let claims = json::claims::read(&object)?;
            let registered = RegisteredClaims { payload: Cow::Borrowed(payload), places };
            Ok(Verified::new(&authentic, claims, registered))
        })
    }
}

/// Room for the claims of one token at a time: [`Verifier::verify_in`].
///
/// `Debug` shows nothing of them.
#[derive(Default)]
pub struct ClaimsBuffer(Vec<u8>);

impl ClaimsBuffer {
    /// A buffer that has no room yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl fmt::Debug for ClaimsBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimsBuffer([redacted])")
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}
