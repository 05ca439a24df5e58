//! A disk in memory that forgets what was not synced when the power goes.

use std::io;
use std::sync::{Arc, Mutex};

use countersign_redb::redb;

use crate::random::Random;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Something that was done since the last sync.
enum Unsynced {
    Write { offset: usize, data: Vec<u8> },
    Length(usize),
}

struct Inside {
    /// What a read returns.
    seen: Vec<u8>,
    /// What is safe.
    synced: Vec<u8>,
    unsynced: Vec<Unsynced>,
    /// How many operations it still lives.
    left: u64,
}

/// The disk; clones are the same one.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<Inside>>);

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    /// A disk with this on it, which stops at the operation after so many.
    pub(crate) fn new(image: Vec<u8>, operations: u64) -> Self {
        let (seen, unsynced) = (image.clone(), Vec::new());
        Self(Arc::new(Mutex::new(Inside { seen, synced: image, unsynced, left: operations })))
    }

    /// What is on it afterwards: all that was synced, and of the rest whatever chance has it, if there are
    /// losses: each write whole, not at all, or some of its sectors.
    pub(crate) fn remains(&self, random: &mut Random, losses: Losses) -> Vec<u8> {
        let inside = self.0.lock().unwrap();
        if losses == Losses::Nothing {
            return inside.seen.clone();
        }
        let mut image = inside.synced.clone();
        let mut length = image.len();
        for one in &inside.unsynced {
            match one {
                Unsynced::Length(_) if losses == Losses::WritesAndLengths && random.one_in(2) => {}
                Unsynced::Length(new) => {
                    length = *new;
                    image.truncate(length);
                }
                Unsynced::Write { offset, data } => {
                    let fate = random.below(3);
                    for (number, sector) in data.chunks(SECTOR).enumerate() {
                        if fate == 0 || (fate == 1 && random.one_in(2)) {
                            continue;
                        }
                        put(&mut image, offset + number * SECTOR, sector);
                    }
                }
            }
        }
        image.resize(length, 0);
        image
    }

    fn with<T>(&self, step: impl FnOnce(&mut Inside) -> T) -> io::Result<T> {
        let mut inside = self.0.lock().unwrap();
        let Some(left) = inside.left.checked_sub(1) else {
            return Err(io::Error::other("the power has gone"));
        };
        inside.left = left;
        Ok(step(&mut inside))
    }
}

/// What is lost when the disk stops.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Losses {
    /// Nothing: it was full, and what it refused is all that is missing.
    Nothing,
    /// Writes; the file has the length it was last given.
    Writes,
    /// The length too, if it was not synced: what was written beyond the old one is gone.
    WritesAndLengths,
}

fn put(image: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[offset..end].copy_from_slice(data);
}

impl redb::StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let inside = self.0.lock().unwrap();
        let data = inside.seen.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(data);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap();
        self.with(|inside| {
            inside.seen.resize(length, 0);
            inside.unsynced.push(Unsynced::Length(length));
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|inside| {
            inside.synced.clone_from(&inside.seen);
            inside.unsynced.clear();
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.with(|inside| {
            put(&mut inside.seen, offset, data);
            inside.unsynced.push(Unsynced::Write { offset, data: data.to_vec() });
        })
    }
}
