//! The checks on claims (RFC 7519 section 4.1), one function each.
//!
//! All of them run, so that the owner of a service sees everything that is wrong with a token at once.
//! What is configured is required: a claim that is expected and absent fails. Times are compared in
//! nanoseconds as 128-bit integers, in which neither a leeway nor a date overflows.

use std::time::Duration;

use time::OffsetDateTime;

use super::registered::Places;
use crate::compact::Authentic;
use crate::error::{ClaimFailure, ErrorKind};
use crate::header::same_type;
use crate::json::{Object, Raw};

/// What a verifier demands.
#[derive(Clone, Default)]
pub(super) struct Policy {
    pub(super) issuer: Option<String>,
    pub(super) any_issuer: bool,
    pub(super) audiences: Vec<String>,
    pub(super) any_audience: bool,
    pub(super) subject: Option<String>,
    pub(super) token_type: Option<String>,
    pub(super) leeway: Duration,
    pub(super) iat_leeway: Duration,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) max_age: Option<Duration>,
    pub(super) required: Vec<String>,
    pub(super) expiry_waived: bool,
}

/// What is checked: the registered claims, and the payload in which they stand.
struct Claims<'c> {
    places: &'c Places,
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

/// Runs every check, and gives the registered claims with what failed.
pub(super) fn run(
    policy: &Policy,
    authentic: &Authentic<'_, '_, '_>,
    object: &Object<'_>,
    now: OffsetDateTime,
) -> (Places, Vec<ClaimFailure>) {
    let clock = Clock { now: now.unix_timestamp_nanos(), leeway: duration(policy.leeway) };
    let mut failures = Vec::new();
    failures.extend(typ(policy, authentic.typ()));
    failures.extend(cty(authentic.cty()));
    let places = Places::read(object, &mut failures);
    let claims = Claims { places: &places, payload: object.text() };
    let mut report = |failure: Option<ClaimFailure>| {
        let Some(failure) = failure else { return };
        // A malformed claim has failed already; that it is also missing would only be noise.
        if failures.iter().all(|earlier| earlier.claim() != failure.claim()) {
            failures.push(failure);
        }
    };
    report(issuer(policy, &claims));
    report(audience(policy, &claims));
    report(exactly("sub", policy.subject.as_deref(), claims.sub()));
    report(expiry(policy, &places, &clock));
    report(start(&places, &clock));
    report(issued(policy, &places, &clock));
    report(lifetime(policy, &places));
    for name in &policy.required {
        report(required(name, object));
    }
    (places, failures)
}

struct Clock {
    now: i128,
    leeway: i128,
}

fn nanoseconds(seconds: i64) -> i128 {
    i128::from(seconds).saturating_mul(1_000_000_000)
}

fn duration(duration: Duration) -> i128 {
    // At most 2^64 seconds, so below 2^94.
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

fn missing(claim: &'static str) -> ClaimFailure {
    ClaimFailure::new(ErrorKind::MissingClaim, claim)
}

/// RFC 8725 section 3.11. Unless a type is expected, none and `JWT` are taken: a token of a declared
/// other purpose is not for a verifier that was not told of it.
fn typ(policy: &Policy, typ: Option<&str>) -> Option<ClaimFailure> {
    let right = match (&policy.token_type, typ) {
        (Some(expected), Some(typ)) => same_type(expected, typ),
        (Some(_), None) => false,
        (None, Some(typ)) => same_type("JWT", typ),
        (None, None) => true,
    };
    if right {
        return None;
    }
    let expected = policy.token_type.as_deref().unwrap_or("JWT");
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
fn issuer(policy: &Policy, claims: &Claims<'_>) -> Option<ClaimFailure> {
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
    let expected = policy.audiences.join(" ");
    if !has_aud {
        return Some(missing("aud").with_expected(expected));
    }
    let failure = ClaimFailure::new(ErrorKind::UnexpectedClaim, "aud");
    Some(failure.with_expected(expected).with_got(claims.aud().collect::<Vec<_>>().join(" ")))
}

/// RFC 7519 section 4.1.4: refused on or after `exp`.
fn expiry(policy: &Policy, claims: &Places, clock: &Clock) -> Option<ClaimFailure> {
    let Some(exp) = claims.exp else {
        return if policy.expiry_waived { None } else { Some(missing("exp")) };
    };
    if clock.now < nanoseconds(exp).saturating_add(clock.leeway) {
        return None;
    }
    Some(ClaimFailure::new(ErrorKind::Expired, "exp").with_got(exp.to_string()))
}

/// RFC 7519 section 4.1.5: refused before `nbf`.
fn start(claims: &Places, clock: &Clock) -> Option<ClaimFailure> {
    let nbf = claims.nbf?;
    if clock.now.saturating_add(clock.leeway) >= nanoseconds(nbf) {
        return None;
    }
    Some(ClaimFailure::new(ErrorKind::NotYetValid, "nbf").with_got(nbf.to_string()))
}

/// `iat` is never later than now, and at most the configured age ago; both give way by the leeway, the
/// former by a leeway of its own if that is more. It is required by whatever counts from it.
fn issued(policy: &Policy, claims: &Places, clock: &Clock) -> Option<ClaimFailure> {
    let (Some(iat), Some(iat_up)) = (claims.iat, claims.iat_up) else {
        let needed = policy.max_age.is_some() || policy.max_lifetime.is_some();
        return if needed { Some(missing("iat")) } else { None };
    };
    let failure = |kind| ClaimFailure::new(kind, "iat").with_got(iat.to_string());
    let ahead = clock.leeway.max(duration(policy.iat_leeway));
    if nanoseconds(iat_up) > clock.now.saturating_add(ahead) {
        return Some(failure(ErrorKind::IssuedInFuture));
    }
    let oldest = duration(policy.max_age?).saturating_add(clock.leeway);
    if clock.now.saturating_sub(nanoseconds(iat)) > oldest {
        return Some(failure(ErrorKind::TooOld));
    }
    None
}

/// From `iat` to `exp`, without leeway: no clock is read for it. That either is missing is a failure of
/// its own check.
fn lifetime(policy: &Policy, claims: &Places) -> Option<ClaimFailure> {
    let (longest, iat, exp) = (policy.max_lifetime?, claims.iat?, claims.exp?);
    if nanoseconds(exp).saturating_sub(nanoseconds(iat)) <= duration(longest) {
        return None;
    }
    let got = exp.saturating_sub(iat);
    let failure = ClaimFailure::new(ErrorKind::LifetimeTooLong, "exp");
    Some(failure.with_expected(longest.as_secs().to_string()).with_got(got.to_string()))
}

/// Present, and not `null`.
fn required(name: &str, object: &Object<'_>) -> Option<ClaimFailure> {
    let absent = object.find(name).is_none_or(Raw::is_null);
    if absent { Some(ClaimFailure::new(ErrorKind::MissingClaim, name.to_owned())) } else { None }
}
