//! What would take too long to be waited for, such as the end of keys whose issuer is gone: with a clock that is moved,
//! through the routes, and with requests over loopback to a stand-in for the issuer.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Waker};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use countersign::session::{Clock, TestClock};
use countersign::signed::{Algorithm, Claims, KeySet, Signer, SigningKey};
use time::macros::datetime;
use tower::ServiceExt as _;

use super::*;

/// What the stand-in answers, and how often it was asked.
#[derive(Default)]
struct Issuer(Mutex<(String, u32)>);

impl Issuer {
    fn start() -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let issuer = Arc::new(Self::default());
        let answering = Arc::clone(&issuer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let mut state = answering.0.lock().unwrap();
                state.1 += 1;
                let _ = stream.write_all(state.0.as_bytes());
            }
        });
        (issuer, url)
    }

    fn answer(&self, status: &str, headers: &str, body: &str) {
        let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        self.0.lock().unwrap().0 = format!("{head}{headers}\r\n{body}");
    }

    /// From now on these are its keys.
    fn publish(&self, keys: &[&SigningKey]) {
        let keys = KeySet::new(keys.iter().map(|key| key.verifying_key())).unwrap().to_jwks();
        self.answer("200 OK", "cache-control: public, max-age=600\r\n", &keys);
    }

    /// It hangs up on everybody.
    fn hang_up(&self) {
        self.0.lock().unwrap().0.clear();
    }

    fn asked(&self) -> u32 {
        self.0.lock().unwrap().1
    }
}

struct Verifier {
    clock: Arc<TestClock>,
    trust: Arc<Trust>,
    issuer: String,
}

impl Verifier {
    fn new(issuer: String) -> Self {
        let clock = Arc::new(TestClock::new(datetime!(2026-11-01 12:00 UTC)));
        let trust = Arc::new(Trust::new(&issuer, AUDIENCE, Arc::clone(&clock)).unwrap());
        Self { clock, trust, issuer }
    }

    /// A token that lives for a day.
    fn token(&self, key: &SigningKey) -> String {
        self.token_with(key, &self.issuer, AUDIENCE, "at+jwt")
    }

    fn token_with(&self, key: &SigningKey, issuer: &str, audience: &str, token_type: &str) -> String {
        let claims = Claims::issued_at(self.clock.now()).issuer(issuer).audience(audience);
        let claims = claims.subject("reports").scopes(["orders:read"]).random_jti();
        let claims = claims.expires_in(Duration::from_secs(86_400)).build().unwrap();
        Signer::new(key.clone()).token_type(token_type).unwrap().sign(&claims).unwrap()
    }

    fn after(&self, seconds: u64) -> &Self {
        self.clock.advance(Duration::from_secs(seconds));
        self
    }

    async fn status(&self, token: &str) -> u16 {
        let request = Request::get("/orders").header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        routes(Arc::clone(&self.trust)).oneshot(request).await.unwrap().status().as_u16()
    }
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::EdDSA).unwrap()
}

#[tokio::test]
async fn a_token_is_taken_that_is_of_the_issuer_for_this_service_of_its_type_and_in_time() {
    let (issuer, url) = Issuer::start();
    let (verifier, key) = (Verifier::new(url.clone()), key());
    issuer.publish(&[&key]);
    for (issuer, audience, token_type, expected) in [
        (url.as_str(), AUDIENCE, "at+jwt", 200),
        ("http://127.0.0.1", AUDIENCE, "at+jwt", 401),
        (&url, "https://other.example", "at+jwt", 401),
        (&url, AUDIENCE, "JWT", 401),
    ] {
        let token = verifier.token_with(&key, issuer, audience, token_type);
        assert_eq!(verifier.status(&token).await, expected, "{issuer} {audience} {token_type}");
    }
    let token = verifier.token(&key);
    assert_eq!(verifier.after(600).status(&token).await, 200);
    assert_eq!(verifier.after(86_400 - 600).status(&token).await, 401);
}

