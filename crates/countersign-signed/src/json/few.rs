//! A list that allocates nothing while it is short.
//!
//! Nearly every object of a token has a handful of members, and a token is read on every request. The
//! first `N` items live where the list lives; if there are more, all of them move to the heap, so that the
//! items are one slice at any length.

#[derive(Debug)]
pub(crate) struct Few<T, const N: usize> {
    /// The items, until there are more than `N`.
    inline: [T; N],
    len: usize,
    /// All of the items from then on.
    heap: Vec<T>,
    /// Never reached: what a place that is there is looked up with an alternative to, instead of a panic.
    spare: T,
}

impl<T: Copy + Default, const N: usize> Few<T, N> {
    pub(crate) fn new() -> Self {
        Self { inline: [T::default(); N], len: 0, heap: Vec::new(), spare: T::default() }
    }

    /// A new last item, to be filled in where it stands: an item handed over would be put together
    /// elsewhere and copied, at a price of several nanoseconds each.
    #[inline]
    pub(crate) fn extend(&mut self) -> &mut T {
        let place = self.len;
        self.len = place.saturating_add(1);
        if place < N { self.inline.get_mut(place).unwrap_or(&mut self.spare) } else { self.spill() }
    }

    #[cold]
    fn spill(&mut self) -> &mut T {
        if self.heap.is_empty() {
            self.heap.reserve(N.saturating_mul(4));
            self.heap.extend_from_slice(&self.inline);
        }
        self.heap.push(T::default());
        self.heap.last_mut().unwrap_or(&mut self.spare)
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        if self.heap.is_empty() { self.inline.get(..self.len).unwrap_or_default() } else { &self.heap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_items_are_one_slice_below_at_and_above_the_inline_length() {
        let mut few = Few::<usize, 4>::new();
        let mut all = Vec::new();
        assert_eq!(few.as_slice(), all);
        for item in 1..30 {
            *few.extend() = item;
            all.push(item);
            assert_eq!(few.as_slice(), all);
        }
    }
}
