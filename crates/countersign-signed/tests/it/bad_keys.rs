//! Keys in PEM, DER and bare bytes that are refused, each with its kind and with what the error says: what was found and what was
//! expected, never the key.

use crate::common::refused::check;
use countersign_signed::ErrorKind::{InvalidKey, SecretIsAKey, SecretTooShort};
use countersign_signed::{Algorithm, ErrorKind, KeyFormat, SigningKey, VerifyingKey};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/", $name))
    };
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn pem_of_another_kind_is_refused_by_name() {
    let public: &[(&str, Algorithm, &str, &str)] = &[
        (
            "a private key",
            Algorithm::ES256,
            fixture!("openssl/p256_pkcs8.pem"),
            "expected PEM of `PUBLIC KEY`, found `PRIVATE KEY`",
        ),
        ("a SEC 1 key", Algorithm::ES256, fixture!("openssl/p256_sec1.pem"), "found `EC PRIVATE KEY`"),
        ("a certificate", Algorithm::ES256, fixture!("ecdsa_certificate.pem"), "found `CERTIFICATE`"),
        (
            "RSA for ECDSA",
            Algorithm::ES256,
            fixture!("openssl/rsa_spki.pem"),
            "ES256 needs an EC key on P-256, found an RSA key",
        ),
        (
            "PKCS#1 for ECDSA",
            Algorithm::ES256,
            fixture!("openssl/rsa_public_pkcs1.pem"),
            "found `RSA PUBLIC KEY`",
        ),
        ("P-384 for ES256", Algorithm::ES256, fixture!("openssl/p384_spki.pem"), "found an EC key on P-384"),
        (
            "secp256k1 for ES256",
            Algorithm::ES256,
            fixture!("openssl/secp256k1_spki.pem"),
            "found an EC key on secp256k1",
        ),
        (
            "P-256 for ES256K",
            Algorithm::ES256K,
            fixture!("openssl/p256_spki.pem"),
            "ES256K needs an EC key on secp256k1",
        ),
        (
            "Ed25519 for RSA",
            Algorithm::PS256,
            fixture!("openssl/ed25519_spki.pem"),
            "PS256 needs an RSA key, found an Ed25519 key",
        ),
        (
            "EC for EdDSA",
            Algorithm::EdDSA,
            fixture!("openssl/p256_spki.pem"),
            "EdDSA needs an Ed25519 key, found an EC key on P-256",
        ),
        (
            "EC for ML-DSA",
            Algorithm::MLDSA44,
            fixture!("openssl/p256_spki.pem"),
            "ML-DSA-44 needs an ML-DSA-44 key",
        ),
        (
            "EC for HMAC",
            Algorithm::HS256,
            fixture!("openssl/p256_spki.pem"),
            "HS256 needs a secret, found an EC key on P-256",
        ),
        ("X25519", Algorithm::EdDSA, fixture!("openssl/x25519_spki.pem"), "found an X25519 key"),
        ("Ed448", Algorithm::EdDSA, fixture!("openssl/ed448_spki.pem"), "found an Ed448 key"),
        (
            "another curve",
            Algorithm::ES256,
            fixture!("openssl/brainpool_spki.pem"),
            "it is on another curve than P-256",
        ),
        (
            "a curve by parameters",
            Algorithm::ES256,
            fixture!("openssl/p256_explicit_spki.pem"),
            "its curve is not given by name",
        ),
        (
            "PSS for PKCS1-v1_5",
            Algorithm::RS256,
            fixture!("openssl/pss_spki.pem"),
            "RS256 needs an RSA key, found an RSA key for PSS alone",
        ),
        (
            "PSS with SHA-384 for PS256",
            Algorithm::PS256,
            fixture!("openssl/pss_sha384_spki.pem"),
            "found an RSA key for PS384 alone",
        ),
        (
            "MGF1 with SHA-1, which DER leaves out",
            Algorithm::PS256,
            fixture!("openssl/pss_sha256_mgf1_sha1_spki.pem"),
            "its PSS parameters are not those",
        ),
        (
            "MGF1 with another hash",
            Algorithm::PS256,
            fixture!("openssl/pss_sha256_mgf1_sha512_spki.pem"),
            "its PSS parameters are not those",
        ),
        (
            "a longer salt",
            Algorithm::PS256,
            fixture!("openssl/pss_sha256_salt_64_spki.pem"),
            "its PSS parameters are not those",
        ),
        (
            "1024 bits",
            Algorithm::PS256,
            fixture!("rsa_1024_spki.pem"),
            "must have 2048 to 8192 bits, found 1024",
        ),
        ("2047 bits", Algorithm::RS512, fixture!("rsa_2047_spki.pem"), "found 2047"),
        ("8200 bits", Algorithm::RS384, fixture!("rsa_8200_spki.pem"), "found 8200"),
        ("e = 1", Algorithm::RS256, fixture!("rsa_e1_spki.pem"), "exponent must be odd, at least 3"),
        ("e = 2", Algorithm::PS512, fixture!("rsa_e2_spki.pem"), "exponent must be odd"),
        ("e = 65536", Algorithm::RS256, fixture!("rsa_e65536_spki.pem"), "exponent must be odd"),
        ("an even modulus", Algorithm::RS256, fixture!("rsa_even_modulus_spki.pem"), "modulus must be odd"),
    ];
    for (case, algorithm, text, expected) in public {
        check(case, VerifyingKey::from_pem(*algorithm, text).err(), InvalidKey, expected);
    }
    let private: &[(&str, Algorithm, &str, &str)] = &[
        (
            "a public key",
            Algorithm::ES256,
            fixture!("openssl/p256_spki.pem"),
            "expected PEM of `PRIVATE KEY` or `EC PRIVATE KEY`, found `PUBLIC KEY`",
        ),
        (
            "SEC 1 for RSA",
            Algorithm::RS256,
            fixture!("openssl/p256_sec1.pem"),
            "expected PEM of `PRIVATE KEY` or `RSA PRIVATE KEY`, found `EC PRIVATE KEY`",
        ),
        ("PKCS#1 for ECDSA", Algorithm::ES256, fixture!("openssl/rsa_pkcs1.pem"), "found `RSA PRIVATE KEY`"),
        (
            "encrypted",
            Algorithm::ES256,
            fixture!("openssl/encrypted_pkcs8.pem"),
            "found `ENCRYPTED PRIVATE KEY`",
        ),
        (
            "encrypted the old way",
            Algorithm::RS256,
            fixture!("openssl/rsa_pkcs1_encrypted.pem"),
            "it is encrypted",
        ),
        (
            "three primes",
            Algorithm::RS256,
            fixture!("openssl/rsa_three_primes_pkcs8.pem"),
            "an RSA key has two primes here",
        ),
        (
            "a curve by parameters",
            Algorithm::ES256,
            fixture!("openssl/p256_explicit_pkcs8.pem"),
            "its curve is not given by name",
        ),
        (
            "P-521 for ES384",
            Algorithm::ES384,
            fixture!("openssl/p521_sec1.pem"),
            "ES384 needs an EC key on P-384, found an EC key on P-521",
        ),
        ("Ed448", Algorithm::EdDSA, fixture!("openssl/ed448_pkcs8.pem"), "found an Ed448 key"),
        (
            "RSA for EdDSA",
            Algorithm::EdDSA,
            fixture!("openssl/rsa_pkcs8.pem"),
            "EdDSA needs an Ed25519 key, found an RSA key",
        ),
        ("1024 bits", Algorithm::PS256, fixture!("rsa_1024_pkcs8.pem"), "found 1024"),
    ];
    for (case, algorithm, text, expected) in private {
        check(case, SigningKey::from_pem(*algorithm, text).err(), InvalidKey, expected);
    }
}

