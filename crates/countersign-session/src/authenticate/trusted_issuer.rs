//! Tokens of other issuers, accepted beside our own.
//!
//! Each issuer has a verifier of its own, which demands that issuer; the token's `iss` chooses among them and
//! does nothing else. What an external token may do is what its scopes say, or what the application makes of its
//! claims; it never has roles by its own word. It is revoked under its own issuer, by what names it there.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::RetainUntil;
use countersign_signed::{Issuers, RegisteredClaims, Verified, Verifier};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::authenticate::signed_token::{Origin, Refusal, SignedToken, TokenVerifier};
use crate::error::Error;
use crate::error::kind::{ConfigurationFault, ErrorKind};
use crate::issue::scope::is_scope_token;
use crate::state::clock::later;

/// An issuer whose tokens are accepted: its verifier, and what its tokens may do here. See
/// [`AuthenticatorBuilder::trust_issuer`](crate::AuthenticatorBuilder::trust_issuer).
///
/// A verifier of several [tenants](countersign_signed::VerifierBuilder::tenants) is one trusted issuer. Revocation
/// names a tenant's own issuer, the token's `iss`, since a `sub` means something under that alone.
///
/// A token must have `sub`. Its scopes are those of `scope` (RFC 8693 section 4.2) or, where there is none, of
/// `scp`, each a text or an array; it has no roles. [`map`](Self::map) changes that.
///
/// ```
/// use countersign_session::TrustedIssuer;
/// use countersign_signed::{JwksCache, Verifier};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Partner { #[serde(default)] groups: Vec<String> }
///
/// let keys = JwksCache::builder("https://partner.example").build()?; // polled by a task of the service
/// let partner = TrustedIssuer::new(keys.verifier().audience("https://api.example").build()?)
///     .cache_verified_tokens(10_000)
///     .map(|claims, mut grants| {
///         let partner = claims.read::<Partner>().ok()?;
///         grants.scopes.retain(|scope| scope == "orders:read"); // all that partners may do
///         if partner.groups.iter().any(|group| group == "auditors") {
///             grants.roles.push("auditor".to_owned());
///         }
///         Some(grants)
///     });
/// # let _ = partner;
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[must_use]
pub struct TrustedIssuer {
    verifier: Verifier,
    remembered: Option<usize>,
    map: Option<Map>,
}

/// How far another issuer's clock may run ahead of ours, unless its verifier says otherwise.
const START_LEEWAY: Duration = Duration::from_secs(30);

type Map = Arc<dyn Fn(&RegisteredClaims<'_>, Grants) -> Option<Grants> + Send + Sync>;

/// What a token of another issuer stands for here. Debug shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Grants {
    /// The subject: the token's `sub`, unless it is changed. Revocation goes by `sub` in any case.
    pub subject: String,
    /// The scopes, one scope token each. What is none (RFC 6749 section 3.3) grants nothing.
    pub scopes: Vec<String>,
    /// The roles.
    pub roles: Vec<String>,
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grants(..)")
    }
}

impl TrustedIssuer {
    /// The issuer that this verifier demands. It has its own keys, audience and demands; a
    /// [`max_lifetime`](countersign_signed::VerifierBuilder::max_lifetime) among them lets revocations of
    /// subjects and sessions end.
    ///
    /// Its clock may run 30 seconds ahead of ours: a token is taken that long before its `nbf` or `iat`, since a client
    /// may show it within a second of its issue. Set
    /// [`iat_leeway`](countersign_signed::VerifierBuilder::iat_leeway) or
    /// [`nbf_leeway`](countersign_signed::VerifierBuilder::nbf_leeway) on the verifier for another bound, zero
    /// included. `exp` is not moved.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier: verifier.with_default_start_leeway(START_LEEWAY), remembered: None, map: None }
    }

    /// Remembers up to this many of its tokens, so that their signature is not verified again on each request:
    /// see [`CachedVerifier`](countersign_signed::CachedVerifier). Nothing is remembered unless this is called.
    pub fn cache_verified_tokens(mut self, entries: usize) -> Self {
        self.remembered = Some(entries);
        self
    }

    /// What its tokens may do here: `map` is given the verified claims and what they grant as a rule, and gives
    /// what they shall grant, or nothing to refuse the token. It is to depend on the claims alone, since it is
    /// not asked again for a token that is remembered.
    pub fn map(
        mut self,
        map: impl Fn(&RegisteredClaims<'_>, Grants) -> Option<Grants> + Send + Sync + 'static,
    ) -> Self {
        self.map = Some(Arc::new(map));
        self
    }
}

impl From<Verifier> for TrustedIssuer {
    fn from(verifier: Verifier) -> Self {
        Self::new(verifier)
    }
}

impl fmt::Debug for TrustedIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedIssuer").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// All issuers whose tokens are accepted: the choice among them, and what is known of the others.
pub(crate) struct TrustedIssuers {
    choice: Issuers,
    others: Vec<OtherIssuer>,
}

/// An issuer that is not this service, or all tenants of one.
pub(crate) struct OtherIssuer {
    /// As it was configured.
    issuer: Box<str>,
    verifier: TokenVerifier,
    map: Option<Map>,
}

