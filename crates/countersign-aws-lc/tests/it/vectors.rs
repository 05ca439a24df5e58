//! Published tokens, signed and verified with aws-lc: RFC 7515, RFC 7520, RFC 8037, RFC 9964, and those of
//! OpenSSL.

use crate::common::{in_set, sign, verifies};
use countersign_signed::{Algorithm, KeySet, SigningKey, VerifyingKey, jws};
use serde_json::Value;

fn signing(key: SigningKey) -> SigningKey {
    countersign_aws_lc::signing_key(key).unwrap()
}

/// RFC 7515 appendices A.2 and A.3.
const CLAIMS: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

#[test]
fn rfc_7515_a_2_is_signed_and_verified_byte_for_byte() {
    let signature = concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5juj",
        "Gbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K",
        "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6L",
        "bgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.{signature}");
    let pem = include_str!("../../../countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");
    let key = signing(SigningKey::from_pem(Algorithm::RS256, pem).unwrap()).without_kid();
    assert_eq!(sign(&key, &crate::common::unbase64(CLAIMS)), token);
    assert!(verifies(key.verifying_key(), &token));
}

/// The key of RFC 7515 appendix A.2 with its primes exchanged and the rest computed anew, in Python; nothing
/// says which of them comes first (RFC 8017 section 3.2).
#[test]
fn the_order_of_the_primes_does_not_matter() {
    let pem = include_str!("../../../countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");
    let first = signing(SigningKey::from_pem(Algorithm::RS256, pem).unwrap());
    let second =
        signing(SigningKey::from_jwk(include_str!("../fixtures/rsa_smaller_prime_first.jwk")).unwrap());
    assert_ne!(first.to_jwk().unwrap().expose(), second.to_jwk().unwrap().expose());
    assert_eq!(sign(&first, b"payload"), sign(&second, b"payload"));
}

#[test]
fn rfc_7515_a_3_and_a_4_verify() {
    for (jwk, token) in [
        (
            r#"{"kty":"EC","crv":"P-256",
                "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#,
            format!(
                "eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.\
                DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
            ),
        ),
        (
            r#"{"kty":"EC","crv":"P-521",
                "x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
                "y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
                "d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"}"#,
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.\
            AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwF\
            KdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
                .to_owned(),
        ),
    ] {
        let key = signing(SigningKey::from_jwk(jwk).unwrap()).without_kid();
        assert!(verifies(key.verifying_key(), &token));
        assert!(verifies(key.verifying_key(), &sign(&key, b"again")));
    }
}

/// A vector's token with its key, private or secret; then one that the private key signs.
fn verified(vector: &Value) -> (SigningKey, String) {
    let algorithm = Algorithm::from_name(vector["input"]["alg"].as_str().unwrap()).unwrap();
    let jwk = vector["input"]["key"].to_string();
    let key = signing(SigningKey::from_jwk_as(algorithm, &jwk).unwrap());
    let token = vector["output"]["compact"].as_str().unwrap();
    let keys = KeySet::new([key.verifying_key()]).unwrap();
    let payload = jws::verify(&keys, token).unwrap().into_payload();
    assert_eq!(payload, vector["input"]["payload"].as_str().unwrap().as_bytes());
    let again = sign(&key, &payload);
    assert!(in_set(&keys, &again));
    (key, again)
}

#[test]
fn rfc_7520_section_4_verifies() {
    for path in ["4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_3.ecdsa_signature"] {
        let Some(vector) = crate::published::read(&format!("jose-cookbook/jws/{path}.json")) else { return };
        let (key, again) = verified(&vector);
        let same = again == vector["output"]["compact"].as_str().unwrap();
        assert_eq!(same, key.algorithm() == Algorithm::RS256);
    }
}

#[test]
fn rfc_8037_appendix_a_4_is_signed_byte_for_byte() {
    let Some(vector) = crate::published::read("jose-cookbook/curve25519/jws.json") else { return };
    let (key, _) = verified(&vector);
    let token = sign(&key.without_kid(), b"Example of Ed25519 signing");
    assert_eq!(token, vector["output"]["compact"].as_str().unwrap());
}

#[test]
fn rfc_9964_appendix_a_1_verifies() {
    for number in [44, 65, 87] {
        let Some(vector) = crate::published::read(&format!("ml-dsa-jose/ML_DSA_{number}.jose.json")) else {
            return;
        };
        let pure = SigningKey::from_jwk(&vector["jwk"].to_string()).unwrap();
        let key = signing(pure.clone());
        let token = vector["jws"].as_str().unwrap();
        assert!(verifies(key.verifying_key(), token), "{number}");
        assert!(verifies(pure.verifying_key(), &sign(&key, b"again")), "{number}");
    }
}

macro_rules! openssl {
    ($($algorithm:ident $key:literal),* $(,)?) => {
        [$((
            Algorithm::$algorithm,
            include_str!(concat!("../../../countersign-signed/tests/fixtures/openssl/", $key, "_spki.pem")),
            include_str!(concat!(
                "../../../countersign-signed/tests/fixtures/openssl/",
                stringify!($algorithm),
                ".jws"
            )),
        )),*]
    };
}

#[test]
fn tokens_of_openssl_verify() {
    for (algorithm, pem, token) in openssl![
        RS256 "rsa", RS384 "rsa", RS512 "rsa", PS256 "rsa", PS384 "rsa", PS512 "rsa",
        ES256 "p256", ES384 "p384", ES512 "p521", ES256K "secp256k1", EdDSA "ed25519",
    ] {
        let key = VerifyingKey::from_pem(algorithm, pem).unwrap().without_kid();
        let key = countersign_aws_lc::verifying_key(key).unwrap();
        assert!(verifies(key, token.trim()), "{algorithm:?}");
    }
}

/// Signed by OpenSSL with options that RFC 7518 section 3.5 does not leave open.
#[test]
fn pss_of_another_salt_or_mask_is_refused() {
    let pem = include_str!("../../../countersign-signed/tests/fixtures/openssl/rsa_spki.pem");
    for (case, token) in [
        ("salt 0", include_str!("../../../countersign-signed/tests/fixtures/openssl/PS256_salt_0.jws")),
        ("salt 20", include_str!("../../../countersign-signed/tests/fixtures/openssl/PS256_salt_20.jws")),
        ("salt max", include_str!("../../../countersign-signed/tests/fixtures/openssl/PS256_salt_max.jws")),
        (
            "MGF1 SHA-1",
            include_str!("../../../countersign-signed/tests/fixtures/openssl/PS256_mgf1_sha1.jws"),
        ),
    ] {
        let key = VerifyingKey::from_pem(Algorithm::PS256, pem).unwrap().without_kid();
        for (engine, key) in crate::common::both_verifying(&key) {
            assert!(!verifies(key, token.trim()), "{case}, {engine}");
        }
    }
}
