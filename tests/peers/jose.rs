//! npm's jose, in every algorithm that both have. It has ML-DSA where Node has it, from 24.7 on.

use std::sync::LazyLock;

use countersign::signed::Algorithm;
use serde_json::json;

use crate::ours::{self, HMAC, ML_DSA};
use crate::peer::{self, Peer};
use crate::{both_ways, key_sets, node};

/// It has no ES256K any more, and both names of Ed25519.
const ASYMMETRIC: [&str; 11] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

const JOSE: Peer = Peer {
    ask: |steps| node::ask("jose.mjs", steps),
    wrong_signature: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    unknown_key: "ERR_JWKS_NO_MATCHING_KEY",
    has_thumbprints: true,
};

/// Of all names that are known here, those that jose has.
static HAS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).chain(["Ed25519"]).collect();
    JOSE.ask(&[json!({ "do": "algorithms", "names": names })]).remove(0)
});

/// Nothing where Node does not have it.
fn ml_dsa() -> &'static [&'static str] {
    if HAS.iter().any(|alg| alg.starts_with("ML-DSA")) { &ML_DSA } else { &[] }
}

fn asymmetric() -> Vec<&'static str> {
    [&ASYMMETRIC[..], ml_dsa()].concat()
}

fn all() -> Vec<&'static str> {
    [&HMAC[..], &ASYMMETRIC, ml_dsa()].concat()
}

#[test]
fn nothing_that_jose_has_is_left_out() {
    let mut expected = all();
    expected.sort_unstable();
    let mut has = HAS.clone();
    has.sort_unstable();
    assert_eq!(has, expected);
    if ml_dsa().is_empty() {
        println!("this Node has no ML-DSA, and so jose has none: only its keys' thumbprints are compared");
    }
}

#[test]
fn keys_and_tokens_of_jose_are_good_here() {
    both_ways::keys_and_tokens_made_there_are_good_here(&JOSE, &all());
}

#[test]
fn keys_and_tokens_of_ours_are_good_for_jose() {
    both_ways::keys_and_tokens_made_here_are_good_there(&JOSE, &all());
}

#[test]
fn a_set_of_ours_serves_jose() {
    key_sets::a_set_of_ours_serves_there(&JOSE, &asymmetric());
}

#[test]
fn a_set_of_keys_of_jose_serves_here() {
    key_sets::a_set_of_theirs_serves_here(&JOSE, &asymmetric());
}

/// A thumbprint is a hash of text, so that keys of algorithms that jose cannot use have theirs too.
#[test]
fn thumbprints_are_those_of_jose() {
    let algs: Vec<_> = ASYMMETRIC.into_iter().chain(ML_DSA).chain(["ES256K"]).collect();
    let keys: Vec<_> = algs.iter().map(|alg| ours::generated(alg).verifying_key()).collect();
    let steps: Vec<_> = keys.iter().map(|key| peer::thumbprint(&key.to_jwk().unwrap())).collect();
    let ours: Vec<_> = keys.iter().map(|key| key.thumbprint().unwrap()).collect();
    assert_eq!(JOSE.ask::<String>(&steps), ours);
}
