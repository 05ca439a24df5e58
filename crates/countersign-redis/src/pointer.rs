//! Pointers: from an id or a digest to the record.
//!
//! They are in buckets of their own, since a caller who presents a digest does not say whose it is. A pointer counts for
//! nothing without the record: a look-up follows it, and checks that the record stands by it. Pointers are set before
//! the record is written and given up after it is gone, so a crash in between leaves a pointer too many, never one too
//! few.

use std::time::Duration;

use redis::{Cmd, Value, from_redis_value};

use crate::error::Failure;
use crate::layout::Pointer;
use crate::place::Place;
use crate::script::{Call, POINTER};
use crate::shared::Shared;
use crate::stored::{MARK, Mark};

/// How long a pointer stays once a new one has replaced it, for callers that are about to follow it.
pub(crate) const LINGER: Duration = Duration::from_secs(60);

/// The length of the time in a pointer's value.
const TIME: usize = 20;

/// A pointer that is in the way.
pub(crate) struct Taken {
    /// Its mark, to replace it by.
    pub(crate) mark: Vec<u8>,
    pub(crate) age: Duration,
    pub(crate) place: Place,
}

/// An end as scripts take it: milliseconds of Unix time, or nothing.
pub(crate) fn end_argument(end: Option<u64>) -> String {
    end.map_or_else(String::new, |end| end.to_string())
}

impl Shared {
    /// Sets a pointer, if there is none, one with the mark `replaceable`, or one that leads to the same record.
    /// Otherwise returns the one that is in the way.
    pub(crate) async fn set_pointer(
        &self,
        pointer: &Pointer,
        place: &Place,
        mark: &Mark,
        end: Option<u64>,
        replaceable: &[u8],
    ) -> Result<Option<Taken>, Failure> {
        let call = Call::in_bucket(&POINTER, vec![pointer.key.clone()], pointer.bucket)
            .arg(replaceable)
            .arg(mark.bytes())
            .arg(place.target())
            .arg(end_argument(end))
            .number(self.options.margin_milliseconds());
        let Value::Array(taken) = self.run(&call).await? else { return Ok(None) };
        let (value, age): (Vec<u8>, u64) =
            from_redis_value(Value::Array(taken)).map_err(|_| Failure::Corrupt)?;
        let mark = value.get(..MARK).unwrap_or_default().to_vec();
        Ok(Some(Taken { mark, age: Duration::from_millis(age), place: place_in(&value)? }))
    }

    /// Has the server remove a pointer at `end` plus `linger`, or after `linger`. Leaves a pointer alone that has
    /// another mark, since it leads to another record.
    pub(crate) async fn release(
        &self,
        pointer: Pointer,
        mark: &Mark,
        end: Option<u64>,
        linger: Duration,
    ) -> Result<(), Failure> {
        let call = Call::in_bucket(&POINTER, vec![pointer.key], pointer.bucket);
        let call = call.arg(mark.bytes()).arg("").arg("").arg(end_argument(end));
        let linger = u64::try_from(linger.as_millis()).unwrap_or(u64::MAX);
        // If a failover loses this, the pointer stays and does no harm.
        self.run_only(&call.number(linger)).await?;
        Ok(())
    }

    /// Where these pointers lead, in their order. Those that do not exist are left out.
    pub(crate) async fn follow(&self, pointers: Vec<Pointer>) -> Result<Vec<Place>, Failure> {
        let asks = pointers.into_iter().map(|Pointer { key, bucket }| {
            let mut get = Cmd::new();
            get.arg("GET").arg(&key);
            (bucket, key, get)
        });
        let mut places = Vec::new();
        for value in self.proven(asks).await? {
            let value: Option<Vec<u8>> = from_redis_value(value).map_err(|_| Failure::Corrupt)?;
            places.extend(value.map(|value| place_in(&value)).transpose()?);
        }
        Ok(places)
    }
}

/// The place that a pointer's value leads to.
fn place_in(value: &[u8]) -> Result<Place, Failure> {
    Place::of_target(value.get(MARK.saturating_add(TIME)..).unwrap_or_default())
}
