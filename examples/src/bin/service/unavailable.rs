//! What the routes answer while the store of revocations cannot record anything: 503, never 204.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use countersign::random::{DigestKey, DigestKeys};
use countersign::revocation::{
    Answer, AnyRevocationStore, Check, Counts, Error, Purged, RevocationStore, Target, Until, Verdict,
};
use countersign::session::{Account, Authenticator, CredentialError, CredentialVerifier};
use countersign::signed::{Algorithm, SigningKey};
use countersign::token_store::MemoryTokenStore;
use time::OffsetDateTime;
use tower::ServiceExt;

use crate::routes::{State, router};

/// A store that can be read and not written.
struct ReadOnly;

fn down() -> Error {
    Error::unavailable("the disk is full")
}

impl RevocationStore for ReadOnly {
    async fn revoke(&self, _: &str, _: Target<'_>, _: Until) -> Result<(), Error> {
        Err(down())
    }

    async fn revoke_subject(
        &self,
        _: &str,
        _: &str,
        _: Until,
        _: OffsetDateTime,
        _: Duration,
    ) -> Result<u64, Error> {
        Err(down())
    }

    async fn generation(&self, _: &str, _: &str) -> Result<u64, Error> {
        Ok(0)
    }

    fn check<'a>(
        &'a self,
        _: &'a Check<'a>,
        _: OffsetDateTime,
    ) -> Answer<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        Answer::<std::future::Ready<_>>::Ready(Ok(Verdict::NotRevoked))
    }

    async fn purge_expired(&self, _: OffsetDateTime, _: usize) -> Result<Purged, Error> {
        Err(down())
    }

    async fn count(&self) -> Result<Counts, Error> {
        Err(down())
    }
}

struct Users;

impl CredentialVerifier for Users {
    async fn verify(&self, _: &str, _: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }

    async fn account(&self, _: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }
}

#[tokio::test]
async fn what_could_not_be_recorded_is_answered_with_503() {
    let revocations = AnyRevocationStore::new(ReadOnly);
    let authenticator = Authenticator::builder("https://a.example", "https://a.example")
        .signing_key(SigningKey::generate(Algorithm::EdDSA).unwrap())
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32]).unwrap()))
        .revocations(revocations.clone())
        .tokens(MemoryTokenStore::new())
        .credentials(Users)
        .build()
        .unwrap();
    let alice =
        Account { subject: "alice".into(), roles: vec!["operator".into()], scopes: vec!["profile".into()] };
    let issued = authenticator.issue(&alice).await.unwrap();
    let bearer = format!("Bearer {}", issued.access_token().expose());
    let router = router(State { authenticator, revocations });
    for (method, path) in [("DELETE", "/tokens"), ("DELETE", "/sessions"), ("GET", "/operator/revocations")] {
        let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, &bearer);
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{method} {path}");
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        assert_eq!(body, r#"{"error":"temporarily_unavailable"}"#);
    }
}
