//! For the unit tests: argon2 that can be counted, a source of randomness that fails, and users in memory.

use std::sync::{Arc, Mutex};

use argon2::Algorithm;
use countersign_random::RandomSource;
use countersign_session::Account;

use crate::{
    BoxError, Error, ErrorKind, Hasher, Parameters, PasswordHash, User, UserDirectory,
    argon::{Argon2Function, HashFunction},
};

/// `m`, `t` and `p` of one run.
pub(crate) type Run = (u32, u32, u32);

/// Argon2 that notes what it was asked to do.
#[derive(Default)]
pub(crate) struct Counting {
    pub(crate) runs: Mutex<Vec<Run>>,
    /// Fails, from this run on (counted from 0).
    pub(crate) fails_at: Option<usize>,
}

impl Counting {
    /// The runs since the last call.
    pub(crate) fn take(&self) -> Vec<Run> {
        std::mem::take(&mut *self.runs.lock().unwrap())
    }
}

impl HashFunction for Counting {
    fn run(
        &self,
        a: Algorithm,
        p: Parameters,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), Error> {
        let mut runs = self.runs.lock().unwrap();
        runs.push((p.memory_kib(), p.passes(), p.lanes()));
        if self.fails_at.is_some_and(|at| runs.len() > at) {
            return Err(Error::new(ErrorKind::OutOfMemory));
        }
        Argon2Function.run(a, p, password, salt, tag)
    }
}

/// A hasher whose runs are counted.
pub(crate) fn counted(parameters: Parameters) -> (Hasher, Arc<Counting>) {
    let work = Arc::new(Counting::default());
    (Hasher::new(parameters).with_function(Arc::clone(&work) as Arc<dyn HashFunction>), work)
}

/// Cheap parameters.
pub(crate) fn weak(m: u32, t: u32, p: u32) -> Parameters {
    Parameters::weak(m, t, p).unwrap()
}

/// A source that has nothing.
pub(crate) struct NoRandomness;

impl RandomSource for NoRandomness {
    fn fill(&self, _: &mut [u8]) -> Result<(), countersign_random::Error> {
        Err(countersign_random::Error::randomness_unavailable("canary"))
    }
}

/// One user, `ada`, and a note of every call.
#[derive(Default)]
pub(crate) struct Users {
    pub(crate) hash: Mutex<Option<PasswordHash>>,
    pub(crate) calls: Mutex<Vec<String>>,
    pub(crate) broken: bool,
}

impl Users {
    pub(crate) fn with(hash: impl Into<PasswordHash>) -> Self {
        Self { hash: Mutex::new(Some(hash.into())), ..Self::default() }
    }

    pub(crate) fn stored(&self) -> String {
        self.hash.lock().unwrap().as_ref().unwrap().expose().to_owned()
    }

    fn note(&self, call: String) -> Result<(), BoxError> {
        self.calls.lock().unwrap().push(call);
        if self.broken { Err("canary".into()) } else { Ok(()) }
    }
}

/// The account of `ada`.
pub(crate) fn ada() -> Account {
    Account { subject: "user-1".into(), roles: vec!["admin".into()], scopes: vec!["read".into()] }
}

impl UserDirectory for Users {
    async fn find(&self, user_id: &str) -> Result<Option<User>, BoxError> {
        self.note(format!("find {user_id}"))?;
        let hash = self.hash.lock().unwrap().clone().filter(|_| user_id == "ada");
        Ok(hash.map(|password_hash| User { account: ada(), password_hash }))
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, BoxError> {
        self.note(format!("account {subject}"))?;
        Ok(Some(ada()).filter(|account| account.subject == subject))
    }

    async fn replace_hash(
        &self,
        user_id: &str,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), BoxError> {
        self.calls.lock().unwrap().push(format!("replace {user_id} {}", old.expose()));
        let mut stored = self.hash.lock().unwrap();
        if stored.as_ref().is_some_and(|stored| stored.expose() == old.expose()) {
            *stored = Some(new.clone());
            Ok(())
        } else {
            Err("not what is stored".into())
        }
    }

    fn unreadable_hash(&self, user_id: &str) {
        self.calls.lock().unwrap().push(format!("unreadable {user_id}"));
    }
}
