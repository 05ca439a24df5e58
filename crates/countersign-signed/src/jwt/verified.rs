//! What a verified token yields.
//!
//! The only way to claims that may be believed. What reads a token that has not been verified is another
//! type, [`UnverifiedToken`](crate::UnverifiedToken), and cannot become this one.

use std::fmt;

use super::kid::Kid;
use super::{Identified, RegisteredClaims};
use crate::algorithm::Algorithm;
use crate::compact::Authentic;

/// A token that passed every check, and its claims.
///
/// `Debug` shows the algorithm, the `kid` and which registered claims there are; no value.
#[derive(Clone)]
pub struct Verified<'t, C> {
    pub(super) claims: C,
    pub(super) registered: RegisteredClaims<'t>,
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<Kid>,
    pub(super) signing_input: &'t [u8],
}

impl<'t, C> Verified<'t, C> {
    #[inline]
    pub(super) fn new(
        authentic: &Authentic<'t, '_, '_>,
        claims: C,
        registered: RegisteredClaims<'t>,
    ) -> Self {
        Self {
            claims,
            registered,
            algorithm: authentic.key.algorithm(),
            kid: authentic.key.kid().map(Kid::new),
            signing_input: authentic.signing_input,
        }
    }

    /// The claims.
    #[must_use]
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// The claims, by value.
    #[must_use]
    pub fn into_claims(self) -> C {
        self.claims
    }

    /// The claims, the registered ones, and the `kid` of the key that verified the token: what is worth
    /// keeping once the token's text is gone.
    #[must_use]
    pub fn into_parts(self) -> (C, RegisteredClaims<'t>, Option<Kid>) {
        (self.claims, self.registered, self.kid)
    }

    /// [`into_parts`](Self::into_parts) of a token that names its issuer and its subject. `None` if it does not.
    ///
    /// ```
    /// use countersign_signed::{KeySet, Signer, SigningKey, TokenName, Verifier};
    /// use serde_json::{Value, json};
    ///
    /// let key = SigningKey::ed25519(&[7; 32])?;
    /// let verifier = Verifier::builder(KeySet::new([key.verifying_key()])?).issuer("i").build()?;
    /// let now = time::OffsetDateTime::from_unix_timestamp(1_800_000_000)?;
    /// let token = Signer::new(key).sign(&json!({"iss": "i", "sub": "alice", "jti": "1", "exp": 1_800_000_300}))?;
    /// let verified = verifier.verify::<Value>(&token, now)?;
    /// let Some((_claims, names, _kid)) = verified.into_identified() else { panic!("it names both") };
    /// assert_eq!((names.iss(), names.sub(), names.token_name()), ("i", "alice", TokenName::Jti("1")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn into_identified(self) -> Option<(C, Identified, Option<Kid>)> {
        let identified = Identified::new(self.registered.into_owned(), self.signing_input)?;
        Some((self.claims, identified, self.kid))
    }

    /// The algorithm of the key that verified the token.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `kid` of the key that verified the token, whether the header names it or not: so revoking a
    /// key reaches tokens without `kid` too.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_ref().map(Kid::as_str)
    }

    /// The registered claims.
    #[must_use]
    pub fn registered(&self) -> &RegisteredClaims<'t> {
        &self.registered
    }

    /// The part of the token that was signed: header and claims, in base64url. Its SHA-256 names a token
    /// that has no `jti`; the whole token's text would not do, though its spelling is canonical here,
    /// because the signature of one signing input need not be unique.
    #[must_use]
    pub fn signing_input(&self) -> &'t [u8] {
        self.signing_input
    }
}

impl<C> fmt::Debug for Verified<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid())
            .field("registered", &self.registered)
            .finish_non_exhaustive()
    }
}
