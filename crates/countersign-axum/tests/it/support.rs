//! A service with three users and every kind of credentials, and answers as text.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use countersign_axum::TokenRoutes;
use countersign_header::BasicCredentials;
use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::{
    Check, Counts, Error, MaybeReady as Checked, MemoryRevocationStore, Purged, RetainUntil, RevocationStore,
    Target, Verdict,
};
use countersign_session::{
    Account, AuthMethods, Authenticator, AuthenticatorBuilder, CredentialError, CredentialVerifier,
    NewApiKey, TestClock,
};
use countersign_signed::{KeySet, Signer, SigningKey, Verifier};
use countersign_token_store::MemoryTokenStore;
use serde_json::{Value, json};
use time::{Date, Month, OffsetDateTime, UtcOffset};
use tokio::task::yield_now;
use tower::ServiceExt;

pub(crate) const URL: &str = "https://api.example";
pub(crate) const PARTNER: &str = "https://partner.example";

/// 2026-11-01 12:00 UTC.
pub(crate) fn start() -> OffsetDateTime {
    let date = Date::from_calendar_date(2026, Month::November, 1).unwrap();
    date.with_hms(12, 0, 0).unwrap().assume_offset(UtcOffset::UTC)
}

/// The 401 of an endpoint that takes Bearer, for a request without credentials.
pub(crate) const UNAUTHORIZED: &str = concat!(
    "401\n",
    "content-type: application/json\n",
    "cache-control: no-store\n",
    "www-authenticate: Bearer realm=\"api\"\n",
    "\n",
    r#"{"error":"unauthorized"}"#
);

/// The 401 for a token that is not good.
pub(crate) const INVALID_TOKEN: &str = concat!(
    "401\n",
    "content-type: application/json\n",
    "cache-control: no-store\n",
    "www-authenticate: Bearer realm=\"api\", error=\"invalid_token\"\n",
    "\n",
    r#"{"error":"invalid_token"}"#
);

/// What is answered while a store is out of reach.
pub(crate) const UNAVAILABLE: &str = concat!(
    "503\n",
    "content-type: application/json\n",
    "cache-control: no-store\n",
    "retry-after: 1\n",
    "\n",
    r#"{"error":"temporarily_unavailable"}"#
);

/// A refusal without a challenge, as text.
pub(crate) fn refusal(status: u16, code: &str) -> String {
    format!("{status}\ncontent-type: application/json\ncache-control: no-store\n\n{{\"error\":\"{code}\"}}")
}

/// alice:wonderland (role admin, scopes read and write), bob:builder (scope read) and `resources`:server
/// (scope introspect).
pub(crate) struct Users;

impl Users {
    fn account(name: &str) -> Option<Account> {
        let (roles, scopes): (&[&str], &[&str]) = match name {
            "alice" => (&["admin"], &["read", "write"]),
            "bob" => (&[], &["read"]),
            "resources" => (&[], &["introspect"]),
            _ => return None,
        };
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        Some(Account { subject: name.to_owned(), roles: owned(roles), scopes: owned(scopes) })
    }
}

impl CredentialVerifier for Users {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        let known = [("alice", "wonderland"), ("bob", "builder"), ("resources", "server")];
        Ok(if known.contains(&(user_id, password)) { Self::account(user_id) } else { None })
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        Ok(Self::account(subject))
    }
}

/// The revocations, which a test can take away: for writing, or altogether.
struct Switched {
    store: MemoryRevocationStore,
    fails: Arc<AtomicU8>,
}

/// The store records nothing.
pub(crate) const WRITES: u8 = 1;
/// The store answers nothing.
pub(crate) const EVERYTHING: u8 = 2;

impl Switched {
    fn up(&self, from: u8) -> Result<(), Error> {
        let is_up = self.fails.load(Ordering::SeqCst) < from;
        if is_up { Ok(()) } else { Err(Error::unavailable("canary-connection-string")) }
    }
}

impl RevocationStore for Switched {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        self.up(WRITES)?;
        // As a store does that waits for a disk or a network.
        yield_now().await;
        self.store.revoke(issuer, target, until).await
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        self.up(WRITES)?;
        yield_now().await;
        self.store.revoke_subject(issuer, sub, until, now, skew).await
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        self.up(EVERYTHING)?;
        self.store.subject_version(issuer, sub).await
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> Checked<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        match self.up(EVERYTHING) {
            Ok(()) => self.store.check(check, now),
            Err(error) => Checked::Ready(Err(error)),
        }
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.store.purge_expired(now, limit).await
    }

    async fn count(&self) -> Result<Counts, Error> {
        self.store.count().await
    }
}

