//! A signer's own key and certificate in the header.

use countersign_signed::{
    Algorithm, Error, ErrorKind, ExternalSigner, Signer, SigningKey, VerifyingKey, jws,
};
use serde_json::{Value, json};

use crate::common::{NOW, SECRET, at, builder, set, unbase64};

fn key(byte: u8) -> SigningKey {
    SigningKey::ed25519(&[byte; 32]).unwrap().without_kid()
}

fn header_of(token: &str) -> Value {
    serde_json::from_slice(&unbase64(token.split('.').next().unwrap())).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, why: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration, "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn thumbprints_chain_and_public_key_are_written_as_rfc_7515_has_them() {
    let chain = [vec![0x30, 0xFB, 0xFF], vec![0x30, 1]];
    let signer = Signer::new(key(1)).x5t(&[0xFB; 20]).unwrap().x5t_s256(&[0xFF; 32]).unwrap();
    let signer = signer.x5c(&chain).unwrap().public_jwk().unwrap();
    let header = header_of(&signer.sign(&json!({})).unwrap());
    // Base64url without padding for thumbprints, padded base64 for certificates.
    assert_eq!(header["x5t"], "-_v7-_v7-_v7-_v7-_v7-_v7-_s");
    assert_eq!(header["x5t#S256"], format!("{}8", "_".repeat(42)));
    assert_eq!(header["x5c"], json!(["MPv/", "MAE="]));
    let public: Value = serde_json::from_str(&key(1).verifying_key().to_jwk().unwrap()).unwrap();
    assert_eq!(header["jwk"], public);
    assert!(header["jwk"].get("d").is_none());

    let external = ExternalSigner::new(key(1).verifying_key()).x5t(&[0xFB; 20]).unwrap();
    let external = external.x5t_s256(&[0xFF; 32]).unwrap().x5c(&chain).unwrap().public_jwk().unwrap();
    let unsigned = external.prepare(&json!({})).unwrap();
    assert_eq!(header_of(std::str::from_utf8(unsigned.signing_input()).unwrap()), header);
}

#[test]
fn a_verifier_never_takes_its_key_from_a_header() {
    let (ours, theirs) = (key(1), key(2));
    let forged = Signer::new(theirs).public_jwk().unwrap().sign(&json!({"exp": NOW + 9})).unwrap();
    let verifier = countersign_signed::Verifier::builder(set([ours.verifying_key()])).build().unwrap();
    let refused = verifier.verify::<Value>(&forged, at(NOW)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidSignature);
    let own = Signer::new(ours.clone()).public_jwk().unwrap().sign(&json!({"exp": NOW + 9})).unwrap();
    assert!(verifier.verify::<Value>(&own, at(NOW)).is_ok());
    assert!(jws::verify(&set([ours.verifying_key()]), &own).unwrap().member("jwk").is_some());
}

#[test]
fn what_is_not_the_signers_own_is_refused() {
    refused(Signer::new(SigningKey::hs256(SECRET).unwrap()).public_jwk(), "a secret has no public");
    refused(ExternalSigner::new(VerifyingKey::hs256(SECRET).unwrap()).public_jwk(), "a secret has no public");
    let signer = || Signer::new(key(1));
    refused(signer().x5c(&[[0_u8; 0]; 0]), "at least one certificate");
    refused(signer().x5c(&["-----BEGIN CERTIFICATE-----"]), "DER");
    refused(signer().x5c(&[&[0x30, 0][..], &[]]), "DER");
    refused(signer().x5t(&[1; 20]).unwrap().x5t(&[1; 20]), "twice");
    refused(signer().public_jwk().unwrap().public_jwk(), "twice");
    for name in ["jwk", "x5c", "x5t", "x5t#S256"] {
        refused(signer().header_member(name, "x"), "`public_jwk`");
    }
    refused(signer().header_member("jku", "https://a.example"), "method");
}

#[test]
fn a_chain_needs_a_higher_header_limit_on_both_sides() {
    let certificate = [vec![0x30], vec![7; 1500]].concat();
    let chain = [&certificate, &certificate, &certificate];
    refused(Signer::new(key(1)).x5c(&chain), "the limit is 4096");
    let signer = Signer::new(key(1)).max_header_length(10_000).unwrap().x5c(&chain).unwrap();
    let token = signer.sign(&json!({"exp": NOW + 9})).unwrap();
    let verifier = |longest| {
        let builder = countersign_signed::Verifier::builder(set([key(1).verifying_key()]));
        builder.max_header_length(longest).build().unwrap()
    };
    assert!(verifier(10_000).verify::<Value>(&token, at(NOW)).is_ok());
    assert_eq!(verifier(4096).verify::<Value>(&token, at(NOW)).unwrap_err().kind(), ErrorKind::TokenTooLong);
}

/// RFC 9449 section 4.2: `typ`, `alg`, and the public key.
#[test]
fn a_dpop_proof_verifies_under_the_key_in_its_header() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap().without_kid();
    let proof = Signer::new(key).token_type("dpop+jwt").unwrap().public_jwk().unwrap();
    let proof =
        proof.sign(&json!({"jti": "a", "htm": "GET", "htu": "https://a.example", "iat": NOW})).unwrap();
    let header = header_of(&proof);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
    // What a server does that has checked the key's thumbprint against `cnf.jkt`.
    let shown = VerifyingKey::from_jwk(&header["jwk"].to_string()).unwrap();
    assert!(jws::verify(&set([shown]), &proof).is_ok());
    assert!(builder().build().unwrap().verify::<Value>(&proof, at(NOW)).is_err());
}
