//! The way of a request: `authenticate` on a signed token and on an API key, over stores in memory, beside
//! the bare verification of the same token. And a log-in. `authenticate.rs` compares them in turns, among a
//! million revocations.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench, not an interface")]

use std::hint::black_box;

use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::MemoryRevocationStore;
use countersign_session::{
    Account, AuthMethods, Authenticator, CredentialError, CredentialVerifier, NewApiKey,
};
use countersign_signed::{Algorithm, KeySet, SigningKey, Verifier};
use countersign_token_store::MemoryTokenStore;
use criterion::{Criterion, criterion_group, criterion_main};
use pollster::block_on;
use serde::Deserialize;
use time::OffsetDateTime;

const URL: &str = "https://api.example";

/// What `authenticate` reads beside the registered claims, for the bare verification.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only their being read counts")]
struct Claims {
    sid: Option<String>,
    generation: u64,
    scope: String,
}

/// One user, who logs in elsewhere.
struct Users;

fn alice() -> Account {
    Account { subject: "alice".into(), roles: vec![], scopes: vec!["read".into()] }
}

impl CredentialVerifier for Users {
    async fn verify(&self, _user_id: &str, _password: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }

    async fn account(&self, _subject: &str) -> Result<Option<Account>, CredentialError> {
        Ok(Some(alice()))
    }
}

fn session(criterion: &mut Criterion) {
    let alice = alice();
    let mut group = criterion.benchmark_group("session");
    for (name, key) in [
        ("HS256", SigningKey::generate(Algorithm::HS256).unwrap().with_kid("bench").unwrap()),
        ("EdDSA", SigningKey::generate(Algorithm::EdDSA).unwrap()),
    ] {
        let authenticator = Authenticator::builder(URL, URL)
            .signing_key(key.clone())
            .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32]).unwrap()))
            .revocation_store(MemoryRevocationStore::new())
            .token_store(MemoryTokenStore::new())
            .credentials(Users)
            .access_lifetime(std::time::Duration::from_secs(60 * 60))
            .build()
            .unwrap();
        let issued = block_on(authenticator.issue(&alice)).unwrap();
        let token = issued.access_token().expose();
        let keys = KeySet::new([key.verifying_key()]).unwrap();
        let verifier =
            Verifier::builder(keys).issuer(URL).audience(URL).token_type("at+jwt").build().unwrap();
        group.bench_function(format!("{name}: bare verification"), |bencher| {
            let now = OffsetDateTime::now_utc();
            bencher.iter(|| verifier.verify::<Claims>(black_box(token), now).unwrap().into_claims());
        });
        let header = format!("Bearer {token}");
        group.bench_function(format!("{name}: authenticate"), |bencher| {
            let values = || [black_box(header.as_bytes())];
            bencher.iter(|| block_on(authenticator.authenticate(values(), AuthMethods::bearer())).unwrap());
        });
        if name == "EdDSA" {
            continue;
        }
        let created = block_on(authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
        let header = format!("Bearer {}", created.key.expose());
        group.bench_function("API key: authenticate", |bencher| {
            let values = || [black_box(header.as_bytes())];
            bencher.iter(|| block_on(authenticator.authenticate(values(), AuthMethods::bearer())).unwrap());
        });
        group.bench_function("log in, without the password", |bencher| {
            bencher.iter(|| block_on(authenticator.issue(&alice)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, session);
criterion_main!(benches);
