//! [`RevocationStore`] on Redis.
//!
//! A check asks for all names at once. For each name it reads the entry by one `GET`, and after it the bucket's epoch by
//! another. The order matters: if the server is emptied between the two, the epoch shows it. Each command has one key,
//! because a cluster refuses commands with several keys (`TRYAGAIN`) while their slot moves to another node.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, SUBJECT_TAG, Scope,
    SubjectVersion, Target, Verdict, cutoff,
};
use rand::TryRng;
use rand::rngs::SysRng;
use redis::{Cmd, from_redis_value};
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::epoch::Epoch;
use crate::error::Failure;
use crate::layout::{Bucket, Entry, Name, cutoff_digits, digits};
use crate::link::{Ask, Scan, answer};
use crate::script::{Call, REVOKE};
use crate::shared::Shared;

/// The table of what is revoked, in a [`RedisStore`](crate::RedisStore).
#[derive(Clone)]
pub struct RedisRevocationStore {
    shared: Arc<Shared>,
    /// Of a replica's engine: the driver ends when this has gone.
    _held: Option<watch::Receiver<()>>,
}

impl RedisRevocationStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, _held: None }
    }

    pub(crate) fn held_by(self, held: watch::Receiver<()>) -> Self {
        Self { _held: Some(held), ..self }
    }
}

impl Shared {
    /// The entries of these names, `None` where there is none.
    async fn entries(&self, names: &[(Name, bool)]) -> Result<Vec<Option<Entry>>, Failure> {
        let epochs = self.epochs.known()?;
        let asks = names.iter().map(|(name, _)| {
            let key = self.layout.entry(name);
            let (mut get, mut epoch) = (Cmd::new(), Cmd::new());
            get.arg("GET").arg(&key);
            epoch.arg("GET").arg(self.layout.epoch(Bucket::Revocations(name.bucket)));
            Ask { key, commands: vec![get, epoch] }
        });
        let answers = self.reads.read(asks.collect(), self.layout.guard()).await?;
        let mut entries = Vec::with_capacity(names.len());
        for ((name, is_subject), values) in names.iter().zip(answers) {
            let mut values = values.into_iter();
            let (entry, epoch) = (answer(&mut values)?, answer(&mut values)?);
            self.epochs.prove(known(&epochs, name)?, &epoch)?;
            let entry: Option<Vec<u8>> = from_redis_value(entry).map_err(|_| Failure::Corrupt)?;
            entries.push(entry.map(|entry| Entry::parse(&entry, *is_subject)).transpose()?);
        }
        // Not one less than was asked for.
        if entries.len() == names.len() { Ok(entries) } else { Err(Failure::Corrupt) }
    }