#[tokio::test]
async fn keys_outlive_an_outage_of_the_issuer_for_a_bounded_time_and_come_back_after_it() {
    let (issuer, url) = Issuer::start();
    let (verifier, key) = (Verifier::new(url), key());
    issuer.publish(&[&key]);
    let token = verifier.token(&key);
    assert_eq!(verifier.status(&token).await, 200);
    issuer.hang_up();
    // Ten minutes, as the issuer has said, and the hour of `KEPT`.
    assert_eq!(verifier.after(600 + 3600 - 1).status(&token).await, 200);
    assert_eq!(verifier.after(1).status(&token).await, 503);
    issuer.publish(&[&key]);
    assert_eq!(verifier.after(1).status(&token).await, 200);
}

#[tokio::test]
async fn whoever_meets_a_new_key_waits_for_the_fetch_that_is_under_way() {
    let (issuer, url) = Issuer::start();
    let (verifier, one, other) = (Verifier::new(url), key(), key());
    issuer.publish(&[&one]);
    assert_eq!(verifier.status(&verifier.token(&one)).await, 200);
    issuer.publish(&[&one, &other]);
    let token = verifier.after(1).token(&other);
    let (a, b, c) = tokio::join!(verifier.status(&token), verifier.status(&token), verifier.status(&token));
    assert_eq!((a, b, c, issuer.asked()), (200, 200, 200, 2));
}

#[tokio::test]
async fn a_client_that_hangs_up_stops_no_fetch() {
    let (issuer, url) = Issuer::start();
    let (verifier, key) = (Verifier::new(url), key());
    issuer.publish(&[&key]);
    let token = verifier.token(&key);
    {
        // It cannot answer before the client has gone.
        let _silent = issuer.0.lock().unwrap();
        let request = pin!(verifier.status(&token));
        assert!(request.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!((verifier.status(&token).await, issuer.asked()), (200, 1));
}

#[tokio::test]
async fn forged_tokens_cause_one_fetch_in_each_cooldown() {
    let (issuer, url) = Issuer::start();
    let (verifier, key) = (Verifier::new(url), key());
    issuer.publish(&[&key]);
    let forged = verifier.token(&self::key());
    for second in 1..=5 {
        for _ in 0..20 {
            assert_eq!(verifier.status(&forged).await, 401);
        }
        assert_eq!(issuer.asked(), second);
        verifier.after(1);
    }
}

#[tokio::test]
async fn forged_tokens_are_refused_at_once_beside_the_task_that_keeps_the_keys_fresh() {
    let (issuer, url) = Issuer::start();
    let (verifier, key) = (Verifier::new(url), key());
    issuer.publish(&[&key]);
    let forged = verifier.token(&self::key());
    let thirty = async {
        for _ in 0..30 {
            assert_eq!(verifier.status(&forged).await, 401);
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(15), thirty);
    tokio::select! {
        () = verifier.trust.keep_fresh() => {}
        outcome = in_time => assert!(outcome.is_ok(), "each waits for the task's next round"),
    }
}

#[tokio::test]
async fn what_is_no_key_set_of_the_issuers_gives_no_keys() {
    let elsewhere = Issuer::start();
    let key = key();
    elsewhere.0.publish(&[&key]);
    let long = format!(r#"{{"keys":[],"more":"{}"}}"#, "x".repeat(300_000));
    let redirect = format!("location: {}\r\n", elsewhere.1);
    for (status, headers, body) in [
        ("404 Not Found", "", r#"{"keys":[]}"#),
        ("302 Found", redirect.as_str(), ""),
        ("200 OK", "", "no key set"),
        ("200 OK", "", long.as_str()),
    ] {
        let (issuer, url) = Issuer::start();
        issuer.answer(status, headers, body);
        let verifier = Verifier::new(url);
        let token = verifier.token(&key);
        for _ in 0..3 {
            assert_eq!(verifier.status(&token).await, 503, "{status}");
            assert_eq!(issuer.asked(), 1);
        }
        assert_eq!(verifier.after(1).status(&token).await, 503);
        assert_eq!((issuer.asked(), elsewhere.0.asked()), (2, 0));
    }
}
