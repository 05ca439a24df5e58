//! Which shard a name falls into, so that the tables of all shards do not double at the same time.
//!
//! A hash table of a power of two of places is between 7/16 and 7/8 full. Shards of equal weight fill at the
//! same pace and double together, and just then each entry pays for more than two places: measured, 56 bytes at the
//! worst point on the way up and 68 on the way down. So the shards have different weights, in geometric progression
//! over one octave: the lightest gets half as many names as the heaviest. As the store grows, one shard after
//! another doubles, and when the last one has, the first is due again. The bytes for an entry then stay
//! nearly the same, at most 45 on the way up and 55 on the way down (`tests/memory_size.rs`), and the doublings are
//! spread over time too.
//!
//! With weights in that progression a position `f` in `0..1` falls into shard `SHARDS * log2(1 + f)`. The
//! logarithm is a cubic in fixed point with the ends and the slopes of the true one. Near enough is good
//! enough: what must hold is that it is monotone and reaches every shard. It does not spread entries that
//! hash badly; the fingerprint sees to that.

/// The number of shards: so many that growing the table of one takes some hundred microseconds when the store
/// holds a million entries, and that a dozen writers seldom meet at one lock; and so few that the list of all
/// tables, of which a new one is made for each new table, is short. No reader waits for either.
pub(super) const SHARDS: usize = 128;

/// `1/ln 2 - 1` in units of 2^-32: how much the slope of `log2(1 + f)` exceeds 1 at `f = 0`.
const AT_START: u64 = 1_901_360_723;

/// `1/ln 2 - 1 + 1/(2 ln 2) - 1` in the same units: how much of that is gone at `f = 1`.
const LOST: u64 = 704_557_436;

/// The shard of a name, from 32 bits of its fingerprint.
pub(super) fn shard_of(bits: u32) -> usize {
    let start = u64::from(bits);
    let rest = u64::from(!bits);
    // f + f (1 - f) (a - b f); each product of two numbers below 2^32 fits.
    let bend = AT_START.wrapping_sub(start.wrapping_mul(LOST) >> 32);
    let bow = (start.wrapping_mul(rest) >> 32).wrapping_mul(bend) >> 32;
    let logarithm = start.wrapping_add(bow);
    usize::try_from(logarithm.wrapping_mul(SHARDS as u64) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 2^22 positions, evenly spaced, fall into each shard.
    fn widths() -> Vec<u32> {
        let mut widths = vec![0; SHARDS];
        for position in 0..1_u32 << 22 {
            widths[shard_of(position << 10)] += 1;
        }
        widths
    }

    #[test]
    fn the_distribution_is_monotone_and_ends_at_the_last_shard() {
        let mut last = 0;
        for position in 0..1_u32 << 20 {
            let shard = shard_of(position << 12);
            assert!(shard == last || shard == last + 1, "shard {shard} comes after {last}");
            last = shard;
        }
        assert_eq!((shard_of(0), shard_of(u32::MAX)), (0, SHARDS - 1));
    }

    #[test]
    fn weights_rise_evenly_over_one_octave() {
        let widths = widths();
        for (shard, &width) in widths.iter().enumerate() {
            // The share of shard i of n is 2^((i+1)/n) - 2^(i/n).
            let (low, high) = (shard as f64 / SHARDS as f64, (shard + 1) as f64 / SHARDS as f64);
            let expected = (high.exp2() - low.exp2()) * f64::from(1 << 22);
            let ratio = f64::from(width) / expected;
            assert!((0.95..1.05).contains(&ratio), "shard {shard}: {ratio} of its share");
        }
        let (lightest, heaviest) = (widths[0], widths[SHARDS - 1]);
        assert!((1.9..2.1).contains(&(f64::from(heaviest) / f64::from(lightest))));
    }
}
