//! What the tables of tokens and of sessions have in common: records in JSON, and an index by end.

use redb::ReadableTable;
use time::OffsetDateTime;

use crate::error::Failure;

/// Reads a record.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    id: &str,
) -> Result<Option<T>, Failure> {
    table.get(id)?.map(|bytes| Ok(serde_json::from_slice(bytes.value())?)).transpose()
}

/// A moment as an index has it: in Unix milliseconds, cut off as the record itself has it once it has been
/// written (`time::serde::timestamp::milliseconds`), so that the row is found again from the record.
pub(crate) fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The rows of an index by end that `now` is past, at most `limit`: end and id.
pub(crate) fn due(
    table: &impl ReadableTable<(i64, &'static str), ()>,
    now: OffsetDateTime,
    limit: usize,
) -> Result<Vec<(i64, String)>, Failure> {
    let end = milliseconds(now).saturating_add(1);
    let mut rows = Vec::new();
    for row in table.range::<(i64, &str)>(..(end, ""))?.take(limit) {
        let key = row?.0;
        let (end, id) = key.value();
        rows.push((end, id.to_owned()));
    }
    Ok(rows)
}
