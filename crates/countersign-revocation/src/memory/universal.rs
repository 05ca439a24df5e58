//! The keyed hash under a name's fingerprint: a universal one, by multiplication.
//!
//! Each lane is the sum of products `(x + k) * (y + k')` over pairs of 64-bit words of the text, every word
//! with a secret key of its own: the function NH of UMAC (Black, Halevi, Krawczyk, Krovetz, Rogaway, "UMAC:
//! Fast and Secure Message Authentication", CRYPTO 1999, section 4). Two different texts have equal sums with a
//! probability of at most 2^-64, over the choice of the keys. The sum, which is not evenly spread, is then
//! brought from 128 to 64 bits by a multilinear function that is (Lemire and Kaser, "Strongly Universal
//! String Hashing is Fast", 2014, section 2): another 2^-64. Two lanes under independent keys make it
//! 2^-126.
//!
//! Why not SipHash, which `std` has: two lanes of it cost several times as much, as each word waits for the one
//! before, and what a look-up takes is mostly how many of them the processor has in flight. What is given up
//! is that the outputs may be shown: here they must stay secret, and they do. A store keeps them to itself.
//! Texts of more than 128 bytes are the exception: what is hashed of them is two values of SipHash.

use std::hash::{BuildHasher, Hasher, RandomState};

/// How many bytes of a text are hashed as they are. Of a longer one its digest is.
const DIRECT: usize = 128;

/// The keys of a pair of words: two for each lane.
struct PairKeys([u64; 4]);

/// The keys of one of the texts that are hashed together.
pub(super) struct TextKeys {
    pairs: [PairKeys; DIRECT / 16],
    /// For texts that are longer than the keys: two SipHash values stand for them.
    digest: [RandomState; 2],
}

/// The keys of the last step, for each lane: a 128-bit multiplier, low half first, for either half of the sum.
pub(super) struct FinishKeys([[u64; 4]; 2]);

/// The keys of the pair of the texts' lengths.
pub(super) struct HeadKeys(PairKeys);

/// The sums of both lanes so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums([u128; 2]);

/// Secret words: SipHash, under a key of the operating system's, of a counter.
pub(super) struct KeySource {
    random: RandomState,
    drawn: u64,
}

impl KeySource {
    pub(super) fn new() -> Self {
        Self { random: RandomState::new(), drawn: 0 }
    }

    fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        self.random.hash_one(self.drawn)
    }

    fn pair(&mut self) -> PairKeys {
        PairKeys(std::array::from_fn(|_| self.draw()))
    }

    pub(super) fn head(&mut self) -> HeadKeys {
        HeadKeys(self.pair())
    }

    pub(super) fn text(&mut self) -> TextKeys {
        let digest = [RandomState::new(), RandomState::new()];
        TextKeys { pairs: std::array::from_fn(|_| self.pair()), digest }
    }

    pub(super) fn finish(&mut self) -> FinishKeys {
        FinishKeys([0; 2].map(|_| std::array::from_fn(|_| self.draw())))
    }
}

impl Sums {
    /// With a pair of words added: in each lane `(x + k) * (y + k')`, the sums modulo 2^64.
    #[inline(always)]
    fn with_pair(self, keys: &PairKeys, x: u64, y: u64) -> Self {
        let (Self([first, second]), PairKeys([a, b, c, d])) = (self, keys);
        Self([
            first.wrapping_add(product(x.wrapping_add(*a), y.wrapping_add(*b))),
            second.wrapping_add(product(x.wrapping_add(*c), y.wrapping_add(*d))),
        ])
    }

    /// With what tells texts of different lengths, or of different kinds, apart: without it `a` and `a` with
    /// zeros behind could have one sum.
    #[inline(always)]
    pub(super) fn with_head(self, keys: &HeadKeys, x: u64, y: u64) -> Self {
        self.with_pair(&keys.0, x, y)
    }

    /// With a text: sixteen bytes make a pair of words. The last pair is the last sixteen bytes, which may
    /// overlap those before; as the length is in the head, this loses nothing.
    #[inline(always)]
    pub(super) fn with_text(self, keys: &TextKeys, text: &[u8]) -> Self {
        if text.len() > DIRECT {
            return self.with_long_text(keys, text);
        }
        let mut sums = self;
        let (blocks, rest) = text.as_chunks::<16>();
        let mut keys = keys.pairs.iter();
        for (block, keys) in blocks.iter().zip(&mut keys) {
            let (x, y) = words(block);
            sums = sums.with_pair(keys, x, y);
        }
        if !rest.is_empty()
            && let Some(keys) = keys.next()
        {
            let (x, y) = text.last_chunk().map_or_else(|| short_words(text), words);
            sums = sums.with_pair(keys, x, y);
        }
        sums
    }

