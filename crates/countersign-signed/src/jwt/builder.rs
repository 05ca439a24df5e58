//! What a verifier demands, gathered and judged once.
//!
//! A setting that cannot be meant (an empty issuer out of an unset variable, two issuers) is an error of
//! [`build`](VerifierBuilder::build), so that a service with a broken configuration does not start.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

use super::Verifier;
use super::checks::Policy;
use super::tenants::{self, Tenants};
use crate::compact::Limits;
use crate::error::{Error, ErrorKind};
use crate::header::checked_type;
use crate::json::NumericDate;
use crate::keys::KeySource;

/// Clocks that differ by more are to be set right; a longer leeway is most likely a slip in the unit.
pub(super) const LONGEST_LEEWAY: Duration = Duration::from_secs(3600);

/// Gathers what a [`Verifier`] demands. Everything named here is required of every token.
#[must_use]
pub struct VerifierBuilder {
    keys: KeySource,
    policy: Policy,
    tenants: Option<Vec<String>>,
    limits: Limits,
    /// The first thing that was wrong.
    problem: Option<&'static str>,
}

impl VerifierBuilder {
    pub(super) fn new(keys: KeySource) -> Self {
        Self { keys, policy: Policy::default(), tenants: None, limits: Limits::default(), problem: None }
    }

