//! Keys and tokens made by OpenSSL 3.0, with `openssl genpkey`, `pkey`, `ec`, `rsa` and `dgst`: every format
//! is read, and written again byte for byte; every signature of its verifies.

use crate::common::set;
use countersign_signed::{Algorithm, ErrorKind, KeyFormat, SigningKey, VerifyingKey, jws};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/openssl/", $name))
    };
}

/// The private key, then the same in another format, then the public key, then the same in another.
struct Files {
    algorithms: &'static [Algorithm],
    private: &'static [(KeyFormat, &'static str)],
    public: &'static [(KeyFormat, &'static str)],
}

const FILES: [Files; 6] = [
    Files {
        algorithms: &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        private: &[
            (KeyFormat::Pkcs8, fixture!("rsa_pkcs8.pem")),
            (KeyFormat::Pkcs1, fixture!("rsa_pkcs1.pem")),
        ],
        public: &[
            (KeyFormat::Spki, fixture!("rsa_spki.pem")),
            (KeyFormat::Pkcs1, fixture!("rsa_public_pkcs1.pem")),
        ],
    },
    Files {
        algorithms: &[Algorithm::ES256],
        private: &[
            (KeyFormat::Pkcs8, fixture!("p256_pkcs8.pem")),
            (KeyFormat::Sec1, fixture!("p256_sec1.pem")),
        ],
        public: &[(KeyFormat::Spki, fixture!("p256_spki.pem"))],
    },
    Files {
        algorithms: &[Algorithm::ES384],
        private: &[
            (KeyFormat::Pkcs8, fixture!("p384_pkcs8.pem")),
            (KeyFormat::Sec1, fixture!("p384_sec1.pem")),
        ],
        public: &[(KeyFormat::Spki, fixture!("p384_spki.pem"))],
    },
    Files {
        algorithms: &[Algorithm::ES512],
        private: &[
            (KeyFormat::Pkcs8, fixture!("p521_pkcs8.pem")),
            (KeyFormat::Sec1, fixture!("p521_sec1.pem")),
        ],
        public: &[(KeyFormat::Spki, fixture!("p521_spki.pem"))],
    },
    Files {
        algorithms: &[Algorithm::ES256K],
        private: &[
            (KeyFormat::Pkcs8, fixture!("secp256k1_pkcs8.pem")),
            (KeyFormat::Sec1, fixture!("secp256k1_sec1.pem")),
        ],
        public: &[(KeyFormat::Spki, fixture!("secp256k1_spki.pem"))],
    },
    Files {
        algorithms: &[Algorithm::EdDSA],
        private: &[(KeyFormat::Pkcs8, fixture!("ed25519_pkcs8.pem"))],
        public: &[(KeyFormat::Spki, fixture!("ed25519_spki.pem"))],
    },
];

/// A compact JWS over `signed by OpenSSL`; the header is the algorithm alone.
fn token(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => fixture!("RS256.jws"),
        Algorithm::RS384 => fixture!("RS384.jws"),
        Algorithm::RS512 => fixture!("RS512.jws"),
        Algorithm::PS256 => fixture!("PS256.jws"),
        Algorithm::PS384 => fixture!("PS384.jws"),
        Algorithm::PS512 => fixture!("PS512.jws"),
        Algorithm::ES256 => fixture!("ES256.jws"),
        Algorithm::ES384 => fixture!("ES384.jws"),
        Algorithm::ES512 => fixture!("ES512.jws"),
        Algorithm::ES256K => fixture!("ES256K.jws"),
        Algorithm::EdDSA => fixture!("EdDSA.jws"),
        _ => panic!("OpenSSL 3.0 has no such signatures"),
    }
    .trim_end()
}

#[test]
fn every_format_is_read_and_written_as_openssl_writes_it() {
    for Files { algorithms, private, public } in FILES {
        for &algorithm in algorithms {
            for (_, text) in private {
                let key = SigningKey::from_pem(algorithm, text).unwrap();
                for (format, text) in private {
                    assert_eq!(key.to_pem(*format).unwrap().expose(), *text, "{algorithm:?} {format:?}");
                }
                let der = pem_body(text);
                let again = SigningKey::from_der(algorithm, &der).unwrap();
                assert_eq!(again.thumbprint(), key.thumbprint());
                for (format, text) in public {
                    assert_eq!(
                        key.verifying_key().to_pem(*format).unwrap(),
                        *text,
                        "{algorithm:?} {format:?}"
                    );
                }
            }
            for (_, text) in public {
                let key = VerifyingKey::from_pem(algorithm, text).unwrap();
                for (format, text) in public {
                    assert_eq!(key.to_pem(*format).unwrap(), *text, "{algorithm:?} {format:?}");
                    assert_eq!(key.to_der(*format).unwrap(), pem_body(text), "{algorithm:?} {format:?}");
                }
            }
        }
    }
}

