//! Tokens signed by an external signer: the bytes out, the signature in.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::future::poll_fn;
use std::sync::Mutex;
use std::task::Poll;

use crate::common::{NOW, SECRET, at, base64, builder, hostile, set, unbase64};
use countersign_signed::{
    Algorithm, AsyncSign, Error, ErrorKind, ExternalSigner, Signer, SigningKey, Verifier, VerifyingKey,
    ecdsa_signature_from_der,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use sha2::Sha256;

/// What DESIGN pins: the secret `secret`, which is far too short.
const PINNED: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzb21lIjoicGF5bG9hZCJ9.Joh1R2dYzkRvDkqv3sygm5YyK8Gi4ShZqbhK2gxcs2U";

/// RFC 7515 appendix A.3.1.
const A3_KEY: &str = r#"{"kty":"EC","crv":"P-256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const A3_PRIVATE: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";

fn mac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hmac_signer() -> ExternalSigner {
    ExternalSigner::new(VerifyingKey::hs256(SECRET).unwrap())
}

/// A module that answers in DER, as most do, and the public key that it gives away.
fn module() -> (p256::ecdsa::SigningKey, VerifyingKey) {
    let module = p256::ecdsa::SigningKey::from_slice(&unbase64(A3_PRIVATE)).unwrap();
    (module, VerifyingKey::from_jwk(A3_KEY).unwrap())
}

fn der(module: &p256::ecdsa::SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: p256::ecdsa::DerSignature = module.sign(message);
    signature.as_bytes().to_vec()
}

fn failed(result: Result<String, Error>, why: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SigningFailed, "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn the_pinned_token_comes_out_byte_for_byte() {
    let key = VerifyingKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, b"secret").unwrap();
    let unsigned = ExternalSigner::new(key).prepare(&json!({"some": "payload"})).unwrap();
    let input = unsigned.signing_input().to_vec();
    assert_eq!(input, PINNED.rsplit_once('.').unwrap().0.as_bytes());
    assert_eq!(unsigned.finish(&mac(b"secret", &input)).unwrap(), PINNED);
}

