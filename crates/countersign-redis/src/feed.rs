//! The driver of a replica: what is revoked, copied into this process's memory and kept up.
//!
//! Each bucket has a stream of its last changes, written by the script that writes the entry, so in the same step. A
//! change's id is a number that rises by one and a random part. A round reads every stream from the last change
//! that is known, that one included: it must still be there, with its random part, and the numbers must go on without
//! a gap. Otherwise the stream was trimmed, or a promoted replica has lost its end and written another one, and
//! everything is read anew. A round that has seen all streams proves the copy to be as new as its beginning.
//!
//! Writers also publish a message, which only makes the next round begin at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{Feed, Replica, SUBJECT_TAG, Step};
use redis::{Cmd, from_redis_value};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::epoch::Epoch;
use crate::error::{ConnectError, ConnectErrorKind, Failure};
use crate::layout::{BUCKETS, Bucket, Entry, Name};
use crate::link::{Ask, Link, Listen, Scan, answer};
use crate::shared::Shared;
use crate::{RedisRevocationStore, RedisStore};

/// How many changes of a stream are read at once.
const BATCH: usize = 500;

/// The shortest time between two rounds, in which several changes gather.
const GATHER: Duration = Duration::from_millis(5);

/// The time until a round that failed is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// A change's place in its stream: its number and its random part. The place before the first is 0 and 0.
type Id = (u64, u64);

/// Up to where everything has been applied.
#[derive(Clone)]
struct Cursor {
    /// The epochs that the places belong to.
    epochs: Arc<Vec<Epoch>>,
    /// By bucket.
    places: Vec<Id>,
}

struct Driver {
    shared: Arc<Shared>,
    link: Link,
    feed: Feed<Cursor>,
}

impl RedisStore {
    /// What is revoked, with a copy in this process's memory that answers checks while it is no older than `bound`;
    /// and the driver that keeps it up, which the caller spawns. The driver ends when the replica, and what was cloned
    /// of its engine, has been dropped, or when it is aborted itself.
    ///
    /// Every `interval`, and when a writer says that there is something new, the driver reads what has changed. A
    /// revocation of another process is seen here after some milliseconds, and after `bound` at the latest.
    ///
    /// # Errors
    /// [`Invalid`](ConnectErrorKind::Invalid) if `interval` is below a millisecond or more than half of `bound`.
    pub fn replica(
        &self,
        bound: Duration,
        interval: Duration,
    ) -> Result<(Replica<RedisRevocationStore>, impl Future<Output = ()> + Send + use<>), ConnectError> {
        if interval < Duration::from_millis(1) || interval.saturating_mul(2) > bound {
            return Err(ConnectError::new(
                ConnectErrorKind::Invalid,
                "a replica's interval is at least 1 ms and at most half of its bound",
            ));
        }
        let (alive, held) = watch::channel(());
        let replica = Replica::new(self.revocations().held_by(held), bound);
        let woken = Arc::new(Notify::new());
        let listen = Listen { channel: self.shared.layout.channel(), woken: Arc::clone(&woken) };
        let link = Link::new(&self.shared.source, self.shared.options.timeouts(), Some(listen));
        let mut driver = Driver { shared: Arc::clone(&self.shared), link, feed: replica.feed() };
        let run = async move {
            loop {
                let is_done = driver.round().await.is_ok();
                let next = async {
                    if !is_done {
                        return sleep(RETRY).await;
                    }
                    sleep(GATHER).await;
                    tokio::select! {
                        () = woken.notified() => {}
                        () = sleep(interval) => {}
                    }
                };
                tokio::select! {
                    () = alive.closed() => return,
                    () = next => {}
                }
            }
        };
        Ok((replica, run))
    }
}

impl Driver {
    /// One step of the feed. After an error the copy is no newer than it was.
    async fn round(&mut self) -> Result<(), Failure> {
        let epochs = self.shared.epochs.known()?;
        let round = self.feed.begin();
        let cursor = match self.feed.step() {
            Step::Changes(cursor) if cursor.epochs == epochs => cursor.clone(),
            Step::Changes(_) | Step::Snapshot => self.snapshot(epochs).await?,
        };
        let Some(cursor) = self.changes(cursor).await? else {
            self.feed.lose_cursor();
            return Err(Failure::Moved);
        };
        self.feed.caught_up(round, cursor);
        Ok(())
    }

    /// Reads everything, and a cursor that is older than what was read.
    async fn snapshot(&self, epochs: Arc<Vec<Epoch>>) -> Result<Cursor, Failure> {
        let mut places = Vec::new();
        let last = (0..BUCKETS).map(|bucket| {
            let key = self.shared.layout.stream(bucket);
            let mut last = Cmd::new();
            last.arg("XREVRANGE").arg(&key).arg("+").arg("-").arg("COUNT").arg(1);
            Ask { key, commands: vec![last] }
        });
        for values in self.link.read(last.collect(), self.shared.layout.guard()).await? {
            let last: Vec<(Vec<u8>, Vec<Vec<u8>>)> =
                from_redis_value(answer(&mut values.into_iter())?).map_err(|_| Failure::Corrupt)?;
            places.push(last.first().map_or(Ok((0, 0)), |(id, _)| parse_id(id))?);
        }
        let mut scan = Scan::begin(&self.link, self.shared.layout.entry_pattern()).await?;
        while let Some(keys) = scan.next().await? {
            self.copy(keys).await?;
        }
        Ok(Cursor { epochs, places })
    }

