//! Tokens of other issuers beside our own.

use std::time::Duration;

use countersign_revocation::{AnyRevocationStore, RetainUntil, RevocationStore, Scope, Target};
use countersign_session::{
    AuthMethod, AuthMethods, ConfigurationFault, ErrorKind, ExternalSession, ExternalSubject, LoginTokens,
    NewApiKey, TokenFault, TrustedIssuer,
};
use countersign_signed::{JwksCache, KeySet, Signer, SigningKey, Verifier, jws};
use pollster::block_on;
use serde_json::{Value, json};

use crate::support::{START, Service, URL};

const PARTNER: &str = "https://partner.example";

fn key(byte: u8) -> SigningKey {
    SigningKey::ed25519(&[byte; 32]).unwrap()
}

fn verifier(issuer: &str, byte: u8) -> Verifier {
    let keys = KeySet::new([key(byte).verifying_key()]).unwrap();
    let builder = Verifier::builder(keys).issuer(issuer).audience(URL).leeway(Duration::from_secs(30));
    builder.max_lifetime(Duration::from_secs(7200)).build().unwrap()
}

fn claims(change: Value) -> Value {
    let now = START.unix_timestamp();
    let mut claims =
        json!({"iss": PARTNER, "aud": URL, "sub": "alice", "iat": now, "exp": now + 3600, "jti": "j"});
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn token(byte: u8, change: Value) -> String {
    Signer::new(key(byte)).sign(&claims(change)).unwrap()
}

/// A rightly signed token of claims that no signer of tokens signs.
fn malformed(byte: u8, change: Value) -> String {
    jws::sign(&key(byte), &jws::Header::without_type(), claims(change).to_string().as_bytes()).unwrap()
}

fn service() -> Service {
    Service::with(|builder| builder.trust_issuer(verifier(PARTNER, 2)))
}

fn revoked(scope: Scope) -> ErrorKind {
    ErrorKind::InvalidToken(TokenFault::Revoked(scope))
}

const REFUSED: ErrorKind = ErrorKind::InvalidToken(TokenFault::Refused);

#[test]
fn an_external_token_stands_for_a_subject_of_its_issuer() {
    let service = service();
    let ours = service.bearer(&service.alice().access).unwrap();
    let theirs = service.bearer(&token(2, json!({"scope": "read list", "sid": "s", "tenant": 7}))).unwrap();
    assert_eq!((ours.subject(), ours.issuer(), ours.method()), ("alice", URL, AuthMethod::SignedToken));
    assert_eq!(
        (theirs.subject(), theirs.issuer(), theirs.method()),
        ("alice", PARTNER, AuthMethod::ExternalToken)
    );
    assert!(theirs.scopes().eq(["read", "list"]) && theirs.roles().is_empty());
    assert_eq!(theirs.session(), Some("s"));
    assert_eq!(theirs.claims().unwrap().read::<Value>().unwrap()["tenant"], 7);
    assert_eq!(theirs.require_scope("write").unwrap_err().kind(), ErrorKind::InsufficientScope);
}

#[test]
fn no_issuer_speaks_for_another() {
    let service = Service::with(|builder| {
        let builder = builder.signing_key(key(1)).trust_issuer(verifier(PARTNER, 2));
        builder.trust_issuer(verifier("https://other.example", 3))
    });
    service.bearer(&token(2, json!({}))).unwrap();
    service.bearer(&token(3, json!({"iss": "https://other.example"}))).unwrap();
    for token in [
        token(3, json!({})),
        token(1, json!({})),
        token(2, json!({"iss": URL, "generation": 0})),
        token(2, json!({"iss": "https://unknown.example"})),
        token(2, json!({"iss": null})),
        malformed(2, json!({"iss": 7})),
        token(2, json!({"aud": "https://elsewhere.example"})),
        token(2, json!({"sub": null})),
        token(2, json!({"scope": 7})),
        token(2, json!({"exp": null})),
        // Our own type, which the partner's verifier does not expect.
        Signer::new(key(2)).token_type("at+jwt").unwrap().sign(&claims(json!({}))).unwrap(),
    ] {
        assert_eq!(service.bearer(&token).unwrap_err(), REFUSED);
    }
    let expired = token(2, json!({"exp": START.unix_timestamp() - 30}));
    assert_eq!(service.bearer(&expired).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Expired));
    // Without the others, their tokens are nothing.
    assert_eq!(Service::new().bearer(&token(2, json!({}))).unwrap_err(), REFUSED);
}