    /// `iss` must be this, to the letter. To be set once.
    ///
    /// Without an issuer, a token that has `iss` is refused, unless
    /// [`accept_any_issuer`](Self::accept_any_issuer) is called.
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.problem =
            self.problem.or(once(&mut self.policy.issuer, issuer, "the issuer is empty or set twice"));
        self
    }

    /// Takes tokens of these tenants. Each tenant is an issuer of its own, so [`issuer`](Self::issuer) is a template
    /// with `{tenantid}` in it. A token's `iss` must be the issuer of an allowed tenant, and its claim `tid`
    /// must name the same tenant, both to the letter. Several calls add up.
    ///
    /// This is what Microsoft Entra's endpoint for several tenants takes. Other issuers than Entra that put the
    /// tenant into `iss` and `tid` work the same way.
    ///
    /// Security: all tenants share one set of keys, so only the list keeps other customers of the identity
    /// provider out. `sub` is unique only under a tenant's own issuer.
    ///
    /// ```
    /// use countersign_signed::JwksCache;
    ///
    /// let cache = JwksCache::builder("https://login.microsoftonline.com/{tenantid}/v2.0").build()?;
    /// let verifier = cache
    ///     .verifier()
    ///     .tenants(["9122040d-6c67-4c5b-b112-36a304b66dad", "72f988bf-86f1-41af-91ab-2d7cd011db47"])
    ///     .audience("https://api.example")
    ///     .build()?;
    /// assert_eq!(verifier.issuers().count(), 2);
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    pub fn tenants<T: Into<String>>(mut self, tenants: impl IntoIterator<Item = T>) -> Self {
        self.tenants.get_or_insert_default().extend(tenants.into_iter().map(Into::into));
        self
    }

    /// Tokens are taken whomever they name as their issuer, so that every key of the set speaks for all
    /// of them. `iss` is then the caller's to judge: `sub` and `jti` are unique only under it.
    pub fn accept_any_issuer(mut self) -> Self {
        self.policy.any_issuer = true;
        self
    }

    /// `aud` must be, or hold, this. Several calls: any one of them.
    ///
    /// Without an audience, a token that has `aud` is refused (RFC 7519 section 4.1.3), unless
    /// [`accept_any_audience`](Self::accept_any_audience) is called.
    pub fn audience(mut self, audience: &str) -> Self {
        if audience.is_empty() {
            self.problem = self.problem.or(Some("an audience is empty"));
        }
        self.policy.audiences.push(audience.to_owned());
        self
    }

    /// Tokens are taken whomever they are for. Another service that trusts the same issuer can then pass
    /// on the tokens that it was shown.
    pub fn accept_any_audience(mut self) -> Self {
        self.policy.any_audience = true;
        self
    }

    /// `sub` must be this, to the letter. To be set once.
    pub fn subject(mut self, subject: &str) -> Self {
        self.problem =
            self.problem.or(once(&mut self.policy.subject, subject, "the subject is empty or set twice"));
        self
    }

    /// The header's `typ` must be this; case does not matter, nor `application/` in front (RFC 7515
    /// section 4.1.9). To be set once. Without it, `typ` must be `JWT` or absent, so that a token of
    /// another declared purpose is not taken by accident (RFC 8725 section 3.11).
    pub fn token_type(self, typ: &str) -> Self {
        self.token_types([typ])
    }

    /// As [`token_type`](Self::token_type), for an issuer that has several types: the header's `typ` must be one
    /// of these, for example `JWT` and `at+jwt`. A token without `typ` is refused.
    ///
    /// Security: the verifier does not tell them apart afterwards. Name only types that may do the same.
    pub fn token_types<'t>(mut self, types: impl IntoIterator<Item = &'t str>) -> Self {
        if !self.policy.token_types.is_empty() {
            self.problem = self.problem.or(Some("the token type is set twice"));
        }
        self.policy.token_types = types.into_iter().map(str::to_owned).collect();
        let types = &self.policy.token_types;
        if types.is_empty() || types.iter().any(|typ| checked_type(typ).is_err()) {
            self.problem = self.problem.or(Some("the token type is not a media type"));
        }
        self
    }

    /// The profile of OAuth 2.0 access tokens (RFC 9068): `typ` is `at+jwt` (section 2.1), and `exp`, `sub`,
    /// `client_id`, which is a string, `iat` and `jti` are there (section 2.2), beside the issuer and an
    /// audience, which are to be [named](Self::issuer) too. Nothing of it can be waived.
    ///
    /// [`AccessTokenClaims`](crate::AccessTokenClaims) are such a token's claims.
    /// [`Verifier::access_tokens`] is the short way here; with a cache of keys it is
    /// `cache.verifier().audience(..).access_tokens()`.
    ///
    /// Every authorization server of the profile can sign RS256 (section 2.1), which takes the crate's
    /// feature `rsa`; which algorithms are taken is, as ever, what the keys are for.
    pub fn access_tokens(mut self) -> Self {
        self.policy.is_access_token_profile = true;
        self.token_type("at+jwt").require_claim("sub").require_claim("iat").require_claim("jti")
    }

    /// How far clocks may differ, at most one hour: `exp`, `nbf`, `iat` and the greatest age give way by
    /// this much. None by default: a token dies at its `exp`, to the nanosecond of `now`.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.policy.leeway = leeway;
        self
    }

    /// How far ahead of ours the issuer's clock may run when it writes `iat`, at most one hour: the check that
    /// `iat` is not in the future gives way by this much, or by the [leeway](Self::leeway) if that is more.
    /// Nothing else does: no token is taken for longer, or before its `nbf`. None by default.
    pub fn iat_leeway(mut self, leeway: Duration) -> Self {
        self.policy.iat_leeway = Some(leeway);
        self
    }

    /// How far ahead of ours the issuer's clock may run when it writes `nbf`, at most one hour: a token is taken
    /// this long before its `nbf`, or by the [leeway](Self::leeway) if that is more. None by default.
    pub fn nbf_leeway(mut self, leeway: Duration) -> Self {
        self.policy.nbf_leeway = Some(leeway);
        self
    }

    /// Takes tokens with `cnf`, which are bound to a key or certificate (RFC 7800), as if they were plain bearer
    /// tokens. Otherwise they are refused as [`ErrorKind::SenderConstrained`].
    ///
    /// Security: the caller must check the binding, or a stolen token is good for the thief. For `jkt` that is the
    /// DPoP proof of the same request (RFC 9449 section 7.1), for `x5t#S256` the client certificate of the same
    /// connection (RFC 8705 section 3).
    pub fn dangerously_accept_bound_tokens(mut self) -> Self {
        self.policy.accepts_bound_tokens = true;
        self
    }

    /// The longest time from `iat` to `exp`; `iat` is then required. It bounds how long a revocation
    /// must be remembered.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.max_lifetime = Some(lifetime);
        self
    }

    /// The longest time since `iat`, which is then required.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.policy.max_age = Some(age);
        self
    }

    /// The first moment that `iat`, which is then required, may name: a token issued before it is refused
    /// as [`ErrorKind::IssuedTooEarly`], however long it would still live. For what came before a leak was
    /// closed or a tenant moved. Several calls: the latest moment.
    ///
    /// The leeway does not move it. Most issuers write `iat` in whole seconds, rounded down. So with a moment
    /// inside a second, such a token is refused though it was issued later in that second. If you doubt the
    /// issuer's clock, name a later moment.
    pub fn not_issued_before(mut self, moment: OffsetDateTime) -> Self {
        self.policy.not_issued_before = self.policy.not_issued_before.max(Some(NumericDate::at(moment)));
        self
    }

    /// A claim that must be there, and not be `null`; its value is the caller's to judge.
    pub fn require_claim(mut self, name: &str) -> Self {
        self.policy.required.push(name.to_owned());
        self
    }

    /// Tokens without `exp` are taken, and are then good until their key is withdrawn. An `exp` that is
    /// there still counts.
    pub fn without_required_expiry(mut self) -> Self {
        self.policy.expiry_waived = true;
        self
    }

    /// The most characters that a token may have: 1 to 1048576, 16384 by default.
    pub fn max_token_length(mut self, characters: usize) -> Self {
        self.limits.token = characters;
        self
    }

    /// The most characters that a token's header may have in base64url: 1 to 1048576, 4096 by default.
    ///
    /// Raise it for issuers that put a certificate chain (`x5c`, RFC 7515 section 4.1.6) into the header, for
    /// example Azure Key Vault and the App Store, whose headers have 5,000 to 10,000 characters.
    ///
    /// Security: the chain is never a source of trust. The key is one of the verifier's own. The header is read
    /// before the signature is checked, so the limit is what a forger can make the verifier read.
    pub fn max_header_length(mut self, characters: usize) -> Self {
        self.limits.header = characters;
        self
    }

    /// The verifier.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`] if something is empty, set twice, out of range, or takes back
    /// what something else demands.
    pub fn build(mut self) -> Result<Verifier, Error> {
        let refused = |problem| Error::noted(ErrorKind::InvalidConfiguration, problem);
        if let Some(ids) = self.tenants.take() {
            let issuer = self.policy.issuer.as_deref().unwrap_or("");
            self.policy.tenants = Some(Tenants::new(issuer, &ids).map_err(refused)?);
        }
        let policy = &self.policy;
        let problem = if self.problem.is_some() {
            self.problem
        } else if policy.tenants.is_none() && policy.issuer.as_deref().is_some_and(tenants::has_placeholder) {
            Some("the issuer has `{tenantid}`, and no tenants are named")
        } else if policy.any_issuer && policy.issuer.is_some() {
            Some("an issuer is set, and any is accepted")
        } else if policy.any_audience && !policy.audiences.is_empty() {
            Some("an audience is set, and any is accepted")
        } else if policy.is_access_token_profile && (policy.issuer.is_none() || policy.audiences.is_empty()) {
            Some("access tokens have an issuer and an audience, which are to be named")
        } else if policy.is_access_token_profile && policy.expiry_waived {
            Some("access tokens expire")
        } else if policy.expiry_waived && policy.max_lifetime.is_some() {
            Some("a token without `exp` has no greatest lifetime")
        } else if [Some(policy.leeway), policy.iat_leeway, policy.nbf_leeway].iter().flatten().max()
            > Some(&LONGEST_LEEWAY)
        {
            Some("a leeway is longer than one hour")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(refused(problem));
        }
        Ok(Verifier::new(self.keys, self.policy, self.limits.checked()?))
    }
}

/// Sets what may be set once and not be empty, or says what is wrong.
fn once(slot: &mut Option<String>, value: &str, problem: &'static str) -> Option<&'static str> {
    let taken = slot.replace(value.to_owned()).is_some();
    if taken || value.is_empty() { Some(problem) } else { None }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").field("keys", &self.keys).finish_non_exhaustive()
    }
}
