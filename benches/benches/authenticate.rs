//! What a request costs beside the bare verification of its token, over a store in which 1,000,000 tokens, 10,000
//! sessions and 1,000 subjects are revoked. The contenders take turns in batches of a millisecond, and what
//! counts of each is the batch below which a tenth of its batches lie: on a machine that others use too, medians
//! measure the others.
//!
//! Printed for each contender: that time, and what it is beside the bare verification of the same tokens.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a bench, not an interface")]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::{
    AnyRevocationStore, Check, MemoryRevocationStore, RetainUntil, RevocationStore, SubjectVersion, Target,
    TokenId, Verdict,
};
use countersign_session::{
    Account, AuthMethods, Authenticator, AuthenticatorBuilder, CredentialError, CredentialVerifier, NewApiKey,
};
use countersign_signed::{Algorithm, KeySet, SigningKey, Verifier};
use countersign_token_store::MemoryTokenStore;
use serde::Deserialize;
use time::OffsetDateTime;

const URL: &str = "https://api.example";
const BATCH: Duration = Duration::from_millis(1);
/// Requests that take turns within a batch, so that none finds everything in the nearest cache.
const TOKENS: usize = 64;

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

/// One user, who logs in elsewhere.
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
fn now<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

struct Contender<'a> {
    name: &'static str,
    /// Whose median it is compared with.
    beside: Option<&'static str>,
    operation: Box<dyn Fn(usize) + 'a>,
    times: usize,
    batches: Vec<f64>,
}

impl<'a> Contender<'a> {
    fn new(name: &'static str, beside: Option<&'static str>, operation: impl Fn(usize) + 'a) -> Self {
        let mut contender =
            Self { name, beside, operation: Box::new(operation), times: 1, batches: Vec::new() };
        while contender.time() < BATCH.as_secs_f64() {
            contender.times *= 2;
        }
        contender
    }

    fn time(&self) -> f64 {
        let start = Instant::now();
        for turn in 0..self.times {
            (self.operation)(turn % TOKENS);
        }
        start.elapsed().as_secs_f64()
    }
}

/// The batch below which a tenth of them lie.
fn undisturbed(batches: &[f64]) -> f64 {
    let mut batches = batches.to_vec();
    batches.sort_by(f64::total_cmp);
    batches.get(batches.len() / 10).copied().unwrap_or_default()
}

fn revoked() -> AnyRevocationStore {
    let store = MemoryRevocationStore::new();
    let at = OffsetDateTime::now_utc();
    for number in 0..1_000_000_u32 {
        let name = format!("{number:022}");
        now(store.revoke(URL, Target::Token(TokenId::Jti(&name)), RetainUntil::FOREVER)).unwrap();
        if number < 10_000 {
            now(store.revoke(URL, Target::Session(&name), RetainUntil::FOREVER)).unwrap();
        }
        if number < 1000 {
            now(store.revoke_subject(URL, &name, RetainUntil::FOREVER, at, Duration::ZERO)).unwrap();
        }
    }
    AnyRevocationStore::new(store)
}

struct Service {
    authenticator: Authenticator,
    tokens: Vec<String>,
    headers: Vec<String>,
    verifier: Verifier,
}

