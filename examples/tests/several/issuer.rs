//! `issuer` and `verifier`: tokens of the one at the other, while keys change, and while the one is gone.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::process::{Process, basic, wait_until};

/// The verifier's `COOLDOWN`.
const COOLDOWN: Duration = Duration::from_secs(1);
/// How long a key is published before it signs: longer than the cooldown, by as much as a fetch on a busy machine may
/// take. No multiple of it, or the fetches that forged tokens cause could happen to be made after each rotation.
const BETWEEN_ROTATIONS: Duration = Duration::from_millis(2600);
const ROTATIONS: u32 = 5;
const FETCHED: &str = "GET /.well-known/jwks.json";

fn start(lifetime: &str) -> (Process, Process) {
    let issuer = Process::start(env!("CARGO_BIN_EXE_issuer"), &["0", lifetime]);
    let verifier = Process::start(env!("CARGO_BIN_EXE_verifier"), &[&issuer.url, "0"]);
    (issuer, verifier)
}

impl Process {
    fn token(&self) -> String {
        self.send("POST /tokens", &basic("reports", "looking-glass")).bearer()
    }

    /// Has the next key sign, and gives its `kid`.
    fn rotate(&self) -> String {
        let answer = self.send("POST /keys", &basic("operator", "jabberwocky"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    fn kids(&self) -> Vec<String> {
        let keys = self.send(FETCHED, "").json();
        let kids = keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned());
        kids.collect()
    }

    fn orders(&self, token: &str) -> u16 {
        self.status("GET /orders", token)
    }
}

/// The `kid` that a token names.
fn kid(token: &str) -> String {
    let header = token.strip_prefix("Bearer ").unwrap().split('.').next().unwrap();
    let header: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// A good token's claims under a key that nobody has.
fn forged(token: &str, number: usize) -> String {
    let mut parts = token.strip_prefix("Bearer ").unwrap().split('.').skip(1);
    let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"forged-{number}"}}"#);
    let header = URL_SAFE_NO_PAD.encode(header);
    format!("Bearer {header}.{}.{}", parts.next().unwrap(), parts.next().unwrap())
}

#[test]
fn a_token_of_the_one_is_good_at_the_other_and_only_for_what_it_says() {
    let (issuer, verifier) = start("300");
    let token = issuer.token();
    let orders = verifier.send("GET /orders", &token);
    assert_eq!((orders.status, orders.body.as_str()), (200, "no orders for reports yet\n"));
    let operator = issuer.send("POST /tokens", &basic("operator", "jabberwocky")).bearer();
    let shown = [operator.as_str(), "Bearer x.y.z", "Bearer x", "Bearer", &basic("reports", "looking-glass")];
    assert_eq!(shown.map(|shown| verifier.orders(shown)), [403, 401, 401, 400, 401]);
    assert_eq!(issuer.status("POST /keys", &basic("reports", "looking-glass")), 403);
    assert_eq!(issuer.status("DELETE /keys/none", &basic("operator", "jabberwocky")), 404);
}

#[test]
fn keys_change_under_load_and_no_good_token_is_refused_whatever_is_forged() {
    let (issuer, verifier) = start("300");
    let began = Instant::now();
    let is_over = AtomicBool::new(false);
    let (good, bad) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let old = issuer.token();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let new = issuer.token();
                    // The first key's too: it becomes a previous one.
                    for token in [&new, &old, &new, &old] {
                        assert_eq!(verifier.orders(token), 200, "a token of {}", kid(token));
                        good.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let number = bad.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(verifier.orders(&forged(&old, number)), 401);
                }
            });
        }
        let mut kids = vec![kid(&old)];
        for _ in 0..ROTATIONS {
            sleep(BETWEEN_ROTATIONS);
            kids.push(issuer.rotate());
            // It signs, unless another thread has panicked.
            assert_eq!(kid(&issuer.token()), *kids.last().unwrap());
        }
        sleep(COOLDOWN);
        is_over.store(true, Ordering::Relaxed);
        kids.sort();
        kids.dedup();
        assert_eq!(kids.len(), 6);
    });
    // The first one, one in each cooldown, and one that has just become due.
    let allowed = began.elapsed().as_secs() as usize + 2;
    let (good, bad, fetched) = (good.into_inner(), bad.into_inner(), issuer.count(FETCHED));
    println!("{good} good tokens taken and {bad} forged ones refused, with {fetched} fetches of {allowed}");
    assert!(good > 50 && bad > 50, "{good} good, {bad} bad");
    assert!((5..=allowed).contains(&fetched), "{fetched} fetches where {allowed} are allowed");
}

#[test]
fn without_forged_tokens_the_keys_are_fetched_for_new_keys_alone() {
    let (issuer, verifier) = start("300");
    for _ in 0..3 {
        let token = issuer.token();
        for _ in 0..20 {
            assert_eq!(verifier.orders(&token), 200);
        }
        sleep(COOLDOWN + COOLDOWN / 10);
        issuer.rotate();
    }
    assert_eq!(verifier.orders(&issuer.token()), 200);
    // At the start, and for every other key: each fetch brings the published one, too.
    assert_eq!(issuer.count(FETCHED), 2);
}

#[test]
fn a_key_that_is_taken_out_is_refused_after_the_next_fetch_and_a_previous_one_goes_by_itself() {
    let (issuer, verifier) = start("8");
    let previous = issuer.token();
    issuer.rotate();
    assert_eq!(verifier.orders(&previous), 200);
    assert!(issuer.kids().contains(&kid(&previous)));
    wait_until("the previous key is dropped", || !issuer.kids().contains(&kid(&previous)));
    assert_eq!(verifier.orders(&previous), 401);

    let (issuer, verifier) = start("300");
    let stolen = issuer.token();
    issuer.rotate();
    let kept = issuer.token();
    assert_eq!([&stolen, &kept].map(|token| verifier.orders(token)), [200, 200]);
    let line = format!("DELETE /keys/{}", kid(&stolen));
    let operator = basic("operator", "jabberwocky");
    assert_eq!(issuer.status(&line, &stolen), 401);
    assert_eq!(issuer.status(&line, &basic("reports", "looking-glass")), 403);
    assert_eq!(issuer.status(&line, &operator), 204);
    sleep(COOLDOWN + COOLDOWN / 10);
    assert_eq!(verifier.orders(&forged(&kept, 0)), 401);
    assert_eq!([&stolen, &kept].map(|token| verifier.orders(token)), [401, 200]);
}

#[test]
fn a_verifier_goes_on_without_its_issuer_and_one_that_has_no_keys_yet_lets_nobody_in() {
    let (issuer, verifier) = start("300");
    let token = issuer.token();
    assert_eq!(verifier.orders(&token), 200);
    let url = issuer.url.clone();
    drop(issuer);
    sleep(COOLDOWN + COOLDOWN / 10);
    assert_eq!(verifier.orders(&forged(&token, 0)), 401);
    assert_eq!(verifier.orders(&token), 200);
    let another = Process::start(env!("CARGO_BIN_EXE_verifier"), &[&url, "0"]);
    assert_eq!(another.orders(&token), 503);
}
