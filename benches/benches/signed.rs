//! Signing and verifying, for each algorithm, on 242 bytes of claims; and refusing a wrong signature.
//!
//! A verification checks `exp`, `nbf`, `iat`, `aud` and `iss`, and reads every claim into a struct that
//! owns its strings.

use std::hint::black_box;

use countersign_signed::{Algorithm, Error, KeySet, Signer, SigningKey, Verified, Verifier};
use criterion::Criterion;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// Of 2048 bits: the key of RFC 7515 appendix A.2.
const RSA: &str = include_str!("../../crates/countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    nbf: i64,
    jti: String,
    scope: String,
    role: String,
}

fn claims() -> Claims {
    Claims {
        iss: ISSUER.into(),
        sub: "user-1234567890".into(),
        aud: AUDIENCE.into(),
        exp: NOW + 300,
        iat: NOW,
        nbf: NOW,
        jti: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
        scope: "read:orders write:orders".into(),
        role: "subscriber".into(),
    }
}

fn keys() -> Result<[(&'static str, SigningKey); 3], Error> {
    Ok([
        ("HS256", SigningKey::hs256(&[7; 32])?),
        ("EdDSA", SigningKey::ed25519(&[7; 32])?.without_kid()),
        ("RS256", SigningKey::from_pem(Algorithm::RS256, RSA)?.without_kid()),
    ])
}

fn verifier(key: &SigningKey) -> Result<Verifier, Error> {
    Verifier::builder(KeySet::new([key.verifying_key()])?).issuer(ISSUER).audience(AUDIENCE).build()
}

/// The token with another first character in its signature.
fn forged(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{input}.{other}{}", signature.get(1..).unwrap_or_default())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let now = OffsetDateTime::from_unix_timestamp(NOW)?;
    let claims = claims();
    assert_eq!(serde_json::to_string(&claims)?.len(), 242);
    for (name, key) in keys()? {
        let verifier = verifier(&key)?;
        let signer = Signer::new(key);
        let token = signer.sign(&claims)?;
        let forged = forged(&token);
        assert!(verifier.verify::<Claims>(&token, now).is_ok());
        assert!(verifier.verify::<Claims>(&forged, now).is_err());
        let mut group = criterion.benchmark_group(format!("signed/{name}"));
        group.bench_function("sign", |b| b.iter(|| signer.sign(black_box(&claims))));
        group.bench_function("verify", |b| {
            b.iter(|| verifier.verify::<Claims>(black_box(&token), now).map(Verified::into_claims));
        });
        group.bench_function("refuse", |b| {
            b.iter(|| verifier.verify::<Claims>(black_box(&forged), now).is_err());
        });
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}
