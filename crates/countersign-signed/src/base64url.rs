//! Base64url without padding (RFC 7515 section 2), in its one canonical spelling.
//!
//! Whoever can respell a token without breaking its signature can slip past a list that names it by its
//! text, so padding, trailing bits, line breaks and every character outside `A-Za-z0-9-_` are refused.
//! Short texts are decoded to the stack. Long ones take the engine that uses the processor's vector
//! instructions, which decodes the claims of a usual token in a third of the time; short ones do not reach
//! them, so their engine is the plain one.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, URL_SAFE_NO_PAD};

/// Refuses padding and non-zero trailing bits: the engine's defaults, held by tests below.
const PLAIN: GeneralPurpose = URL_SAFE_NO_PAD;

/// Characters, or bytes, from which on the other engine is the quicker one.
const LONG: usize = 64;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
type Vectors = base64::engine::Simd;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static VECTORS: LazyLock<Vectors> =
    LazyLock::new(|| Vectors::url_safe(base64::engine::general_purpose::NO_PAD));

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static VECTORS: LazyLock<GeneralPurpose> = LazyLock::new(|| PLAIN);

/// Bytes on the stack: all signatures but those of RSA, P-384, P-521 and ML-DSA, beside whose cost an
/// allocation is nothing.
const STACK: usize = 66;

/// The text is not canonical base64url.
#[derive(Debug)]
pub(crate) struct NotCanonical;

/// Room to decode a signature into.
pub(crate) struct Scratch {
    stack: [u8; STACK],
    heap: Vec<u8>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { stack: [0; STACK], heap: Vec::new() }
    }

    pub(crate) fn decode(&mut self, text: &[u8]) -> Result<&[u8], NotCanonical> {
        if decoded_len(text) > STACK {
            return decode_in(text, &mut self.heap);
        }
        let written = decode_slice(text, &mut self.stack)?;
        self.stack.get(..written).ok_or(NotCanonical)
    }
}

/// Decodes to the front of `target`, and says how much it was. It must have room for [`decoded_len`].
pub(crate) fn decode_slice(text: &[u8], target: &mut [u8]) -> Result<usize, NotCanonical> {
    let decoded =
        if text.len() < LONG { PLAIN.decode_slice(text, target) } else { VECTORS.decode_slice(text, target) };
    decoded.map_err(|_| NotCanonical)
}

/// An upper bound of the decoded length, at most two above it.
fn decoded_len(text: &[u8]) -> usize {
    text.len().div_ceil(4).saturating_mul(3)
}

/// The length of the text that `bytes` bytes become.
pub(crate) fn encoded_len(bytes: usize) -> usize {
    bytes.saturating_mul(4).div_ceil(3)
}

pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, NotCanonical> {
    // Grown and not made of zeros: allocators keep what was freed lately for the next who asks for memory, and some
    // not for those who ask for zeros. Writing them is the cheaper way.
    let mut bytes = Vec::new();
    let written = decode_in(text, &mut bytes)?.len();
    bytes.truncate(written);
    Ok(bytes)
}

/// Decodes to the front of `buffer`, which grows where it has to and never shrinks, so that decoding many
/// texts writes zeros once.
pub(crate) fn decode_in<'b>(text: &[u8], buffer: &'b mut Vec<u8>) -> Result<&'b [u8], NotCanonical> {
    let room = decoded_len(text);
    if buffer.len() < room {
        buffer.resize(room, 0);
    }
    let written = decode_slice(text, buffer)?;
    buffer.get(..written).ok_or(NotCanonical)
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    PLAIN.encode(bytes)
}

/// Appends the text of `bytes`.
pub(crate) fn push(text: &mut Vec<u8>, bytes: &[u8]) {
    let start = text.len();
    text.resize(start.saturating_add(encoded_len(bytes.len())), 0);
    let room = text.get_mut(start..).unwrap_or_default();
    // The room is exact, so this fails only where memory has run out before; a token cut short verifies
    // nowhere.
    let written =
        if bytes.len() < LONG { PLAIN.encode_slice(bytes, room) } else { VECTORS.encode_slice(bytes, room) };
    text.truncate(start.saturating_add(written.unwrap_or_default()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7515_appendix_c_bytes_have_their_one_spelling() {
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode(b"A-z_4ME").unwrap(), [3, 236, 255, 224, 193]);
        assert_eq!(encoded_len(5), 7);
    }

    #[test]
    fn every_other_spelling_is_refused() {
        // Padding, trailing bits, a lone last character, the other alphabet, white space, NUL, non-ASCII.
        let mut respelled = Vec::new();
        for text in [
            "A-z_4ME=",
            "A-z_4MF",
            "A-z_4MEAA",
            "A+z/4ME",
            "A-z_4ME\n",
            " A-z_4ME",
            "A-z\n_4ME",
            "A\0z_",
            "é",
        ] {
            respelled.push(text.to_owned());
            // The same where the text is long enough for the other engine, and for the heap.
            respelled.push(format!("{}{text}", "A-z_".repeat(30)));
            respelled.push(format!("{}{text}", "A-z_".repeat(17)));
        }
        for text in respelled {
            assert!(decode(text.as_bytes()).is_err(), "{text:?}");
            assert!(Scratch::new().decode(text.as_bytes()).is_err(), "{text:?}");
            assert!(decode_in(text.as_bytes(), &mut Vec::new()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_stack_and_the_heap_and_both_engines_decode_alike() {
        let mut buffer = vec![0x5A; 100];
        for length in [0, 1, 2, 3, 47, 48, 49, 63, 64, 65, 66, 67, 127, 128, 129, 1024] {
            let bytes = vec![0xA5; length];
            let text = encode(&bytes);
            assert_eq!(text.len(), encoded_len(length));
            let mut pushed = b"x.".to_vec();
            push(&mut pushed, &bytes);
            assert_eq!(pushed, format!("x.{text}").into_bytes());
            assert_eq!(Scratch::new().decode(text.as_bytes()).unwrap(), bytes);
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes);
            assert_eq!(decode_in(text.as_bytes(), &mut buffer).unwrap(), bytes);
        }
    }
}
