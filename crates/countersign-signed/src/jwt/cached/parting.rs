//! How a token's text is parted: what is kept of it as it is, and what as a digest alone.
//!
//! What is kept as a digest is the signature, so that what is kept as it is lets nobody in. Of the short signatures,
//! those of Ed25519 and ECDSA on curves of 256 bits, it is as much of the end as fits into one block of SHA-256: all
//! of the second half, which nobody can compute who has no private key, and a quarter of the first. The rest of the
//! first half is of a point that everybody may know, as long as the second half is not known with it. A hit takes a
//! tenth less for it. Longer signatures are hashed as a whole: one of RSA can be worked out from a part of it.

use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};

/// Bytes of a message that fits into one block, with the padding.
const ONE_BLOCK: usize = 64 - PADDING.len();

/// FIPS 180-4 section 5.1.1: what stands behind a message of that length: one bit, and the length in bits.
const PADDING: [u8; 9] = [0x80, 0, 0, 0, 0, 0, 0, 0x01, 0xB8];

/// Characters of the signatures of which a part is kept, and of the dot before: 64 bytes in base64url.
const SHORT: usize = 1 + 86;

/// FIPS 180-4 section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];

/// The front of a token, to be compared, and the digest of all the rest. Two tokens of which both are equal are one.
/// Text without a dot is no token, however it is parted.
pub(super) fn part(token: &[u8]) -> (&[u8], [u8; 32]) {
    let dot = memchr::memrchr(b'.', token).unwrap_or_default();
    let signature = token.len().saturating_sub(dot);
    let hashed = if signature == SHORT { ONE_BLOCK } else { signature };
    let (front, rest) = token.split_at_checked(token.len().saturating_sub(hashed)).unwrap_or_default();
    (front, sha256(rest))
}

fn sha256(message: &[u8]) -> [u8; 32] {
    let Ok(message) = <&[u8; ONE_BLOCK]>::try_from(message) else { return Sha256::digest(message).into() };
    let mut block = [0; 64];
    if let Some(front) = block.first_chunk_mut() {
        *front = *message;
    }
    if let Some(end) = block.last_chunk_mut() {
        *end = PADDING;
    }
    let mut state = INITIAL;
    compress256(&mut state, &[block]);
    let mut digest = [0; 32];
    let (words, _) = digest.as_chunks_mut();
    words.iter_mut().zip(state).for_each(|(to, word)| *to = word.to_be_bytes());
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256_at_every_length() {
        for length in 0..200 {
            let message: Vec<u8> = (0..length).map(|byte| byte as u8 ^ 0xA5).collect();
            assert_eq!(sha256(&message), <[u8; 32]>::from(Sha256::digest(&message)), "{length} bytes");
        }
    }

    #[test]
    fn what_is_kept_as_it_is_has_no_more_of_a_signature_than_a_part_of_the_first_half() {
        let input = "aaaa.bbbb";
        for (length, kept) in [(43, 0), (85, 0), (86, 32), (87, 0), (128, 0), (342, 0)] {
            let signature: String = ('a'..='z').cycle().take(length).collect();
            let token = format!("{input}.{signature}");
            let (front, digest) = part(token.as_bytes());
            let shown =
                if kept == 0 { input.to_owned() } else { format!("{input}.{}", &signature[..kept - 1]) };
            assert_eq!(front, shown.as_bytes(), "{length}");
            assert_eq!(
                digest,
                <[u8; 32]>::from(Sha256::digest(&token.as_bytes()[front.len()..])),
                "{length}"
            );
        }
    }

    #[test]
    fn text_that_is_no_token_is_parted_too() {
        for text in ["", "a", "\u{e9}", &"\u{e9}".repeat(200)] {
            assert_eq!(part(text.as_bytes()).0, b"");
        }
        // Cut inside of a character, which no token is.
        let text = format!("a.b.{}a", "\u{20ac}".repeat(28) + "a");
        assert_eq!(text.len() - text.rfind('.').unwrap(), SHORT);
        assert_eq!(part(text.as_bytes()).0, &text.as_bytes()[..text.len() - 55]);
    }
}