#[test]
fn scopes_come_from_scope_or_scp_as_texts_or_arrays_and_grant_no_more_than_they_say() {
    let service = service();
    for (change, expected) in [
        (json!({}), &[][..]),
        (json!({"scope": ""}), &[]),
        (json!({"scope": "read  write"}), &["read", "write"]),
        (json!({"scope": ["read", "write"]}), &["read", "write"]),
        (json!({"scp": "read write"}), &["read", "write"]),
        (json!({"scp": ["read", "write"]}), &["read", "write"]),
        (json!({"scope": "read", "scp": ["write"]}), &["read"]),
        // Each of these would be two, or break a challenge.
        (json!({"scp": ["read write", "list", "a\"b", "a\tb", "\u{e9}", ""]}), &["list"]),
        (json!({"scope": "a\tb list"}), &["list"]),
        (json!({"roles": ["admin"], "role": "admin"}), &[]),
    ] {
        let principal = service.bearer(&token(2, change.clone())).unwrap();
        assert!(principal.scopes().eq(expected.iter().copied()), "{change}");
        assert!(principal.roles().is_empty());
    }
}

#[test]
fn the_application_maps_what_a_token_stands_for() {
    for remembered in [false, true] {
        let service = Service::with(|builder| {
            let partner = TrustedIssuer::new(verifier(PARTNER, 2)).map(|claims, mut grants| {
                if claims.read::<Value>().ok()?["banned"] == true {
                    return None;
                }
                grants.subject = format!("partner/{}", grants.subject);
                grants.scopes.retain(|scope| scope == "read");
                grants.scopes.push("two words".to_owned());
                grants.roles.push("guest".to_owned());
                Some(grants)
            });
            builder.trust_issuer(if remembered { partner.cache_verified_tokens(100) } else { partner })
        });
        let text = token(2, json!({"scope": "read write"}));
        for _ in 0..2 {
            let alice = service.bearer(&text).unwrap();
            assert_eq!((alice.subject(), alice.issuer()), ("partner/alice", PARTNER));
            assert!(alice.scopes().eq(["read"]) && alice.has_role("guest"));
            assert_eq!(service.bearer(&token(2, json!({"banned": true}))).unwrap_err(), REFUSED);
        }
        // Revocation goes by the subject that the token names.
        block_on(
            service
                .authenticator
                .revoke_external_subject(ExternalSubject { issuer: PARTNER, subject: "alice" }),
        )
        .unwrap();
        assert_eq!(service.bearer(&text).unwrap_err(), revoked(Scope::Subject));
    }
}

#[test]
fn token_of_an_issuer_whose_clock_is_ahead_by_up_to_30_seconds_is_taken() {
    let keys = || KeySet::new([key(2).verifying_key()]).unwrap();
    let builder = || Verifier::builder(keys()).issuer(PARTNER).audience(URL);
    let (zero, minute) = (Duration::ZERO, Duration::from_secs(60));
    for (partner, iat, nbf) in [
        (builder(), 30, 30),
        (builder().iat_leeway(zero), 0, 30),
        (builder().nbf_leeway(minute), 30, 60),
        (builder().leeway(minute), 60, 60),
    ] {
        let partner = partner.build().unwrap();
        let service = Service::with(|builder| builder.trust_issuer(partner));
        for (claim, ahead) in [("iat", iat), ("nbf", nbf)] {
            let at = |seconds: i64| {
                service.bearer(&token(2, json!({claim: START.unix_timestamp() + seconds}))).map(|_| ())
            };
            assert_eq!(at(ahead), Ok(()), "{claim} {ahead}");
            assert_eq!(at(ahead + 1), Err(REFUSED), "{claim} {ahead}");
        }
        // Nothing is taken for longer by it.
        if iat == 30 && nbf == 30 {
            let expired = token(2, json!({"exp": START.unix_timestamp()}));
            assert_eq!(service.bearer(&expired).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Expired));
        }
    }
}

