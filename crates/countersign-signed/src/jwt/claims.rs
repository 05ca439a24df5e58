//! Claims to be signed, for whoever has no type of their own for them.
//!
//! Made by [`ClaimsBuilder`], which has judged them, so that what is here can be signed. The members have a
//! fixed order, so that equal claims are equal text. Values of the caller's own are kept as the JSON that
//! they serialise to: a tree of values would round numbers, sort members and lose those that occur twice,
//! which the signer must see to refuse them.
//!
//! They are written only. What a verified token says comes from [`Verified`](crate::Verified).

mod builder;

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use time::OffsetDateTime;

pub use builder::ClaimsBuilder;

/// The names that the builder writes itself.
const NAMES: [&str; 10] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "role", "roles"];

/// Claims for [`Signer::sign`](crate::Signer::sign): the registered ones (RFC 7519 section 4.1), scopes and
/// roles, and any of the caller's own.
///
/// ```
/// use std::time::Duration;
///
/// use countersign_signed::{Algorithm, Claims, KeySet, Signer, SigningKey, Verifier};
/// use time::OffsetDateTime;
///
/// let now = OffsetDateTime::from_unix_timestamp(1_800_000_000)?; // the caller's clock
/// let claims = Claims::issued_at(now)
///     .issuer("https://login.example")
///     .audience("https://api.example")
///     .subject("alice")
///     .role("operator")
///     .scopes(["orders:read", "orders:write"])
///     .expires_in(Duration::from_secs(300))
///     .random_jti()
///     .claim("tenant", 7)
///     .build()?;
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?;
/// let token = Signer::new(key.clone()).sign(&claims)?;
///
/// let verifier = Verifier::builder(KeySet::new([key.verifying_key()])?)
///     .issuer("https://login.example")
///     .audience("https://api.example")
///     .build()?;
/// let verified = verifier.verify::<serde_json::Value>(&token, now)?;
/// assert_eq!(verified.registered().jti(), claims.jti());
/// assert_eq!(verified.claims()["scope"], "orders:read orders:write");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// They serialise with `serde_json`, in the order `iss`, `sub`, `aud`, `exp`, `nbf`, `iat`, `jti`, `scope`,
/// `role`, `roles`, and then the caller's own as they were given. `Debug` shows no value.
#[derive(Clone)]
pub struct Claims<'a> {
    iss: Option<Cow<'a, str>>,
    sub: Option<Cow<'a, str>>,
    aud: Vec<Cow<'a, str>>,
    /// Seconds of Unix time, as are the next two.
    exp: Option<i64>,
    nbf: Option<i64>,
    iat: i64,
    jti: Option<Cow<'a, str>>,
    /// Scope tokens with a space between; empty if there are none.
    scope: String,
    role: Option<Cow<'a, str>>,
    roles: Vec<Cow<'a, str>>,
    own: Vec<(Cow<'a, str>, Box<RawValue>)>,
}

impl<'a> Claims<'a> {
    /// Starts claims of a token that is issued now; a fraction of a second is dropped (`iat`, RFC 7519
    /// section 4.1.6). All texts are borrowed if they can be.
    pub fn issued_at(now: OffsetDateTime) -> ClaimsBuilder<'a> {
        ClaimsBuilder::new(now)
    }

    /// When the token will cease to be accepted; nothing if never.
    #[must_use]
    pub fn exp(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.exp?).ok()
    }

    /// The token's identifier, for whoever keeps a list of what was issued.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.jti.as_deref()
    }
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "iss", self.iss.as_ref())?;
        entry(&mut map, "sub", self.sub.as_ref())?;
        // RFC 7519 section 4.1.3: one audience may be written as a string, which more verifiers read.
        match self.aud.as_slice() {
            [] => {}
            [one] => map.serialize_entry("aud", one)?,
            several => map.serialize_entry("aud", several)?,
        }
        entry(&mut map, "exp", self.exp)?;
        entry(&mut map, "nbf", self.nbf)?;
        map.serialize_entry("iat", &self.iat)?;
        entry(&mut map, "jti", self.jti.as_ref())?;
        entry(&mut map, "scope", Some(&self.scope).filter(|scope| !scope.is_empty()))?;
        entry(&mut map, "role", self.role.as_ref())?;
        entry(&mut map, "roles", Some(&self.roles).filter(|roles| !roles.is_empty()))?;
        for (name, value) in &self.own {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn entry<M: SerializeMap>(map: &mut M, name: &str, value: Option<impl Serialize>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, &value))
}

impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}