impl TrustedIssuers {
    /// The issuers, and the verifier of our own tokens if there are any. None if there is no other issuer.
    pub(crate) fn new(
        issuers: Vec<TrustedIssuer>,
        ours: &str,
        verifier: Option<&Verifier>,
    ) -> Result<Option<Self>, Error> {
        if issuers.is_empty() {
            return Ok(None);
        }
        let verifiers = issuers.iter().map(|issuer| &issuer.verifier).chain(verifier).cloned();
        // One that names no issuer, or two that name the same.
        let invalid = ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidIssuers);
        let choice = Issuers::new(verifiers).map_err(|error| Error::caused(invalid, error))?;
        let other = |TrustedIssuer { verifier, remembered, map }: TrustedIssuer| {
            if verifier.issuers().any(|issuer| issuer == ours) {
                return None;
            }
            let issuer = verifier.issuer()?.into();
            Some(OtherIssuer { issuer, verifier: TokenVerifier::new(verifier, remembered), map })
        };
        let others: Option<Vec<_>> = issuers.into_iter().map(other).collect();
        Ok(Some(Self { choice, others: others.ok_or(ConfigurationFault::InvalidIssuers)? }))
    }

    /// Has `verify` verify the token as one of the other issuer that it names, or as ours if it names none of them.
    /// It may be asked twice: [`Issuers::verify_with`].
    pub(crate) fn verify_with(
        &self,
        token: &[u8],
        verify: impl Fn(Option<&OtherIssuer>) -> Result<Arc<SignedToken>, Error>,
    ) -> Result<Arc<SignedToken>, Error> {
        let verified = self.choice.verify_with(token, |verifier| {
            verify(verifier.issuer().and_then(|issuer| self.configured(issuer))).map_err(Refusal)
        });
        verified.map_err(|Refusal(error)| error)
    }

    /// The issuer that was configured by this name, which has `{tenantid}` in it where there are tenants.
    fn configured(&self, issuer: &str) -> Option<&OtherIssuer> {
        self.others.iter().find(|other| *other.issuer == *issuer)
    }

    /// The issuer whose tokens have this `iss`.
    pub(crate) fn issuing(&self, iss: &str) -> Option<&OtherIssuer> {
        self.others.iter().find(|other| other.verifier.verifier().issuers().any(|issuer| issuer == iss))
    }
}

impl OtherIssuer {
    pub(crate) fn verify(&self, token: &[u8], now: OffsetDateTime) -> Result<Arc<SignedToken>, Error> {
        self.verifier.verify(token, now, |verified| self.read(verified))
    }

    fn read(&self, verified: Verified<'_, ExternalClaims>) -> Result<SignedToken, Refusal> {
        let nameless = || Refusal::because("the token of another issuer has no subject (`sub`)");
        let (claims, identified, kid) = verified.into_identified().ok_or_else(nameless)?;
        let scope = claims.scope.or(claims.scp).map(ScopeClaim::into_scope).unwrap_or_default();
        let leeway = self.verifier.verifier().leeway();
        let (scope, roles, subject) = match &self.map {
            None => (scope, Vec::new(), None),
            Some(map) => {
                let scopes = scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
                let grants = Grants { subject: identified.sub().to_owned(), scopes, roles: Vec::new() };
                let granted = map(identified.registered(), grants);
                let Grants { subject, scopes, roles } = granted.ok_or_else(|| {
                    Refusal::because("the function given to `TrustedIssuer::map` refused it")
                })?;
                (ScopeClaim::Several(scopes).into_scope(), roles, Some(subject))
            }
        };
        let origin = Origin::External { leeway, subject };
        Ok(SignedToken { claims: identified, kid, sid: claims.sid, scope, roles, origin })
    }

    /// When a revocation of much that this issuer has signed by `now` can be forgotten.
    pub(crate) fn until(&self, now: OffsetDateTime, margin: Duration) -> RetainUntil {
        let verifier = self.verifier.verifier();
        let last = verifier.max_lifetime().map(|lifetime| later(now, lifetime));
        RetainUntil::for_token(last, verifier.leeway(), margin)
    }

    /// How far ahead of the clock a token may say that it was issued.
    pub(crate) fn iat_leeway(&self) -> Duration {
        let verifier = self.verifier.verifier();
        verifier.iat_leeway().max(verifier.leeway())
    }
}

/// What is read of an external token, beside the registered claims.
#[derive(Deserialize)]
struct ExternalClaims {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    scope: Option<ScopeClaim>,
    #[serde(default)]
    scp: Option<ScopeClaim>,
}

/// A text with spaces in it, or an array of texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum ScopeClaim {
    One(String),
    Several(Vec<String>),
}

impl ScopeClaim {
    /// Scope tokens with a space between, without what is none: a text of an array with a space in it would
    /// be two.
    fn into_scope(self) -> String {
        let several: Vec<Cow<'_, str>> = match &self {
            Self::One(text) => text.split(' ').map(Cow::Borrowed).collect(),
            Self::Several(texts) => texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect(),
        };
        let scopes: Vec<Cow<'_, str>> = several.into_iter().filter(|text| is_scope_token(text)).collect();
        scopes.join(" ")
    }
}