#[test]
fn an_external_subject_is_refused_as_far_ahead_as_its_tokens_may_have_been_issued() {
    let keys = KeySet::new([key(2).verifying_key()]).unwrap();
    let builder = Verifier::builder(keys).issuer(PARTNER).audience(URL).iat_leeway(Duration::from_secs(60));
    let partner = builder.max_lifetime(Duration::from_secs(7200)).build().unwrap();
    let service = Service::with(|builder| builder.trust_issuer(partner));
    let at = |seconds| token(2, json!({"jti": "k", "iat": START.unix_timestamp() + seconds}));
    service.bearer(&at(60)).unwrap();
    block_on(
        service.authenticator.revoke_external_subject(ExternalSubject { issuer: PARTNER, subject: "alice" }),
    )
    .unwrap();
    assert_eq!(service.bearer(&at(60)).unwrap_err(), revoked(Scope::Subject));
    service.advance(1);
    service.bearer(&at(61)).unwrap();
}

#[test]
fn external_tokens_are_revoked_under_their_issuer_by_every_name_that_they_have() {
    let kid = key(2).verifying_key().kid().unwrap().to_owned();
    let revoke = |store: &AnyRevocationStore, issuer: &str, target: Target<'_>| {
        block_on(store.revoke(issuer, target, RetainUntil::FOREVER)).unwrap();
    };
    for remembered in [false, true] {
        let fresh = || {
            Service::with(|builder| {
                let partner = TrustedIssuer::new(verifier(PARTNER, 2));
                builder.trust_issuer(if remembered { partner.cache_verified_tokens(100) } else { partner })
            })
        };
        let text = token(2, json!({"sid": "s"}));
        for (target, scope) in [
            (Target::Token(countersign_revocation::TokenId::Jti("j")), Scope::Token),
            (Target::Session("s"), Scope::Session),
            (Target::Key(&kid), Scope::Key),
        ] {
            let service = fresh();
            // Under our own issuer the same names are others'.
            revoke(&service.revocations, URL, target);
            service.bearer(&text).unwrap();
            revoke(&service.revocations, PARTNER, target);
            assert_eq!(service.bearer(&text).unwrap_err(), revoked(scope));
        }
        // A subject, up to this moment and the clocks' difference; a later token is good again.
        let service = fresh();
        service.bearer(&text).unwrap();
        block_on(
            service
                .authenticator
                .revoke_external_subject(ExternalSubject { issuer: PARTNER, subject: "alice" }),
        )
        .unwrap();
        assert_eq!(service.bearer(&text).unwrap_err(), revoked(Scope::Subject));
        service.bearer(&service.alice().access).unwrap();
        service.advance(60);
        let later = token(2, json!({"jti": "k", "iat": START.unix_timestamp() + 31}));
        service.bearer(&later).unwrap();
        assert_eq!(service.bearer(&text).unwrap_err(), revoked(Scope::Subject));
        let service = fresh();
        block_on(
            service.authenticator.revoke_external_session(ExternalSession { issuer: PARTNER, sid: "s" }),
        )
        .unwrap();
        assert_eq!(service.bearer(&text).unwrap_err(), revoked(Scope::Session));
    }
    for issuer in [URL, "https://unknown.example"] {
        let error = block_on(
            service().authenticator.revoke_external_subject(ExternalSubject { issuer, subject: "alice" }),
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidIssuers));
    }
}

#[test]
fn an_external_token_is_revoked_by_whoever_shows_it_with_a_jti_or_without() {
    for (change, remembered) in
        [(json!({}), false), (json!({"jti": null}), false), (json!({"jti": null}), true)]
    {
        let service = Service::with(|builder| {
            let partner = TrustedIssuer::new(verifier(PARTNER, 2));
            builder.trust_issuer(if remembered { partner.cache_verified_tokens(100) } else { partner })
        });
        let text = token(2, change);
        let other = token(2, json!({"jti": "other", "sid": "s"}));
        let principal = service.bearer(&text).unwrap();
        block_on(service.authenticator.revoke(&principal)).unwrap();
        assert_eq!(service.bearer(&text).unwrap_err(), revoked(Scope::Token));
        service.bearer(&other).unwrap();
        // Purged when it has ended and not before: its exp, the verifier's leeway, and the margin.
        service.advance(3600 + 30 + 300 - 1);
        assert_eq!(block_on(service.authenticator.purge_expired(100)).unwrap().revocations, 0);
        service.advance(1);
        assert_eq!(block_on(service.authenticator.purge_expired(100)).unwrap().revocations, 1);
    }
}

