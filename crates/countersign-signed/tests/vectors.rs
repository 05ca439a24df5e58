//! Published tokens and keys: RFC 7515, RFC 7520, RFC 7638, RFC 8037.
//!
//! The PEM files are the RFCs' JWKs, written by the Python package `cryptography`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod common;

use common::{at, set, unbase64};
use countersign_signed::{Algorithm, ErrorKind, KeyFormat, Signer, SigningKey, Verifier, VerifyingKey, jws};
use serde_json::{Value, json};

const PINNED: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzb21lIjoicGF5bG9hZCJ9.Joh1R2dYzkRvDkqv3sygm5YyK8Gi4ShZqbhK2gxcs2U";

/// RFC 7515 appendix A.1.1; the header has a line break in it.
const A1: &str = concat!(
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
);
const A1_KEY: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

/// RFC 7515 appendix A.2.1.
const A2: &str = concat!(
    "eyJhbGciOiJSUzI1NiJ9",
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5juj",
    "Gbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K",
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6L",
    "bgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
);

/// RFC 8037 appendix A.4.
const EDDSA: &str = concat!(
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
);
const EDDSA_D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const EDDSA_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// RFC 7520 section 4.1.
const COOKBOOK_RS256: &str = concat!(
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3V",
    "zIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHl",
    "vdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9",
    "mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp8",
    "3xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6",
    "x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI",
    "-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
);

/// RFC 7520 section 4.4.
const COOKBOOK_HS256: &str = concat!(
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.SXTigJlzIGEgZGF",
    "uZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5",
    "kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN",
    "3ZXB0IG9mZiB0by4.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
);

#[test]
fn the_pinned_token_is_produced_and_verified_byte_for_byte() {
    let key = SigningKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, b"secret").unwrap();
    assert_eq!(Signer::new(key.clone()).sign(&json!({"some": "payload"})).unwrap(), PINNED);
    let verifier = Verifier::builder(set([key.verifying_key()])).without_required_expiry().build().unwrap();
    let verified = verifier.verify::<Value>(PINNED, at(0)).unwrap();
    assert_eq!(verified.claims(), &json!({"some": "payload"}));
    assert_eq!(verified.signing_input(), "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzb21lIjoicGF5bG9hZCJ9");
}

#[test]
fn rfc_7515_a_1_verifies_until_its_exp() {
    let key = VerifyingKey::hs256(&unbase64(A1_KEY)).unwrap();
    let verifier = Verifier::builder(set([key])).issuer("joe").build().unwrap();
    let verified = verifier.verify::<Value>(A1, at(1_300_819_379)).unwrap();
    assert_eq!(verified.claims()["http://example.com/is_root"], json!(true));
    assert_eq!(verified.registered().exp(), Some(at(1_300_819_380)));
    let late = verifier.verify::<Value>(A1, at(1_300_819_380)).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Expired);
}

#[test]
fn rfc_7515_a_2_verifies_with_either_form_of_the_public_key() {
    for pem in
        [include_str!("fixtures/rfc7515_a2_spki.pem"), include_str!("fixtures/rfc7515_a2_public_pkcs1.pem")]
    {
        let key = VerifyingKey::from_pem(Algorithm::RS256, pem).unwrap();
        assert_eq!(key.kid(), Some("IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"));
        assert_eq!(key.to_pem(KeyFormat::Spki).unwrap(), include_str!("fixtures/rfc7515_a2_spki.pem"));
        let verifier = Verifier::builder(set([key])).issuer("joe").build().unwrap();
        let verified = verifier.verify::<Value>(A2, at(1_300_819_379)).unwrap();
        assert_eq!(verified.algorithm(), Algorithm::RS256);
    }
}

#[test]
fn rfc_7515_a_2_is_signed_byte_for_byte_with_either_form_of_the_private_key() {
    let payload = unbase64(A2.split('.').nth(1).unwrap());
    for pem in [include_str!("fixtures/rfc7515_a2_pkcs8.pem"), include_str!("fixtures/rfc7515_a2_pkcs1.pem")]
    {
        let key = SigningKey::from_pem(Algorithm::RS256, pem).unwrap();
        assert_eq!(key.kid(), Some("IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"));
        assert_eq!(jws::sign(&key.without_kid(), &jws::Header::without_type(), &payload).unwrap(), A2);
    }
}

#[test]
fn rfc_8037_a_4_and_a_5_are_signed_and_verified_byte_for_byte() {
    let key = SigningKey::ed25519(&unbase64(EDDSA_D).try_into().unwrap()).unwrap();
    let payload = b"Example of Ed25519 signing";
    assert_eq!(jws::sign(&key.without_kid(), &jws::Header::without_type(), payload).unwrap(), EDDSA);
    let key = VerifyingKey::ed25519(&unbase64(EDDSA_X).try_into().unwrap()).unwrap();
    assert_eq!(jws::verify(&set([key]), EDDSA).unwrap().payload(), payload);
}

#[test]
fn ed25519_keys_are_read_from_and_written_to_pem() {
    let private = include_str!("fixtures/rfc8037_a1_pkcs8.pem");
    let public = include_str!("fixtures/rfc8037_a2_spki.pem");
    let key = SigningKey::from_pem(Algorithm::EdDSA, private).unwrap();
    assert_eq!(key.to_pem(KeyFormat::Pkcs8).unwrap().expose(), private);
    assert_eq!(key.verifying_key().to_pem(KeyFormat::Spki).unwrap(), public);
    let key = VerifyingKey::from_pem(Algorithm::EdDSA, public).unwrap();
    assert_eq!(key.to_pem(KeyFormat::Spki).unwrap(), public);
    assert!(jws::verify(&set([key]), EDDSA).is_ok());
}

#[test]
fn rfc_8037_a_3_and_rfc_7638_3_1_give_the_thumbprints() {
    let ed25519 = SigningKey::ed25519(&unbase64(EDDSA_D).try_into().unwrap()).unwrap();
    assert_eq!(ed25519.kid(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    let rsa = VerifyingKey::from_pem(Algorithm::RS256, include_str!("fixtures/rfc7638_spki.pem")).unwrap();
    assert_eq!(rsa.kid(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    assert_eq!(VerifyingKey::hs256(&[1; 32]).unwrap().kid(), None);
}

#[test]
fn rfc_7520_4_1_and_4_4_verify_under_their_kid() {
    let rsa =
        VerifyingKey::from_pem(Algorithm::RS256, include_str!("fixtures/rfc7520_3_3_spki.pem")).unwrap();
    let hmac = VerifyingKey::hs256(&unbase64("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg")).unwrap();
    let keys = set([
        rsa.clone().with_kid("bilbo.baggins@hobbiton.example").unwrap(),
        hmac.with_kid("018c0ae5-4d9b-471b-bfd6-eef314bc7037").unwrap(),
    ]);
    for token in [COOKBOOK_RS256, COOKBOOK_HS256] {
        let payload = jws::verify(&keys, token).unwrap().into_payload();
        assert!(payload.starts_with("It\u{2019}s a dangerous business, Frodo".as_bytes()));
    }
    let unnamed = jws::verify(&set([rsa]), COOKBOOK_RS256).unwrap_err();
    assert_eq!(unnamed.kind(), ErrorKind::UnknownKey);
}