/// An element of DER, shorter than 128 bytes.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, u8::try_from(content.len()).unwrap()], &content[..]].concat()
}

const ED25519_SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const ED25519_PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

#[test]
fn der_that_is_not_quite_a_private_key_is_refused() {
    let p256: &[u8] = &[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
    let p384: &[u8] = &[6, 5, 0x2B, 0x81, 4, 0, 0x22];
    let ec: &[u8] = &[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
    let ed25519 = tlv(0x30, &[&[6, 3, 0x2B, 0x65, 0x70]]);
    let (zero, one) = (&[2, 1, 0][..], &[2, 1, 1][..]);
    let seed = tlv(4, &[&tlv(4, &[&bytes(ED25519_SEED)])]);
    let own = tlv(0x81, &[&[0], &bytes(ED25519_PUBLIC)]);
    let other = tlv(0x81, &[&[0, 3], &[0; 31]]);
    let scalar = tlv(4, &[&[7; 32]]);
    let sec1 = |parts: &[&[u8]]| tlv(0x30, &[&[one, &scalar], parts].concat());
    let another = SigningKey::from_bytes(Algorithm::ES256, &[8; 32]).unwrap().verifying_key();
    let another = tlv(0xA1, &[&tlv(3, &[&[0], &another.to_bytes().unwrap()])]);

    // They are right as far as they should be.
    let v1 = tlv(0x30, &[zero, &ed25519, &seed]);
    assert!(SigningKey::from_der(Algorithm::EdDSA, &v1).is_ok());
    assert!(SigningKey::from_der(Algorithm::EdDSA, &tlv(0x30, &[one, &ed25519, &seed, &own])).is_ok());
    assert!(SigningKey::from_der(Algorithm::ES256, &sec1(&[&tlv(0xA0, &[p256])])).is_ok());

    let malformed = "it is not the DER of a key";
    let foreign = "the public key beside the private one is not its own";
    let table: &[(&str, Algorithm, Vec<u8>, &str)] = &[
        ("nothing", Algorithm::EdDSA, vec![], malformed),
        ("zeros", Algorithm::EdDSA, vec![0; 48], malformed),
        ("something after it", Algorithm::EdDSA, [&v1[..], &[0]].concat(), malformed),
        ("something missing", Algorithm::EdDSA, v1[..47].to_vec(), malformed),
        ("PEM", Algorithm::EdDSA, fixture!("openssl/ed25519_pkcs8.pem").into(), malformed),
        ("17 KiB", Algorithm::EdDSA, vec![0x30; 17 * 1024], "a key has at most 16384 bytes"),
        ("version 2", Algorithm::EdDSA, tlv(0x30, &[&[2, 1, 2], &ed25519, &seed]), malformed),
        ("a public key in version 0", Algorithm::EdDSA, tlv(0x30, &[zero, &ed25519, &seed, &own]), malformed),
        ("another public key", Algorithm::EdDSA, tlv(0x30, &[one, &ed25519, &seed, &other]), foreign),
        (
            "parameters of Ed25519",
            Algorithm::EdDSA,
            tlv(0x30, &[zero, &tlv(0x30, &[&[6, 3, 0x2B, 0x65, 0x70, 5, 0]]), &seed]),
            malformed,
        ),
        (
            "a short seed",
            Algorithm::EdDSA,
            tlv(0x30, &[zero, &ed25519, &tlv(4, &[&tlv(4, &[&[7; 31]])])]),
            "a private key of Ed25519 has 32 bytes, found 31",
        ),
        ("a bare seed", Algorithm::EdDSA, tlv(0x30, &[zero, &ed25519, &tlv(4, &[&[7; 32]])]), malformed),
        (
            "an unknown kind",
            Algorithm::EdDSA,
            tlv(0x30, &[zero, &tlv(0x30, &[&[6, 1, 42]]), &seed]),
            "found a key of an unknown kind",
        ),
        ("no curve", Algorithm::ES256, sec1(&[]), "it does not name its curve"),
        ("another curve", Algorithm::ES256, sec1(&[&tlv(0xA0, &[p384])]), "found an EC key on P-384"),
        ("another public key", Algorithm::ES256, sec1(&[&tlv(0xA0, &[p256]), &another]), foreign),
        ("SEC 1 version 0", Algorithm::ES256, tlv(0x30, &[zero, &scalar, &tlv(0xA0, &[p256])]), malformed),
        (
            "two curves",
            Algorithm::ES256,
            tlv(0x30, &[zero, &tlv(0x30, &[ec, p256]), &tlv(4, &[&sec1(&[&tlv(0xA0, &[p384])])])]),
            "it names two curves",
        ),
        (
            "a short scalar",
            Algorithm::ES256,
            tlv(0x30, &[one, &tlv(4, &[&[7; 31]]), &tlv(0xA0, &[p256])]),
            "a private key on P-256 has 32 bytes, found 31",
        ),
        (
            "a scalar of zero",
            Algorithm::ES256,
            tlv(0x30, &[one, &tlv(4, &[&[0; 32]]), &tlv(0xA0, &[p256])]),
            "not from 1 to the order of P-256",
        ),
        ("a public key", Algorithm::EdDSA, another_spki(), "expected a private key, found a public one"),
        (
            "an expanded ML-DSA key",
            Algorithm::MLDSA44,
            tlv(
                0x30,
                &[
                    zero,
                    &tlv(0x30, &[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17]]),
                    &tlv(4, &[&tlv(4, &[&[7; 64]])]),
                ],
            ),
            "in the form of its seed alone",
        ),
    ];
    for (case, algorithm, der, text) in table {
        check(case, SigningKey::from_der(*algorithm, der).err(), InvalidKey, text);
    }
}

fn another_spki() -> Vec<u8> {
    SigningKey::ed25519(&[7; 32]).unwrap().verifying_key().to_der(KeyFormat::Spki).unwrap()
}

#[test]
fn der_that_is_not_quite_a_public_key_is_refused() {
    let spki = another_spki();
    let small = |mut der: Vec<u8>| {
        der.truncate(12);
        der.extend([1]);
        der.extend([0; 31]);
        der
    };
    let bits = |mut der: Vec<u8>| {
        der[11] = 1;
        der
    };
    let private = SigningKey::ed25519(&[7; 32]).unwrap().to_der(KeyFormat::Pkcs8).unwrap();
    let table: &[(&str, Algorithm, Vec<u8>, &str)] = &[
        ("something after it", Algorithm::EdDSA, [&spki[..], &[5, 0]].concat(), "it is not the DER of a key"),
        ("unused bits", Algorithm::EdDSA, bits(spki.clone()), "it is not the DER of a key"),
        ("a point of small order", Algorithm::EdDSA, small(spki), "the point is of small order"),
        (
            "a private key",
            Algorithm::EdDSA,
            private.expose().to_vec(),
            "expected a public key, found a private one",
        ),
        ("one integer", Algorithm::RS256, tlv(0x30, &[&[2, 1, 3]]), "it is not the DER of a key"),
        ("nine integers", Algorithm::RS256, tlv(0x30, &[&[2, 1, 3].repeat(9)]), "found more"),
        ("two small integers", Algorithm::RS256, tlv(0x30, &[&[2, 1, 3].repeat(2)]), "found 2"),
        (
            "a negative integer",
            Algorithm::RS256,
            tlv(0x30, &[&[2, 1, 0x83, 2, 1, 3]]),
            "it is not the DER of a key",
        ),
    ];
    for (case, algorithm, der, text) in table {
        check(case, VerifyingKey::from_der(*algorithm, der).err(), InvalidKey, text);
    }
}

#[test]
fn raw_bytes_that_are_no_key_are_refused() {
    let order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let private: &[(&str, Algorithm, Vec<u8>, ErrorKind, &str)] = &[
        (
            "a scalar of zero",
            Algorithm::ES256,
            vec![0; 32],
            InvalidKey,
            "not from 1 to the order of P-256 less one",
        ),
        ("the order", Algorithm::ES256, order, InvalidKey, "not from 1 to the order"),
        ("33 bytes", Algorithm::ES256, vec![1; 33], InvalidKey, "has 32 bytes, found 33"),
        (
            "P-521 in 65 bytes",
            Algorithm::ES512,
            vec![0; 65],
            InvalidKey,
            "a private key on P-521 has 66 bytes, found 65",
        ),
        (
            "an Ed25519 pair",
            Algorithm::EdDSA,
            vec![1; 64],
            InvalidKey,
            "a private key of Ed25519 has 32 bytes, found 64",
        ),
        ("RSA", Algorithm::RS256, vec![1; 256], InvalidKey, "use DER, PEM or JWK"),
        ("31 bytes for HS256", Algorithm::HS256, vec![7; 31], SecretTooShort, "HS256 needs 32 bytes"),
        ("47 bytes for HS384", Algorithm::HS384, vec![7; 47], SecretTooShort, "HS384 needs 48 bytes"),
        ("63 bytes for HS512", Algorithm::HS512, vec![7; 63], SecretTooShort, "HS512 needs 64 bytes"),
        ("PEM for HS256", Algorithm::HS256, fixture!("openssl/p521_spki.pem").into(), SecretIsAKey, ""),
        ("DER for HS512", Algorithm::HS512, another_spki().repeat(2), SecretIsAKey, ""),
    ];
    for (case, algorithm, key, kind, text) in private {
        check(case, SigningKey::from_bytes(*algorithm, key).err(), *kind, text);
    }
    let short = SigningKey::hmac_accepting_a_dangerously_short_secret(Algorithm::ES256, b"secret");
    check("a secret for ES256", short.err(), InvalidKey, "ES256 needs an EC key on P-256, found a secret");
    let short = VerifyingKey::hmac_accepting_a_dangerously_short_secret(Algorithm::RS256, b"secret");
    check("a secret for RS256", short.err(), InvalidKey, "RS256 needs an RSA key, found a secret");
    // The generator of P-256 (SEC 2 section 2.4.2), and what is nearly it.
    let x = bytes("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    let y = bytes("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
    let prime = bytes("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let point = |front: u8, parts: &[&[u8]]| [&[front], &parts.concat()[..]].concat();
    let mut off = y.clone();
    off[31] ^= 1;
    assert!(VerifyingKey::from_bytes(Algorithm::ES256, &point(4, &[&x, &y])).is_ok());
    let public: &[(&str, Algorithm, Vec<u8>, &str)] = &[
        ("the point at infinity", Algorithm::ES256, vec![0], "not an encoded point of P-256"),
        ("infinity, padded", Algorithm::ES256, vec![0; 65], "not an encoded point of P-256"),
        ("nothing", Algorithm::ES256, vec![], "not an encoded point of P-256"),
        ("hybrid form", Algorithm::ES256, point(7, &[&x, &y]), "not an encoded point of P-256"),
        ("compact form", Algorithm::ES256, point(5, &[&x]), "not an encoded point of P-256"),
        ("without its first byte", Algorithm::ES256, [&x[..], &y].concat(), "not an encoded point of P-256"),
        ("off the curve", Algorithm::ES256, point(4, &[&x, &off]), "the point is not on P-256"),
        ("zero and zero", Algorithm::ES256, point(4, &[&[0; 64]]), "the point is not on P-256"),
        ("x is the prime", Algorithm::ES256, point(4, &[&prime, &y]), "the point is not on P-256"),
        ("one coordinate", Algorithm::ES256, point(4, &[&x]), "not as long as one of P-256"),
        ("both coordinates compressed", Algorithm::ES256, point(2, &[&x, &y]), "not as long as one of P-256"),
        ("x is the prime, compressed", Algorithm::ES256, point(2, &[&prime]), "the point is not on P-256"),
        ("on another curve", Algorithm::ES256K, point(4, &[&x, &y]), "the point is not on secp256k1"),
        ("a shorter curve's", Algorithm::ES384, point(4, &[&x, &y]), "not as long as one of P-384"),
        ("31 bytes", Algorithm::EdDSA, vec![1; 31], "a public key of Ed25519 has 32 bytes, found 31"),
        ("no point of Ed25519", Algorithm::EdDSA, point(2, &[&[0; 31]]), "it is no point of Ed25519"),
        ("RSA", Algorithm::PS512, vec![1; 256], "use DER, PEM or JWK"),
    ];
    for (case, algorithm, key, text) in public {
        check(case, VerifyingKey::from_bytes(*algorithm, key).err(), InvalidKey, text);
    }
    #[cfg(feature = "ml-dsa")]
    check(
        "a public key of ML-DSA-65",
        VerifyingKey::from_bytes(Algorithm::MLDSA44, &[1; 1952]).err(),
        InvalidKey,
        "a public key of ML-DSA-44 has 1312 bytes, found 1952",
    );
}

#[test]
fn sizes_that_rsa_keys_do_not_have_are_not_generated() {
    for bits in [0, 1024, 2047, 2049, 8200] {
        check(
            "bits",
            SigningKey::generate_rsa(Algorithm::RS256, bits).err(),
            InvalidKey,
            "2048 to 8192 bits",
        );
    }
    check(
        "ES256",
        SigningKey::generate_rsa(Algorithm::ES256, 2048).err(),
        InvalidKey,
        "ES256 has no RSA keys",
    );
}
