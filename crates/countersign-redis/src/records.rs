//! The records of tokens and sessions, all those of one owner in one slot.
//!
//! The records of one owner and family are one hash by id, and a list returns this hash. There is no index beside it
//! that could miss a record, and one script removes all records. A second key in the same slot has the times at which
//! the server may collect the records; if that key is lost, the records stay.
//!
//! A record is written only if it has the version that was read (`lua/write.lua`). Rust decides the effect of a use, a
//! rotation or an end; the server knows none of these rules.

use std::time::Duration;

use futures_util::future::{join, join_all};
use redis::{Cmd, Value, from_redis_value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use crate::error::Failure;
use crate::layout::Layout;
use crate::link::{Ask, answer};
use crate::place::{Group, Place};
use crate::pointer::{MARK, Mark, end_argument};
use crate::script::{Call, TAKE, WRITE};
use crate::store::Shared;

/// How many records one call writes.
pub(crate) const BATCH: usize = 500;

/// A stored token or session.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + Sync {
    fn place(&self) -> Place;

    /// From when on the record may be collected.
    fn end(&self) -> Option<OffsetDateTime>;

    /// The keys of the pointers that lead here: by the id, and by what a client presents.
    fn pointers(&self, layout: &Layout) -> [Vec<u8>; 2];
}

/// A record with its version and marks. The stored value is the version, the two marks and the record in JSON.
pub(crate) struct StoredRecord<R> {
    /// The version that was read; none of a new record.
    version: Option<Mark>,
    /// The marks of the two pointers.
    pub(crate) marks: [Mark; 2],
    pub(crate) record: R,
}

impl<R: Record> StoredRecord<R> {
    fn parse(value: &[u8]) -> Result<Self, Failure> {
        let (marks, json) = value.split_at_checked(MARK.saturating_mul(3)).ok_or(Failure::Corrupt)?;
        let mut marks = marks.chunks(MARK).map(Mark::of);
        let mut mark = || marks.next().ok_or(Failure::Corrupt)?;
        let (version, marks) = (mark()?, [mark()?, mark()?]);
        Ok(Self { version: Some(version), marks, record: serde_json::from_slice(json)? })
    }

    /// The value with a new version.
    fn value(&self) -> Result<Vec<u8>, Failure> {
        let [id, lookup] = &self.marks;
        let mut value = [Mark::random()?.bytes(), id.bytes(), lookup.bytes()].concat();
        serde_json::to_writer(&mut value, &self.record)?;
        Ok(value)
    }
}

impl Shared {
    /// Adds a record: its two pointers, and then the record itself.
    pub(crate) async fn insert_record<R: Record>(&self, record: R) -> Result<(), Failure> {
        let (place, end, pointers) = (record.place(), record.end(), record.pointers(&self.layout));
        let mark = Mark::random()?;
        let [by_id, by_lookup] = &pointers;
        let claims =
            join(self.claim::<R>(by_id, &place, &mark, end), self.claim::<R>(by_lookup, &place, &mark, end));
        let held = StoredRecord { version: None, marks: [mark.clone(), mark.clone()], record };
        let inserted = match claims.await {
            (Ok(()), Ok(())) => self
                .write(&place.group, &[&held])
                .await
                .and_then(|written| if written == [true] { Ok(()) } else { Err(Failure::Duplicate) }),
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        };
        if let Err(Failure::Duplicate) = inserted {
            // The pointers go, except those of a record that is there already.
            let there = self.record::<R>(&place).await?.map(|held| held.record.pointers(&self.layout));
            for key in pointers.into_iter().filter(|key| !there.iter().flatten().any(|own| own == key)) {
                self.release(key, &mark, None, Duration::ZERO).await?;
            }
        }
        inserted
    }

    pub(crate) async fn record<R: Record>(&self, place: &Place) -> Result<Option<StoredRecord<R>>, Failure> {
        Ok(self.records(std::slice::from_ref(place)).await?.pop().flatten())
    }

