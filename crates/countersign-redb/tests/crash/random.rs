//! Choices that can be made again from one number.

use std::hash::{BuildHasher, Hasher, RandomState};

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    /// From `COUNTERSIGN_SEED`, or else from the system; it says which.
    pub(crate) fn new() -> Self {
        let seed = match std::env::var("COUNTERSIGN_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => RandomState::new().build_hasher().finish(),
        };
        println!("COUNTERSIGN_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True once in `times`.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
