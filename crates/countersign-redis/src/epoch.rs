//! Whether the server still has what it had.
//!
//! A revocation that is not there means "not revoked", so an emptied server would let everybody in. A token that is not
//! there means "unknown", so an emptied server would log everybody out and call their tokens forged. Each bucket
//! therefore has an epoch: random bytes that are written once, when the store is set up. Every question reads the epoch
//! right after the entry or record, from the same node. A bucket without its epoch, or with another one, was emptied
//! since. From then on this store answers nothing, until an operator acknowledges the loss.
//!
//! What this cannot notice is said in the crate's documentation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use redis::Value;

use crate::error::Failure;
use crate::layout::Bucket;

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

    /// The epoch of one bucket.
    pub(crate) fn of(&self, bucket: Bucket) -> Result<Epoch, Failure> {
        self.known()?.get(bucket.index()).copied().ok_or(Failure::Emptied)
    }

    pub(crate) fn is_emptied(&self) -> bool {
        self.emptied.load(Ordering::Acquire)
    }

    pub(crate) fn take(&self, epochs: Vec<Epoch>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(epochs);
        self.emptied.store(false, Ordering::Release);
    }
}
