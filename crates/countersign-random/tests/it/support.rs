//! Sources of bytes that are known beforehand, and a reader of hexadecimal.

use countersign_random::{Error, RandomSource};

/// Gives 0, 1, 2 and so on, from 0 again on each call.
pub(crate) struct Counting;

impl RandomSource for Counting {
    fn fill(&self, destination: &mut [u8]) -> Result<(), Error> {
        for (byte, value) in destination.iter_mut().zip(0..) {
            *byte = value;
        }
        Ok(())
    }
}

/// Always fails.
pub(crate) struct Failing;

impl RandomSource for Failing {
    fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
        Err(Error::randomness_unavailable("out of order"))
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
