//! The checks on claims (RFC 7519 section 4.1), one function each.
//!
//! All of them run, so that the owner of a service sees everything that is wrong with a token at once.
//! What is configured is required: a claim that is expected and absent fails.
//!
//! Times compare exactly, at the fraction of a second that a claim has, with `now` to the nanosecond.
//!
//! Each failure says what was wanted: the configured text, or for times the bound in seconds, the leeway
//! in it. These texts are made for failures only, so that a good token costs none of them.

use std::time::Duration;

use time::OffsetDateTime;

use super::registered_claims::{ClaimSpans, Times};
use super::tenants::Tenants;
use crate::compact::Authentic;
use crate::error::{ClaimFailure, Error, ErrorKind};
use crate::header::same_type;
use crate::json::{NumericDate, Object, Raw};

/// What a verifier demands.
#[derive(Clone, Default)]
pub(super) struct Policy {
    /// With `{tenantid}` in it if there are tenants.
    pub(super) issuer: Option<String>,
    pub(super) any_issuer: bool,
    pub(super) tenants: Option<Tenants>,
    pub(super) audiences: Vec<String>,
    pub(super) any_audience: bool,
    pub(super) subject: Option<String>,
    /// Any one of them; if there are none, `JWT` or no type at all.
    pub(super) token_types: Vec<String>,
    pub(super) leeway: Duration,
    /// The next two count where they are more than `leeway`.
    pub(super) iat_leeway: Option<Duration>,
    pub(super) nbf_leeway: Option<Duration>,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) max_age: Option<Duration>,
    pub(super) not_issued_before: Option<NumericDate>,
    pub(super) required: Vec<String>,
    pub(super) expiry_waived: bool,
    pub(super) is_access_token_profile: bool,
    pub(super) accepts_bound_tokens: bool,
}

/// What is checked: the registered claims, and the payload in which they stand.
struct Claims<'c> {
    places: &'c ClaimSpans,
    payload: &'c str,
}

impl<'c> Claims<'c> {
    fn iss(&self) -> Option<&'c str> {
        self.places.iss(self.payload)
    }

    fn sub(&self) -> Option<&'c str> {
        self.places.sub(self.payload)
    }

    fn aud(&self) -> impl Iterator<Item = &'c str> {
        self.places.aud(self.payload)
    }
}

/// Runs every check, and gives the registered claims, or all that failed.
pub(super) fn run(
    policy: &Policy,
    authentic: &Authentic<'_, '_, '_>,
    object: &Object<'_>,
    now: OffsetDateTime,
) -> Result<ClaimSpans, Error> {
    let clock = Clock::new(policy, now);
    let mut failures = Vec::new();
    failures.extend(typ(policy, authentic.typ()));
    failures.extend(cty(authentic.cty()));
    let places = ClaimSpans::read(object, &mut failures);
    let claims = Claims { places: &places, payload: object.text() };
    let mut report = |failure: ClaimFailure| {
        // A malformed claim has failed already; that it is also missing would only be noise.
        if failures.iter().all(|earlier| earlier.claim() != failure.claim()) {
            failures.push(failure);
        }
    };
    macro_rules! report {
        ($($check:expr),*) => {
            $(if let Some(failure) = $check {
                report(failure);
            })*
        };
    }
    report![
        issuer(policy, &claims, object),
        audience(policy, &claims),
        exactly("sub", policy.subject.as_deref(), claims.sub()),
        binding(policy, object),
        expiry(policy, places.times(), &clock),
        start(places.times(), &clock),
        issued(policy, places.times(), &clock),
        lifetime(policy, places.times())
    ];
    if policy.is_access_token_profile {
        report![client_id(object)];
    }
    for name in &policy.required {
        report![required(name, object)];
    }
    if failures.is_empty() { Ok(places) } else { Err(Error::failed(failures)) }
}

/// Runs the checks that depend on `now`, for a token that has passed all of them before. The others look at
/// the token and the policy alone, and would have the same outcome.
pub(super) fn run_again(policy: &Policy, times: &Times, now: OffsetDateTime) -> Result<(), Error> {
    let clock = Clock::new(policy, now);
    let failures = [expiry(policy, times, &clock), start(times, &clock), issued(policy, times, &clock)];
    if failures.iter().all(Option::is_none) {
        return Ok(());
    }
    Err(Error::failed(failures.into_iter().flatten().collect()))
}

