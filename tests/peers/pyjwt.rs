//! PyJWT, in every algorithm that both have; and ML-DSA as the OpenSSL under Python's `cryptography` does
//! it, which PyJWT has not taken up yet.

use serde_json::json;

use crate::ours::{HMAC, ML_DSA};
use crate::peer::Peer;
use crate::{both_ways, key_sets, python};

const ASYMMETRIC: [&str; 11] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA"];

const PYJWT: Peer = Peer {
    ask: |steps| python::ask(include_str!("python/pyjwt.py"), steps),
    wrong_signature: "InvalidSignatureError",
    unknown_key: "KeyError",
    has_thumbprints: false,
};

fn all() -> Vec<&'static str> {
    [&HMAC[..], &ASYMMETRIC, &ML_DSA].concat()
}

#[test]
fn nothing_that_pyjwt_has_is_left_out() {
    let has = PYJWT.ask::<Vec<String>>(&[json!({ "do": "algorithms" })]).remove(0);
    // `none` signs nothing, and ES521 is a misspelling of ES512 that is kept for compatibility there.
    let mut expected = [&HMAC[..], &ASYMMETRIC, &["none", "ES521"]].concat();
    expected.sort_unstable();
    assert_eq!(has, expected);
}

#[test]
fn keys_and_tokens_of_pyjwt_are_good_here() {
    both_ways::keys_and_tokens_made_there_are_good_here(&PYJWT, &all());
}

#[test]
fn keys_and_tokens_of_ours_are_good_for_pyjwt() {
    both_ways::keys_and_tokens_made_here_are_good_there(&PYJWT, &all());
}

#[test]
fn a_set_of_ours_serves_pyjwt() {
    key_sets::a_set_of_ours_serves_there(&PYJWT, &ASYMMETRIC);
}

#[test]
fn a_set_of_keys_of_pyjwt_serves_here() {
    key_sets::a_set_of_theirs_serves_here(&PYJWT, &[&ASYMMETRIC[..], &ML_DSA].concat());
}
