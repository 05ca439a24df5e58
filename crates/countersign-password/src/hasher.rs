//! Making hashes: with which parameters, of which passwords, with whose randomness.
//!
//! One [`Hasher`] serves registration and login alike, so that a password which was accepted can be used.
//! It hashes on the calling thread; [`PasswordVerifier::hash`](crate::PasswordVerifier::hash) is the same
//! on the verifier's threads. It judges no password: what is too short or too common is the application's.

use std::fmt;
use std::sync::Arc;

use argon2::Algorithm;
use countersign_random::{OsRandom, RandomSource};
use zeroize::Zeroizing;

use crate::{
    Error, ErrorKind, Parameters, PasswordHash,
    argon::{Argon2Function, HashFunction},
    hash::{SALT_BYTES, TAG_BYTES, write},
};

/// The longest password, in bytes of UTF-8, unless told otherwise.
pub const DEFAULT_MAX_PASSWORD_BYTES: usize = 1024;

/// Makes argon2id hashes of passwords. A clone shares the source of randomness.
///
/// The default has the default [`Parameters`], takes passwords of up to [`DEFAULT_MAX_PASSWORD_BYTES`], and
/// has its salts from the operating system.
///
/// ```
/// use countersign_password::Hasher;
///
/// let hash = Hasher::default().hash("correct horse battery staple")?;
/// assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
/// # Ok::<(), countersign_password::Error>(())
/// ```
#[derive(Clone)]
pub struct Hasher {
    parameters: Parameters,
    max_password_bytes: usize,
    random: Arc<dyn RandomSource>,
    work: Arc<dyn HashFunction>,
}

impl Hasher {
    /// A hasher that is the default but for its parameters.
    #[must_use]
    pub fn new(parameters: Parameters) -> Self {
        Self {
            parameters,
            max_password_bytes: DEFAULT_MAX_PASSWORD_BYTES,
            random: Arc::new(OsRandom),
            work: Arc::new(Argon2Function),
        }
    }

    /// Takes passwords of up to `bytes` bytes of UTF-8, from 64 to 65,536. Lowering this locks out whoever
    /// has a longer password.
    ///
    /// # Errors
    /// [`ErrorKind::LimitOutOfRange`].
    pub fn with_max_password_bytes(self, bytes: usize) -> Result<Self, Error> {
        if !(64..=65_536).contains(&bytes) {
            return Err(Error::new(ErrorKind::LimitOutOfRange));
        }
        Ok(Self { max_password_bytes: bytes, ..self })
    }

    /// Takes salts from `random`.
    #[must_use]
    pub fn with_random(self, random: impl RandomSource + 'static) -> Self {
        Self { random: Arc::new(random), ..self }
    }

    /// The hash of `password` with a fresh salt of 16 bytes, a tag of 32 and the parameters of this hasher.
    ///
    /// The bytes of UTF-8 are hashed as they are: whoever wants `U+00E4` and `a` with `U+0308` to be one
    /// password normalises it before hashing and before checking. A NUL is a character like any other.
    ///
    /// Blocks the calling thread for as long as a login costs.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyPassword`], [`ErrorKind::PasswordTooLong`], [`ErrorKind::RandomnessUnavailable`],
    /// [`ErrorKind::OutOfMemory`].
    pub fn hash(&self, password: &str) -> Result<PasswordHash, Error> {
        self.accept(password)?;
        let salt = self.salt()?;
        let mut tag = Zeroizing::new([0; TAG_BYTES]);
        self.work.run(Algorithm::Argon2id, self.parameters, password.as_bytes(), &salt, &mut *tag)?;
        write(self.parameters, &salt, &*tag).ok_or_else(|| Error::new(ErrorKind::ParametersOutOfRange))
    }

    /// A fresh salt.
    pub(crate) fn salt(&self) -> Result<[u8; SALT_BYTES], Error> {
        let mut salt = [0; SALT_BYTES];
        self.random
            .fill(&mut salt)
            .map_err(|error| Error::caused(ErrorKind::RandomnessUnavailable, error))?;
        Ok(salt)
    }

