//! Sets a store up: reads the epochs of all buckets, and writes those that may be written.

use std::time::Duration;

use rand::TryRng;
use rand::rngs::SysRng;
use redis::{Cmd, Value, from_redis_value};

use crate::epoch::Epoch;
use crate::error::Failure;
use crate::layout::Bucket;
use crate::link::{Ask, answer};
use crate::shared::Shared;

/// Another client may be setting the store up at this moment: how often, and how long apart, a part of the epochs is
/// looked for again.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

impl Shared {
    /// Reads the epochs, and writes them first where the server has none at all, or where a part is missing and that
    /// is `acknowledged`. Those that are there are never replaced: other processes go by them.
    pub(crate) async fn prepare(&self, acknowledged: bool) -> Result<(), Failure> {
        let mut found = self.read_epochs().await?;
        let is_partial =
            |found: &[Option<Epoch>]| found.iter().any(Option::is_some) && found.iter().any(Option::is_none);
        if !acknowledged {
            for _ in 0..LOOKS {
                if !is_partial(&found) {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
                found = self.read_epochs().await?;
            }
            if is_partial(&found) {
                return Err(Failure::Emptied);
            }
        }
        if found.iter().any(Option::is_none) {
            self.write_epochs().await?;
            found = self.read_epochs().await?;
        }
        let epochs: Option<Vec<_>> = found.into_iter().collect();
        self.epochs.take(epochs.ok_or(Failure::Emptied)?);
        Ok(())
    }

    /// Whether there is a store of this prefix, or a part of one.
    pub(crate) async fn exists(&self) -> Result<bool, Failure> {
        Ok(self.read_epochs().await?.iter().any(Option::is_some))
    }

    async fn read_epochs(&self) -> Result<Vec<Option<Epoch>>, Failure> {
        let asks = Bucket::all().map(|bucket| {
            let key = self.layout.epoch(bucket);
            let mut get = Cmd::new();
            get.arg("GET").arg(&key);
            Ask { key, commands: vec![get] }
        });
        let answers = self.reads.read(asks.collect(), self.layout.guard()).await?;
        let parse = |value| match value {
            Value::Nil => Ok(None),
            value => {
                let bytes: Vec<u8> = from_redis_value(value).map_err(|_| Failure::Corrupt)?;
                Ok(Some(Epoch::try_from(bytes).map_err(|_| Failure::Corrupt)?))
            }
        };
        answers.into_iter().map(|values| parse(answer(&mut values.into_iter())?)).collect()
    }

    /// Writes an epoch to each bucket that has none.
    async fn write_epochs(&self) -> Result<(), Failure> {
        let mut asks = Vec::new();
        for bucket in Bucket::all() {
            let mut epoch = Epoch::default();
            SysRng.try_fill_bytes(&mut epoch).map_err(|_| Failure::Random)?;
            let key = self.layout.epoch(bucket);
            let mut set = Cmd::new();
            set.arg("SET").arg(&key).arg(&epoch).arg("NX");
            asks.push(Ask { key, commands: vec![set] });
        }
        for values in self.writes.send(&asks).await? {
            answer(&mut values.into_iter())?;
        }
        Ok(())
    }
}
