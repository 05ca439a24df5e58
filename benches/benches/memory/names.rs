//! Names for numbers, which look random and differ for different numbers. The comparison with other maps
//! (`compare/src/revocation`) takes them too.

use std::fmt::Write as _;

/// 128 bits.
pub(crate) fn id(number: u64) -> [u8; 16] {
    let half = |number: u64| {
        let mut word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    let (first, second) = (half(2 * number + 1), half(2 * number + 2));
    (u128::from(first) << 64 | u128::from(second)).to_be_bytes()
}

/// The same as text of the length that 128 bits have in base64.
pub(crate) fn text(number: u64) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write!(text, "{:032x}", u128::from_be_bytes(id(number)));
    text.truncate(22);
    text
}
