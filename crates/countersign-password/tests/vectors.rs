//! Hashes that another implementation made, checked through the public API alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_password::{
    BoxError, Hasher, Parameters, PasswordHash, PasswordVerifier, User, UserDirectory,
};
use countersign_session::{Account, CredentialVerifier};

struct One(PasswordHash);

fn account() -> Account {
    Account { subject: "user-1".into(), roles: vec![], scopes: vec![] }
}

impl UserDirectory for One {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        Ok(Some(User { account: account(), password_hash: self.0.clone() }))
    }
    async fn account(&self, _: &str) -> Result<Option<Account>, BoxError> {
        Ok(Some(account()))
    }
    async fn replace_hash(&self, _: &str, _: &PasswordHash, _: &PasswordHash) -> Result<(), BoxError> {
        Ok(())
    }
}

fn verifies(hash: &str, password: &str) -> bool {
    let hasher = Hasher::new(Parameters::weak(8, 1, 1).unwrap());
    let verifier = PasswordVerifier::builder(One(hash.into())).hasher(hasher).workers(1).build().unwrap();
    pollster::block_on(verifier.verify("ada", password)).unwrap().is_some()
}

/// Made with argon2-cffi 25.1 (the reference implementation in C): `hash_secret(password, salt, t, m, p,
/// hash_len, type, version)`.
const HASHES: [(&str, &str); 9] = [
    (
        "correct horse battery staple",
        "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$SkTyK5ieVch90mEUwF8tzBe6D2HHTwYC614upiZx7+s",
    ),
    (
        "correct horse battery staple",
        "$argon2i$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$wgcxoe/1p5p5UDOyL8CxTjX/W+4GAs/Ok/XD3zGC6Ro",
    ),
    (
        "correct horse battery staple",
        "$argon2d$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$4LcQy15xa4k+KzyTVl+U198Qc23r2yToT8mpbFDWIkw",
    ),
    (
        "correct horse battery staple",
        "$argon2id$v=19$m=67,t=3,p=4$c2l4dGVlbiBieXRlIHNhbA$sUsRD6If9vGErqRccfT+zxNnI8u7hyw44eHrpIpdIlo",
    ),
    (
        "p\u{e4}ssw\u{f6}rd \u{1f511}",
        "$argon2id$v=19$m=16,t=2,p=2$c2l4dGVlbiBieXRlIHNhbA$C7hcP7I5TZp+FafH1eUyRH/o4qIsmaCrRy+b+AjtFMA",
    ),
    (
        "with\0nul",
        "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$zt9WXQmySkNYwK8ArtrOqa2Cst4xAVXH2v9V9IXYEqw",
    ),
    ("short", "$argon2id$v=19$m=8,t=1,p=1$OCBieXRlcy4$BBCrlpkQbZqoD0twv/Y6mQ"),
    (
        "long",
        "$argon2id$v=19$m=8,t=1,p=1$c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nz$\
         B8kJ/v+rSFniZi8s8kGFkzSatTgdbjBGjKL5zPNozDrSAcHyy8+mnp1LMnm/b72WdVjbwWBoeM2+PhiqbJUFwA",
    ),
    (
        "defaults",
        "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlIHNhbA$3XmRf0niWlpxPR6rVtpBI2CzojonYiGtDojGaIyLv4I",
    ),
];

#[test]
fn hashes_of_the_reference_implementation_are_accepted_with_their_password_only() {
    for (password, hash) in HASHES {
        assert!(verifies(hash, password), "{hash}");
        for wrong in [&password[..1], &password.to_uppercase(), &format!("{password} "), "x", hash] {
            assert!(!verifies(hash, wrong), "{hash} {wrong}");
        }
    }
}

#[test]
fn a_nul_does_not_end_a_password() {
    // "with", of which "with\0nul" is a longer form for whoever stops at NUL.
    let hash =
        "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$5z1uvj2D8vp6bLR3spmzZzRozH1Q4eb9R2RR6Syz2+c";
    assert!(verifies(hash, "with"));
    assert!(!verifies(hash, "with\0nul"));
    assert!(!verifies(hash, "with\0"));
}

#[test]
fn composed_and_decomposed_characters_are_two_passwords() {
    let (password, hash) = HASHES[4];
    assert!(!verifies(hash, &password.replace('\u{e4}', "a\u{308}")));
}

#[test]
fn version_16_and_a_tag_of_15_bytes_are_refused_with_the_right_password() {
    // Both by argon2-cffi, from the passwords "old version" and "short".
    let hash =
        "$argon2id$v=16$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$/Ij+yQJTTfsxqFXjPu3oB3TUg6PhWGmYRseXOSi9wiU";
    assert!(!verifies(hash, "old version"));
    assert!(!verifies("$argon2id$v=19$m=8,t=1,p=1$OCBieXRlcy4$7Rn9Jvt3HeMExlWT5N4m", "short"));
}
