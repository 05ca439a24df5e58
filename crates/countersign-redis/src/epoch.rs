//! Whether the server still has what it had.
//!
//! A revocation that is not there means "not revoked", so an emptied server would let everybody in. Each bucket
//! therefore has an epoch, random bytes that are written once, when the store is set up, and read by every check in
//! the same command as the entry. A bucket without its epoch, or with another one, was emptied since: from then
//! on this store answers nothing, until somebody who can tell what that means acknowledges it.
//!
//! What this cannot notice is said in the crate's documentation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rand::TryRng;
use rand::rngs::SysRng;
use redis::{Cmd, Value, from_redis_value};

use crate::error::Failure;
use crate::layout::BUCKETS;
use crate::link::{Ask, answer};
use crate::store::Shared;

/// Another client may be setting the store up at this moment: how often, and how long apart, a part of the epochs is
/// looked for again.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// One bucket's epoch.
pub(crate) type Epoch = [u8; 16];

/// The epochs that this store goes by, and whether another one has been seen since.
#[derive(Default)]
pub(crate) struct Epochs {
    known: RwLock<Arc<Vec<Epoch>>>,
    emptied: AtomicBool,
}

impl Epochs {
    /// The epochs by bucket, unless the server was emptied.
    pub(crate) fn known(&self) -> Result<Arc<Vec<Epoch>>, Failure> {
        if self.emptied.load(Ordering::Acquire) {
            return Err(Failure::Emptied);
        }
        Ok(Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Notes that the server was emptied, which stays so.
    pub(crate) fn emptied(&self) -> Failure {
        self.emptied.store(true, Ordering::Release);
        Failure::Emptied
    }

    /// Holds an answer against the epoch that the bucket had when the question was asked.
    pub(crate) fn prove(&self, epoch: &Epoch, answer: &Value) -> Result<(), Failure> {
        match answer {
            Value::BulkString(bytes) if bytes == epoch => Ok(()),
            _ => Err(self.emptied()),
        }
    }

    pub(crate) fn is_emptied(&self) -> bool {
        self.emptied.load(Ordering::Acquire)
    }

    fn take(&self, epochs: Vec<Epoch>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(epochs);
        self.emptied.store(false, Ordering::Release);
    }
}

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

    async fn read_epochs(&self) -> Result<Vec<Option<Epoch>>, Failure> {
        let asks = (0..BUCKETS).map(|bucket| {
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
        for bucket in 0..BUCKETS {
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
