//! What both engines write into their rows and read from them.

use countersign_random::{DigestKey, KeyedDigest, LookupDigest};
use countersign_revocation::{
    Check, Counts, RetainUntil, SUBJECT_TAG, Scope, SubjectVersion, Verdict, encode,
};
use countersign_token_store::{Record, RecordKind, Version, Versioned};
use time::OffsetDateTime;

use crate::error::Failure;

/// A text of any length as an index holds it.
pub(crate) fn indexed(domain: &str, text: &str) -> Vec<u8> {
    DigestKey::plain(0).digest(domain, &[text.as_bytes()]).as_bytes().to_vec()
}

pub(crate) fn owner(owner: &str) -> Vec<u8> {
    indexed("countersign-sqlx owner", owner)
}

pub(crate) fn id(id: &str) -> Vec<u8> {
    indexed("countersign-sqlx id", id)
}

/// The canonical bytes of a revoked name, and the key that its row is found by.
pub(crate) fn revoked(issuer: &str, tag: u8, name: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = Vec::new();
    encode(issuer, tag, name, |part| bytes.extend_from_slice(part));
    let key = DigestKey::plain(0).digest("countersign-sqlx revoked", &[&bytes]).as_bytes().to_vec();
    (key, bytes)
}

/// A moment in Unix milliseconds, cut off as the JSON of a record cuts it.
pub(crate) fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// An end in Unix seconds. A value above `i64::MAX` is stored as "for ever".
pub(crate) fn end(until: RetainUntil) -> i64 {
    i64::try_from(until.as_unix_seconds()).unwrap_or(i64::MAX)
}

pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| Failure::Corrupt("a number is below zero"))
}

/// The columns of a record's row, without its version.
pub(crate) struct Columns {
    pub(crate) kind: &'static str,
    pub(crate) id: Vec<u8>,
    pub(crate) owner: Vec<u8>,
    pub(crate) digest_key: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) counted_key: Option<i64>,
    pub(crate) ends_at: Option<i64>,
    pub(crate) body: String,
}

impl Columns {
    pub(crate) fn new(record: &Record) -> Result<Self, countersign_token_store::Error> {
        let digest = record.digest();
        let body = String::from_utf8(record.to_json()?).map_err(countersign_token_store::Error::corrupt)?;
        Ok(Self {
            kind: record.kind().as_str(),
            id: id(record.id()),
            owner: owner(record.owner()),
            digest_key: digest.key_id.into(),
            digest: digest.digest.as_bytes().to_vec(),
            counted_key: record.digest_key().map(i64::from),
            ends_at: record.ends_at().map(milliseconds),
            body,
        })
    }
}

/// Reads a row's version and body.
pub(crate) fn versioned(
    kind: RecordKind,
    version: i64,
    body: &str,
) -> Result<Versioned, countersign_token_store::Error> {
    let record = Record::from_json(kind, body.as_bytes())?;
    Ok(Versioned { record, version: Version(version.cast_unsigned()) })
}

/// Whether the row's digest is one of `asked`, with its key.
pub(crate) fn is_asked(asked: &[KeyedDigest], digest_key: i64, digest: &[u8]) -> bool {
    let Ok(digest) = <[u8; 32]>::try_from(digest) else { return false };
    let digest = LookupDigest::from_bytes(digest);
    asked.iter().any(|asked| i64::from(asked.key_id) == digest_key && asked.digest.matches(&digest))
}

/// A check's keys.
pub(crate) struct Asked {
    targets: Vec<(Scope, Vec<u8>)>,
    subject: Option<(Vec<u8>, SubjectVersion)>,
}

impl Asked {
    pub(crate) fn new(check: &Check<'_>) -> Self {
        let targets = check.targets().map(|target| {
            let (tag, name) = target.name();
            (target.scope(), revoked(check.issuer(), tag, name).0)
        });
        let subject = check
            .asked_subject()
            .map(|(sub, version)| (revoked(check.issuer(), SUBJECT_TAG, sub.as_bytes()).0, version));
        Self { targets: targets.collect(), subject }
    }

    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        let targets = self.targets.iter().map(|(_, key)| key);
        targets.chain(self.subject.iter().map(|(key, _)| key)).cloned().collect()
    }

    /// The verdict over the rows that were found: key, subject version, cutoff.
    pub(crate) fn verdict(&self, rows: &[(Vec<u8>, i64, i64)]) -> Result<Verdict, Failure> {
        let mut widest: Option<Scope> = None;
        for (key, subject_version, cutoff) in rows {
            let scope = match &self.subject {
                Some((subject, asked)) if subject == key => {
                    asked.is_dead(unsigned(*subject_version)?, *cutoff).then_some(Scope::Subject)
                }
                _ => self.targets.iter().find(|(_, asked)| asked == key).map(|(scope, _)| *scope),
            };
            // The widest scope is the smallest in their order.
            widest = widest.into_iter().chain(scope).min();
        }
        Ok(widest.map_or(Verdict::NotRevoked, Verdict::Revoked))
    }
}

/// Adds the number of entries whose names begin with `tag`.
pub(crate) fn add(counts: &mut Counts, tag: u8, number: u64) {
    match tag {
        b'k' => counts.keys = number,
        b's' => counts.sessions = number,
        SUBJECT_TAG => counts.subjects = number,
        // A token is named by its `jti` or by its signing input.
        _ => counts.tokens = counts.tokens.saturating_add(number),
    }
}
