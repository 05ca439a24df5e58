//! One lock for each owner of tokens and each subject of sessions, so that what removes all of them misses none.
//!
//! A `DELETE` or an `UPDATE` sees the rows that were committed when it began. While it waits for a locked row, another
//! connection can commit a new row of the same owner, which the statement then leaves. For example, a rotation of an
//! API key inserts the successor, the removal deletes the predecessor alone, and the successor works on.
//!
//! So an insertion shares the owner's lock to the end of its transaction, and a removal takes it alone before its
//! statement begins. An insertion is committed before the removal begins, which then sees its row, or it starts after
//! the removal is committed. The lock costs an insertion nothing but a look at the server's lock table, since it is
//! taken in the same statement. It costs a removal one round trip.
//!
//! It is an advisory lock of the transaction, so the server gives it back on commit, on rollback, and when the
//! connection is cut. An insertion takes no other lock before it, so the two cannot wait for each other crosswise.

use deadpool_postgres::Object;

use crate::database::{Database, Parameters, Retry, Step, Transaction};
use crate::error::Failure;

/// Takes the lock alone, for a removal.
const TAKE_ALONE: &str = "SELECT pg_advisory_xact_lock($1)";

/// The lock's number: the first 8 of the 32 bytes of an owner's digest. If two owners share a number, an insertion for
/// one waits for a removal of the other.
pub(crate) fn number(index: &[u8]) -> i64 {
    let first = index.iter().take(8);
    first.fold(0, |number: i64, byte| number.wrapping_shl(8) | i64::from(*byte))
}

/// Runs a statement that changes all rows of the owner with this lock, and returns how many it has changed.
pub(crate) async fn change_all(
    database: &Database,
    lock: i64,
    statement: &str,
    parameters: Parameters<'_>,
) -> Result<u64, Failure> {
    database.run(Retry::Never, &ChangeAll { lock, statement, parameters }).await
}

struct ChangeAll<'a> {
    lock: i64,
    statement: &'a str,
    parameters: Parameters<'a>,
}

impl Step for ChangeAll<'_> {
    type Output = u64;

    async fn run(&self, client: &Object) -> Result<u64, Failure> {
        // At READ COMMITTED the statement after the lock sees what was committed before the lock was given.
        let (transaction, _) = Transaction::begin(client, TAKE_ALONE, &[&self.lock]).await?;
        transaction.commit_with(self.statement, self.parameters).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_number_is_the_first_eight_bytes() {
        assert_eq!(number(&[0, 0, 0, 0, 0, 0, 1, 2, 99]), 258);
        assert_eq!(number(&[0xff; 32]), -1);
    }
}
