//! Published tokens and keys: RFC 7515, RFC 7517, RFC 7520, RFC 7638, RFC 8037.
//!
//! The PEM files are the RFCs' JWKs, written by the Python package `cryptography`.

use crate::common::{at, set, unbase64};
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
    assert_eq!(verified.signing_input(), b"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzb21lIjoicGF5bG9hZCJ9");
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
    for pem in [
        include_str!("../fixtures/rfc7515_a2_spki.pem"),
        include_str!("../fixtures/rfc7515_a2_public_pkcs1.pem"),
    ] {
        let key = VerifyingKey::from_pem(Algorithm::RS256, pem).unwrap();
        assert_eq!(key.kid(), Some("IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"));
        assert_eq!(key.to_pem(KeyFormat::Spki).unwrap(), include_str!("../fixtures/rfc7515_a2_spki.pem"));
        let verifier = Verifier::builder(set([key])).issuer("joe").build().unwrap();
        let verified = verifier.verify::<Value>(A2, at(1_300_819_379)).unwrap();
        assert_eq!(verified.algorithm(), Algorithm::RS256);
    }
}

#[test]
fn rfc_7515_a_2_is_signed_byte_for_byte_with_either_form_of_the_private_key() {
    let payload = unbase64(A2.split('.').nth(1).unwrap());
    for pem in
        [include_str!("../fixtures/rfc7515_a2_pkcs8.pem"), include_str!("../fixtures/rfc7515_a2_pkcs1.pem")]
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
    let private = include_str!("../fixtures/rfc8037_a1_pkcs8.pem");
    let public = include_str!("../fixtures/rfc8037_a2_spki.pem");
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
    let rsa = VerifyingKey::from_pem(Algorithm::RS256, include_str!("../fixtures/rfc7638_spki.pem")).unwrap();
    assert_eq!(rsa.kid(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    assert_eq!(VerifyingKey::hs256(&[1; 32]).unwrap().kid(), None);
}

#[test]
fn rfc_7520_4_1_and_4_4_verify_under_their_kid() {
    let rsa =
        VerifyingKey::from_pem(Algorithm::RS256, include_str!("../fixtures/rfc7520_3_3_spki.pem")).unwrap();
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

/// RFC 7515 appendix A.3.1.
const A3: &str = concat!(
    "eyJhbGciOiJFUzI1NiJ9",
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
);
const A3_KEY: &str = r#"{"kty":"EC",
      "crv":"P-256",
      "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
      "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
     }"#;

/// RFC 7515 appendix A.4.1.
const A4: &str = concat!(
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
    ".AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7Xdt",
    "AG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
);
const A4_KEY: &str = r#"{"kty":"EC",
      "crv":"P-521",
      "x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
      "y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
      "d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"
     }"#;

#[test]
fn rfc_7515_a_3_and_a_4_verify_with_their_keys() {
    for (token, key, algorithm) in [(A3, A3_KEY, Algorithm::ES256), (A4, A4_KEY, Algorithm::ES512)] {
        let key = SigningKey::from_jwk(key).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let keys = set([key.verifying_key()]);
        let payload = jws::verify(&keys, token).unwrap().into_payload();
        assert_eq!(payload, unbase64(token.split('.').nth(1).unwrap()));
        let again = jws::sign(&key, &jws::Header::without_type(), &payload).unwrap();
        assert_eq!(jws::verify(&keys, &again).unwrap().payload(), payload);
    }
}

#[test]
fn rfc_7515_a_5_which_is_not_signed_is_refused() {
    let token = concat!(
        "eyJhbGciOiJub25lIn0",
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    );
    let keys = set([SigningKey::from_jwk(A3_KEY).unwrap().verifying_key()]);
    assert_eq!(jws::verify(&keys, token).unwrap_err().kind(), ErrorKind::UnsupportedAlgorithm);
}

/// RFC 7517 appendix A.3: two symmetric keys, one to wrap keys with, one for HMAC that does not say so.
#[test]
fn rfc_7517_a_3_secrets_are_for_what_they_are_for() {
    let wrapping = r#"{"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"}"#;
    assert_eq!(SigningKey::from_jwk(wrapping).unwrap_err().kind(), ErrorKind::UnsupportedAlgorithm);
    let hmac = r#"{"kty":"oct",
      "k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
      "kid":"HMAC key used in JWS spec Appendix A.1 example"}"#;
    assert_eq!(SigningKey::from_jwk(hmac).unwrap_err().kind(), ErrorKind::InvalidKey);
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let key = SigningKey::from_jwk_as(algorithm, hmac).unwrap();
        assert_eq!(key.kid(), Some("HMAC key used in JWS spec Appendix A.1 example"));
        assert_eq!(key.to_bytes().unwrap().expose(), unbase64(A1_KEY));
    }
    let key = VerifyingKey::from_jwk_as(Algorithm::HS256, hmac).unwrap().without_kid();
    assert!(jws::verify(&set([key]), A1).is_ok());
}

#[test]
fn rfc_8037_a_1_is_read_and_written() {
    let private = format!(r#"{{"kty":"OKP","crv":"Ed25519","d":"{EDDSA_D}","x":"{EDDSA_X}"}}"#);
    let key = SigningKey::from_jwk(&private).unwrap().without_kid();
    assert_eq!(
        key.to_jwk().unwrap().expose(),
        format!(
            r#"{{"crv":"Ed25519","kty":"OKP","x":"{EDDSA_X}","d":"{EDDSA_D}","alg":"EdDSA","use":"sig"}}"#
        )
    );
    assert_eq!(
        key.with_kid("a").unwrap().verifying_key().to_jwk().unwrap(),
        format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{EDDSA_X}","kid":"a","alg":"EdDSA","use":"sig"}}"#)
    );
}

/// RFC 9864 section 2.2: the name is kept where a JWK has it, and is another name for the same algorithm.
#[test]
fn a_jwk_of_ed25519_keeps_the_name_that_it_has() {
    let jwk = |alg: &str| {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","d":"{EDDSA_D}","x":"{EDDSA_X}","alg":"{alg}"}}"#)
    };
    for alg in ["EdDSA", "Ed25519"] {
        let key = SigningKey::from_jwk_as(Algorithm::EdDSA, &jwk(alg)).unwrap();
        assert!(key.verifying_key().to_jwk().unwrap().contains(&format!(r#""alg":"{alg}""#)));
        let token = jws::sign(&key.without_kid(), &jws::Header::without_type(), b"x").unwrap();
        assert_eq!(unbase64(token.split('.').next().unwrap()), format!(r#"{{"alg":"{alg}"}}"#).as_bytes());
    }
    // Keys of other algorithms have one name.
    let key = SigningKey::hs256(&[7; 32]).unwrap().with_rfc_9864_name();
    assert!(key.to_jwk().unwrap().expose().contains(r#""alg":"HS256""#));
}
