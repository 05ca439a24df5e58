//! What the application keeps of its users, asked through a trait.
//!
//! The verifier owns no table and writes one thing only: a better hash in place of an outdated one.

use std::fmt;
use std::sync::Arc;

use countersign_session::Account;

use crate::PasswordHash;

/// Any error of a [`UserDirectory`]. Security: keep user names and hashes out of its text.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A user who may log in with a password. Debug shows nothing of it.
#[derive(Clone)]
pub struct User {
    /// Who that is, once the password has proved right.
    pub account: Account,
    /// The stored hash.
    pub password_hash: PasswordHash,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("User(..)")
    }
}

/// The users of an application.
pub trait UserDirectory: Send + Sync {
    /// The user who logs in under `user_id`; `None` if there is none, or none who may log in with a
    /// password.
    ///
    /// Security: `user_id` is what the client sent, of any length that the server lets through, and not yet
    /// authenticated. What this takes for a user that exists and for one that does not should not differ;
    /// nothing makes up for it.
    ///
    /// # Errors
    /// It cannot tell: the login is answered with 503.
    fn find(&self, user_id: &str) -> impl Future<Output = Result<Option<User>, BoxError>> + Send;

    /// The account with this subject as it is now; `None` if there is none any more.
    ///
    /// # Errors
    /// It cannot tell: the refresh is answered with 503.
    fn account(&self, subject: &str) -> impl Future<Output = Result<Option<Account>, BoxError>> + Send;

    /// Stores `new` for `user_id` if what is stored is still `old`, and otherwise does nothing: the password
    /// may have been changed since, and that must not be undone. Called after a login whose stored hash was
    /// weaker than the current parameters; in SQL:
    ///
    /// ```sql
    /// UPDATE users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2
    /// ```
    ///
    /// # Errors
    /// It could not be stored. The login succeeds all the same, and the next one tries again.
    fn replace_hash(
        &self,
        user_id: &str,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Told when the stored hash of `user_id` cannot be read: it is no argon2 hash, or is beyond what
    /// [`Parameters`](crate::Parameters) allows. The user gets the answer of a wrong password. Does nothing
    /// unless written; it is called on the async thread and must not block.
    fn unreadable_hash(&self, user_id: &str) {
        let _ = user_id;
    }
}

/// A directory that is shared with the rest of the application.
impl<D: UserDirectory> UserDirectory for Arc<D> {
    fn find(&self, user_id: &str) -> impl Future<Output = Result<Option<User>, BoxError>> + Send {
        (**self).find(user_id)
    }

    fn account(&self, subject: &str) -> impl Future<Output = Result<Option<Account>, BoxError>> + Send {
        (**self).account(subject)
    }

    fn replace_hash(
        &self,
        user_id: &str,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        (**self).replace_hash(user_id, old, new)
    }

    fn unreadable_hash(&self, user_id: &str) {
        (**self).unreadable_hash(user_id);
    }
}