impl Service {
    fn new(
        revocations: &AnyRevocationStore,
        key: SigningKey,
        change: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
    ) -> Self {
        let builder = Authenticator::builder(URL, URL)
            .signing_key(key.clone())
            .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32]).unwrap()))
            .revocation_store(revocations.clone())
            .token_store(MemoryTokenStore::new())
            .credentials(Users)
            .access_lifetime(Duration::from_secs(24 * 60 * 60));
        let authenticator = change(builder).build().unwrap();
        let issue = |number: usize| {
            let subject = format!("user-{number}");
            let account = Account { subject, roles: vec![], scopes: vec!["read".into()] };
            now(authenticator.issue(&account)).unwrap().access_token().expose().to_owned()
        };
        let tokens: Vec<String> = (0..TOKENS).map(issue).collect();
        let headers = tokens.iter().map(|token| format!("Bearer {token}")).collect();
        let keys = KeySet::new([key.verifying_key()]).unwrap();
        let verifier =
            Verifier::builder(keys).issuer(URL).audience(URL).token_type("at+jwt").build().unwrap();
        Self { authenticator, tokens, headers, verifier }
    }

    fn verify(&self, turn: usize) {
        let token = self.tokens.get(turn).map(String::as_str).unwrap_or_default();
        black_box(self.verifier.verify::<Claims>(black_box(token), OffsetDateTime::now_utc()).unwrap());
    }

    fn authenticate(&self, turn: usize) {
        let header = self.headers.get(turn).map(String::as_bytes).unwrap_or_default();
        let principal = self.authenticator.authenticate([black_box(header)], AuthMethods::bearer());
        black_box(now(principal).unwrap());
    }
}

fn main() {
    // `cargo test --benches` passes this: everything runs, once.
    let rounds = if std::env::args().any(|argument| argument == "--test") { 1 } else { 1000 };
    let revocations = revoked();
    let hmac = SigningKey::generate(Algorithm::HS256).unwrap().with_kid("bench").unwrap();
    let hs256 = Service::new(&revocations, hmac, |builder| builder);
    let pair = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let ed25519 = Service::new(&revocations, pair.clone(), |builder| builder);
    let remembering = Service::new(&revocations, pair, |builder| builder.cache_verified_tokens(10_000));
    let created = now(hs256.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let api_key = format!("Bearer {}", created.key.expose());

    let names: Vec<String> = (0..TOKENS).map(|number| format!("j{number:021}")).collect();
    let check = |turn: usize| {
        let name = names.get(turn).map(String::as_str).unwrap_or_default();
        let check = Check::new(URL).token(TokenId::Jti(name)).session(name);
        let check = check.subject("user-1", SubjectVersion::Version(0)).key("bench");
        let verdict = now(revocations.check(&check, black_box(OffsetDateTime::UNIX_EPOCH)).wait()).unwrap();
        assert_eq!(verdict, Verdict::NotRevoked);
    };
    let mut contenders = vec![
        Contender::new("HS256: bare verification", None, |turn| hs256.verify(turn)),
        Contender::new("HS256: authenticate", Some("HS256: bare verification"), |turn| {
            hs256.authenticate(turn);
        }),
        Contender::new("the revocation check alone", None, check),
        Contender::new("API key: authenticate", None, |_| {
            let principal =
                hs256.authenticator.authenticate([black_box(api_key.as_bytes())], AuthMethods::bearer());
            black_box(now(principal).unwrap());
        }),
        Contender::new("EdDSA: bare verification", None, |turn| ed25519.verify(turn)),
        Contender::new("EdDSA: authenticate", Some("EdDSA: bare verification"), |turn| {
            ed25519.authenticate(turn);
        }),
        Contender::new("EdDSA: authenticate, remembered", Some("EdDSA: bare verification"), |turn| {
            remembering.authenticate(turn);
        }),
    ];
    // A part of a name, for a profiler.
    if let Some(wanted) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) {
        contenders.retain(|contender| contender.name.contains(&wanted));
    }
    for _ in 0..rounds {
        for contender in &mut contenders {
            let time = contender.time() * 1e9 / contender.times as f64;
            contender.batches.push(time);
        }
    }
    for Contender { name, beside, batches, .. } in &contenders {
        let time = undisturbed(batches);
        print!("{name:<34} {time:>9.0} ns");
        if let Some(other) = contenders.iter().find(|other| Some(other.name) == *beside) {
            let bare = undisturbed(&other.batches);
            print!("  {:>+9.0} ns, {:.4} of {}", time - bare, time / bare, other.name);
        }
        println!();
    }
}