    /// Takes in the entries under these keys.
    async fn copy(&self, keys: Vec<Vec<u8>>) -> Result<(), Failure> {
        let layout = &self.shared.layout;
        let mut buckets: BTreeMap<u8, (Ask, Vec<Name>)> = BTreeMap::new();
        for key in keys {
            let Some(name) = layout.name_of(&key) else { continue };
            let (ask, names) = buckets.entry(name.bucket).or_insert_with(|| {
                (
                    Ask { key: layout.epoch(Bucket::Revocations(name.bucket)), commands: Vec::new() },
                    Vec::new(),
                )
            });
            let mut get = Cmd::new();
            // Not MGET, which takes a key of another type for one that is not there.
            get.arg("GET").arg(key);
            ask.commands.push(get);
            names.push(name);
        }
        let (asks, names): (Vec<_>, Vec<_>) = buckets.into_values().unzip();
        let answers = self.link.read(asks, layout.guard()).await?;
        for (names, values) in names.into_iter().zip(answers) {
            let mut values = values.into_iter();
            for name in names {
                let value: Option<Vec<u8>> =
                    from_redis_value(answer(&mut values)?).map_err(|_| Failure::Corrupt)?;
                if let Some(value) = value {
                    self.apply(name, &value)?;
                }
            }
        }
        Ok(())
    }

    /// Takes in what has changed since a cursor; the new one, or `None` if there is a gap.
    async fn changes(&self, mut cursor: Cursor) -> Result<Option<Cursor>, Failure> {
        let layout = &self.shared.layout;
        let mut left: Vec<u8> = (0..BUCKETS).collect();
        while !left.is_empty() {
            let asks = left.iter().map(|&bucket| {
                let (key, (number, random)) = (layout.stream(bucket), place(&cursor, bucket));
                let (mut epoch, mut range) = (Cmd::new(), Cmd::new());
                range.arg("XRANGE").arg(&key).arg(format!("{number}-{random}")).arg("+");
                range.arg("COUNT").arg(BATCH);
                // After the stream: a server that was emptied in between is found out.
                epoch.arg("GET").arg(layout.epoch(Bucket::Revocations(bucket)));
                Ask { key, commands: vec![range, epoch] }
            });
            let answers = self.link.read(asks.collect(), layout.guard()).await?;
            let mut unfinished = Vec::new();
            for (bucket, values) in left.into_iter().zip(answers) {
                let mut values = values.into_iter();
                let (changes, epoch) = (answer(&mut values)?, answer(&mut values)?);
                let known = cursor.epochs.get(usize::from(bucket)).ok_or(Failure::Emptied)?;
                self.shared.epochs.prove(known, &epoch)?;
                let changes: Vec<(Vec<u8>, Vec<Vec<u8>>)> =
                    from_redis_value(changes).map_err(|_| Failure::Corrupt)?;
                if changes.len() == BATCH {
                    unfinished.push(bucket);
                }
                let Some(last) = self.take_in(place(&cursor, bucket), changes)? else { return Ok(None) };
                if let Some(place) = cursor.places.get_mut(usize::from(bucket)) {
                    *place = last;
                }
            }
            left = unfinished;
        }
        Ok(Some(cursor))
    }

    /// Takes in a stream's changes from `place` on, and returns the last one's place; `None` if there is a gap.
    fn take_in(&self, place: Id, changes: Vec<(Vec<u8>, Vec<Vec<u8>>)>) -> Result<Option<Id>, Failure> {
        let mut changes = changes.into_iter().peekable();
        if place.0 > 0 {
            // The one that was read last.
            let known = changes.next().map(|(id, _)| parse_id(&id)).transpose()?;
            if known != Some(place) {
                return Ok(None);
            }
        }
        let mut last = place;
        for (id, fields) in changes {
            let id = parse_id(&id)?;
            if Some(id.0) != last.0.checked_add(1) {
                return Ok(None);
            }
            let [_, name, _, value] = <[Vec<u8>; 4]>::try_from(fields).map_err(|_| Failure::Corrupt)?;
            self.apply(Name::of_bytes(name), &value)?;
            last = id;
        }
        Ok(Some(last))
    }

    fn apply(&self, name: Name, value: &[u8]) -> Result<(), Failure> {
        let is_subject = name.bytes.first() == Some(&SUBJECT_TAG);
        let change = Entry::parse(value, is_subject)?.change(name).ok_or(Failure::Corrupt)?;
        self.feed.apply(&change).map_err(|_| Failure::Corrupt)
    }
}

fn place(cursor: &Cursor, bucket: u8) -> Id {
    cursor.places.get(usize::from(bucket)).copied().unwrap_or_default()
}

fn parse_id(id: &[u8]) -> Result<Id, Failure> {
    let parse = || {
        let (number, random) = std::str::from_utf8(id).ok()?.split_once('-')?;
        Some((number.parse().ok()?, random.parse().ok()?))
    };
    parse().ok_or(Failure::Corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changes_id_is_two_numbers() {
        assert_eq!(parse_id(b"7-18446744073709551615").unwrap(), (7, u64::MAX));
        for wrong in [b"".as_slice(), b"7", b"7-", b"-7", b"7-18446744073709551616", b"\xff-1"] {
            assert!(matches!(parse_id(wrong), Err(Failure::Corrupt)));
        }
    }
}