/// RFC 9449 section 7, RFC 8705 section 3. Ours are never bound, so such a token is one that somebody else made.
#[test]
fn bound_token_is_refused_whoever_issued_it() {
    let cause = |error: &countersign_session::Error| {
        let cause = std::error::Error::source(error).unwrap();
        cause.downcast_ref::<countersign_signed::Error>().unwrap().kind()
    };
    for remembered in [false, true] {
        let service = Service::with(|builder| {
            let partner = TrustedIssuer::new(verifier(PARTNER, 2));
            let builder = builder.signing_key(key(1));
            builder.trust_issuer(if remembered { partner.cache_verified_tokens(100) } else { partner })
        });
        let mut ours =
            service.bearer(&service.alice().access).unwrap().claims().unwrap().read::<Value>().unwrap();
        ours["cnf"] = json!({"jkt": "x"});
        let ours = Signer::new(key(1)).token_type("at+jwt").unwrap().sign(&ours).unwrap();
        for text in [token(2, json!({"cnf": {"x5t#S256": "x"}})), ours] {
            for _ in 0..2 {
                let refused = service.authenticator.authenticate_token(&text, AuthMethods::bearer());
                let error = block_on(refused).unwrap_err();
                assert_eq!(error.kind(), REFUSED);
                assert_eq!(cause(&error), countersign_signed::ErrorKind::SenderConstrained);
            }
        }
    }
}

/// One set of keys signs for all tenants, each of which is an issuer of its own.
#[test]
fn tenants_of_one_issuer_are_kept_apart() {
    let tenant = |id: &str, tid: &str| {
        token(2, json!({"iss": format!("https://login.example/{id}/v2.0"), "tid": tid}))
    };
    let partner = || {
        let keys = KeySet::new([key(2).verifying_key()]).unwrap();
        let builder = Verifier::builder(keys).issuer("https://login.example/{tenantid}/v2.0");
        let builder = builder.tenants(["blue", "green"]).audience(URL);
        TrustedIssuer::new(builder.max_lifetime(Duration::from_secs(7200)).build().unwrap())
    };
    for remembered in [false, true] {
        let service = Service::with(|builder| {
            builder.trust_issuer(if remembered { partner().cache_verified_tokens(100) } else { partner() })
        });
        let (blue, green) = (tenant("blue", "blue"), tenant("green", "green"));
        for _ in 0..2 {
            assert_eq!(service.bearer(&blue).unwrap().issuer(), "https://login.example/blue/v2.0");
            assert_eq!(service.bearer(&green).unwrap().issuer(), "https://login.example/green/v2.0");
            for stranger in [tenant("red", "red"), tenant("blue", "green"), tenant("red", "blue")] {
                assert_eq!(service.bearer(&stranger).unwrap_err(), REFUSED);
            }
        }
        // A subject of one tenant is not that of another.
        let revoke = |issuer| {
            block_on(
                service.authenticator.revoke_external_subject(ExternalSubject { issuer, subject: "alice" }),
            )
        };
        revoke("https://login.example/blue/v2.0").unwrap();
        assert_eq!(service.bearer(&blue).unwrap_err(), revoked(Scope::Subject));
        service.bearer(&green).unwrap();
        let fault = ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidIssuers);
        for unknown in ["https://login.example/red/v2.0", "https://login.example/{tenantid}/v2.0"] {
            assert_eq!(revoke(unknown).unwrap_err().kind(), fault, "{unknown}");
        }
    }
}

#[test]
fn an_endpoint_may_take_our_own_tokens_alone() {
    let service = service();
    let (ours, theirs) = (service.alice().access, token(2, json!({})));
    let accepts = |token: &str, accept| service.authenticate(&format!("Bearer {token}"), accept).is_ok();
    for accept in
        [AuthMethods::bearer(), AuthMethods::access_tokens(), AuthMethods::basic().or(AuthMethods::bearer())]
    {
        assert!(accepts(&ours, accept) && accepts(&theirs, accept));
        assert!(accepts(&ours, accept.first_party_only()) && !accepts(&theirs, accept.first_party_only()));
    }
    assert!(!accepts(&theirs, AuthMethods::api_keys()) && !accepts(&theirs, AuthMethods::basic()));
}

#[test]
fn an_external_subject_gets_no_api_key_of_an_account_of_the_same_name() {
    let service = service();
    let theirs = service.bearer(&token(2, json!({}))).unwrap();
    let refused = block_on(service.authenticator.create_api_key(&theirs, &NewApiKey::default())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::UnacceptedCredentials);
    assert!(block_on(service.authenticator.api_keys("alice")).unwrap().is_empty());
}

