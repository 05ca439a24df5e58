//! Signing and verifying, for each family of algorithms, on 242 bytes of claims; and refusing a wrong signature.
//!
//! A verification checks `exp`, `nbf`, `iat`, `aud` and `iss`, and reads every claim into a struct that owns its
//! strings, or that borrows them.

use std::hint::black_box;

use countersign_benches::{Borrowed, Claims, NOW, claims, forged, verifier};
use countersign_signed::{Algorithm, ClaimsBuffer, Error, Signer, SigningKey, Verified};
use criterion::Criterion;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use time::OffsetDateTime;

/// Of 2048 bits: the key of RFC 7515 appendix A.2.
const RSA: &str = include_str!("../../crates/countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");

fn keys() -> Result<[(&'static str, SigningKey); 4], Error> {
    Ok([
        ("HS256", SigningKey::hs256(&[7; 32])?),
        ("EdDSA", SigningKey::ed25519(&[7; 32])?.without_kid()),
        ("ES256", SigningKey::from_bytes(Algorithm::ES256, &[7; 32])?.without_kid()),
        ("RS256", SigningKey::from_pem(Algorithm::RS256, RSA)?.without_kid()),
    ])
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
        let mut buffer = ClaimsBuffer::new();
        group.bench_function("verify, borrowed", |b| {
            b.iter(|| {
                let verified = verifier.verify_in::<Borrowed<'_>>(&mut buffer, black_box(&token), now);
                verified.is_ok_and(|verified| black_box(verified.claims()).is_whole())
            });
        });
        group.bench_function("refuse", |b| {
            b.iter(|| verifier.verify::<Claims>(black_box(&forged), now).is_err());
        });
        group.finish();
    }
    tricks(&mut criterion, now)?;
    criterion.final_summary();
    Ok(())
}

/// What two tricks of the HS256 path are measured against: the `hmac` crate, its state cloned for each token,
/// beside which stands a whole refusal; and a header that is not among the usual ones, so that it is decoded and
/// read, beside which stands a whole verification.
fn tricks(criterion: &mut Criterion, now: OffsetDateTime) -> Result<(), Box<dyn std::error::Error>> {
    let key = SigningKey::hs256(&[7; 32])?;
    let verifier = verifier(&key)?;
    let token = Signer::new(key).header_member("x", 1)?.sign(&claims())?;
    let input = token.rsplit_once('.').map(|(input, _)| input).unwrap_or_default().as_bytes();
    let state = Hmac::<Sha256>::new_from_slice(&[7; 32])?;
    let mut group = criterion.benchmark_group("signed/HS256, without");
    group.bench_function("the key's states: hmac crate alone", |b| {
        b.iter(|| state.clone().chain_update(black_box(input)).finalize());
    });
    group.bench_function("a known header", |b| {
        b.iter(|| verifier.verify::<Claims>(black_box(&token), now).map(Verified::into_claims));
    });
    group.finish();
    Ok(())
}
