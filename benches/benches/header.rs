//! The cost of the `Authorization` header on each request, and of the challenge on a refusal.
//!
//! A token of 397 characters makes a Bearer value of 404 bytes, about what a signed token with a few claims
//! has. The malformed value is that one with its last byte a control character, so that the whole of it
//! has to be read before it is refused.
//!
//! Other crates are not measured here.

use std::hint::black_box;

use countersign_header::{Authorization, BasicCredentials, Bearer, BearerError, Challenge, Error};
use criterion::{Criterion, criterion_group, criterion_main};

fn parsing(c: &mut Criterion) {
    let token = "eyJhbGciOi.~".repeat(33) + "a";
    let bearer = format!("Bearer {token}").into_bytes();
    let malformed = format!("Bearer {}\n", "eyJhbGciOi.~".repeat(33)).into_bytes();
    let basic = b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    assert_eq!((bearer.len(), malformed.len()), (404, 404));
    assert!(matches!(Authorization::parse(&bearer), Ok(Authorization::Bearer(b)) if b.token() == token));
    assert!(matches!(Authorization::parse(basic), Ok(Authorization::Basic(_))));
    assert!(Authorization::parse(&malformed).is_err_and(|e| e.kind().is_malformed()));

    let mut group = c.benchmark_group("header/parse");
    for (name, value) in
        [("bearer_404_bytes", &bearer[..]), ("basic", basic), ("malformed_404_bytes", &malformed)]
    {
        // From all values of the name, as a request is read; the drop of a pair, which wipes it, is counted.
        group.bench_function(name, |b| b.iter(|| Authorization::from_values([black_box(value)]).is_ok()));
    }
    group.finish();
}

fn building(c: &mut Criterion) {
    let token = "a".repeat(397);
    let mut group = c.benchmark_group("header/build");
    group.bench_function("bearer_404_bytes", |b| {
        b.iter(|| Bearer::new(black_box(&token)).map(|bearer| bearer.to_header_value()));
    });
    group.bench_function("basic", |b| {
        b.iter(|| {
            BasicCredentials::new(black_box("Aladdin"), black_box("open sesame"))
                .map(|pair| pair.to_header_value())
        });
    });
    group.bench_function("challenge", |b| b.iter(|| challenge(black_box("example"))));
    group.finish();
}

fn challenge(realm: &str) -> Result<String, Error> {
    let challenge = Challenge::bearer().realm(realm)?.error(BearerError::InvalidToken);
    Ok(challenge.error_description("The access token expired")?.to_string())
}

criterion_group!(benches, parsing, building);
criterion_main!(benches);
