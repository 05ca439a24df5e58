//! Writes and removes records. A record is written by one script (`lua/write.lua`), and only if it still has the version
//! that was read. The script keeps the counts of digest keys too.

use std::time::Duration;

use countersign_token_store::{Record, Version};
use futures_util::future::{join, join_all};
use redis::from_redis_value;

use crate::error::Failure;
use crate::layout::{Layout, Pointer};
use crate::place::{Group, Place};
use crate::pointer::{LINGER, end_argument};
use crate::records::is_same;
use crate::script::{Call, Script, TAKE, WRITE};
use crate::shared::Shared;
use crate::stored::{Head, Mark, Stored, end_of, rest, version_text};

/// How many records one call writes.
pub(crate) const BATCH: usize = 500;

/// How long a pointer whose record is missing keeps others from taking it: by then its writer has gone.
const CLAIM_LIFETIME: Duration = Duration::from_secs(60);

/// A record to be written.
struct Change<'a> {
    record: &'a Record,
    /// The version that the stored record must have; `None`: there must be no record of that id.
    expected: Option<Version>,
    /// The marks of its pointers, if the stored ones do not stay.
    marks: Option<[Mark; 2]>,
}

/// What became of it.
enum Written {
    /// It was written. With the head of the value that it has replaced, if there was one.
    Yes(Option<Head>),
    /// The stored record has another version.
    No,
    /// The record has another digest or a later end than the stored one, whose head this is. Pointers have to be set
    /// first.
    NeedsPointers(Head),
}

fn pointers(layout: &Layout, record: &Record) -> [Pointer; 2] {
    [layout.id(record.kind(), record.id()), layout.digest(record.kind(), &record.digest())]
}

impl Shared {
    /// Adds a record: its two pointers, and then the record itself.
    pub(crate) async fn insert(&self, record: &Record) -> Result<(), Failure> {
        let (place, end) = (Place::of(record), end_of(record));
        let [by_id, by_digest] = pointers(&self.layout, record);
        let mark = Mark::random()?;
        let claims = join(self.claim(&by_id, &place, &mark, end), self.claim(&by_digest, &place, &mark, end));
        let inserted = match claims.await {
            (Ok(()), Ok(())) => {
                let change = Change { record, expected: None, marks: Some([mark.clone(), mark.clone()]) };
                match self.write_one(&place.group, change).await {
                    Ok(Written::Yes(_)) => Ok(()),
                    Ok(Written::No | Written::NeedsPointers(_)) => Err(Failure::Duplicate),
                    Err(failure) => Err(failure),
                }
            }
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        };
        if let Err(Failure::Duplicate) = inserted {
            // The pointers go, except those of a record that is there already.
            let there = self.record(&place).await?.map(|stored| pointers(&self.layout, &stored.record));
            for pointer in [by_id, by_digest] {
                if !there.iter().flatten().any(|own| *own == pointer) {
                    self.release(pointer, &mark, None, Duration::ZERO).await?;
                }
            }
        }
        inserted
    }

    /// Sets a pointer to a record that is about to be written. Fails with [`Failure::Duplicate`] if the pointer leads
    /// to another record that stands by it, or that may be under way.
    async fn claim(
        &self,
        pointer: &Pointer,
        place: &Place,
        mark: &Mark,
        end: Option<u64>,
    ) -> Result<(), Failure> {
        let mut replaceable = Vec::new();
        while let Some(taken) = self.set_pointer(pointer, place, mark, end, &replaceable).await? {
            if taken.age < CLAIM_LIFETIME {
                return Err(Failure::Duplicate);
            }
            let holder = self.record(&taken.place).await?;
            if holder.is_some_and(|stored| pointers(&self.layout, &stored.record).contains(pointer)) {
                return Err(Failure::Duplicate);
            }
            // Replaced, unless another caller is quicker.
            replaceable = taken.mark;
        }
        Ok(())
    }

    /// Replaces records of one owner and kind, each if it has the version. Returns for each whether it was replaced.
    pub(crate) async fn replace(&self, changes: &[(Version, Record)]) -> Result<Vec<bool>, Failure> {
        let mut replaced = Vec::with_capacity(changes.len());
        for batch in changes.chunks(BATCH) {
            let Some((_, first)) = batch.first() else { continue };
            let changes = batch.iter().map(|(version, record)| Change {
                record,
                expected: Some(*version),
                marks: None,
            });
            let written = self.write(&Place::of(first).group, changes).await?;
            for ((_, record), written) in batch.iter().zip(written) {
                replaced.push(match written {
                    Written::No => false,
                    Written::NeedsPointers(head) => self.replace_with_pointers(record, head).await?,
                    Written::Yes(head) => {
                        self.shorten(record, head).await;
                        true
                    }
                });
            }
        }
        Ok(replaced)
    }

