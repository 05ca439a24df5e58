//! Reads records of tokens and sessions, all those of one owner and kind in one key.
//!
//! That key is a hash by id, and a list returns this hash. There is no index beside it that could miss a record, and one
//! script removes all records. A second key has the times at which the server may collect the records; if that key is
//! lost, the records stay.

use countersign_random::KeyedDigest;
use countersign_token_store::RecordKind;
use redis::{Cmd, Value, from_redis_value};

use crate::error::Failure;
use crate::layout::Bucket;
use crate::link::{Ask, answer};
use crate::place::{Group, Place};
use crate::shared::Shared;
use crate::stored::Stored;

pub(crate) fn is_same(one: &KeyedDigest, other: &KeyedDigest) -> bool {
    one.key_id == other.key_id && one.digest.matches(&other.digest)
}

impl Shared {
    /// Sends commands that read, each about a key of a bucket, and returns their answers. The epoch of the bucket is
    /// read after each: a server that was emptied does not answer "there is no such record".
    pub(crate) async fn proven(
        &self,
        asks: impl Iterator<Item = (Bucket, Vec<u8>, Cmd)>,
    ) -> Result<Vec<Value>, Failure> {
        let mut buckets = Vec::new();
        let asks = asks.map(|(bucket, key, command)| {
            buckets.push(bucket);
            let mut epoch = Cmd::new();
            epoch.arg("GET").arg(self.layout.epoch(bucket));
            Ask { key, commands: vec![command, epoch] }
        });
        let asks: Vec<_> = asks.collect();
        let epochs = self.epochs.known()?;
        let answers = self.reads.read(asks, self.layout.guard()).await?;
        let mut values = Vec::with_capacity(answers.len());
        for (bucket, answers) in buckets.into_iter().zip(answers) {
            let mut answers = answers.into_iter();
            let (value, epoch) = (answer(&mut answers)?, answer(&mut answers)?);
            self.epochs.prove(epochs.get(bucket.index()).ok_or(Failure::Emptied)?, &epoch)?;
            values.push(value);
        }
        Ok(values)
    }

    pub(crate) async fn record(&self, place: &Place) -> Result<Option<Stored>, Failure> {
        Ok(self.records(std::slice::from_ref(place)).await?.pop().flatten())
    }

    /// The records at these places, in their order, `None` where there is none.
    pub(crate) async fn records(&self, places: &[Place]) -> Result<Vec<Option<Stored>>, Failure> {
        let asks = places.iter().map(|place| {
            let (key, mut get) = (self.layout.records(&place.group), Cmd::new());
            get.arg("HGET").arg(&key).arg(&place.id);
            (place.group.bucket(), key, get)
        });
        let parse = |(place, value): (&Place, Value)| {
            let value: Option<Vec<u8>> = from_redis_value(value).map_err(|_| Failure::Corrupt)?;
            value.map(|value| Stored::parse(place.group.kind, &value)).transpose()
        };
        places.iter().zip(self.proven(asks).await?).map(parse).collect()
    }

    /// All records of an owner.
    pub(crate) async fn all_records(&self, group: &Group) -> Result<Vec<Stored>, Failure> {
        let (key, mut values) = (self.layout.records(group), Cmd::new());
        values.arg("HVALS").arg(&key);
        let answers = self.proven(std::iter::once((group.bucket(), key, values))).await?;
        let mut records = Vec::new();
        for value in answers {
            let values: Vec<Vec<u8>> = from_redis_value(value).map_err(|_| Failure::Corrupt)?;
            for value in values {
                records.push(Stored::parse(group.kind, &value)?);
            }
        }
        Ok(records)
    }

    /// The record of `kind` with one of these digests. The pointers are hints: the record has to stand by them.
    pub(crate) async fn find(
        &self,
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> Result<Option<Stored>, Failure> {
        let pointers = digests.iter().map(|digest| self.layout.digest(kind, digest)).collect();
        let mut places = self.follow(pointers).await?;
        places.retain(|place| place.group.kind == kind);
        places.dedup();
        if places.is_empty() {
            return Ok(None);
        }
        let mut found = self.records(&places).await?.into_iter().flatten();
        Ok(found.find(|found| digests.iter().any(|digest| is_same(digest, &found.record.digest()))))
    }
}