    #[cold]
    fn with_long_text(self, keys: &TextKeys, text: &[u8]) -> Self {
        let [x, y] = keys.digest.each_ref().map(|random| {
            let mut hasher = random.build_hasher();
            hasher.write(text);
            hasher.finish()
        });
        let [keys, ..] = &keys.pairs;
        self.with_pair(keys, x, y)
    }

    /// 64 evenly spread bits of each lane: the upper half of `low * k + high * k'` modulo 2^128.
    #[inline]
    pub(super) fn finish(self, keys: &FinishKeys) -> [u64; 2] {
        let (Self([first, second]), FinishKeys([for_first, for_second])) = (self, keys);
        [narrow(first, for_first), narrow(second, for_second)]
    }
}

#[inline]
fn narrow(sum: u128, [low_low, low_high, high_low, high_high]: &[u64; 4]) -> u64 {
    let (low, high) = (sum as u64, (sum >> 64) as u64);
    let lower = product(low, *low_low).wrapping_add(product(high, *high_low));
    let upper = low.wrapping_mul(*low_high).wrapping_add(high.wrapping_mul(*high_high));
    ((lower >> 64) as u64).wrapping_add(upper)
}

#[inline]
fn product(x: u64, y: u64) -> u128 {
    u128::from(x).wrapping_mul(u128::from(y))
}

#[inline]
fn words(block: &[u8; 16]) -> (u64, u64) {
    let block = u128::from_le_bytes(*block);
    (block as u64, (block >> 64) as u64)
}

/// The words of a text of less than sixteen bytes; texts of one length have different ones.
#[inline]
fn short_words(text: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into());
    }
    (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that are known, so that the sums can be computed by hand.
    fn known() -> (TextKeys, FinishKeys) {
        let pairs = std::array::from_fn(|at| PairKeys([at as u64 + 1, 2, 3, 4]));
        let digest = [RandomState::new(), RandomState::new()];
        (TextKeys { pairs, digest }, FinishKeys([[0, 1, 0, 0], [0, 0, 0, 1]]))
    }

    fn sums(text: &[u8]) -> [u128; 2] {
        Sums::default().with_text(&known().0, text).0
    }

    #[test]
    fn a_sum_is_that_of_the_products_of_keyed_words() {
        // Words 5 and 6: (5 + 1)(6 + 2) and (5 + 3)(6 + 4).
        let block = [5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(sums(&block), [48, 80]);
        // The second block under its own keys: (5 + 2)(6 + 2) more, and (5 + 3)(6 + 4).
        assert_eq!(sums(&[block, block].concat()), [48 + 56, 160]);
        // A word and its key wrap: (2^64 - 1 + 1) is 0.
        let full = [255; 16];
        assert_eq!(sums(&full), [0, 2 * 3]);
        // The last pair overlaps: the same zeros, and a one at the end.
        let mut longer = vec![0; 17];
        longer[16] = 1;
        assert_eq!(sums(&longer), [2 + 2 * (2 + (1 << 56)), 3 * 4 + 3 * (4 + (1 << 56))]);
    }

    #[test]
    fn short_texts_are_read_whole() {
        assert_eq!(sums(b""), [0, 0]);
        assert_eq!(sums(&[7]), [8 * 2, 10 * 4]);
        assert_eq!(sums(&[1, 0, 0]), [0x1_0001 * 2, 0x1_0003 * 4]);
        // Five bytes: words of the first four and the last four.
        assert_eq!(sums(&[1, 0, 0, 0, 9]), [2 * (0x0900_0000 + 2), 4 * (0x0900_0000 + 4)]);
        // Nine bytes: of the first eight and the last eight.
        assert_eq!(sums(&[1, 0, 0, 0, 0, 0, 0, 0, 9]), [2 * ((9 << 56) + 2), 4 * ((9 << 56) + 4)]);
    }

    #[test]
    fn every_byte_of_every_length_counts() {
        let (keys, finish) = (KeySource::new().text(), KeySource::new().finish());
        let of = |text: &[u8]| Sums::default().with_text(&keys, text).finish(&finish);
        for length in 1..=DIRECT + 40 {
            let text = vec![b'x'; length];
            for at in 0..length {
                let mut other = text.clone();
                other[at] ^= 1;
                assert_ne!(of(&text), of(&other), "byte {at} of {length}");
            }
        }
    }

    #[test]
    fn the_last_step_takes_the_upper_half_of_both_products() {
        let (_, finish) = known();
        // First lane: low half times 2^64. Second: high half times 2^64.
        assert_eq!(Sums([(9 << 64) + 7, (9 << 64) + 7]).finish(&finish), [7, 9]);
        // 3 times 2^63 is 1 and a half; the halves of both products add up.
        let halves = FinishKeys([[1 << 63, 0, 1 << 63, 0], [1 << 63, 5, 0, 0]]);
        assert_eq!(Sums([(3 << 64) + 3, 3]).finish(&halves), [3, 1 + 15]);
    }
}