    /// Whether a password of this length can have been hashed: neither empty nor too long.
    pub(crate) fn accept(&self, password: &str) -> Result<(), Error> {
        match password.len() {
            0 => Err(Error::new(ErrorKind::EmptyPassword)),
            length if length > self.max_password_bytes => Err(Error::new(ErrorKind::PasswordTooLong)),
            _ => Ok(()),
        }
    }

    pub(crate) fn parameters(&self) -> Parameters {
        self.parameters
    }

    pub(crate) fn work(&self) -> &dyn HashFunction {
        &*self.work
    }

    #[cfg(test)]
    pub(crate) fn with_function(self, work: Arc<dyn HashFunction>) -> Self {
        Self { work, ..self }
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new(Parameters::default())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("parameters", &self.parameters)
            .field("max_password_bytes", &self.max_password_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::testing::{NoRandomness, weak};

    /// Gives the salt of the hash below.
    struct Fixed;

    impl RandomSource for Fixed {
        fn fill(&self, destination: &mut [u8]) -> Result<(), countersign_random::Error> {
            destination.copy_from_slice(b"sixteen byte sal");
            Ok(())
        }
    }

    #[test]
    fn a_hash_is_the_text_that_the_reference_implementation_makes() {
        // argon2-cffi 25.1: hash_secret(password, b"sixteen byte sal", t, m, p, 32, Type.ID).
        let hash = |parameters, password: &str| {
            Hasher::new(parameters).with_random(Fixed).hash(password).unwrap().expose().to_owned()
        };
        assert_eq!(
            hash(weak(67, 3, 4), "correct horse battery staple"),
            "$argon2id$v=19$m=67,t=3,p=4$c2l4dGVlbiBieXRlIHNhbA$sUsRD6If9vGErqRccfT+zxNnI8u7hyw44eHrpIpdIlo"
        );
        assert_eq!(
            hash(weak(8, 1, 1), "with\0nul"),
            "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$zt9WXQmySkNYwK8ArtrOqa2Cst4xAVXH2v9V9IXYEqw"
        );
        assert_eq!(
            hash(Parameters::default(), "defaults"),
            "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlIHNhbA$3XmRf0niWlpxPR6rVtpBI2CzojonYiGtDojGaIyLv4I"
        );
    }

    #[test]
    fn two_hashes_of_one_password_have_two_salts() {
        let hasher = Hasher::new(weak(8, 1, 1));
        let salt = |hash: PasswordHash| hash.expose().split('$').nth(4).unwrap().to_owned();
        assert_ne!(salt(hasher.hash("x").unwrap()), salt(hasher.hash("x").unwrap()));
    }

    #[test]
    fn a_password_has_at_least_one_byte_and_at_most_as_many_as_allowed() {
        let hasher = Hasher::new(weak(8, 1, 1)).with_max_password_bytes(64).unwrap();
        let kind = |password: &str| hasher.hash(password).map(|_| ()).map_err(|error| error.kind());
        assert_eq!(kind(""), Err(ErrorKind::EmptyPassword));
        assert_eq!(kind("x"), Ok(()));
        assert_eq!(kind(&"\u{e4}".repeat(32)), Ok(()));
        assert_eq!(kind(&("\u{e4}".repeat(32) + "x")), Err(ErrorKind::PasswordTooLong));
    }

    #[test]
    fn the_limit_itself_has_limits() {
        for (bytes, taken) in [(0, false), (63, false), (64, true), (65_536, true), (65_537, false)] {
            let made = Hasher::default().with_max_password_bytes(bytes);
            assert_eq!(made.map(|_| ()).map_err(|error| error.kind()).is_ok(), taken, "{bytes}");
        }
    }

    #[test]
    fn without_randomness_there_is_no_hash_and_the_error_shows_its_kind_only() {
        let error = Hasher::new(weak(8, 1, 1)).with_random(NoRandomness).hash("x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RandomnessUnavailable);
        assert_eq!(error.to_string(), "the source of randomness failed");
        assert_eq!(format!("{error:?}"), "Error { kind: RandomnessUnavailable, .. }");
        assert!(error.source().unwrap().downcast_ref::<countersign_random::Error>().is_some());
    }
}
