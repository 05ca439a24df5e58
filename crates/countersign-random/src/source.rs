//! Where random bytes come from.
//!
//! The source is a parameter wherever this crate needs randomness, so that tests can say what comes out
//! and a service can put in a hardware generator. The trait is object safe and can fail. There is no
//! generator of our own, no seeding and no fallback to a weaker source.

use std::sync::Arc;

use rand::{TryRng, rngs::SysRng};

use crate::Error;

/// A source of random bytes fit for credentials.
///
/// Security: every guarantee of this crate about generated tokens rests on the implementation giving
/// bytes that nobody can foresee. Use [`OsRandom`] unless there is a reason not to.
pub trait RandomSource: Send + Sync {
    /// Fills the whole of `destination` with random bytes.
    ///
    /// # Errors
    ///
    /// [`Error::randomness_unavailable`] if it cannot be filled; what `destination` then holds is not to
    /// be used. An implementation never answers `Ok` with part of it unfilled.
    fn fill(&self, destination: &mut [u8]) -> Result<(), Error>;
}

impl<T: RandomSource + ?Sized> RandomSource for &T {
    fn fill(&self, destination: &mut [u8]) -> Result<(), Error> {
        (**self).fill(destination)
    }
}

impl<T: RandomSource + ?Sized> RandomSource for Arc<T> {
    fn fill(&self, destination: &mut [u8]) -> Result<(), Error> {
        (**self).fill(destination)
    }
}

/// The operating system's generator: `getrandom(2)` on Linux, and what each other system has.
///
/// It keeps no state in the process, so a fork or a restored snapshot cannot repeat its output. One call
/// is one system call. If the system fails, that is an error, never a panic.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl RandomSource for OsRandom {
    fn fill(&self, destination: &mut [u8]) -> Result<(), Error> {
        SysRng.try_fill_bytes(destination).map_err(Error::randomness_unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_generator_fills_the_whole_of_the_buffer_with_something_new() {
        let mut first = [0; 64];
        let mut second = [0; 64];
        OsRandom.fill(&mut first).unwrap();
        OsRandom.fill(&mut second).unwrap();
        assert_ne!(first, second);
        // An unfilled tail would stay zero; 16 zero bytes by chance are one in 2^128.
        assert_ne!(first[48..], [0; 16]);
    }

    #[test]
    fn a_reference_an_arc_and_a_trait_object_are_sources_too() {
        fn fill(source: impl RandomSource) -> [u8; 16] {
            let mut bytes = [0; 16];
            source.fill(&mut bytes).unwrap();
            bytes
        }
        let shared: Arc<dyn RandomSource> = Arc::new(OsRandom);
        let by_reference: &dyn RandomSource = &OsRandom;
        assert_ne!(fill(Arc::clone(&shared)), [0; 16]);
        assert_ne!(fill(by_reference), [0; 16]);
        assert_ne!(fill(&shared), fill(shared.clone()));
    }
}
