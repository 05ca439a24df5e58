//! What a request costs in memory: authenticating a signed token allocates what verifying it into the same claims
//! does, and the shared token of its principal; a remembered token allocates nothing. In a binary of its own, whose
//! allocator counts.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::{AllocationInfo, measure};
use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::{MemoryRevocationStore, RetainUntil, RevocationStore, Target, TokenId};
use countersign_session::{
    Account, AuthMethods, Authenticator, AuthenticatorBuilder, CredentialError, CredentialVerifier, Principal,
};
use countersign_signed::{Algorithm, KeySet, SigningKey, Verifier};
use countersign_token_store::MemoryTokenStore;
use serde::Deserialize;
use time::OffsetDateTime;

const URL: &str = "https://api.example";

/// What `authenticate` reads beside the registered claims.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only their being read counts")]
struct Claims {
    sid: Option<String>,
    generation: u64,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    roles: Vec<String>,
}

struct Users;

impl CredentialVerifier for Users {
    async fn verify(&self, _user_id: &str, _password: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }

    async fn account(&self, _subject: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }
}

/// Without a waker that would be allocated. All is in memory, so it is there at the first try.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn service(
    key: SigningKey,
    change: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
) -> Authenticator {
    let revocations = MemoryRevocationStore::new();
    for number in 0..1000 {
        let name = number.to_string();
        for target in [Target::Token(TokenId::Jti(&name)), Target::Session(&name)] {
            now_or_never(revocations.revoke(URL, target, RetainUntil::FOREVER)).unwrap();
        }
    }
    let builder = Authenticator::builder(URL, URL)
        .signing_key(key)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32]).unwrap()))
        .revocation_store(revocations)
        .token_store(MemoryTokenStore::new())
        .credentials(Users);
    change(builder).build().unwrap()
}

fn token(authenticator: &Authenticator) -> String {
    let account = Account {
        subject: "alice".into(),
        roles: vec!["admin".into(), "auditor".into()],
        scopes: vec!["read".into(), "write".into()],
    };
    now_or_never(authenticator.issue(&account)).unwrap().access_token().expose().to_owned()
}

fn authenticate(authenticator: &Authenticator, header: &str) -> (Option<Principal>, AllocationInfo) {
    let mut principal = None;
    let counted = measure(|| {
        let authenticated = authenticator.authenticate([header.as_bytes()], AuthMethods::bearer());
        principal = now_or_never(authenticated).ok();
    });
    (principal, counted)
}

#[test]
fn authenticating_allocates_one_shared_token_more_than_verifying_into_the_same_claims() {
    for algorithm in [Algorithm::HS256, Algorithm::EdDSA] {
        let key = SigningKey::generate(algorithm).unwrap().with_kid("k").unwrap();
        let authenticator = service(key.clone(), |builder| builder);
        let token = token(&authenticator);
        let keys = KeySet::new([key.verifying_key()]).unwrap();
        let verifier =
            Verifier::builder(keys).issuer(URL).audience(URL).token_type("at+jwt").build().unwrap();
        let now = OffsetDateTime::now_utc();
        let mut verified = None;
        let bare = measure(|| verified = verifier.verify::<Claims>(&token, now).ok());
        assert!(verified.is_some() && bare.count_total > 0, "it counts");
        let header = format!("Bearer {token}");
        // Once before, for whatever is made at the first use.
        authenticate(&authenticator, &header);
        let (principal, counted) = authenticate(&authenticator, &header);
        assert_eq!(counted.count_total, bare.count_total + 1, "{algorithm:?}");
        let shared = counted.bytes_total - bare.bytes_total;
        assert!(shared < 512, "{algorithm:?}: {shared} bytes");
        // Nor do the views of it.
        let principal = principal.unwrap();
        let views = measure(|| {
            assert_eq!((principal.subject(), principal.issuer()), ("alice", URL));
            assert!(principal.session().is_some() && principal.scopes().eq(["read", "write"]));
            principal.require_scope("write").unwrap();
            principal.require_role("auditor").unwrap();
            black_box(principal.claims().unwrap().exp());
        });
        assert_eq!(views.count_total, 0);
    }
}

#[test]
fn a_remembered_token_allocates_nothing() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let authenticator = service(key, |builder| builder.cache_verified_tokens(1000));
    let header = format!("Bearer {}", token(&authenticator));
    let (_, first) = authenticate(&authenticator, &header);
    assert!(first.count_total > 0);
    let (principal, again) = authenticate(&authenticator, &header);
    assert_eq!((principal.unwrap().subject(), again.count_total), ("alice", 0));
}
