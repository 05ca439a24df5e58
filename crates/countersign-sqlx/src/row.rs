//! What a row holds, the same on both databases.

use std::time::Duration;

use countersign_revocation::{
    Check, Counts, RetainUntil, SUBJECT_TAG, Scope, SubjectVersion, Verdict, encode,
};
use countersign_token_store::{Record, RecordKind, Version, Versioned};
use time::OffsetDateTime;

use crate::error::Failure;

/// Ends an operation that takes too long. It may still happen, as the contract says of every error.
pub(crate) async fn in_time<T>(
    timeout: Duration,
    operation: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(timeout, operation).await.unwrap_or(Err(Failure::Timeout))
}

/// The columns of a record that are not its id and owner.
pub(crate) struct Columns {
    pub(crate) digest_key: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) counted_key: Option<i64>,
    pub(crate) ends_at: Option<i64>,
    pub(crate) body: String,
}

impl Columns {
    pub(crate) fn of(record: &Record) -> Result<Self, Failure> {
        const UNWRITABLE: Failure = Failure::Corrupt("the record cannot be written as JSON");
        let json = record.to_json().map_err(|_| UNWRITABLE)?;
        let digest = record.digest();
        Ok(Self {
            digest_key: digest.key_id.into(),
            digest: digest.digest.as_bytes().to_vec(),
            counted_key: record.digest_key().map(i64::from),
            ends_at: record.ends_at().map(milliseconds),
            body: String::from_utf8(json).map_err(|_| UNWRITABLE)?,
        })
    }
}

/// A version and a body as a record.
pub(crate) fn versioned(kind: RecordKind, (version, body): (i64, String)) -> Result<Versioned, Failure> {
    let record = Record::from_json(kind, body.as_bytes())
        .map_err(|_| Failure::Corrupt("a record is not in the form that this version writes"))?;
    Ok(Versioned { record, version: Version(unsigned(version)?) })
}

/// The same for a look-up by id or owner. An unreadable session is none: it cannot be refreshed, and must not hold up a
/// logout.
pub(crate) fn readable(kind: RecordKind, row: (i64, String)) -> Result<Option<Versioned>, Failure> {
    match versioned(kind, row) {
        Err(Failure::Corrupt(_)) if kind == RecordKind::Session => Ok(None),
        found => found.map(Some),
    }
}

/// A version as a row has it. No row has one that is out of range.
pub(crate) fn version(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(-1)
}

/// A moment in Unix milliseconds, cut off as the record itself has it once it has been written.
pub(crate) fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Adds the number of names with a tag to the counts.
pub(crate) fn count(counts: &mut Counts, tag: u8, number: u64) {
    match tag {
        b'k' => counts.keys = number,
        b's' => counts.sessions = number,
        SUBJECT_TAG => counts.subjects = number,
        // A token is named by its `jti` or by its signing input.
        _ => counts.tokens = counts.tokens.saturating_add(number),
    }
}

/// A number that is never below zero in a row that this crate wrote.
pub(crate) fn unsigned(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| Failure::Corrupt("a number is below zero"))
}

pub(crate) fn key_id(stored: i64) -> Result<u32, Failure> {
    u32::try_from(stored).map_err(|_| Failure::Corrupt("the number of a digest key is out of range"))
}

/// The end of a revocation. What a row cannot hold is further off than any clock goes, and stays for ever.
pub(crate) fn end(until: RetainUntil) -> i64 {
    i64::try_from(until.as_unix_seconds()).unwrap_or(i64::MAX)
}

/// The canonical bytes of a name.
pub(crate) fn name(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(issuer, tag, name, |part| bytes.extend_from_slice(part));
    bytes
}

/// What a check asks the database for.
pub(crate) struct Asked {
    targets: Vec<(Scope, Vec<u8>)>,
    subject: Option<(Vec<u8>, SubjectVersion)>,
}

impl Asked {
    /// `key` makes the key of a row from a name's issuer, tag and bytes.
    pub(crate) fn by(check: &Check<'_>, key: impl Fn(&str, u8, &[u8]) -> Vec<u8>) -> Self {
        let issuer = check.issuer();
        let targets = check.targets().map(|target| {
            let (tag, name) = target.name();
            (target.scope(), key(issuer, tag, name))
        });
        let subject =
            check.asked_subject().map(|(sub, version)| (key(issuer, SUBJECT_TAG, sub.as_bytes()), version));
        Self { targets: targets.collect(), subject }
    }

    pub(crate) fn keys(&self) -> Vec<&[u8]> {
        let targets = self.targets.iter().map(|(_, key)| key.as_slice());
        targets.chain(self.subject.iter().map(|(key, _)| key.as_slice())).collect()
    }

    /// The verdict on rows of key, subject version and cutoff that have not ended.
    pub(crate) fn verdict(&self, rows: &[(Vec<u8>, i64, i64)]) -> Result<Verdict, Failure> {
        let mut widest: Option<Scope> = None;
        for (key, subject_version, cutoff) in rows {
            let scope = match &self.subject {
                Some((subject, version)) if subject == key => {
                    version.is_dead(unsigned(*subject_version)?, *cutoff).then_some(Scope::Subject)
                }
                _ => self.targets.iter().find(|(_, asked)| asked == key).map(|(scope, _)| *scope),
            };
            // The widest comes first in their order.
            widest = widest.into_iter().chain(scope).min();
        }
        Ok(widest.map_or(Verdict::NotRevoked, Verdict::Revoked))
    }
}
