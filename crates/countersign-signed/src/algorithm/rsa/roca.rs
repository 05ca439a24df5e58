//! The fingerprint of ROCA (CVE-2017-15361).
//!
//! A library of Infineon, in smart cards, security keys and TPMs, made its primes as `k * M + 65537^a mod M`, where
//! `M` is the product of the first primes. The two primes of such a key can be found from its modulus (Nemec et al.,
//! "The Return of Coppersmith's Attack", section 3). Modulo each prime of `M` the modulus is then a power of 65537.
//! For an ordinary modulus that is so with a probability of 2^-30 over the 38 primes below, which divide `M` for
//! every size of key.
//!
//! It costs two or three divisions of the modulus on average, since most of the primes rule a modulus out at once,
//! and it looks at public numbers only.

/// The odd primes up to 167, as in the published detectors.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether the modulus, big-endian, is a power of 65537 modulo each of the primes.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES.into_iter().all(|prime| is_power_of_65537(remainder(modulus, prime), prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |remainder, &byte| (remainder << 8 | u32::from(byte)) % prime)
}

fn is_power_of_65537(number: u32, prime: u32) -> bool {
    let generator = 65537 % prime;
    // The powers repeat after at most `prime` steps.
    let powers = std::iter::successors(Some(1), |power| Some(power * generator % prime));
    powers.take(prime as usize).any(|power| power == number)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn powers_of_65537_are_told_from_other_residues() {
        // Modulo 11 it is 10, whose powers are 1 and 10.
        let powers =
            |prime: u32| (0..prime).filter(|&number| is_power_of_65537(number, prime)).collect::<Vec<_>>();
        assert_eq!(powers(11), [1, 10]);
        assert_eq!(powers(3), [1, 2]);
        // Modulo 17 it is 2.
        assert_eq!(powers(17), [1, 2, 4, 8, 9, 13, 15, 16]);
        assert_eq!(remainder(&[1, 0, 1], 11), 65537 % 11);
    }

    #[test]
    fn a_modulus_that_is_a_power_of_65537_everywhere_has_the_fingerprint() {
        assert!(has_fingerprint(&[1, 0, 1]));
        assert!(has_fingerprint(&[1, 0, 2, 0, 1]));
        assert!(!has_fingerprint(&[1, 0, 3]));
        assert!(!has_fingerprint(&[0]));
    }

    /// 2,000 odd numbers of 2048 to 8192 bits, from a hash.
    #[test]
    fn ordinary_moduli_have_no_fingerprint() {
        for number in 0..2000_u32 {
            let mut modulus = Vec::new();
            while modulus.len() < 256 + 32 * (number as usize % 25) {
                let block =
                    Sha256::new().chain_update(number.to_be_bytes()).chain_update(&modulus).finalize();
                modulus.extend_from_slice(&block);
            }
            *modulus.last_mut().unwrap() |= 1;
            assert!(!has_fingerprint(&modulus), "{number}");
        }
    }
}
