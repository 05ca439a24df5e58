//! Whether the names of each object differ, seen while they are written.
//!
//! A name's [`Tag`] is compared with those before it in the same object. Tags that are equal may be of names
//! that differ, and there is room for so many only; then the watch is in doubt, and does not vouch.

use crate::json::{MAX_DEPTH, Tag};

/// Names that are watched, of all the objects that are open at once.
const WATCHED: usize = 24;

/// What has been seen so far.
pub(super) struct Watch {
    depth: u8,
    /// The outermost value is an object.
    is_object: bool,
    /// The text has to be walked.
    in_doubt: bool,
    /// Of the names of the objects that are open, the outermost one's first.
    tags: [Tag; WATCHED],
    count: usize,
    /// Where the innermost object's names start.
    start: usize,
    /// Where those of the object around it start, by depth.
    starts: [usize; MAX_DEPTH as usize],
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            depth: 0,
            is_object: false,
            in_doubt: false,
            tags: [Tag::default(); WATCHED],
            count: 0,
            start: 0,
            starts: [0; MAX_DEPTH as usize],
        }
    }

    /// Whether the text is one object that satisfies a reader, for certain.
    pub(super) fn vouches(&self) -> bool {
        self.is_object && !self.in_doubt
    }

    pub(super) fn doubt(&mut self) {
        self.in_doubt = true;
    }

    /// An object or an array begins.
    pub(super) fn open(&mut self, is_object: bool) {
        self.is_object |= is_object && self.depth == 0;
        match self.starts.get_mut(usize::from(self.depth)) {
            Some(place) => *place = self.start,
            None => self.in_doubt = true,
        }
        self.start = self.count;
        self.depth = self.depth.saturating_add(1);
    }

    pub(super) fn close(&mut self) {
        self.count = self.start;
        self.depth = self.depth.saturating_sub(1);
        self.start = self.starts.get(usize::from(self.depth)).copied().unwrap_or_default();
    }

    /// A member of the innermost object begins, of this name.
    #[inline]
    pub(super) fn name(&mut self, tag: Tag) {
        let earlier = self.tags.get(self.start..self.count).unwrap_or_default();
        self.in_doubt |= earlier.contains(&tag);
        match self.tags.get_mut(self.count) {
            Some(place) => *place = tag,
            None => self.in_doubt = true,
        }
        self.count = self.count.saturating_add(1);
    }
}
