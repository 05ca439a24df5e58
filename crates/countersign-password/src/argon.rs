//! One run of argon2, behind a trait so that tests can count the runs.
//!
//! The memory is ours rather than the `argon2` crate's, for two reasons: it is wiped, because with a single
//! pass its first blocks are a fast hash of the password, and an allocation that fails is an error.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Parameters};

/// Computes hashes. Whatever takes time in this crate goes through here.
pub(crate) trait HashFunction: Send + Sync {
    /// Fills `tag` with the hash of `password`.
    fn run(
        &self,
        algorithm: Algorithm,
        parameters: Parameters,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), Error>;
}

/// Argon2 version 0x13 (RFC 9106), on the calling thread.
pub(crate) struct Argon2Function;

impl HashFunction for Argon2Function {
    fn run(
        &self,
        algorithm: Algorithm,
        parameters: Parameters,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), Error> {
        let invalid = |error| Error::caused(ErrorKind::ParametersOutOfRange, error);
        let params =
            Params::new(parameters.memory_kib(), parameters.passes(), parameters.lanes(), Some(tag.len()))
                .map_err(invalid)?;
        let mut memory = Zeroizing::new(Vec::new());
        memory
            .try_reserve_exact(params.block_count())
            .map_err(|error| Error::caused(ErrorKind::OutOfMemory, error))?;
        memory.resize(params.block_count(), Block::new());
        Argon2::new(algorithm, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, tag, memory.as_mut_slice())
            .map_err(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_that_of_the_reference_implementation() {
        // argon2-cffi 25.1: hash_secret_raw(b"password", b"sixteen byte sal", t, m, p, 16, type).
        let run = |algorithm, m, t, p| {
            let mut tag = [0; 16];
            let parameters = Parameters::weak(m, t, p).unwrap();
            Argon2Function.run(algorithm, parameters, b"password", b"sixteen byte sal", &mut tag).unwrap();
            u128::from_be_bytes(tag)
        };
        assert_eq!(run(Algorithm::Argon2id, 8, 1, 1), 0xba8e792f_0d5be9e1_64c098f1_c69f2712);
        assert_eq!(run(Algorithm::Argon2id, 67, 3, 4), 0x75830ca1_5a0921d2_2a2b38c2_7810ec69);
        assert_eq!(run(Algorithm::Argon2i, 16, 2, 1), 0x706f12a8_e75f6051_e2a5f683_ced4ff16);
        assert_eq!(run(Algorithm::Argon2d, 16, 2, 2), 0xf724c797_ecafa360_a7decec1_5717d3cd);
    }

    #[test]
    fn what_argon2_refuses_is_an_error_and_no_panic() {
        let run = |salt: &[u8], tag: &mut [u8]| {
            Argon2Function
                .run(Algorithm::Argon2id, Parameters::weak(8, 1, 1).unwrap(), b"password", salt, tag)
                .unwrap_err()
                .kind()
        };
        assert_eq!(run(b"7 bytes", &mut [0; 32]), ErrorKind::ParametersOutOfRange);
        assert_eq!(run(b"sixteen byte sal", &mut [0; 3]), ErrorKind::ParametersOutOfRange);
    }
}
