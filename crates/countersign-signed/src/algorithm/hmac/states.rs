//! HMAC (RFC 2104) from the states that a key leaves behind.
//!
//! An HMAC begins with a block that depends on the key alone, in the inner hash and in the outer. What the
//! compression function makes of those blocks is computed once, when the key is made; a token then costs
//! its own blocks and one more. The `hmac` crate does the same, but what it clones for each token also has
//! buffers, and wipes them; that takes as long as a block (`cargo bench --bench signed`).
//!
//! The states stand for the secret, so they are wiped when the key is dropped. What is computed from them
//! for one token is not: neither the secret nor the states can be had from it.

use sha2::block_api::{compress256, compress512};
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

/// FIPS 180-4 section 5.3.3.
const IV_256: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];

/// FIPS 180-4 section 5.3.4.
const IV_384: [u64; 8] = [
    0xCBBB_9D5D_C105_9ED8,
    0x629A_292A_367C_D507,
    0x9159_015A_3070_DD17,
    0x152F_ECD8_F70E_5939,
    0x6733_2667_FFC0_0B31,
    0x8EB4_4A87_6858_1511,
    0xDB0C_2E0D_64F9_8FA7,
    0x47B5_481D_BEFA_4FA4,
];

/// FIPS 180-4 section 5.3.5.
const IV_512: [u64; 8] = [
    0x6A09_E667_F3BC_C908,
    0xBB67_AE85_84CA_A73B,
    0x3C6E_F372_FE94_F82B,
    0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1,
    0x9B05_688C_2B3E_6C1F,
    0x1F83_D9AB_FB41_BD6B,
    0x5BE0_CD19_137E_2179,
];

/// Bytes of the longest tag, that of HS512.
pub(super) const MAX_TAG: usize = 64;

/// One of the three hashes, keyed: a tag of any message.
pub(super) trait Keyed: Send + Sync + 'static {
    /// Bytes of the tag.
    const TAG: usize;

    /// The tag, in the first [`TAG`](Self::TAG) bytes; the rest has no meaning.
    fn tag(&self, message: &[u8]) -> [u8; MAX_TAG];
}

macro_rules! keyed {
    ($name:ident, $hash:ty, $word:ty, $iv:expr, $compress:path, block: $block:literal, tag: $tag:literal) => {
        pub(super) struct $name {
            inner: [$word; 8],
            outer: [$word; 8],
        }

        impl $name {
            /// Any length will do: what is longer than a block is hashed first (RFC 2104 section 3).
            pub(super) fn new(secret: &[u8]) -> Self {
                let mut block = Zeroizing::new([0_u8; $block]);
                let hashed;
                let secret = if secret.len() > $block {
                    hashed = Zeroizing::new(<[u8; $tag]>::from(<$hash>::digest(secret)));
                    hashed.as_slice()
                } else {
                    secret
                };
                block.iter_mut().zip(secret).for_each(|(to, from)| *to = *from);
                let state_of = |pad: u8| {
                    let mut padded = block.clone();
                    padded.iter_mut().for_each(|byte| *byte ^= pad);
                    let mut state = $iv;
                    $compress(&mut state, std::slice::from_ref(&*padded));
                    state
                };
                Self { inner: state_of(0x36), outer: state_of(0x5C) }
            }

            /// The hash of `message`, after the one block that `state` has seen.
            #[inline(always)]
            fn finish(mut state: [$word; 8], message: &[u8]) -> [u8; MAX_TAG] {
                /// Bytes of the length that ends the last block.
                const LENGTH: usize = 2 * size_of::<$word>();
                let (blocks, rest) = message.as_chunks::<$block>();
                $compress(&mut state, blocks);
                // FIPS 180-4 section 5.1: a one bit, zeros, and the length in bits, the key's block counted.
                let mut padded = [0_u8; 2 * $block];
                let used = if rest.len() < $block - LENGTH { $block } else { 2 * $block };
                if let Some((front, [one, ..])) = padded.split_at_mut_checked(rest.len()) {
                    front.copy_from_slice(rest);
                    *one = 0x80;
                }
                let bits = (message.len() as u64).saturating_add($block).saturating_mul(8);
                if let Some(end) = padded.get_mut(used - 8..used) {
                    end.copy_from_slice(&bits.to_be_bytes());
                }
                let (blocks, _) = padded.as_chunks::<$block>();
                $compress(&mut state, blocks.get(..used / $block).unwrap_or_default());
                let mut digest = [0; MAX_TAG];
                let (words, _) = digest.as_chunks_mut::<{ size_of::<$word>() }>();
                words.iter_mut().zip(state).for_each(|(to, word)| *to = word.to_be_bytes());
                digest
            }
        }

        impl Keyed for $name {
            const TAG: usize = $tag;

            fn tag(&self, message: &[u8]) -> [u8; MAX_TAG] {
                let inner = Self::finish(self.inner, message);
                Self::finish(self.outer, inner.get(..$tag).unwrap_or_default())
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.inner.zeroize();
                self.outer.zeroize();
            }
        }

        impl ZeroizeOnDrop for $name {}
    };
}

keyed!(HmacSha256, Sha256, u32, IV_256, compress256, block: 64, tag: 32);
keyed!(HmacSha384, Sha384, u64, IV_384, compress512, block: 128, tag: 48);
keyed!(HmacSha512, Sha512, u64, IV_512, compress512, block: 128, tag: 64);

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().as_chunks::<2>().0.iter();
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn tags(secret: &[u8], message: &[u8]) -> [Vec<u8>; 3] {
        [
            HmacSha256::new(secret).tag(message)[..32].to_vec(),
            HmacSha384::new(secret).tag(message)[..48].to_vec(),
            HmacSha512::new(secret).tag(message)[..64].to_vec(),
        ]
    }

    /// RFC 4231 section 4.3 (a key shorter than the hash) and section 4.7 (one longer than a block).
    #[test]
    fn rfc_4231_test_cases_2_and_6() {
        let expected = [
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
             caeab1a34d4a6b4b636e070a38bce737",
        ];
        assert_eq!(tags(b"Jefe", b"what do ya want for nothing?"), expected.map(hex));
        let expected = [
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e52\
             95e64f73f63f0aec8b915a985d786598",
        ];
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(tags(&[0xAA; 131], message), expected.map(hex));
    }

    /// Every place of the message's end within a block, against the crate that this is quicker than.
    #[test]
    fn messages_and_secrets_of_every_length_have_the_tags_of_the_hmac_crate() {
        let bytes: Vec<u8> = (0..=255).cycle().take(400).collect();
        for length in 0..=400 {
            for secret in [&bytes[..32], &bytes[..length]] {
                let message = &bytes[..length];
                let expected = [
                    Hmac::<Sha256>::new_from_slice(secret)
                        .unwrap()
                        .chain_update(message)
                        .finalize()
                        .into_bytes()
                        .to_vec(),
                    Hmac::<Sha384>::new_from_slice(secret)
                        .unwrap()
                        .chain_update(message)
                        .finalize()
                        .into_bytes()
                        .to_vec(),
                    Hmac::<Sha512>::new_from_slice(secret)
                        .unwrap()
                        .chain_update(message)
                        .finalize()
                        .into_bytes()
                        .to_vec(),
                ];
                assert_eq!(tags(secret, message), expected, "{length}");
            }
        }
    }
}