#[test]
fn keys_that_are_fetched_are_followed_and_without_them_nothing_can_be_said() {
    let cache = JwksCache::builder(PARTNER).build().unwrap();
    let service = Service::with(|builder| {
        let verifier = cache.verifier().audience(URL).build().unwrap();
        builder.trust_issuer(TrustedIssuer::new(verifier).cache_verified_tokens(100))
    });
    let text = token(2, json!({}));
    assert_eq!(service.bearer(&text).unwrap_err(), ErrorKind::Unavailable);
    let publish = |byte| {
        let fetch = cache.poll(START).or_else(|| cache.unknown_key(START + Duration::from_secs(60))).unwrap();
        let jwks = KeySet::new([key(byte).verifying_key()]).unwrap().to_jwks();
        fetch.complete(jwks.as_bytes(), None, START + Duration::from_secs(60)).unwrap();
    };
    service.advance(60);
    publish(2);
    service.bearer(&text).unwrap();
    service.bearer(&text).unwrap();
    publish(3);
    assert_eq!(service.bearer(&text).unwrap_err(), REFUSED);
    let error = block_on(service.authenticator.authenticate_token(&text, AuthMethods::bearer())).unwrap_err();
    let cause =
        std::error::Error::source(&error).unwrap().downcast_ref::<countersign_signed::Error>().unwrap();
    assert_eq!(cause.kind(), countersign_signed::ErrorKind::UnknownKey, "what a fetch is asked for with");
}

#[test]
fn a_service_without_signed_tokens_of_its_own_takes_those_of_others() {
    let service = Service::with(|builder| builder.trust_issuer(verifier(PARTNER, 2)));
    let only = countersign_session::Authenticator::builder(URL, URL)
        .login_tokens(LoginTokens::Random)
        .token_store(service.tokens.clone())
        .digest_keys(countersign_random::DigestKeys::new(countersign_random::DigestKey::plain(1)))
        .trust_issuer(verifier(PARTNER, 2))
        .clock(std::sync::Arc::clone(&service.clock));
    let without_store = only.build().unwrap_err().kind();
    assert_eq!(without_store, ErrorKind::InvalidConfiguration(ConfigurationFault::NoRevocationStore));
    let only = countersign_session::Authenticator::builder(URL, URL)
        .login_tokens(LoginTokens::Random)
        .token_store(service.tokens.clone())
        .revocation_store(service.revocations.clone())
        .digest_keys(countersign_random::DigestKeys::new(countersign_random::DigestKey::plain(1)))
        .trust_issuer(verifier(PARTNER, 2))
        .clock(std::sync::Arc::clone(&service.clock))
        .build()
        .unwrap();
    block_on(only.authenticate_token(&token(2, json!({})), AuthMethods::bearer())).unwrap();
    let ours = service.alice().access;
    assert_eq!(block_on(only.authenticate_token(&ours, AuthMethods::bearer())).unwrap_err().kind(), REFUSED);
}

#[test]
fn issuers_that_cannot_be_told_apart_are_refused_when_built() {
    let nameless = || {
        let keys = KeySet::new([key(2).verifying_key()]).unwrap();
        Verifier::builder(keys).accept_any_issuer().audience(URL).build().unwrap()
    };
    let (front, behind) = URL.split_at(URL.len() / 2);
    let ours_as_a_tenant = {
        let keys = KeySet::new([key(2).verifying_key()]).unwrap();
        let builder = Verifier::builder(keys).issuer(&format!("{front}{{tenantid}}")).audience(URL);
        builder.tenants([behind]).build().unwrap()
    };
    for issuers in [
        vec![nameless()],
        vec![verifier(URL, 2)],
        vec![ours_as_a_tenant],
        vec![verifier(PARTNER, 2), verifier(PARTNER, 3)],
    ] {
        let builder = countersign_session::Authenticator::builder(URL, URL)
            .signing_key(key(1))
            .login_tokens(LoginTokens::Signed)
            .revocation_store(countersign_revocation::MemoryRevocationStore::new());
        let builder =
            issuers.into_iter().fold(builder, countersign_session::AuthenticatorBuilder::trust_issuer);
        let fault = ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidIssuers);
        assert_eq!(builder.build().unwrap_err().kind(), fault);
    }
}
