//! Pointers and indexes: how a record that is one key is found by something else than that key.
//!
//! They are hints in other slots, so no step can keep them and the record alike. What is found by them is held against
//! the record; they are written before it and taken away after it; and what leads nowhere is repaired or collected.
//! So a crash between two steps leaves a pointer too many, never one too few.

use std::time::Duration;

use rand::TryRng;
use rand::rngs::SysRng;
use redis::{Cmd, Value, from_redis_value};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::layout::Layout;
use crate::link::{Ask, answer};
use crate::script::{CLAIM, Call, INDEX, RELEASE};
use crate::store::Shared;

/// How long a claim stands for a record that is not there: by then its writer has gone.
const CLAIM_LIFETIME: Duration = Duration::from_secs(60);

/// How long a pointer stays that a new one has taken the place of, for those who have read it.
pub(crate) const LINGER: Duration = Duration::from_secs(60);

/// Where the target begins in a pointer's value: after 20 digits and the mark.
const HEAD: usize = 36;

/// What tells one writing of a record from another.
#[derive(Clone)]
pub(crate) struct Mark(Vec<u8>);

impl Mark {
    pub(crate) fn random() -> Result<Self, Failure> {
        let mut bytes = [0; 8];
        SysRng.try_fill_bytes(&mut bytes).map_err(|_| Failure::Corrupt)?;
        Ok(Self(format!("{:016x}", u64::from_ne_bytes(bytes)).into_bytes()))
    }

    /// The mark in a record.
    pub(crate) fn of_record(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// How a pointer is held against the record that it leads to: a field of that must have a certain value.
pub(crate) struct Proof {
    pub(crate) record: fn(&Layout, &[u8]) -> Option<Vec<u8>>,
    pub(crate) field: &'static str,
    pub(crate) expected: Vec<u8>,
}

/// The end of a record, from which on the server may collect it.
#[derive(Clone, Copy)]
pub(crate) struct End(Option<OffsetDateTime>);

impl End {
    pub(crate) fn new(end: Option<OffsetDateTime>) -> Self {
        Self(end)
    }

    /// As scripts take it: milliseconds, or nothing.
    pub(crate) fn argument(self) -> String {
        self.0.map_or(String::new(), |end| milliseconds(end).to_string())
    }
}

/// A moment in milliseconds of Unix time, cut off as records have it once they have been written
/// (`time::serde::timestamp::milliseconds`).
pub(crate) fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

impl Shared {
    /// Claims a pointer for `target`. Where it leads elsewhere, it is taken over only if it is old and the record that it
    /// leads to does not stand by it.
    pub(crate) async fn claim(
        &self,
        key: &[u8],
        target: &[u8],
        mark: &Mark,
        end: End,
        proof: &Proof,
    ) -> Result<(), Failure> {
        let mut replaceable = Vec::new();
        loop {
            let call = Call::new(&CLAIM, vec![key.to_vec()])
                .arg(mark.bytes())
                .arg(target)
                .arg(end.argument())
                .number(self.options.margin_milliseconds())
                .arg(replaceable);
            let Value::Array(taken) = self.run(&call).await? else { return Ok(()) };
            let (value, age): (Vec<u8>, u64) =
                from_redis_value(Value::Array(taken)).map_err(|_| Failure::Corrupt)?;
            if Duration::from_millis(age) < CLAIM_LIFETIME || self.holds(proof, target_of(&value)).await? {
                return Err(Failure::Duplicate);
            }
            // Taken over, unless somebody else is quicker.
            replaceable = value;
        }
    }

    /// Whether a pointer to `target` is true.
    async fn holds(&self, proof: &Proof, target: &[u8]) -> Result<bool, Failure> {
        let Some(key) = (proof.record)(&self.layout, target) else { return Ok(false) };
        let fields = self.fields(vec![key], &[proof.field]).await?;
        Ok(fields.into_iter().flatten().flatten().any(|value| value == proof.expected))
    }

    /// Fields of records, `None` where there is none.
    pub(crate) async fn fields(
        &self,
        keys: Vec<Vec<u8>>,
        fields: &[&str],
    ) -> Result<Vec<Vec<Option<Vec<u8>>>>, Failure> {
        let asks = keys.into_iter().map(|key| {
            let mut get = Cmd::new();
            get.arg("HMGET").arg(&key).arg(fields);
            Ask { key, commands: vec![get] }
        });
        let answers = self.reads.read(asks.collect(), self.layout.guard()).await?;
        let parse = |values: Vec<Value>| {
            from_redis_value(answer(&mut values.into_iter())?).map_err(|_| Failure::Corrupt)
        };
        answers.into_iter().map(parse).collect()
    }

    /// Takes away a pointer of this mark, after `linger`.
    pub(crate) async fn release(&self, key: Vec<u8>, mark: &Mark, linger: Duration) -> Result<(), Failure> {
        let linger = u64::try_from(linger.as_millis()).unwrap_or(0);
        self.run(&Call::new(&RELEASE, vec![key]).arg(mark.bytes()).number(linger)).await?;
        Ok(())
    }

    /// Where these pointers lead, in their order; those that are not there are left out.
    pub(crate) async fn follow(
        &self,
        keys: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let asks = keys.into_iter().map(|key| {
            let mut get = Cmd::new();
            get.arg("GET").arg(&key);
            Ask { key, commands: vec![get] }
        });
        let mut targets = Vec::new();
        for values in self.reads.read(asks.collect(), self.layout.guard()).await? {
            let value: Option<Vec<u8>> =
                from_redis_value(answer(&mut values.into_iter())?).map_err(|_| Failure::Corrupt)?;
            targets.extend(value.map(|value| target_of(&value).to_vec()));
        }
        Ok(targets)
    }

    pub(crate) async fn add_to_index(&self, index: Vec<u8>, member: &[u8], end: End) -> Result<(), Failure> {
        let call = Call::new(&INDEX, vec![index]).arg(member).arg(end.argument());
        self.run(&call.number(self.options.margin_milliseconds())).await?;
        Ok(())
    }

    pub(crate) async fn members(&self, index: Vec<u8>) -> Result<Vec<Vec<u8>>, Failure> {
        let mut range = Cmd::new();
        range.arg("ZRANGE").arg(&index).arg(0).arg(-1);
        let ask = Ask { key: index, commands: vec![range] };
        let answers = self.reads.read(vec![ask], self.layout.guard()).await?;
        from_redis_value(answer(&mut answers.into_iter().flatten())?).map_err(|_| Failure::Corrupt)
    }

    /// Removes members whose records are not there.
    pub(crate) async fn drop_from_index(&self, index: Vec<u8>, members: &[&[u8]]) -> Result<(), Failure> {
        if members.is_empty() {
            return Ok(());
        }
        let mut remove = Cmd::new();
        remove.arg("ZREM").arg(&index).arg(members);
        let answers = self.writes.send(&[Ask { key: index, commands: vec![remove] }]).await?;
        answer(&mut answers.into_iter().flatten())?;
        Ok(())
    }
}

fn target_of(value: &[u8]) -> &[u8] {
    value.get(HEAD..).unwrap_or_default()
}
