//! The operator learns why a request was refused; the client does not.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use countersign_revocation::MemoryRevocationStore;
use countersign_session::{
    AuditEvent, AuditSink, AuthMethods, Authenticator, ConfigurationFault, Error, ErrorKind, LoginTokens,
    NewApiKey, TokenFault, TracingSink, TrustedIssuer,
};
use countersign_signed::{KeySet, Signer, SigningKey, Verifier};
use pollster::block_on;
use serde_json::{Value, json};

use crate::capture::Shown;
use crate::failing::{Fault, Faults};
use crate::support::{HMAC_SECRET, START, Service, URL};

/// Of each refused request the cause and the first claim that failed, with what was expected and what came.
#[derive(Clone, Default)]
struct Causes(Arc<Mutex<Vec<String>>>);

impl AuditSink for Causes {
    fn record(&self, event: &AuditEvent<'_>) {
        let Some(error) = event.error() else { return };
        let mut line = error.cause().map(ToString::to_string).unwrap_or_default();
        for failure in error.claim_failures() {
            let value =
                |value: Option<&countersign_signed::Redacted>| value.map(|value| value.expose().to_owned());
            line +=
                &format!(" [{} {:?} {:?}]", failure.claim(), value(failure.expected()), value(failure.got()));
            assert!(
                !format!("{failure:?} {error:?} {event:?}").contains("elsewhere"),
                "Debug shows no value"
            );
        }
        self.0.lock().unwrap().push(line);
    }
}

/// A token signed by the key of the service, with one claim changed.
fn signed(claim: &str, value: Value) -> String {
    let now = START.unix_timestamp();
    let mut claims = json!({"iss": URL, "aud": URL, "sub": "alice", "jti": "j", "iat": now, "exp": now + 600,
        "generation": 0, "scope": "", "roles": []});
    claims[claim] = value;
    let key = SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap();
    Signer::new(key).token_type("at+jwt").unwrap().sign(&claims).unwrap()
}

#[test]
fn cause_of_a_refused_token_reaches_the_audit_event_and_not_the_client() {
    let causes = Causes::default();
    let service = Service::with(|builder| builder.audit(causes.clone()));
    let now = START.unix_timestamp();
    let unknown = Signer::new(SigningKey::hs256(&[9; 32]).unwrap().with_kid("unknown").unwrap());
    let unknown = unknown.token_type("at+jwt").unwrap().sign(&json!({"exp": now + 600})).unwrap();
    let mut replies = BTreeSet::new();
    for (token, expected) in [
        (signed("aud", json!("https://elsewhere.example")), "[aud "),
        (signed("iss", json!("https://elsewhere.example")), "[iss "),
        (signed("exp", json!(now + 7 * 24 * 3600)), "[exp "),
        (unknown, ""),
        ("x.y.z".to_owned(), ""),
        ("no-such-token".to_owned(), ""),
    ] {
        let header = format!("Bearer {token}");
        let refused =
            block_on(service.authenticator.authenticate([header.as_bytes()], AuthMethods::bearer()));
        let error = refused.err().unwrap();
        let reply = service.authenticator.error_response(&error);
        replies.insert((reply.status(), reply.body()));
        let line = causes.0.lock().unwrap().pop().unwrap();
        assert!(!line.is_empty() && line.contains(expected), "{token}: {line}");
        if expected == "[aud " {
            assert!(
                line.ends_with(&format!("[aud Some({URL:?}) Some(\"https://elsewhere.example\")]")),
                "{line}"
            );
        }
    }
    assert_eq!(replies.len(), 1, "all get one answer: {replies:?}");
}

