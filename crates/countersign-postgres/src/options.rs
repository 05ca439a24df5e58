//! What a caller may choose.

use std::time::Duration;

use countersign_random::DigestKey;

use crate::error::OpenError;

/// How a [`PostgresStore`](crate::PostgresStore) is opened.
///
/// ```
/// use std::time::Duration;
/// use countersign_postgres::Options;
///
/// let options = Options::new().schema("auth").timeout(Duration::from_secs(2)).pool_size(32);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) schema: String,
    pub(crate) timeout: Duration,
    pub(crate) pool_size: usize,
    pub(crate) may_create: bool,
}

impl Options {
    /// The schema `countersign`, five seconds for an operation, and at most sixteen connections.
    #[must_use]
    pub fn new() -> Self {
        Self {
            schema: "countersign".to_owned(),
            timeout: Duration::from_secs(5),
            pool_size: 16,
            may_create: true,
        }
    }

    /// The schema that the tables are in. It is made where it is missing, if the user may do that. Several
    /// services can have a schema each in one database. The name is quoted, so its case counts.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// How long an operation may take, waiting for a connection included. After that it is an error of the kind
    /// `Unavailable`; a silent server holds up nobody for longer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many connections the store's own pool has at most. All processes together must stay below the server's
    /// `max_connections`, which is 100 unless set; a replica has one more of its own.
    #[must_use]
    pub fn pool_size(mut self, connections: usize) -> Self {
        self.pool_size = connections;
        self
    }

    /// Opens a store that exists, and never makes one: where the schema has no tables of this crate, opening fails
    /// with [`NotFound`](crate::OpenErrorKind::NotFound). Tables of an older version are still brought up to date.
    ///
    /// Use it where the schema's name comes from a person: otherwise a typing error makes a new, empty store, in
    /// which nothing is revoked.
    #[must_use]
    pub fn require_existing(mut self) -> Self {
        self.may_create = false;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

/// A schema's name that PostgreSQL takes as it is.
#[derive(Clone, Debug)]
pub(crate) struct Schema(String);

/// The longest name in bytes: a longer one would be cut off without a word (`NAMEDATALEN`).
const MAX_NAME: usize = 63;

impl Schema {
    pub(crate) fn new(name: &str) -> Result<Self, OpenError> {
        let is_reserved = name.starts_with("pg_");
        if name.is_empty() || name.len() > MAX_NAME || name.contains('\0') || is_reserved {
            let cause = "the schema's name must have 1 to 63 bytes, without NUL, and not begin with `pg_`";
            return Err(OpenError::options(cause));
        }
        Ok(Self(name.to_owned()))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// The name as a quoted identifier.
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }

    /// The channel on which the replicas of this schema listen.
    pub(crate) fn channel(&self) -> String {
        let hex = self
            .digest("channel")
            .iter()
            .take(16)
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        format!("countersign_{hex}")
    }

    /// The number of the advisory lock under which the schema is migrated.
    pub(crate) fn lock(&self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.digest("migration");
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    fn digest(&self, what: &str) -> [u8; 32] {
        *DigestKey::plain(0).digest("countersign-postgres", &[what.as_bytes(), self.0.as_bytes()]).as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenErrorKind;

    #[test]
    fn a_name_is_quoted_so_that_it_ends_nowhere_but_at_its_end() {
        assert_eq!(Schema::new(r#"a"b; DROP"#).unwrap().quoted(), r#""a""b; DROP""#);
        assert_eq!(Schema::new("Größe").unwrap().quoted(), "\"Größe\"");
    }

    #[test]
    fn schemas_have_a_channel_and_a_lock_of_their_own_each_time_the_same() {
        let (one, other) = (Schema::new("one").unwrap(), Schema::new("other").unwrap());
        assert_ne!(one.channel(), other.channel());
        assert_ne!(one.lock(), other.lock());
        assert_eq!(one.channel(), Schema::new("one").unwrap().channel());
        assert!(one.channel().len() <= MAX_NAME);
    }

    #[test]
    fn a_name_that_postgresql_would_change_or_refuse_is_refused() {
        for name in ["", "a\0b", "pg_mine", &"x".repeat(64), &"ö".repeat(32)] {
            assert_eq!(Schema::new(name).unwrap_err().kind(), OpenErrorKind::Options, "{name:?}");
        }
        assert!(Schema::new(&"x".repeat(63)).is_ok());
    }
}
