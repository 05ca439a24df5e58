//! Random tokens, prefixed keys and lookup digests.
//!
//! `token` sets the three renderings beside the least that any program must do for the same text: one call
//! to the operating system and one encoding. `key` and `digest` are what a request with an API key costs
//! before the store is asked.

use std::hint::black_box;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_random::{
    DEFAULT_KEY_BYTES, DigestKey, DigestKeys, Error, OsRandom, ParsedKey, Prefix, PrefixedKey, token_bytes,
    token_hex, token_urlsafe,
};
use criterion::Criterion;
use rand::{TryRng, rngs::SysRng};

const DOMAIN: &str = "countersign API key";

fn tokens(c: &mut Criterion) {
    let mut group = c.benchmark_group("random/token");
    group.bench_function("bytes_32", |b| b.iter(|| token_bytes(black_box(32))));
    group.bench_function("hex_32", |b| b.iter(|| token_hex(black_box(32))));
    group.bench_function("urlsafe_32", |b| b.iter(|| token_urlsafe(black_box(32))));
    group.bench_function("system_generator_alone_32", |b| {
        b.iter(|| {
            let mut bytes = [0; 32];
            SysRng.try_fill_bytes(&mut bytes).map(|()| bytes)
        });
    });
    group.bench_function("system_generator_and_base64_32", |b| {
        b.iter(|| {
            let mut bytes = [0; 32];
            SysRng.try_fill_bytes(&mut bytes).map(|()| URL_SAFE_NO_PAD.encode(bytes))
        });
    });
    group.finish();
}

fn keys(c: &mut Criterion, prefix: &Prefix, text: &str) {
    let mut group = c.benchmark_group("random/key");
    group.bench_function("generate", |b| {
        b.iter(|| PrefixedKey::generate(&OsRandom, black_box(prefix), DEFAULT_KEY_BYTES));
    });
    group.bench_function("parse", |b| b.iter(|| ParsedKey::parse(black_box(text)).is_ok()));
    group.finish();
}

fn digests(c: &mut Criterion, keyed: &DigestKey, rotating: &DigestKeys, text: &str) {
    let mut group = c.benchmark_group("random/digest");
    let plain = DigestKey::plain(0);
    group.bench_function("plain", |b| b.iter(|| plain.digest(DOMAIN, &[black_box(text).as_bytes()])));
    group.bench_function("keyed", |b| b.iter(|| keyed.digest(DOMAIN, &[black_box(text).as_bytes()])));
    group.bench_function("under_three_keys", |b| {
        b.iter(|| rotating.digests(DOMAIN, &[black_box(text).as_bytes()]));
    });
    group.bench_function("parse_and_keyed", |b| {
        b.iter(|| {
            ParsedKey::parse(black_box(text)).map(|key| keyed.digest(DOMAIN, &[key.expose().as_bytes()]))
        });
    });
    group.finish();
}

fn main() -> Result<(), Error> {
    let prefix = Prefix::parse("acme_live")?;
    let key = PrefixedKey::generate(&OsRandom, &prefix, DEFAULT_KEY_BYTES)?;
    let keyed = DigestKey::keyed(1, &[1; 32])?;
    let rotating = DigestKeys::new(keyed.clone())
        .with_previous(DigestKey::keyed(2, &[2; 32])?)?
        .with_previous(DigestKey::keyed(3, &[3; 32])?)?;
    let mut criterion = Criterion::default().configure_from_args();
    tokens(&mut criterion);
    keys(&mut criterion, &prefix, key.expose());
    digests(&mut criterion, &keyed, &rotating, key.expose());
    criterion.final_summary();
    Ok(())
}
