//! Writing tag, length and content.
//!
//! Every buffer has its exact size from the start and is overwritten with zeros when dropped, because
//! most of what is written holds a private key on some level.

use zeroize::Zeroizing;

use super::reader::INTEGER;

/// An element of this tag around these parts.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    let mut der = Zeroizing::new(Vec::with_capacity(length.saturating_add(6)));
    der.push(tag);
    match length.to_be_bytes() {
        [.., short @ ..=0x7F] if length < 0x80 => der.push(short),
        [.., low] if length < 0x100 => der.extend([0x81, low]),
        // What is written was read or generated here, and is far from 65536 bytes.
        [.., high, low] => der.extend([0x82, high, low]),
    }
    for part in parts {
        der.extend_from_slice(part);
    }
    der
}

/// An integer that is not negative.
pub(super) fn unsigned(magnitude: &[u8]) -> Zeroizing<Vec<u8>> {
    let zeros = magnitude.iter().take_while(|&&byte| byte == 0).count();
    let significant = magnitude.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if matches!(significant, [] | [0x80..=0xFF, ..]) { &[0] } else { &[] };
    element(INTEGER, &[sign, significant])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_can_be() {
        let front = |length: usize| element(4, &[&vec![7; length]])[..4].to_vec();
        assert_eq!(element(5, &[]).as_slice(), [5, 0]);
        assert_eq!(front(127), [4, 0x7F, 7, 7]);
        assert_eq!(front(128), [4, 0x81, 0x80, 7]);
        assert_eq!(front(255), [4, 0x81, 0xFF, 7]);
        assert_eq!(front(256), [4, 0x82, 1, 0]);
    }

    #[test]
    fn integers_have_a_zero_in_front_only_where_the_first_bit_is_set() {
        assert_eq!(unsigned(&[]).as_slice(), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0]).as_slice(), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0x7F]).as_slice(), [2, 1, 0x7F]);
        assert_eq!(unsigned(&[0x80]).as_slice(), [2, 2, 0, 0x80]);
    }
}
