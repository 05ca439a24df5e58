//! Finds a record by its id.

use countersign_token_store::RecordKind;
use redis::{Cmd, from_redis_value};
use tokio::time::timeout;

use crate::error::Failure;
use crate::link::Scan;
use crate::place::Place;
use crate::shared::Shared;
use crate::stored::Stored;

impl Shared {
    /// The record of an id. `None` only if no owner has one: where the pointer is missing or leads nowhere, all owners'
    /// records are searched, since a logout must not pass over a session whose pointer was lost (by eviction, or by a
    /// failover of the node that had it).
    pub(crate) async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Stored>, Failure> {
        let pointed = self.follow(vec![self.layout.id(kind, id)]).await?.pop();
        if let Some(place) = pointed.filter(|place| place.group.kind == kind && place.id == id)
            && let Some(found) = self.record(&place).await?
        {
            return Ok(Some(found));
        }
        // Searches are rare and costly, so a client that sends many unknown ids gets one at a time.
        let search = async {
            let _turn = self.search.acquire().await.map_err(|_| Failure::Unfinished)?;
            self.search(kind, id).await
        };
        let place =
            timeout(self.options.response_timeout, search).await.unwrap_or(Err(Failure::Unfinished))?;
        match place {
            Some(place) => self.record(&place).await,
            None => Ok(None),
        }
    }

    async fn search(&self, kind: RecordKind, id: &str) -> Result<Option<Place>, Failure> {
        let mut scan = Scan::begin(&self.reads, self.layout.records_pattern(kind)).await?;
        while let Some(keys) = scan.next().await? {
            let groups: Vec<_> = keys.iter().filter_map(|key| self.layout.group_of(key)).collect();
            let asks = groups.iter().map(|group| {
                let (key, mut exists) = (self.layout.records(group), Cmd::new());
                exists.arg("HEXISTS").arg(&key).arg(id);
                (group.bucket(), key, exists)
            });
            let answers = self.proven(asks).await?;
            for (group, value) in groups.into_iter().zip(answers) {
                if from_redis_value(value).map_err(|_| Failure::Corrupt)? {
                    return Ok(Some(Place { group, id: id.to_owned() }));
                }
            }
        }
        Ok(None)
    }
}
