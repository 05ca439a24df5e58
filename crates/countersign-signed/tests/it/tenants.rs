//! An issuer for each tenant, with one set of keys.

use crate::common::{HEADER, NOW, at, builder, hmac_set, hostile, refusal, set};
use countersign_signed::ErrorKind::{
    InvalidClaim, InvalidConfiguration, MissingClaim, UnexpectedClaim, UnknownIssuer,
};
use countersign_signed::{
    CachedVerifier, Error, ErrorKind, Issuers, JwksCache, Signer, SigningKey, Verifier, VerifierBuilder,
};
use serde_json::{Value, json};

const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
const OURS: &str = "9122040d-6c67-4c5b-b112-36a304b66dad";
const PARTNER: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const STRANGER: &str = "11111111-1111-1111-1111-111111111111";

fn issuer(tenant: &str) -> String {
    TEMPLATE.replace("{tenantid}", tenant)
}

fn entra() -> VerifierBuilder {
    builder().issuer(TEMPLATE).tenants([OURS, PARTNER])
}

fn token(iss: &str, tid: &Value) -> String {
    hostile(HEADER, json!({"iss": iss, "tid": tid, "exp": NOW + 300}).to_string())
}

#[test]
fn the_issuer_is_that_of_an_allowed_tenant_and_tid_names_the_same() {
    let verifier = entra().build().unwrap();
    let refused = |kind, claim: &str| Some((kind, Some(claim.to_owned())));
    for tenant in [OURS, PARTNER] {
        assert_eq!(refusal(&verifier, &token(&issuer(tenant), &json!(tenant))), None);
    }
    for (iss, tid, expected) in [
        (issuer(STRANGER), json!(STRANGER), refused(UnexpectedClaim, "iss")),
        (issuer(STRANGER), json!(OURS), refused(UnexpectedClaim, "iss")),
        (issuer(OURS), json!(PARTNER), refused(UnexpectedClaim, "tid")),
        (issuer(OURS), json!(STRANGER), refused(UnexpectedClaim, "tid")),
        (issuer(OURS), json!(OURS.to_uppercase()), refused(UnexpectedClaim, "tid")),
        (issuer(OURS), json!(""), refused(UnexpectedClaim, "tid")),
        (issuer(OURS), json!(null), refused(InvalidClaim, "tid")),
        (issuer(OURS), json!([OURS]), refused(InvalidClaim, "tid")),
        (TEMPLATE.to_owned(), json!("{tenantid}"), refused(UnexpectedClaim, "iss")),
        (TEMPLATE.to_owned(), json!(OURS), refused(UnexpectedClaim, "iss")),
        (issuer(""), json!(""), refused(UnexpectedClaim, "iss")),
        (issuer("common"), json!(OURS), refused(UnexpectedClaim, "iss")),
        (format!("{}/", issuer(OURS)), json!(OURS), refused(UnexpectedClaim, "iss")),
        (issuer(&format!("{OURS}/v2.0/{PARTNER}")), json!(OURS), refused(UnexpectedClaim, "iss")),
        (issuer(OURS).to_uppercase(), json!(OURS), refused(UnexpectedClaim, "iss")),
        (String::new(), json!(OURS), refused(UnexpectedClaim, "iss")),
    ] {
        assert_eq!(refusal(&verifier, &token(&iss, &tid)), expected, "{iss} {tid}");
    }
    let without = |claims: Value| hostile(HEADER, claims.to_string());
    let no_tid = without(json!({"iss": issuer(OURS), "exp": NOW + 9}));
    assert_eq!(refusal(&verifier, &no_tid), refused(MissingClaim, "tid"));
    let no_iss = without(json!({"tid": OURS, "exp": NOW + 9}));
    assert_eq!(refusal(&verifier, &no_iss), refused(MissingClaim, "iss"));
}

