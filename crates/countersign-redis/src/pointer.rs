//! Pointers: from an id, a digest or a locator to the record.
//!
//! They are in slots of their own, since who presents a digest does not say whose it is. A pointer counts for nothing
//! without the record: a look-up follows it, and checks that the record stands by it. Pointers are set before the record
//! is written and given up after it is gone, so a crash in between leaves a pointer too many, never one too few.

use std::time::Duration;

use rand::TryRng;
use rand::rngs::SysRng;
use redis::{Cmd, Value, from_redis_value};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::link::{Ask, answer};
use crate::place::Place;
use crate::records::Record;
use crate::script::{Call, POINTER};
use crate::store::Shared;

/// How long a pointer whose record is missing keeps others from taking it: by then its writer has gone.
const CLAIM_LIFETIME: Duration = Duration::from_secs(60);

/// How long a pointer stays once a new one has replaced it, for callers that are about to follow it.
pub(crate) const LINGER: Duration = Duration::from_secs(60);

/// The length of a mark, and of a version.
pub(crate) const MARK: usize = 16;

/// The length of the time in a pointer's value.
const TIME: usize = 20;

/// What distinguishes one writing from another: 64 random bits in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark([u8; MARK]);

impl Mark {
    pub(crate) fn random() -> Result<Self, Failure> {
        let mut bytes = [0; 8];
        SysRng.try_fill_bytes(&mut bytes).map_err(|_| Failure::Random)?;
        Self::of(format!("{:016x}", u64::from_ne_bytes(bytes)).as_bytes())
    }

    pub(crate) fn of(bytes: &[u8]) -> Result<Self, Failure> {
        Ok(Self(bytes.try_into().map_err(|_| Failure::Corrupt)?))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// An end as scripts take it: milliseconds of Unix time, or nothing.
pub(crate) fn end_argument(end: Option<OffsetDateTime>) -> String {
    let milliseconds = |end: OffsetDateTime| end.unix_timestamp_nanos().div_euclid(1_000_000);
    end.map_or(String::new(), |end| milliseconds(end).to_string())
}

impl Shared {
    /// Sets a pointer to a record that is about to be written. Fails with [`Failure::Duplicate`] if the pointer leads
    /// to another record that stands by it, or that may be under way.
    pub(crate) async fn claim<R: Record>(
        &self,
        key: &[u8],
        place: &Place,
        mark: &Mark,
        end: Option<OffsetDateTime>,
    ) -> Result<(), Failure> {
        let mut replaceable = Vec::new();
        loop {
            let call = Call::new(&POINTER, vec![key.to_vec()])
                .arg(replaceable)
                .arg(mark.bytes())
                .arg(place.target())
                .arg(end_argument(end))
                .number(self.options.margin_milliseconds());
            let Value::Array(taken) = self.run(&call).await? else { return Ok(()) };
            let (value, age): (Vec<u8>, u64) =
                from_redis_value(Value::Array(taken)).map_err(|_| Failure::Corrupt)?;
            if Duration::from_millis(age) < CLAIM_LIFETIME {
                return Err(Failure::Duplicate);
            }
            let holder = self.record::<R>(&place_in(&value)?).await?;
            if holder.is_some_and(|held| held.record.pointers(&self.layout).iter().any(|own| own == key)) {
                return Err(Failure::Duplicate);
            }
            // Replaced, unless another caller is quicker.
            replaceable = value.get(..MARK).unwrap_or_default().to_vec();
        }
    }

    /// Has the server remove a pointer at `end` plus `linger`, or after `linger`. Leaves a pointer alone that has
    /// another mark, since it leads to another record.
    pub(crate) async fn release(
        &self,
        key: Vec<u8>,
        mark: &Mark,
        end: Option<OffsetDateTime>,
        linger: Duration,
    ) -> Result<(), Failure> {
        let call = Call::new(&POINTER, vec![key]).arg(mark.bytes()).arg("").arg("").arg(end_argument(end));
        let linger = u64::try_from(linger.as_millis()).unwrap_or(u64::MAX);
        // Not on a replica, the pointer stays there and does no harm.
        self.run_only(&call.number(linger)).await?;
        Ok(())
    }

    /// Where these pointers lead, in their order. Those that do not exist are left out.
    pub(crate) async fn follow(
        &self,
        keys: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Vec<Place>, Failure> {
        let asks = keys.into_iter().map(|key| {
            let mut get = Cmd::new();
            get.arg("GET").arg(&key);
            Ask { key, commands: vec![get] }
        });
        let mut places = Vec::new();
        for values in self.reads.read(asks.collect(), self.layout.guard()).await? {
            let value: Option<Vec<u8>> =
                from_redis_value(answer(&mut values.into_iter())?).map_err(|_| Failure::Corrupt)?;
            places.extend(value.map(|value| place_in(&value)).transpose()?);
        }
        Ok(places)
    }
}

/// The place that a pointer's value leads to.
fn place_in(value: &[u8]) -> Result<Place, Failure> {
    Place::of_target(value.get(MARK.saturating_add(TIME)..).unwrap_or_default())
}