#[test]
fn a_signature_in_der_becomes_a_token_that_verifies() {
    let (module, public) = module();
    let kid = "2026-a";
    let public = public.with_kid(kid).unwrap();
    let signer = ExternalSigner::new(public.clone());
    let verifier = Verifier::builder(set([public])).build().unwrap();
    let (mut lengths, mut filled) = (BTreeSet::new(), 0);
    for exp in NOW + 1..NOW + 300 {
        let unsigned = signer.prepare(&json!({"exp": exp})).unwrap();
        let input = unsigned.signing_input().to_vec();
        assert_eq!(
            String::from_utf8(input.clone()).unwrap(),
            format!(
                "{}.{}",
                base64(format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{kid}"}}"#)),
                base64(format!(r#"{{"exp":{exp}}}"#))
            )
        );
        let der = der(&module, &input);
        lengths.insert(der.len());
        let signature = ecdsa_signature_from_der(Algorithm::ES256, &der).unwrap();
        filled += usize::from(signature[0] == 0 || signature[32] == 0);
        let token = unsigned.finish(&signature).unwrap();
        verifier.verify::<Value>(&token, at(NOW)).unwrap();
    }
    // Two integers of 32 bytes make 70, of 33 bytes 72; a shorter one was filled up with zeros.
    assert!(lengths.is_superset(&BTreeSet::from([70, 71, 72])) && filled > 0, "{lengths:?} {filled}");
}

#[test]
fn der_itself_is_refused_with_both_lengths() {
    let (module, public) = module();
    let unsigned = ExternalSigner::new(public).prepare(&json!({"n": 1})).unwrap();
    let der = der(&module, unsigned.signing_input());
    let why = format!("has {} bytes, not 64", der.len());
    failed(unsigned.finish(&der), &why);
}

#[test]
fn only_the_right_signature_of_this_token_is_taken() {
    let unsigned = || hmac_signer().prepare(&json!({"n": 1})).unwrap();
    let right = mac(SECRET, unsigned().signing_input());
    unsigned().finish(&right).unwrap();

    failed(unsigned().finish(&mac(&[9; 32], unsigned().signing_input())), "not one of this key");
    let other = hmac_signer().prepare(&json!({"n": 2})).unwrap();
    failed(other.finish(&right), "not one of this key");
    for length in [0, 1, 31, 33, 64] {
        failed(unsigned().finish(&vec![0; length]), &format!("has {length} bytes, not 32"));
    }
    failed(unsigned().finish(&[0; 32]), "not one of this key");
    for bit in 0..256 {
        let mut wrong = right.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        failed(unsigned().finish(&wrong), "not one of this key");
    }

    // Both integers out of range, and the algorithm of another key.
    let (_, public) = module();
    let unsigned = ExternalSigner::new(public).prepare(&json!({"n": 1})).unwrap();
    failed(unsigned.finish(&[0; 64]), "not one of this key");
}

#[test]
fn options_and_refusals_are_those_of_a_signer_inside() {
    let inside = Signer::new(SigningKey::hs256(SECRET).unwrap().with_kid("k").unwrap())
        .token_type("at+jwt")
        .unwrap()
        .header_member("n", 1)
        .unwrap();
    let external = ExternalSigner::new(VerifyingKey::hs256(SECRET).unwrap().with_kid("k").unwrap())
        .token_type("at+jwt")
        .unwrap()
        .header_member("n", 1)
        .unwrap();
    let claims = json!({"exp": NOW + 300});
    let unsigned = external.prepare(&claims).unwrap();
    let signature = mac(SECRET, unsigned.signing_input());
    let token = unsigned.finish(&signature).unwrap();
    assert_eq!(token, inside.sign(&claims).unwrap());
    let header = r#"{"typ":"at+jwt","alg":"HS256","kid":"k","n":1}"#;
    assert_eq!(token, hostile(header, r#"{"exp":1800000300}"#));

    let kind = |result: Result<_, Error>| result.err().map(|error| error.kind());
    assert_eq!(kind(hmac_signer().token_type("").map(drop)), Some(ErrorKind::InvalidConfiguration));
    assert_eq!(kind(hmac_signer().header_member("jku", 1).map(drop)), Some(ErrorKind::InvalidConfiguration));
    assert_eq!(kind(hmac_signer().max_token_length(0).map(drop)), Some(ErrorKind::InvalidConfiguration));
    for wrong in [json!([]), json!("x"), json!(null), json!({"n": "x".repeat(16 * 1024)})] {
        assert_eq!(kind(hmac_signer().prepare(&wrong).map(drop)), Some(ErrorKind::ClaimsSerialize));
    }
}

#[test]
fn the_limit_counts_the_signature_that_is_to_come() {
    let length = hostile(r#"{"typ":"JWT","alg":"HS256"}"#, r#"{"n":1}"#).len();
    let prepare = |limit| hmac_signer().max_token_length(limit).unwrap().prepare(&json!({"n": 1}));
    assert!(prepare(length).is_ok());
    assert_eq!(prepare(length - 1).unwrap_err().kind(), ErrorKind::ClaimsSerialize);
}

type Answer = Result<Vec<u8>, std::io::Error>;

/// Answers at the second poll, as a connection would.
struct Remote<F> {
    answer: F,
    asked: Mutex<Vec<Vec<u8>>>,
}

impl<F: Fn(&[u8]) -> Answer + Send + Sync> Remote<F> {
    fn new(answer: F) -> Self {
        Self { answer, asked: Mutex::new(Vec::new()) }
    }
}

impl<F: Fn(&[u8]) -> Answer + Send + Sync> AsyncSign for Remote<F> {
    type Error = std::io::Error;

    async fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, Self::Error> {
        self.asked.lock().unwrap().push(signing_input.to_vec());
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        (self.answer)(signing_input)
    }
}

#[test]
fn an_asynchronous_signer_is_asked_once_and_waited_for() {
    let (module, public) = module();
    let remote = Remote::new(move |message| {
        ecdsa_signature_from_der(Algorithm::ES256, &der(&module, message)).map_err(std::io::Error::other)
    });
    let signer = ExternalSigner::new(public.clone());
    let claims = json!({"sub": "alice", "exp": NOW + 300});
    // From another thread, since servers move their futures about.
    let token = std::thread::scope(|scope| {
        let future = signer.sign_with(&remote, &claims);
        scope.spawn(|| pollster::block_on(future)).join().unwrap().unwrap()
    });
    let asked = remote.asked.lock().unwrap();
    assert_eq!(asked.as_slice(), [token.rsplit_once('.').unwrap().0.as_bytes()]);
    let verifier = Verifier::builder(set([public])).subject("alice").build().unwrap();
    verifier.verify::<Value>(&token, at(NOW)).unwrap();
}

#[test]
fn an_asynchronous_signer_that_is_wrong_or_fails_issues_nothing() {
    fn sign(remote: &impl AsyncSign, claims: &Value) -> Result<String, Error> {
        pollster::block_on(hmac_signer().sign_with(remote, claims))
    }
    let claims = json!({"n": 1});

    failed(sign(&Remote::new(|message| Ok(mac(&[9; 32], message))), &claims), "not one of this key");
    failed(sign(&Remote::new(|_| Ok(Vec::new())), &claims), "has 0 bytes, not 32");
    let down = Remote::new(|_| Err(std::io::Error::other("the line is dead")));
    let error = sign(&down, &claims).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SigningFailed);
    assert_eq!(error.source().unwrap().to_string(), "the line is dead");

    // Claims that nobody would take are not even sent.
    let unasked = Remote::new(|message| Ok(mac(SECRET, message)));
    assert_eq!(sign(&unasked, &json!([])).unwrap_err().kind(), ErrorKind::ClaimsSerialize);
    assert!(unasked.asked.lock().unwrap().is_empty());
    let token = sign(&unasked, &json!({"exp": NOW + 1})).unwrap();
    builder().build().unwrap().verify::<Value>(&token, at(NOW)).unwrap();
}

#[test]
fn an_error_may_be_text_or_a_box() {
    struct Text;
    impl AsyncSign for Text {
        type Error = &'static str;
        async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Self::Error> {
            Err("no line")
        }
    }
    let error = pollster::block_on(hmac_signer().sign_with(&Text, &json!({}))).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "no line");
}

#[test]
fn every_family_of_algorithms_can_be_outside() {
    let rsa = include_str!("../fixtures/rfc7515_a2_pkcs8.pem");
    let mut keys = vec![SigningKey::from_pem(Algorithm::PS256, rsa).unwrap()];
    for algorithm in
        [Algorithm::HS512, Algorithm::EdDSA, Algorithm::ES384, Algorithm::ES512, Algorithm::ES256K]
    {
        keys.push(SigningKey::generate(algorithm).unwrap());
    }
    for elsewhere in keys {
        let claims = json!({"exp": NOW + 1, "n": elsewhere.algorithm().name()});
        let unsigned = ExternalSigner::new(elsewhere.verifying_key()).prepare(&claims).unwrap();
        let theirs = Signer::new(elsewhere.clone()).sign(&claims).unwrap();
        let (input, signature) = theirs.rsplit_once('.').unwrap();
        assert_eq!(unsigned.signing_input(), input.as_bytes());
        assert_eq!(unsigned.finish(&unbase64(signature)).unwrap(), theirs);
        let verifier = Verifier::builder(set([elsewhere.verifying_key()])).build().unwrap();
        assert_eq!(verifier.verify::<Value>(&theirs, at(NOW)).unwrap().into_claims(), claims);
    }
}

#[test]
fn nothing_of_the_claims_or_the_secret_is_shown() {
    let signer = ExternalSigner::new(VerifyingKey::hs256(b"CANARY-CANARY-CANARY-CANARY-1234").unwrap());
    let unsigned = || signer.prepare(&json!({"sub": "CANARY"})).unwrap();
    let error = unsigned().finish(&[7; 32]).unwrap_err();
    let short = unsigned().finish(b"CANARY").unwrap_err();
    let shown = format!("{signer:?} {:?} {error} {error:?} {short} {short:?}", unsigned());
    for trace in ["CANARY", "67, 65, 78", &base64("CANARY"), &base64(r#"{"sub":"CANARY"}"#)] {
        assert!(!shown.contains(trace), "{shown}");
    }
}
