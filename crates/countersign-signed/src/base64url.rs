//! Base64url without padding (RFC 7515 section 2), in its one canonical spelling.
//!
//! Whoever can respell a token without breaking its signature can slip past a list that names it by its
//! text, so padding, trailing bits, line breaks and every character outside `A-Za-z0-9-_` are refused.
//! Decoding goes to a buffer on the stack where the text is short enough.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, URL_SAFE_NO_PAD};

/// Refuses padding and non-zero trailing bits: the engine's defaults, held by tests below.
const ENGINE: GeneralPurpose = URL_SAFE_NO_PAD;

/// Bytes on the stack: a header of the usual members, and an RSA signature of up to 4096 bits.
const STACK: usize = 512;

/// The text is not canonical base64url.
#[derive(Debug)]
pub(crate) struct NotCanonical;

/// Room to decode one segment into.
pub(crate) struct Scratch {
    stack: [u8; STACK],
    heap: Vec<u8>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { stack: [0; STACK], heap: Vec::new() }
    }

    pub(crate) fn decode(&mut self, text: &str) -> Result<&[u8], NotCanonical> {
        let room = decoded_len(text);
        let target = if room <= STACK {
            self.stack.as_mut_slice()
        } else {
            self.heap.resize(room, 0);
            self.heap.as_mut_slice()
        };
        let written = ENGINE.decode_slice(text, target).map_err(|_| NotCanonical)?;
        target.get(..written).ok_or(NotCanonical)
    }
}

/// An upper bound of the decoded length, exact for canonical text.
fn decoded_len(text: &str) -> usize {
    text.len().div_ceil(4).saturating_mul(3)
}

/// The length of the text that `bytes` bytes become.
pub(crate) fn encoded_len(bytes: usize) -> usize {
    bytes.saturating_mul(4).div_ceil(3)
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, NotCanonical> {
    let mut bytes = vec![0; decoded_len(text)];
    let written = ENGINE.decode_slice(text, &mut bytes).map_err(|_| NotCanonical)?;
    bytes.truncate(written);
    Ok(bytes)
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Appends the text of `bytes`.
pub(crate) fn push(text: &mut Vec<u8>, bytes: &[u8]) {
    let start = text.len();
    text.resize(start.saturating_add(encoded_len(bytes.len())), 0);
    let room = text.get_mut(start..).unwrap_or_default();
    // The room is exact, so this fails only where memory has run out before; a token cut short verifies
    // nowhere.
    let written = ENGINE.encode_slice(bytes, room).unwrap_or_default();
    text.truncate(start.saturating_add(written));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7515_appendix_c_bytes_have_their_one_spelling() {
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode("A-z_4ME").unwrap(), [3, 236, 255, 224, 193]);
        assert_eq!(encoded_len(5), 7);
    }

    #[test]
    fn every_other_spelling_is_refused() {
        // Padding, trailing bits, a lone last character, the other alphabet, white space, NUL, non-ASCII.
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
            assert!(decode(text).is_err(), "{text:?}");
            assert!(Scratch::new().decode(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_stack_and_the_heap_decode_alike() {
        for length in [0, 1, 2, 3, 510, 511, 512, 513, 514, 1024] {
            let bytes = vec![0xA5; length];
            let text = encode(&bytes);
            assert_eq!(text.len(), encoded_len(length));
            let mut pushed = b"x.".to_vec();
            push(&mut pushed, &bytes);
            assert_eq!(pushed, format!("x.{text}").into_bytes());
            assert_eq!(Scratch::new().decode(&text).unwrap(), bytes);
            assert_eq!(decode(&text).unwrap(), bytes);
        }
    }
}