    /// The records at these places, in their order, `None` where there is none.
    pub(crate) async fn records<R: Record>(
        &self,
        places: &[Place],
    ) -> Result<Vec<Option<StoredRecord<R>>>, Failure> {
        let asks = places.iter().map(|place| {
            let (key, mut get) = (self.layout.records(&place.group), Cmd::new());
            get.arg("HGET").arg(&key).arg(&place.id);
            Ask { key, commands: vec![get] }
        });
        let answers = self.reads.read(asks.collect(), self.layout.guard()).await?;
        let parse = |values: Vec<Value>| {
            let value: Option<Vec<u8>> =
                from_redis_value(answer(&mut values.into_iter())?).map_err(|_| Failure::Corrupt)?;
            value.map(|value| StoredRecord::parse(&value)).transpose()
        };
        answers.into_iter().map(parse).collect()
    }

    /// All records of these groups.
    pub(crate) async fn all_records<R: Record>(
        &self,
        groups: &[Group],
    ) -> Result<Vec<StoredRecord<R>>, Failure> {
        let asks = groups.iter().map(|group| {
            let (key, mut values) = (self.layout.records(group), Cmd::new());
            values.arg("HVALS").arg(&key);
            Ask { key, commands: vec![values] }
        });
        let mut records = Vec::new();
        for values in self.reads.read(asks.collect(), self.layout.guard()).await? {
            let values: Vec<Vec<u8>> =
                from_redis_value(answer(&mut values.into_iter())?).map_err(|_| Failure::Corrupt)?;
            for value in values {
                records.push(StoredRecord::parse(&value)?);
            }
        }
        Ok(records)
    }

    /// Changes a record by `decide`, which says whether it has changed anything, and returns what that returned. Where
    /// another caller was quicker, reads and decides again. `None` if there is no such record.
    pub(crate) async fn update<R: Record, T>(
        &self,
        place: &Place,
        decide: impl Fn(&mut StoredRecord<R>) -> (T, bool),
    ) -> Result<Option<T>, Failure> {
        loop {
            let Some(mut held) = self.record::<R>(place).await? else { return Ok(None) };
            let (outcome, has_changed) = decide(&mut held);
            if !has_changed {
                // Another call may have written this a moment ago, and no replica has it yet.
                self.wait_for_replicas(&self.layout.records(&place.group)).await?;
                return Ok(Some(outcome));
            }
            if self.write(&place.group, &[&held]).await? == [true] {
                return Ok(Some(outcome));
            }
        }
    }

    /// Writes records of one group by one script: each if its version is still the one that was read or, for a new
    /// one, if there is none of that id. Returns for each whether it has been written.
    pub(crate) async fn write<R: Record>(
        &self,
        group: &Group,
        records: &[&StoredRecord<R>],
    ) -> Result<Vec<bool>, Failure> {
        let keys = vec![self.layout.records(group), self.layout.collection(group)];
        let mut call = Call::new(&WRITE, keys).number(self.options.margin_milliseconds());
        for held in records {
            let expected = held.version.as_ref().map_or(&[][..], Mark::bytes);
            call = call
                .arg(held.record.place().id)
                .arg(expected)
                .arg(held.value()?)
                .arg(end_argument(held.record.end()));
        }
        from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)
    }

    /// Removes all records of a group by one script, or the one of an id, and returns how many that were.
    pub(crate) async fn take<R: Record>(&self, group: &Group, id: Option<&str>) -> Result<u64, Failure> {
        let keys = vec![self.layout.records(group), self.layout.collection(group)];
        let mut call = Call::new(&TAKE, keys);
        if let Some(id) = id {
            call = call.arg(id);
        }
        let values: Vec<Vec<u8>> = from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)?;
        for values in values.chunks(BATCH) {
            // A record that cannot be read is gone as well.
            let removed: Vec<StoredRecord<R>> =
                values.iter().filter_map(|value| StoredRecord::parse(value).ok()).collect();
            let releases = removed.iter().flat_map(|held| {
                let pointers = held.record.pointers(&self.layout).into_iter().zip(&held.marks);
                pointers.map(|(key, mark)| self.release(key, mark, None, Duration::ZERO))
            });
            // The removal is complete. A pointer that stays leads nowhere, and is no reason for an error.
            drop(join_all(releases).await);
        }
        Ok(values.len() as u64)
    }
}
