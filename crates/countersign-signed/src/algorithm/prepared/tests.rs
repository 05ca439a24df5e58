//! Wycheproof's vectors through the plain and the prepared way.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::{Algorithm, VerifyingKey};

/// Each file with the algorithm of its keys.
const FILES: [(&str, Algorithm); 10] = [
    ("ed25519_test.json", Algorithm::EdDSA),
    ("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::ES256),
    ("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::ES384),
    ("ecdsa_secp521r1_sha512_p1363_test.json", Algorithm::ES512),
    ("ecdsa_secp256k1_sha256_p1363_test.json", Algorithm::ES256K),
    ("rsa_signature_2048_sha256_test.json", Algorithm::RS256),
    ("rsa_signature_3072_sha384_test.json", Algorithm::RS384),
    ("rsa_signature_4096_sha512_test.json", Algorithm::RS512),
    ("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::PS256),
    ("rsa_pss_4096_sha512_mgf1_64_test.json", Algorithm::PS512),
];

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// `acceptable` is the label of weak parameters and of encodings that some libraries take: both ways must agree.
#[test]
fn prepared_and_plain_give_the_label_of_every_wycheproof_vector() {
    let folder = std::env::var_os("COUNTERSIGN_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the vectors are missing");
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        std::io::stdout().write_all(format!("\nskipped: {name}: no vectors\n").as_bytes()).unwrap();
        return;
    }
    let mut wrong = Vec::new();
    for (file, algorithm) in FILES {
        let text = std::fs::read_to_string(folder.join("wycheproof").join(file)).unwrap();
        let vectors: Value = serde_json::from_str(&text).unwrap();
        let (mut taken, mut unread) = (0, 0);
        for group in vectors["testGroups"].as_array().unwrap() {
            let cases = group["tests"].as_array().unwrap();
            let Ok(plain) = VerifyingKey::from_der(algorithm, &hex(&group["publicKeyDer"])) else {
                unread += cases.len();
                continue;
            };
            let prepared = plain.clone().prepared();
            for case in cases {
                let (message, signature) = (hex(&case["msg"]), hex(&case["sig"]));
                let verdict = plain.verify(&message, &signature);
                let label = case["result"].as_str().unwrap();
                let off_label = label != "acceptable" && verdict != (label == "valid");
                if off_label || prepared.verify(&message, &signature) != verdict {
                    wrong.push(format!("{file} {} {label} {verdict}: {}", case["tcId"], case["comment"]));
                }
                taken += 1;
            }
        }
        println!("{file}: {taken} compared, {unread} under keys that are refused");
        assert!(taken > 0, "{file}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