pub(crate) struct Service {
    pub(crate) authenticator: Authenticator,
    pub(crate) clock: Arc<TestClock>,
    fails: Arc<AtomicU8>,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(change: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let clock = Arc::new(TestClock::new(start()));
        let fails = Arc::new(AtomicU8::new(0));
        let revocations = Switched { store: MemoryRevocationStore::new(), fails: Arc::clone(&fails) };
        let partner = KeySet::new([partner_key().verifying_key()]).unwrap();
        let partner = Verifier::builder(partner).issuer(PARTNER).audience(URL);
        let builder = Authenticator::builder(URL, URL)
            .signing_key(SigningKey::hs256(&[1; 32]).unwrap().with_kid("test").unwrap())
            .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[2; 32]).unwrap()))
            .revocation_store(revocations)
            .token_store(MemoryTokenStore::new())
            .credentials(Users)
            .trust_issuer(partner.max_lifetime(Duration::from_secs(7200)).build().unwrap())
            .clock(Arc::clone(&clock))
            .prefix("acme");
        Self { authenticator: change(builder).build().unwrap(), clock, fails }
    }

    pub(crate) fn fail(&self, what: u8) {
        self.fails.store(what, Ordering::SeqCst);
    }

    /// Access and refresh token of a new session.
    pub(crate) async fn pair(&self, user: &str) -> (String, String) {
        let issued = self.authenticator.issue(&Users::account(user).unwrap()).await.unwrap();
        let refresh = issued.refresh_token().map(|token| token.expose().to_owned());
        (issued.access_token().expose().to_owned(), refresh.unwrap_or_default())
    }

    pub(crate) async fn access(&self, user: &str) -> String {
        self.pair(user).await.0
    }

    pub(crate) async fn api_key(&self, owner: &str, scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        let new = NewApiKey { name: "deploy", scopes: &scopes, ..NewApiKey::default() };
        self.authenticator.create_api_key_for(owner, &new).await.unwrap().key.into_exposed()
    }

    /// `Authorization` by kind: whatever a client may try. Alice's, where it is anybody's.
    pub(crate) async fn shown(&self) -> Vec<(&'static str, Option<String>)> {
        let (access, refresh) = self.pair("alice").await;
        let bearer = |token: &str| Some(format!("Bearer {token}"));
        vec![
            ("nothing", None),
            ("an access token", bearer(&access)),
            ("an API key", bearer(&self.api_key("alice", &["read"]).await)),
            ("an external token", bearer(&external())),
            ("a refresh token", bearer(&refresh)),
            ("a password", Some(basic("alice", "wonderland"))),
            ("a wrong password", Some(basic("alice", "looking-glass"))),
            ("another scheme", Some("Digest username=\"alice\"".into())),
            ("a malformed header", Some("Bearer a b".into())),
            ("a changed token", bearer(&format!("{access}x"))),
        ]
    }
}

fn partner_key() -> SigningKey {
    SigningKey::ed25519(&[3; 32]).unwrap()
}

/// A token of another issuer's, for a subject that is spelled like one of ours.
pub(crate) fn external() -> String {
    let now = start().unix_timestamp();
    let claims = json!({"iss": PARTNER, "aud": URL, "sub": "alice", "iat": now, "exp": now + 3600, "jti": "j",
        "scope": "read introspect"});
    Signer::new(partner_key()).sign(&claims).unwrap()
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    BasicCredentials::new(user, password).unwrap().to_header_value().expose().to_owned()
}

/// A request of one line, header lines and a body.
pub(crate) fn request(line: &str, headers: &[&str], body: &str) -> Request<Body> {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// An answer: its status, its headers without the length, an empty line, its body.
pub(crate) async fn text(response: Response<Body>) -> String {
    let mut text = format!("{}\n", response.status().as_u16());
    for (name, value) in response.headers() {
        if name != "content-length" {
            text += &format!("{name}: {}\n", value.to_str().unwrap());
        }
    }
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    format!("{text}\n{}", str::from_utf8(&body).unwrap())
}

pub(crate) async fn send(router: &Router, line: &str, headers: &[&str], body: &str) -> String {
    text(router.clone().oneshot(request(line, headers, body)).await.unwrap()).await
}

/// Sends a request that shows this and has no body.
pub(crate) async fn show(router: &Router, line: &str, authorization: Option<&str>) -> String {
    let header = authorization.map(|value| format!("authorization: {value}"));
    let headers: Vec<_> = header.iter().map(String::as_str).collect();
    send(router, line, &headers, "").await
}

pub(crate) fn status(answer: &str) -> u16 {
    answer.lines().next().unwrap().parse().unwrap()
}

pub(crate) fn json_of(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\n\n").unwrap().1).expect(answer)
}

pub(crate) const FORM: &str = "content-type: application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "content-type: application/json";

/// An answer of 200 with a JSON body, as text.
pub(crate) fn ok(body: &str) -> String {
    format!("200\ncontent-type: application/json\ncache-control: no-store\n\n{body}")
}

impl Service {
    /// All the routes for clients that carry their refresh token themselves.
    pub(crate) fn routes(&self) -> Router {
        let routes = TokenRoutes::new(&self.authenticator).tokens().sessions().api_keys().revocation();
        routes.introspection("introspect").jwks(Duration::from_secs(300)).into_router().unwrap()
    }

    /// Whether a Bearer token is let in.
    pub(crate) async fn lets_in(&self, token: &str) -> bool {
        self.authenticator.authenticate_token(token, AuthMethods::bearer()).await.is_ok()
    }
}
