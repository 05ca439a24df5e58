//! The fixed-size memory of [`MemoryLimiter`](crate::MemoryLimiter).
//!
//! Entries stand under keyed hashes, eight to a place, so that no client can aim at a place. A table never
//! drops an entry that still counts. This is what keeps a flood of names or addresses from erasing what is
//! recorded of others.

/// The slots of a place.
pub(crate) const SLOTS: usize = 8;
/// How many addresses are remembered of one name: at most half of a place, so that a name that logs in from
/// everywhere replaces its own addresses and not those of others.
const ADDRESSES_OF_A_NAME: usize = SLOTS / 2;

/// Buckets by hash. A bucket is the moment at which it will be empty, in Unix milliseconds.
///
/// The problem: an attacker can invent more names than any table holds. Where all slots of a place are in
/// use, the table therefore counts further keys together, in one shared bucket of the place. What is recorded
/// stays. The cost: while such a flood lasts, new keys of a full place share the attempts of one.
pub(crate) struct Buckets(Vec<Place>);

#[derive(Clone, Copy)]
struct Place {
    slots: [(u64, u64); SLOTS],
    shared: u64,
}

impl Buckets {
    /// A table of that many places, a power of two.
    pub(crate) fn new(places: usize) -> Self {
        Self(vec![Place { slots: [(0, 0); SLOTS], shared: 0 }; places])
    }

    /// The moment at which the bucket of `key` will be empty; any moment that is not after `now` means that
    /// it is empty.
    pub(crate) fn get(&self, key: u64, now: u64) -> u64 {
        let Some(place) = self.0.get(place_of(key, self.0.len())) else { return 0 };
        match place.slots.iter().find(|(of, _)| *of == key) {
            Some((_, moment)) => *moment,
            None if place.slots.iter().any(|(_, moment)| *moment <= now) => 0,
            None => place.shared,
        }
    }

    /// Sets the moment at which the bucket of `key` will be empty.
    pub(crate) fn put(&mut self, key: u64, now: u64, moment: u64) {
        let place = place_of(key, self.0.len());
        let Some(Place { slots, shared }) = self.0.get_mut(place) else { return };
        let slot = match slots.iter().position(|(of, _)| *of == key) {
            Some(own) => Some(own),
            None => slots.iter().position(|(_, moment)| *moment <= now),
        };
        match slot.and_then(|slot| slots.get_mut(slot)) {
            Some(slot) => *slot = (key, moment),
            None => *shared = moment,
        }
    }

    /// Takes `step` off the bucket of `key`.
    pub(crate) fn take_back(&mut self, key: u64, now: u64, step: u64) {
        let moment = self.get(key, now);
        if moment > 0 {
            self.put(key, now, moment.saturating_sub(step));
        }
    }
}

/// A name and an address from which it has logged in.
#[derive(Clone, Copy)]
pub(crate) struct KnownPair {
    name: u64,
    address: u64,
    /// Until when it is remembered; 0 in an empty slot.
    until: u64,
    /// When its own bucket will be empty.
    pub(crate) moment: u64,
}

/// The pairs of name and address that have logged in. All pairs of a name stand in the place of the name.
pub(crate) struct KnownPairs(Vec<[KnownPair; SLOTS]>);

impl KnownPairs {
    /// A table of that many places, a power of two.
    pub(crate) fn new(places: usize) -> Self {
        Self(vec![[KnownPair { name: 0, address: 0, until: 0, moment: 0 }; SLOTS]; places])
    }

    /// The pair, if it is remembered at `now`.
    pub(crate) fn get(&mut self, name: u64, address: u64, now: u64) -> Option<&mut KnownPair> {
        let place = place_of(name, self.0.len());
        let mut pairs = self.0.get_mut(place)?.iter_mut();
        pairs.find(|pair| pair.name == name && pair.address == address && pair.until > now)
    }

    /// Remembers the pair until `until`. It replaces the pair of the same name that was used longest ago where
    /// the name has as many as it may have, and otherwise the one of the place that was used longest ago.
    pub(crate) fn remember(&mut self, name: u64, address: u64, until: u64) {
        let place = place_of(name, self.0.len());
        let Some(pairs) = self.0.get_mut(place) else { return };
        if let Some(own) = pairs.iter_mut().find(|pair| pair.name == name && pair.address == address) {
            own.until = until;
            return;
        }
        let is_full = pairs.iter().filter(|pair| pair.name == name).count() >= ADDRESSES_OF_A_NAME;
        let replaceable = pairs.iter_mut().filter(|pair| !is_full || pair.name == name);
        if let Some(pair) = replaceable.min_by_key(|pair| pair.until) {
            *pair = KnownPair { name, address, until, moment: 0 };
        }
    }
}

/// The place of a hash among `places`, a power of two.
fn place_of(key: u64, places: usize) -> usize {
    usize::try_from(key & (places as u64).saturating_sub(1)).unwrap_or(0)
}