#[test]
fn the_access_token_profile_and_several_types_go_with_tenants() {
    let claims = json!({
        "iss": issuer(OURS), "tid": OURS, "aud": "api", "sub": "s", "client_id": "c", "iat": NOW, "jti": "j",
        "exp": NOW + 300,
    });
    let profile = entra().audience("api").access_tokens().build().unwrap();
    assert_eq!(refusal(&profile, &hostile(r#"{"typ":"at+jwt","alg":"HS256"}"#, claims.to_string())), None);
    let both = entra().audience("api").token_types(["JWT", "at+jwt"]).build().unwrap();
    for header in [HEADER, r#"{"typ":"at+jwt","alg":"HS256"}"#] {
        assert_eq!(refusal(&both, &hostile(header, claims.to_string())), None);
    }
}

#[test]
fn tenants_stand_among_other_issuers() {
    let other = SigningKey::hs256(&[7; 32]).unwrap();
    let theirs = Verifier::builder(set([other.verifying_key()])).issuer("https://partner.example");
    let issuers = Issuers::new([entra().build().unwrap(), theirs.build().unwrap()]).unwrap();
    let kind = |token: &str| issuers.verify::<Value>(token, at(NOW)).err().map(|error| error.kind());
    assert_eq!(kind(&token(&issuer(OURS), &json!(OURS))), None);
    assert_eq!(kind(&token(&issuer(PARTNER), &json!(PARTNER))), None);
    assert_eq!(kind(&token(&issuer(PARTNER), &json!(OURS))), Some(UnexpectedClaim));
    assert_eq!(kind(&token(&issuer(STRANGER), &json!(STRANGER))), Some(UnknownIssuer));
    // The other issuer's key signs in no tenant's name.
    let claims = json!({"iss": issuer(OURS), "tid": OURS, "exp": NOW + 9});
    let forged = Signer::new(other).sign(&claims).unwrap();
    assert_eq!(kind(&forged), Some(ErrorKind::InvalidSignature));
    let twice = [entra().build().unwrap(), builder().issuer(&issuer(OURS)).build().unwrap()];
    assert_eq!(Issuers::new(twice).unwrap_err().kind(), InvalidConfiguration);
}

#[test]
fn a_cache_of_keys_is_shared_by_all_tenants_and_remembered_tokens_are_judged_alike() {
    let key = SigningKey::ed25519(&[7; 32]).unwrap();
    let cache = JwksCache::builder(TEMPLATE).build().unwrap();
    assert_eq!(cache.verifier().build().unwrap_err().kind(), InvalidConfiguration);
    let fetch = cache.poll(at(NOW)).unwrap();
    fetch.complete(set([key.verifying_key()]).to_jwks().as_bytes(), None, at(NOW)).unwrap();
    let verifier = cache.verifier().tenants([OURS, PARTNER]).build().unwrap();
    assert_eq!(verifier.issuer(), Some(TEMPLATE));
    let mut issuers: Vec<_> = verifier.issuers().map(str::to_owned).collect();
    issuers.sort_unstable();
    assert_eq!(issuers, [issuer(PARTNER), issuer(OURS)]);
    let cached = CachedVerifier::new(verifier, 10);
    let sign = |tenant: &str| {
        Signer::new(key.clone()).sign(&json!({"iss": issuer(tenant), "tid": tenant, "exp": NOW + 9})).unwrap()
    };
    for (tenant, expected) in [(OURS, None), (PARTNER, None), (STRANGER, Some(UnexpectedClaim))] {
        for _ in 0..2 {
            let kept = cached.verify::<Value, Error>(&sign(tenant), at(NOW), |token| Ok(token.into_claims()));
            assert_eq!(kept.err().map(|error| error.kind()), expected, "{tenant}");
        }
    }
}

#[test]
fn a_configuration_that_cannot_be_meant_is_refused() {
    for (case, builder) in [
        ("a template without tenants", builder().issuer(TEMPLATE)),
        ("no tenants at all", builder().issuer(TEMPLATE).tenants([""; 0])),
        ("an empty tenant", builder().issuer(TEMPLATE).tenants([OURS, ""])),
        ("tenants without a template", builder().issuer("https://a.example").tenants([OURS])),
        ("tenants without an issuer", builder().tenants([OURS])),
        ("two places", builder().issuer("https://{tenantid}/{tenantid}").tenants([OURS])),
        ("tenants of any issuer", builder().accept_any_issuer().tenants([OURS])),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), InvalidConfiguration, "{case}");
    }
    assert!(Verifier::builder(hmac_set()).issuer(TEMPLATE).tenants([OURS]).tenants([OURS]).build().is_ok());
}
