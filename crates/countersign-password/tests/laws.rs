//! What holds for every password and every stored text.
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
use proptest::prelude::*;

struct One(PasswordHash);

impl UserDirectory for One {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        let account = Account { subject: "user-1".into(), roles: vec![], scopes: vec![] };
        Ok(Some(User { account, password_hash: self.0.clone() }))
    }
    async fn account(&self, _: &str) -> Result<Option<Account>, BoxError> {
        Ok(None)
    }
    async fn replace_hash(&self, _: &str, _: &PasswordHash, _: &PasswordHash) -> Result<(), BoxError> {
        Ok(())
    }
}

fn hasher() -> Hasher {
    Hasher::new(Parameters::weak(8, 1, 1).unwrap())
}

/// Every answer must be an answer: an error would say that a check came to nothing, as when it panics.
fn verifies(hash: &str, password: &str) -> bool {
    let verifier = PasswordVerifier::builder(One(hash.into())).hasher(hasher()).workers(1).build().unwrap();
    pollster::block_on(verifier.verify("ada", password)).unwrap().is_some()
}

/// The hash of `password` below, made with argon2-cffi.
const HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$SkTyK5ieVch90mEUwF8tzBe6D2HHTwYC614upiZx7+s";
const PASSWORD: &str = "correct horse battery staple";

proptest! {
    #[test]
    fn a_password_opens_its_hash_and_no_other_does(password in any::<String>(), other in any::<String>()) {
        prop_assume!(!password.is_empty() && password.len() <= 1024 && password != other);
        let hash = hasher().hash(&password).unwrap();
        prop_assert!(verifies(hash.expose(), &password));
        prop_assert!(!verifies(hash.expose(), &other));
    }

    #[test]
    fn no_arbitrary_text_is_a_hash_of_anything(text in any::<String>(), password in any::<String>()) {
        prop_assert!(!verifies(&text, &password));
    }

    #[test]
    fn no_text_in_the_shape_of_a_hash_ends_in_a_panic(
        text in r"\$(argon2(id|i|d)?)?\$?(v=[0-9]{0,3})?\$?((m|t|p)=[0-9]{0,2},?){0,4}\$?[A-Za-z0-9+/]{0,70}\$?[A-Za-z0-9+/]{0,90}",
    ) {
        prop_assert!(!verifies(&text, PASSWORD));
    }

    #[test]
    fn a_stored_hash_changed_in_one_place_lets_nobody_in(at in 0..HASH.len(), to in "[ -~]", kind in 0..3) {
        let rest = &HASH[at + 1..];
        let changed = match kind {
            0 => format!("{}{to}{rest}", &HASH[..at]),
            1 => format!("{}{to}{}", &HASH[..at], &HASH[at..]),
            _ => format!("{}{rest}", &HASH[..at]),
        };
        prop_assume!(changed != HASH);
        prop_assert!(!verifies(&changed, PASSWORD), "{changed}");
    }
}

#[test]
fn unchanged_it_does() {
    assert!(verifies(HASH, PASSWORD));
}
