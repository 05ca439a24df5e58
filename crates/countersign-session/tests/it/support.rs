//! A service with two users, over stores in memory.

use std::sync::Arc;
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::{AnyRevocationStore, MemoryRevocationStore};
use countersign_session::{
    Account, AuthMethods, Authenticator, AuthenticatorBuilder, CredentialError, CredentialVerifier, Error,
    ErrorKind, Principal, TestClock, TokenResponse,
};
use countersign_signed::SigningKey;
use countersign_token_store::{AnyTokenStore, MemoryTokenStore};
use pollster::block_on;
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const START: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
pub(crate) const URL: &str = "https://api.example";
pub(crate) const HMAC_SECRET: &[u8] = b"canary-hmac-secret-0123456789abcdef";
pub(crate) const DIGEST_SECRET: &[u8] = b"canary-digest-secret-0123456789abc";

/// alice:wonderland (role admin, scopes read and write) and bob:builder.
pub(crate) struct Users(pub(crate) Arc<std::sync::Mutex<Vec<(Account, &'static str)>>>);

impl Users {
    pub(crate) fn new() -> Self {
        let account = |subject: &str, roles: &[&str], scopes: &[&str]| Account {
            subject: subject.into(),
            roles: roles.iter().map(ToString::to_string).collect(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
        };
        Self(Arc::new(std::sync::Mutex::new(vec![
            (account("alice", &["admin"], &["read", "write"]), "wonderland"),
            (account("bob", &[], &["read"]), "builder"),
        ])))
    }
}

impl CredentialVerifier for Users {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        let users = self.0.lock().unwrap();
        let found = users.iter().find(|(account, known)| account.subject == user_id && *known == password);
        Ok(found.map(|(account, _)| account.clone()))
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        let users = self.0.lock().unwrap();
        Ok(users.iter().find(|(account, _)| account.subject == subject).map(|(account, _)| account.clone()))
    }
}

/// A service and what a test moves behind its back.
pub(crate) struct Service {
    pub(crate) authenticator: Authenticator,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) users: Arc<std::sync::Mutex<Vec<(Account, &'static str)>>>,
    pub(crate) revocations: AnyRevocationStore,
    pub(crate) tokens: AnyTokenStore,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A service whose builder is changed before it is built.
    pub(crate) fn with(change: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let revocations = AnyRevocationStore::new(MemoryRevocationStore::new());
        let tokens = AnyTokenStore::new(MemoryTokenStore::new());
        Self::over(revocations, tokens, change)
    }

    pub(crate) fn over(
        revocations: AnyRevocationStore,
        tokens: AnyTokenStore,
        change: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
    ) -> Self {
        crate::capture::ask_always();
        let clock = Arc::new(TestClock::new(START));
        let users = Users::new();
        let handle = Arc::clone(&users.0);
        let builder = Authenticator::builder(URL, URL)
            .signing_key(SigningKey::hs256(HMAC_SECRET).unwrap().with_kid("test").unwrap())
            .digest_keys(DigestKeys::new(DigestKey::keyed(1, DIGEST_SECRET).unwrap()))
            .revocation_store(revocations.clone())
            .token_store(tokens.clone())
            .credentials(users)
            .clock(Arc::clone(&clock))
            .prefix("acme");
        let authenticator = change(builder).build().unwrap();
        Self { authenticator, clock, users: handle, revocations, tokens }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn log_in(&self, user: &str, password: &str) -> Result<TokenResponse, Error> {
        block_on(self.authenticator.log_in([basic(user, password).as_bytes()]))
    }

    /// Logs alice in.
    pub(crate) fn alice(&self) -> Pair {
        Pair::of(self.log_in("alice", "wonderland").unwrap())
    }

    pub(crate) fn refresh(&self, token: &str) -> Result<Pair, ErrorKind> {
        block_on(self.authenticator.refresh(token)).map(Pair::of).map_err(|error| error.kind())
    }

    pub(crate) fn bearer(&self, token: &str) -> Result<Principal, ErrorKind> {
        self.authenticate(&format!("Bearer {token}"), AuthMethods::bearer())
    }

    pub(crate) fn authenticate(&self, value: &str, accept: AuthMethods) -> Result<Principal, ErrorKind> {
        block_on(self.authenticator.authenticate([value.as_bytes()], accept)).map_err(|error| error.kind())
    }
}

/// The texts of a pair.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Pair {
    pub(crate) fn of(issued: TokenResponse) -> Self {
        Self {
            access: issued.access_token().expose().to_owned(),
            refresh: issued.refresh_token().expect("a refresh token").expose().to_owned(),
        }
    }
}

/// An `Authorization` value for Basic.
pub(crate) fn basic(user: &str, password: &str) -> String {
    let credentials = countersign_header::BasicCredentials::new(user, password).unwrap();
    credentials.to_header_value().expose().to_owned()
}
