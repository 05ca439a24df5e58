//! A token store that is shared with the rest of the application.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_random::KeyedDigest;
use time::OffsetDateTime;

use crate::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};

/// A store that is shared with the rest of the application.
impl<S: TokenStore> TokenStore for Arc<S> {
    fn insert(&self, record: Record) -> impl Future<Output = Result<(), Error>> + Send {
        (**self).insert(record)
    }

    fn find(
        &self,
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send {
        (**self).find(kind, digests)
    }

    fn get(
        &self,
        kind: RecordKind,
        id: &str,
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send {
        (**self).get(kind, id)
    }

    fn replace(&self, version: Version, next: Record) -> impl Future<Output = Result<bool, Error>> + Send {
        (**self).replace(version, next)
    }

    fn replace_all(
        &self,
        changes: Vec<(Version, Record)>,
    ) -> impl Future<Output = Result<Vec<bool>, Error>> + Send {
        (**self).replace_all(changes)
    }

    fn confirm(&self, kind: RecordKind, owner: &str) -> impl Future<Output = Result<(), Error>> + Send {
        (**self).confirm(kind, owner)
    }

    fn list(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<Vec<Versioned>, Error>> + Send {
        (**self).list(kind, owner)
    }

    fn remove(
        &self,
        kind: RecordKind,
        owner: &str,
        id: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        (**self).remove(kind, owner, id)
    }

    fn remove_by_owner(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        (**self).remove_by_owner(kind, owner)
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        (**self).purge_expired(now, limit)
    }

    fn count_by_digest_key(&self) -> impl Future<Output = Result<BTreeMap<u32, u64>, Error>> + Send {
        (**self).count_by_digest_key()
    }

    fn purges_itself(&self) -> bool {
        (**self).purges_itself()
    }
}
