//! The application's own table, in the same file: users with their argon2 hashes.

use std::sync::Arc;

use countersign::password::{PasswordHash, User, UserDirectory};
use countersign::redb::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use countersign::session::Account;
use serde::{Deserialize, Serialize};

use crate::BoxError;

/// Users by name, as JSON.
const USERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("users");

/// The scopes that every user of this service has.
const SCOPES: [&str; 2] = ["profile", "reports"];

#[derive(Serialize, Deserialize)]
struct Row {
    roles: Vec<String>,
    password_hash: String,
}

/// The users of the service.
pub(crate) struct Users(Arc<Database>);

impl Users {
    pub(crate) fn new(database: Arc<Database>) -> Result<Self, BoxError> {
        let transaction = database.begin_write()?;
        transaction.open_table(USERS)?;
        transaction.commit()?;
        Ok(Self(database))
    }

    /// Adds or replaces a user. Returns whether there was one of that name.
    pub(crate) fn put(&self, name: &str, roles: &[String], password_hash: &str) -> Result<bool, BoxError> {
        let row = Row { roles: roles.to_vec(), password_hash: password_hash.to_owned() };
        let bytes = serde_json::to_vec(&row)?;
        let transaction = self.0.begin_write()?;
        let was_there = transaction.open_table(USERS)?.insert(name, bytes.as_slice())?.is_some();
        transaction.commit()?;
        Ok(was_there)
    }

    fn get(&self, name: &str) -> Result<Option<Row>, BoxError> {
        let users = self.0.begin_read()?.open_table(USERS)?;
        let row = users.get(name)?;
        row.map(|row| Ok(serde_json::from_slice(row.value())?)).transpose()
    }
}

fn account(name: &str, row: &Row) -> Account {
    Account { subject: name.to_owned(), roles: row.roles.clone(), scopes: SCOPES.map(str::to_owned).to_vec() }
}

impl UserDirectory for Users {
    async fn find(&self, user_id: &str) -> Result<Option<User>, BoxError> {
        let Some(row) = self.get(user_id)? else { return Ok(None) };
        let account = account(user_id, &row);
        Ok(Some(User { account, password_hash: PasswordHash::from(row.password_hash) }))
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, BoxError> {
        Ok(self.get(subject)?.map(|row| account(subject, &row)))
    }

    async fn replace_hash(
        &self,
        user_id: &str,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), BoxError> {
        let database = Arc::clone(&self.0);
        let (name, old, new) = (user_id.to_owned(), old.clone(), new.clone());
        // A commit waits for the disk.
        let replace = move || -> Result<(), BoxError> {
            let transaction = database.begin_write()?;
            {
                let mut users = transaction.open_table(USERS)?;
                let row = users.get(name.as_str())?.map(|row| row.value().to_vec());
                let Some(row) = row else { return Ok(()) };
                let mut row: Row = serde_json::from_slice(&row)?;
                if row.password_hash != old.expose() {
                    return Ok(());
                }
                new.expose().clone_into(&mut row.password_hash);
                users.insert(name.as_str(), serde_json::to_vec(&row)?.as_slice())?;
            }
            Ok(transaction.commit()?)
        };
        tokio::task::spawn_blocking(replace).await?
    }
}