/// The moments that claims are compared with.
struct Clock {
    /// Now, less the leeway.
    late: NumericDate,
    /// Now and the leeway for `nbf`.
    early_for_nbf: NumericDate,
    /// Now and the leeway for `iat`.
    early_for_iat: NumericDate,
    /// Now, less the greatest age and the leeway.
    oldest: Option<NumericDate>,
}

impl Clock {
    fn new(policy: &Policy, now: OffsetDateTime) -> Self {
        let now = NumericDate::at(now);
        let early = |own: Option<Duration>| now.plus(own.map_or(policy.leeway, |own| own.max(policy.leeway)));
        Self {
            late: now.minus(policy.leeway),
            early_for_nbf: early(policy.nbf_leeway),
            early_for_iat: early(policy.iat_leeway),
            oldest: policy.max_age.map(|age| now.minus(age).minus(policy.leeway)),
        }
    }
}

#[cold]
fn missing(claim: &'static str) -> ClaimFailure {
    ClaimFailure::new(ErrorKind::MissingClaim, claim)
}

/// RFC 8725 section 3.11. Unless a type is expected, none and `JWT` are taken: a token of a declared
/// other purpose is not for a verifier that was not told of it.
fn typ(policy: &Policy, typ: Option<&str>) -> Option<ClaimFailure> {
    let types = &policy.token_types;
    let right = match typ {
        Some(typ) if types.is_empty() => same_type("JWT", typ),
        Some(typ) => types.iter().any(|expected| same_type(expected, typ)),
        None => types.is_empty(),
    };
    if right {
        return None;
    }
    let expected = if types.is_empty() { "JWT".to_owned() } else { types.join(" ") };
    let failure = ClaimFailure::new(ErrorKind::UnexpectedType, "typ").with_expected(expected);
    Some(match typ {
        Some(typ) => failure.with_got(typ),
        None => failure,
    })
}

/// RFC 7519 section 5.2: `cty` is for nested tokens, whose payload is a token and no claims. Where it
/// stands all the same, the signer declared the payload to be something else than claims.
fn cty(cty: Option<&str>) -> Option<ClaimFailure> {
    Some(ClaimFailure::new(ErrorKind::UnexpectedType, "cty").with_got(cty?))
}

/// RFC 7519 section 4.1.1. A verifier that was not told whom to expect would otherwise take every name
/// that a key of its set signs, and `sub` and `jti` mean something under their issuer only.
fn issuer(policy: &Policy, claims: &Claims<'_>, object: &Object<'_>) -> Option<ClaimFailure> {
    if let Some(tenants) = &policy.tenants {
        return tenants.check(claims.iss(), object);
    }
    match (&policy.issuer, claims.iss()) {
        (None, Some(iss)) if !policy.any_issuer => {
            Some(ClaimFailure::new(ErrorKind::UnexpectedClaim, "iss").with_got(iss))
        }
        (expected, iss) => exactly("iss", expected.as_deref(), iss),
    }
}

/// RFC 7519 sections 4.1.1 and 4.1.2: case-sensitive, the whole string.
fn exactly(claim: &'static str, expected: Option<&str>, got: Option<&str>) -> Option<ClaimFailure> {
    let expected = expected?;
    match got {
        None => Some(missing(claim).with_expected(expected)),
        Some(got) if got == expected => None,
        Some(got) => {
            Some(ClaimFailure::new(ErrorKind::UnexpectedClaim, claim).with_expected(expected).with_got(got))
        }
    }
}

/// RFC 7519 section 4.1.3: a token that names an audience must be refused by whoever is not in it, so
/// also by a verifier that does not say who it is.
fn audience(policy: &Policy, claims: &Claims<'_>) -> Option<ClaimFailure> {
    let has_aud = claims.places.has_aud();
    if policy.any_audience || (policy.audiences.is_empty() && !has_aud) {
        return None;
    }
    if claims.aud().any(|aud| policy.audiences.iter().any(|audience| audience == aud)) {
        return None;
    }
    let failure = if has_aud {
        let got = claims.aud().collect::<Vec<_>>().join(" ");
        ClaimFailure::new(ErrorKind::UnexpectedClaim, "aud").with_got(got)
    } else {
        missing("aud")
    };
    let wanted = &policy.audiences;
    Some(if wanted.is_empty() { failure } else { failure.with_expected(wanted.join(" ")) })
}