    /// Replaces a record that has another digest or a later end than the stored one.
    async fn replace_with_pointers(&self, record: &Record, head: Head) -> Result<bool, Failure> {
        let (place, end) = (Place::of(record), end_of(record));
        let is_moved = !is_same(&head.digest, &record.digest());
        let [by_id, by_digest] = pointers(&self.layout, record);
        let [id_mark, digest_mark] = head.marks.clone();
        let digest_mark = if is_moved { Mark::random()? } else { digest_mark };
        self.claim(&by_digest, &place, &digest_mark, end).await?;
        self.claim(&by_id, &place, &id_mark, end).await?;
        let marks = Some([id_mark, digest_mark.clone()]);
        let change = Change { record, expected: Some(head.version), marks };
        let is_written = matches!(self.write_one(&place.group, change).await?, Written::Yes(_));
        if is_moved {
            let [_, before] = &head.marks;
            if is_written {
                // A look-up that has read both pointers before this one was set still follows it.
                let old = self.layout.digest(record.kind(), &head.digest);
                let _ = self.release(old, before, None, LINGER).await;
            } else if self
                .record(&place)
                .await?
                .is_none_or(|stored| !is_same(&stored.head.digest, &record.digest()))
            {
                let _ = self.release(by_digest, &digest_mark, None, Duration::ZERO).await;
            }
        }
        Ok(is_written)
    }

    /// Brings the ends of the pointers forward, if that of the record was.
    async fn shorten(&self, record: &Record, before: Option<Head>) {
        let end = end_of(record);
        let Some(head) = before.filter(|head| head.end != end) else { return };
        for (pointer, mark) in pointers(&self.layout, record).into_iter().zip(&head.marks) {
            // A pointer that stays longer than its record leads nowhere.
            let _ = self.release(pointer, mark, end, self.options.margin).await;
        }
    }

    async fn write_one(&self, group: &Group, change: Change<'_>) -> Result<Written, Failure> {
        self.write(group, std::iter::once(change)).await?.pop().ok_or(Failure::Corrupt)
    }

    /// Writes records of one group by one script.
    async fn write(
        &self,
        group: &Group,
        changes: impl Iterator<Item = Change<'_>>,
    ) -> Result<Vec<Written>, Failure> {
        let mut call = self.call_on(&WRITE, group).number(self.options.margin_milliseconds());
        for Change { record, expected, marks } in changes {
            let marks = marks.map(|marks| marks.iter().flat_map(Mark::bytes).copied().collect());
            call = call
                .arg(record.id())
                .arg(expected.map_or_else(String::new, version_text))
                .arg(Mark::random()?.bytes())
                .arg(marks.unwrap_or_else(Vec::new))
                .arg(rest(record)?)
                .arg(end_argument(end_of(record)));
        }
        let outcomes: Vec<Vec<u8>> =
            from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)?;
        let parse = |outcome: Vec<u8>| match outcome.split_first() {
            Some((b'0', _)) => Ok(Written::No),
            Some((b'1', [])) => Ok(Written::Yes(None)),
            Some((b'1', head)) => Ok(Written::Yes(Some(Head::parse(head)?))),
            Some((b'p', head)) => Ok(Written::NeedsPointers(Head::parse(head)?)),
            _ => Err(Failure::Corrupt),
        };
        outcomes.into_iter().map(parse).collect()
    }

    /// A script on an owner's records.
    fn call_on(&self, script: &'static Script, group: &Group) -> Call {
        let call = Call::in_bucket(script, self.layout.keys_of(group), group.bucket());
        call.arg(format!("{}:", group.name()))
    }

    /// Removes all records of a group by one script, or the one of an id, and returns how many that were.
    pub(crate) async fn take(&self, group: &Group, id: Option<&str>) -> Result<u64, Failure> {
        let mut call = self.call_on(&TAKE, group);
        if let Some(id) = id {
            call = call.arg(id);
        }
        let values: Vec<Vec<u8>> = from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)?;
        for values in values.chunks(BATCH) {
            // A record that cannot be read is gone as well.
            let removed: Vec<_> =
                values.iter().filter_map(|value| Stored::parse(group.kind, value).ok()).collect();
            let releases = removed.iter().flat_map(|stored| {
                let pointers = pointers(&self.layout, &stored.record).into_iter().zip(&stored.head.marks);
                pointers.map(|(pointer, mark)| self.release(pointer, mark, None, Duration::ZERO))
            });
            // The removal is complete. A pointer that stays leads nowhere, and is no reason for an error.
            drop(join_all(releases).await);
        }
        Ok(values.len() as u64)
    }
}
