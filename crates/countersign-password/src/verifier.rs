//! The [`CredentialVerifier`] over a [`UserDirectory`]: the order of things, and who is told what.
//!
//! Look up the user, have the password checked on a worker's thread, store a better hash if one was made.
//! What costs time is in `check`, what bounds it in `pool`. Nothing here compares passwords, counts failed
//! logins or delays the next one.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;

use countersign_session::{Account, ClientNetwork, CredentialError, CredentialVerifier};
use zeroize::Zeroizing;

use crate::{
    BoxError, Error, ErrorKind, Hasher, PasswordHash, User, UserDirectory,
    check::{Verdict, check},
    hash::SALT_BYTES,
    pool::Pool,
    queue::Client,
};

/// The most worker threads.
pub const MAX_WORKERS: usize = 64;
/// How many checks may wait for a worker unless told otherwise.
pub const DEFAULT_QUEUE: usize = 64;
/// The most checks that may be allowed to wait.
pub const MAX_QUEUE: usize = 4096;
/// The most workers unless told otherwise.
const DEFAULT_MAX_WORKERS: usize = 4;

/// Checks user names and passwords against the argon2 hashes of a [`UserDirectory`].
///
/// Clients wait in a queue that serves them in turn, each IPv4 address and each /64 of IPv6 as one client. Where
/// the queue is full, the client with the most checks in it gives up its last one, which is then
/// [`Busy`](countersign_session::CredentialErrorKind::Busy).
///
/// A clone shares the directory and the threads. Dropping the last clone ends the threads once they are done with
/// the hash under way, without waiting.
pub struct PasswordVerifier<D>(Arc<Inner<D>>);

struct Inner<D> {
    directory: D,
    hasher: Hasher,
    decoy_salt: [u8; SALT_BYTES],
    pool: Pool,
    workers: usize,
    queue: usize,
}

impl<D> Clone for PasswordVerifier<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: UserDirectory> PasswordVerifier<D> {
    /// Begins a verifier over `directory`: the default [`Hasher`], as many workers as the machine runs
    /// threads in parallel but at most 4, and [`DEFAULT_QUEUE`] checks waiting.
    pub fn builder(directory: D) -> PasswordVerifierBuilder<D> {
        let parallel = thread::available_parallelism().map_or(1, usize::from);
        PasswordVerifierBuilder {
            directory,
            hasher: Hasher::default(),
            workers: parallel.min(DEFAULT_MAX_WORKERS),
            queue: DEFAULT_QUEUE,
        }
    }

    /// Runs [`Hasher::hash`] on a worker's thread: for a registration or a change of password, which then waits
    /// in the same queue as the logins. All calls without an address count as one client; where strangers can
    /// register, call [`hash_from`](Self::hash_from).
    ///
    /// # Errors
    /// Those of [`Hasher::hash`]; [`ErrorKind::Busy`] if the queue is full; [`ErrorKind::Abandoned`].
    pub async fn hash(&self, password: &str) -> Result<PasswordHash, Error> {
        self.hash_from(password, None).await
    }

    /// [`hash`](Self::hash) for a client at `address`, which then waits in turn with other clients.
    ///
    /// # Errors
    /// As [`hash`](Self::hash).
    pub async fn hash_from(&self, password: &str, address: Option<IpAddr>) -> Result<PasswordHash, Error> {
        let Inner { hasher, pool, .. } = &*self.0;
        hasher.accept(password)?;
        let hasher = hasher.clone();
        let password = Zeroizing::new(password.to_owned());
        pool.run(address.map(ClientNetwork::of), move |_| hasher.hash(&password)).await?
    }

    /// The users it asks.
    #[must_use]
    pub fn directory(&self) -> &D {
        &self.0.directory
    }

    /// Checks on a worker's thread.
    async fn check(
        &self,
        stored: Option<PasswordHash>,
        password: &str,
        client: Client,
    ) -> Result<Verdict, Error> {
        let Inner { hasher, decoy_salt, pool, .. } = &*self.0;
        let (hasher, decoy_salt) = (hasher.clone(), *decoy_salt);
        let password = Zeroizing::new(password.to_owned());
        let work =
            move |wanted: &dyn Fn() -> bool| check(&hasher, &decoy_salt, stored.as_ref(), &password, wanted);
        pool.run(client, work).await?
    }
}