/// RFC 7800 section 3.1: whoever presents a token with `cnf` has to prove that it holds the key named there
/// (RFC 9449 section 7.1, RFC 8705 section 3). Nothing here checks such a proof, so taking the token as a plain
/// bearer token would make it good for a thief. Whatever the value is, it is refused; a binding that cannot be
/// read is still one that was not verified.
fn binding(policy: &Policy, object: &Object<'_>) -> Option<ClaimFailure> {
    if policy.accepts_bound_tokens || object.find("cnf").is_none() {
        return None;
    }
    Some(ClaimFailure::new(ErrorKind::SenderConstrained, "cnf"))
}

/// RFC 7519 section 4.1.4: refused on or after `exp`.
fn expiry(policy: &Policy, claims: &Times, clock: &Clock) -> Option<ClaimFailure> {
    match claims.exp {
        None if policy.expiry_waived => None,
        None => Some(missing("exp").with_expected(after(clock.late))),
        Some(exp) if clock.late < exp => None,
        Some(exp) => Some(untimely(ErrorKind::Expired, "exp", after(clock.late), exp)),
    }
}

/// RFC 7519 section 4.1.5: refused before `nbf`.
fn start(claims: &Times, clock: &Clock) -> Option<ClaimFailure> {
    let nbf = claims.nbf?;
    if clock.early_for_nbf >= nbf {
        return None;
    }
    Some(untimely(ErrorKind::NotYetValid, "nbf", not_after(clock.early_for_nbf), nbf))
}

/// `iat` is never later than now, at most the configured age ago, and not before the configured moment.
/// The first two give way by the leeway, the first by a leeway of its own if that is more. It is required
/// by whatever counts from it.
fn issued(policy: &Policy, claims: &Times, clock: &Clock) -> Option<ClaimFailure> {
    let Some(iat) = claims.iat else {
        let needed =
            policy.max_age.is_some() || policy.max_lifetime.is_some() || policy.not_issued_before.is_some();
        return needed.then(|| missing("iat").with_expected(not_after(clock.early_for_iat)));
    };
    let failed = |kind, expected, got| Some(untimely(kind, "iat", expected, got));
    if iat > clock.early_for_iat {
        return failed(ErrorKind::IssuedInFuture, not_after(clock.early_for_iat), iat);
    }
    if let Some(oldest) = clock.oldest.filter(|oldest| iat < *oldest) {
        return failed(ErrorKind::TooOld, not_before(oldest), iat);
    }
    if let Some(first) = policy.not_issued_before.filter(|first| iat < *first) {
        return failed(ErrorKind::IssuedTooEarly, not_before(first), iat);
    }
    None
}

/// A date that is out of bounds.
#[cold]
fn untimely(kind: ErrorKind, claim: &'static str, expected: String, got: NumericDate) -> ClaimFailure {
    ClaimFailure::new(kind, claim).with_expected(expected).with_got(got.to_string())
}

#[cold]
fn after(date: NumericDate) -> String {
    format!("after {date}")
}

#[cold]
fn not_after(date: NumericDate) -> String {
    format!("not after {date}")
}

#[cold]
fn not_before(date: NumericDate) -> String {
    format!("not before {date}")
}

/// From `iat` to `exp`, without leeway: no clock is read for it. That either is missing is a failure of
/// its own check.
fn lifetime(policy: &Policy, claims: &Times) -> Option<ClaimFailure> {
    let (longest, iat, exp) = (policy.max_lifetime?, claims.iat?, claims.exp?);
    if exp <= iat.plus(longest) {
        return None;
    }
    let seconds = |length: Duration| NumericDate::EPOCH.plus(length);
    let failure = ClaimFailure::new(ErrorKind::LifetimeTooLong, "exp");
    let expected = format!("at most {} after iat", seconds(longest));
    Some(failure.with_expected(expected).with_got(format!("{} after iat", seconds(exp.since(iat)))))
}

/// RFC 9068 section 2.2, RFC 8693 section 4.3: required, and a string.
fn client_id(object: &Object<'_>) -> Option<ClaimFailure> {
    let value = object.find("client_id").filter(|value| !value.is_null());
    let Some(value) = value else { return Some(missing("client_id")) };
    if value.string().is_some() {
        return None;
    }
    let failure = ClaimFailure::new(ErrorKind::InvalidClaim, "client_id");
    Some(failure.with_expected("a string").with_got(value.shown()))
}

/// Present, and not `null`.
fn required(name: &str, object: &Object<'_>) -> Option<ClaimFailure> {
    let absent = object.find(name).is_none_or(Raw::is_null);
    if absent { Some(ClaimFailure::new(ErrorKind::MissingClaim, name.to_owned())) } else { None }
}