    async fn check(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Failure> {
        let mut names = Vec::with_capacity(4);
        let mut asked: Vec<(Scope, Option<SubjectVersion>)> = Vec::with_capacity(4);
        for target in check.targets() {
            let (tag, name) = target.name();
            names.push((Name::new(check.issuer(), tag, name), false));
            asked.push((target.scope(), None));
        }
        if let Some((sub, version)) = check.asked_subject() {
            names.push((Name::new(check.issuer(), SUBJECT_TAG, sub.as_bytes()), true));
            asked.push((Scope::Subject, Some(version)));
        }
        if names.is_empty() {
            // Nothing is asked about, but a server that was emptied answers nothing.
            self.epochs.known()?;
        }
        let entries = self.entries(&names).await?;
        let revoked = asked.into_iter().zip(entries).filter_map(|((scope, version), entry)| {
            let entry = entry.filter(|entry| !entry.until.is_past(now))?;
            let dead = version.is_none_or(|version| version.is_dead(entry.subject_version, entry.cutoff));
            dead.then_some(scope)
        });
        // The first in their order is the widest.
        Ok(revoked.min().map_or(Verdict::NotRevoked, Verdict::Revoked))
    }

    /// The call that writes an entry; that of a subject has two more arguments.
    fn revocation(&self, name: &Name, until: RetainUntil) -> Result<Call, Failure> {
        let epochs = self.epochs.known()?;
        let mut nonce = [0; 8];
        SysRng.try_fill_bytes(&mut nonce).map_err(|_| Failure::Random)?;
        let (layout, bucket) = (&self.layout, name.bucket);
        let keys = vec![
            layout.entry(name),
            layout.epoch(Bucket::Revocations(bucket)),
            layout.stream(bucket),
            layout.floor(bucket),
        ];
        Ok(Call::new(&REVOKE, keys)
            .arg(*known(&epochs, name)?)
            .arg(digits(until.as_unix_seconds()))
            .number(self.options.margin_milliseconds())
            .arg(name.bytes.clone())
            .number(self.options.feed_length)
            .number(u64::from_ne_bytes(nonce))
            .arg(self.layout.channel()))
    }

    /// What the script has answered.
    async fn run_revocation(&self, call: &Call) -> Result<String, Failure> {
        let answer: String = from_redis_value(self.run(call).await?).map_err(|_| Failure::Corrupt)?;
        match answer.as_str() {
            "emptied" => Err(self.epochs.emptied()),
            "corrupt" => Err(Failure::Corrupt),
            _ => Ok(answer),
        }
    }

    async fn revoke_subject(
        &self,
        name: &Name,
        until: RetainUntil,
        now: OffsetDateTime,
        cutoff: i64,
    ) -> Result<u64, Failure> {
        // As next_subject_version has it, which a script cannot call.
        let milliseconds = now.unix_timestamp_nanos().div_euclid(1_000_000).max(0);
        let call = self.revocation(name, until)?;
        let call = call.number(milliseconds).arg(cutoff_digits(cutoff));
        self.run_revocation(&call).await?.parse().map_err(|_| Failure::Corrupt)
    }

    /// Counts by going through all keys.
    async fn count(&self) -> Result<Counts, Failure> {
        self.epochs.known()?;
        let mut counts = Counts::default();
        let mut seen = HashSet::new();
        let mut scan = Scan::begin(&self.reads, self.layout.entry_pattern()).await?;
        while let Some(keys) = scan.next().await? {
            for name in keys.iter().filter_map(|key| self.layout.name_of(key)) {
                if !seen.insert(hashed(&name.bytes)) {
                    continue;
                }
                let count = match name.bytes.first() {
                    Some(b'k') => &mut counts.keys,
                    Some(b's') => &mut counts.sessions,
                    Some(&SUBJECT_TAG) => &mut counts.subjects,
                    // A token is named by its `jti` or by its signing input.
                    _ => &mut counts.tokens,
                };
                *count = count.saturating_add(1);
            }
        }
        Ok(counts)
    }
}

/// A number for a key, which no other one is likely to have.
fn hashed(key: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    hash.finish()
}

/// The epoch of a name's bucket.
fn known<'a>(epochs: &'a [Epoch], name: &Name) -> Result<&'a Epoch, Failure> {
    epochs.get(usize::from(name.bucket)).ok_or(Failure::Emptied)
}

impl RevocationStore for RedisRevocationStore {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        let (tag, bytes) = target.name();
        let call = self.shared.revocation(&Name::new(issuer, tag, bytes), until)?;
        self.shared.run_revocation(&call).await?;
        Ok(())
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let name = Name::new(issuer, SUBJECT_TAG, sub.as_bytes());
        Ok(self.shared.revoke_subject(&name, until, now, cutoff(now, skew)).await?)
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        let name = Name::new(issuer, SUBJECT_TAG, sub.as_bytes());
        let entries = self.shared.entries(&[(name, true)]).await?;
        Ok(entries.first().copied().flatten().map_or(0, |entry| entry.subject_version))
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::Wait(async move { Ok(self.shared.check(check, now).await?) })
    }

    /// Does nothing: the server removes expired entries by itself.
    async fn purge_expired(&self, _: OffsetDateTime, _: usize) -> Result<Purged, Error> {
        Ok(Purged { removed: 0, more: false })
    }

    /// Goes through all keys of the server, those of others included: about a second for a million. The server
    /// answers others meanwhile. Fails, to be tried again, if the nodes of a cluster change meanwhile.
    async fn count(&self) -> Result<Counts, Error> {
        Ok(self.shared.count().await?)
    }

    fn purges_itself(&self) -> bool {
        true
    }
}

impl fmt::Debug for RedisRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisRevocationStore")
    }
}