fn pem_body(text: &str) -> Vec<u8> {
    let lines: Vec<&str> = text.lines().collect();
    let standard = base64::engine::general_purpose::STANDARD;
    base64::Engine::decode(&standard, lines[1..lines.len() - 1].concat()).unwrap()
}

#[test]
fn every_signature_of_openssl_verifies() {
    for Files { algorithms, public, .. } in FILES {
        for &algorithm in algorithms {
            let key = VerifyingKey::from_pem(algorithm, public[0].1).unwrap();
            let verified = jws::verify(&set([key]), token(algorithm)).map(jws::Jws::into_payload);
            assert_eq!(verified.unwrap(), b"signed by OpenSSL", "{algorithm:?}");
        }
    }
}

/// RFC 5480 section 2.2: the compressed form may be taken. What comes of it is one and the same key.
#[test]
fn a_compressed_point_is_the_same_key() {
    for (algorithm, compressed, public) in [
        (Algorithm::ES256, fixture!("p256_spki_compressed.pem"), fixture!("p256_spki.pem")),
        (Algorithm::ES384, fixture!("p384_spki_compressed.pem"), fixture!("p384_spki.pem")),
        (Algorithm::ES512, fixture!("p521_spki_compressed.pem"), fixture!("p521_spki.pem")),
        (Algorithm::ES256K, fixture!("secp256k1_spki_compressed.pem"), fixture!("secp256k1_spki.pem")),
    ] {
        let key = VerifyingKey::from_pem(algorithm, compressed).unwrap();
        assert_eq!(key.to_pem(KeyFormat::Spki).unwrap(), public);
        assert_eq!(key.kid(), VerifyingKey::from_pem(algorithm, public).unwrap().kid());
    }
}

#[test]
fn a_private_key_without_its_public_half_gets_it_computed() {
    let key = SigningKey::from_pem(Algorithm::ES256, fixture!("p256_sec1_no_public.pem")).unwrap();
    assert_eq!(key.verifying_key().to_pem(KeyFormat::Spki).unwrap(), fixture!("p256_spki.pem"));
}

/// RFC 7518 section 3.5: the salt is as long as the hash, and MGF1 uses the same hash. OpenSSL made these
/// with other parameters, under the key of `PS256.jws`.
#[test]
fn pss_with_other_parameters_is_refused() {
    let keys = set([VerifyingKey::from_pem(Algorithm::PS256, fixture!("rsa_spki.pem")).unwrap()]);
    assert!(jws::verify(&keys, token(Algorithm::PS256)).is_ok());
    for other in [
        fixture!("PS256_salt_0.jws"),
        fixture!("PS256_salt_20.jws"),
        fixture!("PS256_salt_max.jws"),
        fixture!("PS256_mgf1_sha1.jws"),
    ] {
        let refused = jws::verify(&keys, other.trim_end()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidSignature);
    }
}

/// RFC 4055 section 1.2.
#[test]
fn a_key_restricted_to_pss_serves_what_it_is_restricted_to() {
    let rsa = [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ];
    for algorithm in rsa {
        let pss = algorithm.name().starts_with('P');
        for text in [fixture!("pss_spki.pem"), fixture!("pss_sha384_spki.pem")] {
            let fits = if text == fixture!("pss_spki.pem") { pss } else { algorithm == Algorithm::PS384 };
            let key = VerifyingKey::from_pem(algorithm, text);
            assert_eq!(key.is_ok(), fits, "{algorithm:?}");
            if let Err(error) = key {
                assert_eq!(error.kind(), ErrorKind::InvalidKey);
                assert!(error.to_string().contains("found an RSA key for P"), "{error}");
            }
        }
        assert_eq!(SigningKey::from_pem(algorithm, fixture!("pss_pkcs8.pem")).is_ok(), pss, "{algorithm:?}");
        let only = SigningKey::from_pem(algorithm, fixture!("pss_sha384_pkcs8.pem"));
        assert_eq!(only.is_ok(), algorithm == Algorithm::PS384, "{algorithm:?}");
    }
}
