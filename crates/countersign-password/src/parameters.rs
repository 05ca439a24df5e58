//! What a hash costs: argon2's memory, passes and lanes, within ranges.
//!
//! The upper bounds hold for configured and for stored parameters alike, so that neither a slip in a
//! configuration nor a record that somebody altered makes one login take all memory. The lower bound holds
//! for configured ones only: a hash that is already stored must stay usable until it has been replaced.
//!
//! Work is counted in blocks filled, memory in KiB times passes. That is what the time goes into, as the
//! lanes are computed one after the other; it says nothing of caches, which favour small memories.

use crate::{Error, ErrorKind};

/// The memory, passes and lanes of argon2 (RFC 9106 section 3.1: m, t and p).
///
/// The default is m = 19,456 KiB, t = 2, p = 1, the setting that the OWASP Password Storage Cheat Sheet
/// names for argon2id first. It is below the second choice of RFC 9106 section 4 (64 MiB, t = 3, p = 4),
/// which a service with the memory for it should take. Every worker takes that memory while it checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Parameters {
    /// The most memory, in KiB: 1 GiB.
    pub const MAX_MEMORY_KIB: u32 = 1 << 20;
    /// The most passes over the memory.
    pub const MAX_PASSES: u32 = 16;
    /// The most lanes.
    pub const MAX_LANES: u32 = 16;
    /// The least memory that [`new`](Self::new) takes, in KiB.
    pub const MIN_MEMORY_KIB: u32 = 7_168;
    /// The least work that [`new`](Self::new) takes: memory in KiB times passes.
    ///
    /// This and [`MIN_MEMORY_KIB`](Self::MIN_MEMORY_KIB) are those of m = 7168, t = 5, the smallest of the
    /// settings that the OWASP Password Storage Cheat Sheet holds to be alike.
    pub const MIN_WORK: u64 = 35_840;

    /// Parameters of new hashes: `memory_kib` KiB of memory, `passes` over it, in `lanes` lanes.
    ///
    /// # Errors
    /// [`ErrorKind::ParametersOutOfRange`] above a maximum, or below 1 pass, 1 lane, or 8 KiB per lane;
    /// [`ErrorKind::ParametersTooWeak`] below [`MIN_MEMORY_KIB`](Self::MIN_MEMORY_KIB) or
    /// [`MIN_WORK`](Self::MIN_WORK).
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Error> {
        let parameters = Self::weak(memory_kib, passes, lanes)?;
        if memory_kib < Self::MIN_MEMORY_KIB || parameters.work() < Self::MIN_WORK {
            return Err(Error::new(ErrorKind::ParametersTooWeak));
        }
        Ok(parameters)
    }

    /// As [`new`](Self::new) without its lower bounds: for tests, which want to be quick.
    ///
    /// Security: passwords hashed with little work are guessed quickly by whoever gets hold of the hashes.
    ///
    /// # Errors
    /// [`ErrorKind::ParametersOutOfRange`] as for [`new`](Self::new).
    pub fn weak(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Error> {
        // RFC 9106 section 3.1: 1 <= p, 8p <= m, 1 <= t. With p in range, 8p does not overflow.
        let in_range = (1..=Self::MAX_LANES).contains(&lanes)
            && (lanes.saturating_mul(8)..=Self::MAX_MEMORY_KIB).contains(&memory_kib)
            && (1..=Self::MAX_PASSES).contains(&passes);
        if in_range {
            Ok(Self { memory_kib, passes, lanes })
        } else {
            Err(Error::new(ErrorKind::ParametersOutOfRange))
        }
    }

    /// The memory, in KiB (m).
    #[must_use]
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// The number of passes over the memory (t).
    #[must_use]
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// The number of lanes (p).
    #[must_use]
    pub fn lanes(&self) -> u32 {
        self.lanes
    }

    /// Blocks of 1 KiB filled.
    pub(crate) fn work(&self) -> u64 {
        // Below 2^20 * 2^4.
        u64::from(self.memory_kib).saturating_mul(u64::from(self.passes))
    }

    /// What must still be done after a hash of `done` so that both together are at least the work of `self`,
    /// and hardly more; `None` if nothing is missing.
    pub(crate) fn padding_after(&self, done: Self) -> Option<Self> {
        let missing = self.work().saturating_sub(done.work());
        if missing == 0 {
            return None;
        }
        // Never more memory than self has, so that it fits.
        let memory_kib = u32::try_from(missing.div_ceil(u64::from(self.passes))).unwrap_or(self.memory_kib);
        Some(Self { memory_kib: memory_kib.max(self.lanes.saturating_mul(8)), ..*self })
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_ends_of_every_range_are_taken_and_what_lies_beyond_is_refused() {
        for (m, t, p) in [(8, 1, 1), (128, 1, 16), (1_048_576, 16, 16)] {
            let taken = Parameters::weak(m, t, p).unwrap();
            assert_eq!((taken.memory_kib(), taken.passes(), taken.lanes()), (m, t, p));
        }
        for (m, t, p) in [
            (7, 1, 1),
            (127, 1, 16),
            (1_048_577, 1, 1),
            (u32::MAX, 1, 1),
            (8, 0, 1),
            (8, 17, 1),
            (8, u32::MAX, 1),
            (8, 1, 0),
            (1_048_576, 1, 17),
            (1_048_576, 1, u32::MAX),
        ] {
            for made in [Parameters::weak(m, t, p), Parameters::new(m, t, p)] {
                assert_eq!(made.unwrap_err().kind(), ErrorKind::ParametersOutOfRange, "{m} {t} {p}");
            }
        }
    }

    #[test]
    fn weak_parameters_need_the_constructor_that_says_so() {
        // The settings that OWASP holds to be alike, and the second choice of RFC 9106 section 4.
        for (m, t, p) in
            [(47_104, 1, 1), (19_456, 2, 1), (12_288, 3, 1), (9_216, 4, 1), (7_168, 5, 1), (65_536, 3, 4)]
        {
            assert!(Parameters::new(m, t, p).is_ok(), "{m} {t} {p}");
        }
        for (m, t) in [(7_167, 16), (7_168, 4), (35_839, 1), (17_919, 2)] {
            assert_eq!(Parameters::new(m, t, 1).unwrap_err().kind(), ErrorKind::ParametersTooWeak, "{m} {t}");
            assert!(Parameters::weak(m, t, 1).is_ok());
        }
    }

    #[test]
    fn the_default_is_one_that_new_would_take() {
        assert_eq!(Parameters::default(), Parameters::new(19_456, 2, 1).unwrap());
    }

    #[test]
    fn padding_makes_up_what_an_older_hash_is_short_of() {
        let of = |m, t, p| Parameters::weak(m, t, p).unwrap();
        // By hand: 38,912 - 4,096 = 34,816 blocks are 17,408 in each of two passes.
        assert_eq!(of(19_456, 2, 1).padding_after(of(4_096, 1, 1)), Some(of(17_408, 2, 1)));
        // 200 - 101 = 99: rounded up.
        assert_eq!(of(100, 2, 1).padding_after(of(101, 1, 1)), Some(of(50, 2, 1)));
        // 1 block is missing: the least that two lanes can have.
        assert_eq!(of(100, 1, 2).padding_after(of(99, 1, 1)), Some(of(16, 1, 2)));
        assert_eq!(of(100, 2, 1).padding_after(of(200, 1, 1)), None);
        assert_eq!(of(100, 2, 1).padding_after(of(100, 3, 1)), None);
    }

    fn any() -> impl Strategy<Value = Parameters> {
        (1..=16_u32, 1..=16_u32).prop_flat_map(|(passes, lanes)| {
            (lanes * 8..=1_048_576)
                .prop_map(move |memory_kib| Parameters::weak(memory_kib, passes, lanes).unwrap())
        })
    }

    proptest! {
        #[test]
        fn work_with_padding_is_never_less_and_hardly_more(current in any(), older in any()) {
            let padding = current.padding_after(older);
            let total = older.work() + padding.map_or(0, |padding| padding.work());
            prop_assert!(total >= current.work());
            if let Some(padding) = padding {
                let least = u64::from(current.lanes() * 8 * current.passes());
                prop_assert!(total <= current.work() + least);
                prop_assert!(padding.memory_kib() <= current.memory_kib());
                prop_assert_eq!(Parameters::weak(padding.memory_kib(), padding.passes(), padding.lanes()).unwrap(), padding);
            }
        }
    }
}
