//! Base64 in its one canonical form (RFC 4648 section 4: standard alphabet, padded, no stray bits), decoded and looked
//! over in one pass.
//!
//! A pair is some twenty bytes, for which a general decoder costs more in preparations than in decoding. Here the buffer
//! is made once, at its final size, so that no copy of a password is left in a buffer that was outgrown; and while a
//! group of three bytes is one number, it is found out whether all three are printable ASCII, which nearly every pair
//! is, so that nobody has to look for control characters again.
//!
//! It encodes nothing, and it does not say what is wrong.

use zeroize::Zeroize;

/// What stands for three bytes.
type Quad = [u8; 4];

/// No digit: a bit that no six bits have.
const NO_DIGIT: u8 = 0x80;

/// The six bits of each character.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let (mut rest, mut character) = (digits.as_mut_slice(), 0_u8);
    while let [place, behind @ ..] = rest {
        *place = digit(character);
        character = character.wrapping_add(1);
        rest = behind;
    }
    digits
};

const fn digit(character: u8) -> u8 {
    match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => NO_DIGIT,
    }
}

/// What came out.
pub(crate) struct Decoded {
    /// In a buffer of just that size. To be wiped by whoever has it.
    pub(crate) bytes: Vec<u8>,
    /// Whether all of them are printable ASCII.
    pub(crate) is_printable: bool,
}

/// Decodes what is canonical; `None` for anything else, with nothing left in memory.
#[inline]
pub(crate) fn standard(text: &[u8]) -> Option<Decoded> {
    let (quads, []) = text.as_chunks::<4>() else { return None };
    let (last, whole) = quads.split_last()?;
    let (last, padding) = match *last {
        [a, b, b'=', b'='] => ([a, b, b'A', b'A'], 2),
        [a, b, c, b'='] => ([a, b, c, b'A'], 1),
        quad => (quad, 0),
    };
    let mut bytes = Vec::with_capacity(quads.len() * 3 - padding);
    let (mut faults, mut unprintable) = (0, 0);
    let (pairs, odd) = whole.as_chunks::<2>();
    for [first, second] in pairs {
        let ((first, one), (second, other)) = (group(*first), group(*second));
        faults |= one | other;
        unprintable |= outside_printable(first) | outside_printable(second);
        let [_, _, six @ ..] = (u64::from(first) << 24 | u64::from(second)).to_be_bytes();
        bytes.extend_from_slice(&six);
    }
    for quad in odd {
        let (group, fault) = group(*quad);
        faults |= fault;
        unprintable |= outside_printable(group);
        let [_, three @ ..] = group.to_be_bytes();
        bytes.extend_from_slice(&three);
    }
    let (group, fault) = group(last);
    let [_, three @ ..] = group.to_be_bytes();
    bytes.extend(three.into_iter().take(3 - padding));
    // RFC 4648 section 3.5: what padding leaves over is zero.
    let stray = group & [0, 0xFF, 0xFFFF].get(padding).copied().unwrap_or_default();
    // Spaces in the place of what is not there.
    let filled = group | [0, 0x20, 0x2020].get(padding).copied().unwrap_or_default();
    unprintable |= outside_printable(filled);
    if (faults | fault) & NO_DIGIT != 0 || stray != 0 {
        bytes.as_mut_slice().zeroize();
        return None;
    }
    Some(Decoded { bytes, is_printable: unprintable == 0 })
}

/// The 24 bits of four characters, and their digits or-ed together, in which [`NO_DIGIT`] is set if one is none.
fn group(quad: Quad) -> (u32, u8) {
    let [a, b, c, d] = quad.map(|character| DIGITS.get(usize::from(character)).copied().unwrap_or(NO_DIGIT));
    let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
    (bits, a | b | c | d)
}

/// 0 exactly if each of the three bytes of `group` is in 0x20 to 0x7E, found for all three at once: subtracting 0x20
/// borrows from a lesser byte, adding 1 takes 0x7F to 0x80, and 0x80 and more has the bit already. A borrow or a carry
/// may mark the byte next to the one at fault as well, and never marks where none is.
fn outside_printable(group: u32) -> u32 {
    (group.wrapping_sub(0x0020_2020) | group.wrapping_add(0x0001_0101) | group) & 0x0080_8080
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    /// What another decoder, and a look at each byte, make of a text.
    fn expected(text: &[u8]) -> Option<(Vec<u8>, bool)> {
        let bytes = STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())?;
        let is_printable = bytes.iter().all(|byte| (0x20..=0x7E).contains(byte));
        Some((bytes, is_printable))
    }

    fn found(text: &[u8]) -> Option<(Vec<u8>, bool)> {
        standard(text).map(|decoded| (decoded.bytes, decoded.is_printable))
    }

    #[test]
    fn the_vectors_of_rfc_4648_section_10_are_decoded() {
        for (text, bytes) in [
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(found(text.as_bytes()), Some((bytes.as_bytes().to_vec(), true)));
        }
        assert!(found(b"").is_none());
    }

    #[test]
    fn the_buffer_is_made_once_at_its_final_size() {
        for length in 1..=100 {
            let decoded = standard(STANDARD.encode(vec![b'a'; length]).as_bytes()).unwrap();
            assert_eq!((decoded.bytes.len(), decoded.bytes.capacity()), (length, length));
        }
    }

    #[test]
    fn each_byte_in_each_place_is_decoded_and_judged() {
        for (length, byte) in (1..=13_usize).flat_map(|length| (0..=u8::MAX).map(move |byte| (length, byte)))
        {
            for place in 0..length {
                let mut bytes = vec![b' '; length];
                bytes[place] = byte;
                let is_printable = (0x20..=0x7E).contains(&byte);
                assert_eq!(found(STANDARD.encode(&bytes).as_bytes()), Some((bytes, is_printable)));
            }
        }
    }

    #[test]
    fn each_character_in_each_place_is_taken_or_refused_as_another_decoder_does() {
        for text in
            ["Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy", "Zm9vYmFyZm9v", "Zm9vYmFyZm9vYg=="]
        {
            for (place, byte) in
                (0..text.len()).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte)))
            {
                let mut text = text.as_bytes().to_vec();
                text[place] = byte;
                assert_eq!(found(&text), expected(&text), "{}", text.escape_ascii());
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_as_another_decoder_does(bytes: Vec<u8>) {
            let text = STANDARD.encode(&bytes);
            prop_assert_eq!(found(text.as_bytes()), expected(text.as_bytes()));
        }

        #[test]
        fn any_text_is_taken_or_refused_as_another_decoder_does(text in "[A-Za-z0-9+/=]{0,40}") {
            prop_assert_eq!(found(text.as_bytes()), expected(text.as_bytes()));
        }
    }
}
