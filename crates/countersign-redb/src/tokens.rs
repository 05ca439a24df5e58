//! [`TokenStore`] on redb. Reads are inline; all that writes goes to the writer's thread, by the steps of
//! [`records`](crate::records) and [`removals`].

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::Arc;

use countersign_random::KeyedDigest;
use countersign_token_store::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};
use redb::WriteTransaction;
use time::OffsetDateTime;

use crate::error::Failure;
use crate::latest::Latest;
use crate::operation::Done;
use crate::records::{self, Encoded};
use crate::removals;
use crate::slices::{Budget, Slice};
use crate::writer::Writer;

/// Tokens and sessions, in a [`RedbStore`](crate::RedbStore).
#[derive(Clone)]
pub struct RedbTokenStore {
    latest: Arc<Latest>,
    writer: Arc<Writer>,
}

impl RedbTokenStore {
    pub(crate) fn new(latest: Arc<Latest>, writer: Arc<Writer>) -> Self {
        Self { latest, writer }
    }
}

impl fmt::Debug for RedbTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbTokenStore")
    }
}

impl TokenStore for RedbTokenStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        let new = Encoded::new(record)?;
        Ok(self.writer.write(move |transaction| records::insert(transaction, &new)).await?)
    }

    fn find(
        &self,
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send {
        ready(self.latest.read(|snapshot| records::find(snapshot, kind, digests)).map_err(Error::from))
    }

    fn get(
        &self,
        kind: RecordKind,
        id: &str,
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send {
        ready(self.latest.read(|snapshot| records::get(&snapshot.records, kind, id)).map_err(Error::from))
    }

    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        let next = Encoded::new(next)?;
        Ok(self.writer.write(move |transaction| records::replace(transaction, version, &next)).await?)
    }

    async fn replace_all(&self, changes: Vec<(Version, Record)>) -> Result<Vec<bool>, Error> {
        let encoded = changes.into_iter().map(|(version, next)| Ok((version, Encoded::new(next)?)));
        let mut changes = encoded.collect::<Result<Vec<_>, Error>>()?.into_iter();
        let mut replaced = Vec::with_capacity(changes.len());
        let step = move |transaction: &WriteTransaction, budget: &Budget| {
            let mut changed = false;
            for (version, next) in changes.by_ref() {
                let is_replaced = match records::replace(transaction, version, &next) {
                    Ok(Done::Changed(is_replaced) | Done::Unchanged(is_replaced)) => is_replaced,
                    // The result of this call alone: a failure would undo what others do in the transaction.
                    Err(Failure::Duplicate) => {
                        return Ok(Slice { changed, result: Some(Err(Failure::Duplicate)) });
                    }
                    Err(failure) => return Err(failure),
                };
                replaced.push(is_replaced);
                changed |= is_replaced;
                if budget.is_spent() {
                    return Ok(Slice { changed, result: None });
                }
            }
            Ok(Slice { changed, result: Some(Ok(std::mem::take(&mut replaced))) })
        };
        Ok(self.writer.write_in_slices(step).await??)
    }

    fn list(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<Vec<Versioned>, Error>> + Send {
        ready(self.latest.read(|snapshot| records::list(snapshot, kind, owner)).map_err(Error::from))
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        Ok(self.writer.write(move |transaction| records::remove(transaction, kind, &owner, &id)).await?)
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        let owner = owner.to_owned();
        let mut removed = 0;
        let step = move |transaction: &WriteTransaction, budget: &Budget| {
            removals::remove_by_owner(transaction, budget, (kind, &owner), &mut removed)
        };
        Ok(self.writer.write_in_slices(step).await?)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let mut removed = 0;
        let step = move |transaction: &WriteTransaction, budget: &Budget| {
            removals::purge(transaction, budget, (now, limit), &mut removed)
        };
        Ok(self.writer.write_in_slices(step).await?)
    }

    fn count_by_digest_key(&self) -> impl Future<Output = Result<BTreeMap<u32, u64>, Error>> + Send {
        ready(self.latest.read(|snapshot| records::count(&snapshot.transaction)).map_err(Error::from))
    }
}