#[test]
fn cause_is_written_to_tracing() {
    let events = |sink: TracingSink| {
        let service = Service::with(|builder| builder.audit(sink));
        let shown = Shown::default();
        shown.during(|| {
            service.bearer(&signed("aud", json!("https://elsewhere.example\n"))).unwrap_err();
            service.bearer(&signed("exp", json!(0))).unwrap_err();
            service.bearer("no-such-token").unwrap_err();
        });
        shown.take().into_iter().filter(|line| line.starts_with("event")).collect::<Vec<_>>()
    };
    let plain = events(TracingSink::new());
    let expected = format!("expected={URL:?}");
    assert!(plain[0].contains(&expected) && plain[0].contains("(`aud`)"), "{plain:?}");
    assert!(!plain[0].contains("elsewhere"), "{plain:?}");
    assert!(plain[1].contains(r#"got="0""#) && plain[1].contains("(`exp`)"), "{plain:?}");
    assert!(plain[2].contains("cause=") && !plain[2].contains("expected="), "{plain:?}");
    let with_values = events(TracingSink::new().with_ids());
    assert!(with_values[0].contains(r#"got="https://elsewhere.example\\n""#), "{with_values:?}");
}

#[test]
fn each_configuration_fault_says_which_option_and_what_helps() {
    let faults = [
        ConfigurationFault::InvalidName,
        ConfigurationFault::NoSigningKey,
        ConfigurationFault::SigningKeyWithoutKid,
        ConfigurationFault::NoRevocationStore,
        ConfigurationFault::NoTokenStore,
        ConfigurationFault::NoDigestKeys,
        ConfigurationFault::NoCredentialVerifier,
        ConfigurationFault::NoClientAddress,
        ConfigurationFault::PlainDigestKey,
        ConfigurationFault::InvalidLifetimes,
        ConfigurationFault::InvalidPrefix,
        ConfigurationFault::InvalidKeySet,
        ConfigurationFault::InvalidDigestKeys,
        ConfigurationFault::KeyInUse,
        ConfigurationFault::InvalidIssuers,
        ConfigurationFault::NoRefreshTokens,
        ConfigurationFault::OversizedAccount,
        ConfigurationFault::InvalidLimit,
    ];
    let texts: BTreeSet<_> = faults.iter().map(|fault| Error::from(*fault).to_string()).collect();
    assert_eq!(texts.len(), faults.len());
    assert!(texts.iter().all(|text| !text.contains('\n') && text.contains(['`', ';'])), "{texts:#?}");
    let error = Authenticator::builder(URL, URL).login_tokens(LoginTokens::Random).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the authenticator is not configured for this: sessions, random tokens and API keys need a token store; \
         set `token_store`"
    );
}

/// The claims of an own token, without one of them.
fn lacking(claim: &str) -> String {
    let now = START.unix_timestamp();
    let mut claims = json!({"iss": URL, "aud": URL, "sub": "alice", "jti": "j", "iat": now, "exp": now + 600,
        "generation": 0, "scope": "", "roles": []});
    claims.as_object_mut().unwrap().remove(claim);
    let key = SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap();
    Signer::new(key).token_type("at+jwt").unwrap().sign(&claims).unwrap()
}

#[test]
fn verified_token_that_is_refused_says_why() {
    let partner = SigningKey::ed25519(&[2; 32]).unwrap();
    let verifier = |issuer: &str| {
        let keys = KeySet::new([partner.verifying_key()]).unwrap();
        Verifier::builder(keys).issuer(issuer).audience(URL).build().unwrap()
    };
    let causes = Causes::default();
    let service = Service::with(|builder| {
        let mapped = TrustedIssuer::new(verifier("https://mapped.example")).map(|_, _| None);
        let builder = builder.trust_issuer(verifier("https://partner.example")).trust_issuer(mapped);
        builder.audit(causes.clone())
    });
    let external = |claims: Value| Signer::new(partner.clone()).sign(&claims).unwrap();
    let exp = START.unix_timestamp() + 600;
    let nameless = external(json!({"iss": "https://partner.example", "aud": URL, "exp": exp}));
    let mapped = external(json!({"iss": "https://mapped.example", "aud": URL, "sub": "bob", "exp": exp}));
    for (token, expected) in [
        (lacking("jti"), "jti"),
        (lacking("sub"), "sub"),
        (nameless, "`sub`"),
        (mapped, "`TrustedIssuer::map`"),
    ] {
        let kind = service.bearer(&token).unwrap_err();
        assert_eq!(kind, ErrorKind::InvalidToken(TokenFault::Refused));
        let line = causes.0.lock().unwrap().pop().unwrap();
        assert!(line.contains(expected), "{expected}: {line:?}");
    }
}

#[test]
fn random_token_where_no_store_is_set_says_so() {
    let causes = Causes::default();
    let key = SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap();
    let authenticator = Authenticator::builder(URL, URL)
        .login_tokens(LoginTokens::Signed)
        .signing_key(key)
        .revocation_store(MemoryRevocationStore::new())
        .audit(causes.clone())
        .prefix("acme")
        .build()
        .unwrap();
    let service = Service::new();
    let new = NewApiKey::default();
    let api_key = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    let header = format!("Bearer {}", api_key.key.expose());
    let refused = block_on(authenticator.authenticate([header.as_bytes()], AuthMethods::bearer()));
    assert_eq!(refused.err().unwrap().kind(), ErrorKind::InvalidToken(TokenFault::Unknown));
    let line = causes.0.lock().unwrap().pop().unwrap();
    assert!(line.contains("no token store is set"), "{line:?}");
}

#[test]
fn cause_of_a_failing_store_reaches_the_operator_without_the_drivers_text() {
    let faults = Faults::default();
    let (revocations, tokens) = faults.stores();
    let service = Service::with(|builder| {
        builder.revocation_store(revocations).token_store(tokens).audit(TracingSink::new())
    });
    let shown = Shown::default();
    let down = Fault { done: false, for_good: true };
    let failed = |work: &dyn Fn() -> ErrorKind| {
        faults.arm(1, down);
        assert_eq!(shown.during(work), ErrorKind::Unavailable);
        faults.disarm();
        let lines = shown.take().join("\n");
        assert!(!lines.contains("canary"), "{lines}");
        lines
    };
    let lines = failed(&|| service.bearer(&signed("scope", json!("read"))).unwrap_err());
    assert!(lines.contains("the revocation store cannot answer: the server refused the password"), "{lines}");
    // A list emits an event only if it fails.
    let lines = failed(&|| block_on(service.authenticator.api_keys("alice")).unwrap_err().kind());
    assert!(lines.contains("list_api_keys"), "{lines}");
    assert!(lines.contains("the token store cannot answer: the server refused the password"), "{lines}");
    shown.during(|| block_on(service.authenticator.api_keys("alice"))).unwrap();
    assert!(shown.take().is_empty());
}
