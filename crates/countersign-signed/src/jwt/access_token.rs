//! The claims of an OAuth 2.0 access token (RFC 9068 section 2.2).
//!
//! A plain type with the profile's members and no others: whatever it had to keep members of any name would
//! make serde buffer every token. A service with claims of its own embeds this in a type of its own with
//! `#[serde(flatten)]`, and pays for it alone; or, to read, names just those that it looks at.
//!
//! It checks nothing: [`VerifierBuilder::access_tokens`](crate::VerifierBuilder::access_tokens) does.

mod forms;

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use forms::{audience, date, optional_date, texts, values};

/// What an access token says (RFC 9068 section 2.2), to be signed and to be read.
///
/// A date is written in whole seconds, and read with a fraction of one dropped. One audience is written as a
/// string, several as an array, and both are read.
///
/// Signing it takes a [`Signer`](crate::Signer) whose type is `at+jwt`. To read it, a type of one's own is
/// quicker, with borrowed texts ([`verify_in`](crate::Verifier::verify_in)) and without what is in
/// [`Verified::registered`](crate::Verified::registered) anyway.
///
/// `Debug` shows nothing of it.
///
/// ```
/// use countersign_signed::{AccessTokenClaims, Algorithm, KeySet, Signer, SigningKey, Verifier};
/// use time::{Duration, OffsetDateTime};
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?;
/// let now = OffsetDateTime::from_unix_timestamp(1_800_000_000)?;
/// let token = Signer::new(key.clone()).token_type("at+jwt")?.sign(&AccessTokenClaims {
///     iss: "https://login.example".to_owned(),
///     exp: now + Duration::minutes(5),
///     aud: vec!["https://api.example".to_owned()],
///     sub: "alice".to_owned(),
///     client_id: "mobile-app".to_owned(),
///     iat: now,
///     jti: "p4s2".to_owned(), // random, and different in each token
///     auth_time: None,
///     acr: None,
///     amr: Vec::new(),
///     scope: Some("orders:read orders:write".to_owned()),
///     groups: Vec::new(),
///     roles: Vec::new(),
///     entitlements: Vec::new(),
/// })?;
///
/// let keys = KeySet::new([key.verifying_key()])?;
/// let verifier =
///     Verifier::access_tokens(keys, "https://login.example", "https://api.example").build()?;
/// let verified = verifier.verify::<AccessTokenClaims>(&token, now)?;
/// assert!(verified.claims().has_scope("orders:read"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With claims of one's own:
///
/// ```
/// # use countersign_signed::AccessTokenClaims;
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Own {
///     #[serde(flatten)]
///     access: AccessTokenClaims,
///     tenant: String,
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The authorization server.
    pub iss: String,
    /// When it ceases to be accepted.
    #[serde(with = "date")]
    pub exp: OffsetDateTime,
    /// The resource servers that it is for (section 3); at least one, or it is not signed.
    #[serde(with = "audience")]
    pub aud: Vec<String>,
    /// The resource owner; where there is none, the client (section 2.2). It must not be possible for a
    /// client to choose its name so that it is taken for a user's (section 5).
    pub sub: String,
    /// The client that asked for it (RFC 8693 section 4.3).
    pub client_id: String,
    /// When it was issued.
    #[serde(with = "date")]
    pub iat: OffsetDateTime,
    /// Its identifier, unique under the issuer.
    pub jti: String,
    /// When the resource owner was authenticated (section 2.2.1).
    #[serde(default, with = "optional_date", skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<OffsetDateTime>,
    /// The class of that authentication (section 2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Its methods (section 2.2.1, RFC 8176).
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// Scope tokens with a space between (section 2.2.3, RFC 8693 section 4.2): [`scopes`](Self::scopes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Groups that the resource owner is in (section 2.2.3.1). Here and in the next two, an element may be a
    /// text or, as in RFC 7643 section 4.1.2, an object, of which `value` is read. Texts are written.
    #[serde(default, deserialize_with = "values", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Roles of the resource owner.
    #[serde(default, deserialize_with = "values", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// What the resource owner is entitled to.
    #[serde(default, deserialize_with = "values", skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<String>,
}

impl AccessTokenClaims {
    /// The scope tokens, of which there may be none.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        // RFC 6749 section 3.3: a space, and no other white space.
        self.scope.as_deref().unwrap_or_default().split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether this is one of the scope tokens, to the letter (RFC 6749 section 3.3).
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|one| one == scope)
    }
}

impl fmt::Debug for AccessTokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokenClaims").finish_non_exhaustive()
    }
}