impl<D: UserDirectory> CredentialVerifier for PasswordVerifier<D> {
    /// `None` without a look-up and without hashing for an empty password and for one longer than the
    /// [`Hasher`] takes: that is so for every user, so it tells nothing about any. A stored hash that
    /// cannot be read is `None` as well, as an error of its own would tell that the user exists; the
    /// directory is told.
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        self.verify_from(user_id, password, None).await
    }

    async fn verify_from(
        &self,
        user_id: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<Account>, CredentialError> {
        let Inner { directory, hasher, .. } = &*self.0;
        if hasher.accept(password).is_err() {
            return Ok(None);
        }
        let user = directory.find(user_id).await.map_err(CredentialError::unavailable)?;
        let (account, stored) = user.map(|User { account, password_hash }| (account, password_hash)).unzip();
        let client = address.map(ClientNetwork::of);
        match self.check(stored.clone(), password, client).await.map_err(credential_error)? {
            Verdict::Wrong => Ok(None),
            Verdict::Unreadable => {
                directory.unreadable_hash(user_id);
                Ok(None)
            }
            Verdict::Right { replacement } => {
                if let Some((old, new)) = stored.zip(replacement) {
                    // The password was right. The directory knows what went wrong, since the error is its own.
                    let _: Result<(), BoxError> = directory.replace_hash(user_id, &old, &new).await;
                }
                Ok(account)
            }
        }
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        self.0.directory.account(subject).await.map_err(CredentialError::unavailable)
    }
}

fn credential_error(error: Error) -> CredentialError {
    match error.kind() {
        ErrorKind::Busy => CredentialError::busy(),
        _ => CredentialError::unavailable(error),
    }
}

impl<D> fmt::Debug for PasswordVerifier<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordVerifier")
            .field("hasher", &self.0.hasher)
            .field("workers", &self.0.workers)
            .field("queue", &self.0.queue)
            .finish_non_exhaustive()
    }
}

/// A [`PasswordVerifier`] to be.
#[must_use]
pub struct PasswordVerifierBuilder<D> {
    directory: D,
    hasher: Hasher,
    workers: usize,
    queue: usize,
}

impl<D: UserDirectory> PasswordVerifierBuilder<D> {
    /// What new hashes are made with, and which passwords are taken.
    pub fn hasher(self, hasher: Hasher) -> Self {
        Self { hasher, ..self }
    }

    /// The number of threads, from 1 to [`MAX_WORKERS`]. Each takes the memory of one hash while it works.
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// How many checks may wait for a thread, from 1 to [`MAX_QUEUE`]. The next one is refused with
    /// [`CredentialErrorKind::Busy`](countersign_session::CredentialErrorKind::Busy).
    ///
    /// The last in the queue waits for queue / workers times the time of one hash.
    pub fn queue(self, queue: usize) -> Self {
        Self { queue, ..self }
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// [`ErrorKind::LimitOutOfRange`], [`ErrorKind::RandomnessUnavailable`],
    /// [`ErrorKind::ThreadUnavailable`].
    pub fn build(self) -> Result<PasswordVerifier<D>, Error> {
        let Self { directory, hasher, workers, queue } = self;
        if !(1..=MAX_WORKERS).contains(&workers) || !(1..=MAX_QUEUE).contains(&queue) {
            return Err(Error::new(ErrorKind::LimitOutOfRange));
        }
        let decoy_salt = hasher.salt()?;
        let pool = Pool::start(workers, queue)?;
        Ok(PasswordVerifier(Arc::new(Inner { directory, hasher, decoy_salt, pool, workers, queue })))
    }
}

impl<D> fmt::Debug for PasswordVerifierBuilder<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordVerifierBuilder")
            .field("hasher", &self.hasher)
            .field("workers", &self.workers)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
