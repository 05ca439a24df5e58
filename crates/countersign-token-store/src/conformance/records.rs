//! Laws of records and their versions.

use super::sessions::{START, create, session};
use super::tokens::{insert, token};
use super::{Outcome, at, expect, failed, keyed};
use crate::{ErrorKind, Kind, Record, RecordKind, TokenStore, TokenStoreExt, Version, Versioned};

const KEYS: RecordKind = RecordKind::ApiKey;

async fn get<S: TokenStore>(store: &S, id: &str) -> Result<Versioned, String> {
    store.get(KEYS, id).await.map_err(failed)?.ok_or_else(|| format!("{id} is not there"))
}

/// The record under another name.
fn renamed(found: Versioned, name: &str) -> Record {
    let mut record = found.record;
    if let Record::Token(token) = &mut record {
        name.clone_into(&mut token.record.name);
    }
    record
}

fn name(record: &Record) -> &str {
    if let Record::Token(token) = record { &token.record.name } else { "" }
}

pub(super) async fn a_replacement_needs_the_version_that_is_stored<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    let first = get(store, "a").await?;
    let read_again = get(store, "a").await?.version;
    expect("a read leaves the version", &(read_again == first.version), &true)?;
    let replace = async |version: Version, name: &str| {
        store.replace(version, renamed(first.clone(), name)).await.map_err(failed)
    };
    expect("the version that is stored", &replace(first.version, "second").await?, &true)?;
    let second = get(store, "a").await?;
    expect("written", &name(&second.record).to_owned(), &"second".to_owned())?;
    expect("a write gives a new version", &(second.version == first.version), &false)?;
    expect("a version from before", &replace(first.version, "third").await?, &false)?;
    expect("left alone", &name(&get(store, "a").await?.record).to_owned(), &"second".to_owned())?;
    expect("removed", &store.remove(KEYS, "alice", "a").await.map_err(failed)?, &true)?;
    expect("a record that is gone", &replace(second.version, "fourth").await?, &false)?;
    expect("it stays gone", &store.get(KEYS, "a").await.map_err(failed)?.is_none(), &true)?;
    // The same id again is another record.
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    expect("a version of the one before", &replace(second.version, "fifth").await?, &false)
}

pub(super) async fn replacements_of_one_owner_are_told_apart<S: TokenStore>(store: &S) -> Outcome {
    for (id, byte) in [("a", 1), ("b", 2), ("c", 3)] {
        insert(store, token(id, "alice", keyed(1, byte), None)).await?;
    }
    let (a, b, c) = (get(store, "a").await?, get(store, "b").await?, get(store, "c").await?);
    let is_replaced = store.replace(b.version, renamed(b.clone(), "other")).await.map_err(failed)?;
    expect("b alone", &is_replaced, &true)?;
    let changes = [a, b, c].map(|found| (found.version, renamed(found, "all"))).into();
    expect("each", &store.replace_all(changes).await.map_err(failed)?, &vec![true, false, true])?;
    for (id, expected) in [("a", "all"), ("b", "other"), ("c", "all")] {
        expect(id, &name(&get(store, id).await?.record).to_owned(), &expected.to_owned())?;
    }
    expect("none", &store.replace_all(Vec::new()).await.map_err(failed)?, &Vec::new())
}

pub(super) async fn a_replacement_cannot_take_anothers_digest<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    insert(store, token("b", "bob", keyed(1, 2), None)).await?;
    let found = get(store, "a").await?;
    let taken = Record::Token(token("a", "alice", keyed(1, 2), None));
    match store.replace(found.version, taken).await {
        Err(error) if error.kind() == ErrorKind::Duplicate => {}
        other => return Err(format!("the digest of another record: expected Duplicate, got {other:?}")),
    }
    for (byte, id) in [(1, "a"), (2, "b")] {
        let found = store.find(KEYS, &[keyed(1, byte)]).await.map_err(failed)?;
        let found = found.map(|found| found.record.id().to_owned());
        expect("found", &found, &Some(id.to_owned()))?;
    }
    Ok(())
}

pub(super) async fn expired_records_are_found_and_listed<S: TokenStore>(store: &S) -> Outcome {
    // Far in the future: a server that collects expired records by its own clock must not have done so.
    let end = 95_000_000_000;
    insert(store, token("a", "alice", keyed(1, 1), Some(end))).await?;
    let found = store.find(KEYS, &[keyed(1, 1)]).await.map_err(failed)?;
    expect("its end", &found.and_then(|found| found.record.ends_at()), &Some(at(end)))?;
    expect("listed", &store.list(KEYS, "alice").await.map_err(failed)?.len(), &1)?;
    // The caller judges the end.
    let tokens = store.list_tokens(Kind::ApiKey, "alice").await.map_err(failed)?;
    expect("expired later", &tokens.iter().filter(|token| token.is_expired(at(end))).count(), &1)
}

pub(super) async fn ids_and_digests_of_different_kinds_are_independent<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    let mut other = token("a", "alice", keyed(1, 1), None);
    other.record.kind = Kind::AccessToken;
    insert(store, other).await?;
    create(store, session("a", "alice", 1, 1)).await?;
    for kind in RecordKind::ALL {
        let got = store.get(kind, "a").await.map_err(failed)?.map(|found| found.record.kind());
        expect("by id", &got, &Some(kind))?;
        expect("listed", &store.list(kind, "alice").await.map_err(failed)?.len(), &1)?;
    }
    expect("keys", &store.remove_by_owner(KEYS, "alice").await.map_err(failed)?, &1)?;
    expect("keys", &store.list(KEYS, "alice").await.map_err(failed)?.len(), &0)?;
    expect("tokens", &store.list(RecordKind::AccessToken, "alice").await.map_err(failed)?.len(), &1)?;
    expect("sessions", &store.list(RecordKind::Session, "alice").await.map_err(failed)?.len(), &1)
}

pub(super) async fn sessions_of_a_subject_are_listed_while_they_live<S: TokenStore>(store: &S) -> Outcome {
    for (id, subject, byte) in [("a", "alice", 1), ("b", "alice", 2), ("c", "bob", 3)] {
        create(store, session(id, subject, 1, byte)).await?;
    }
    let ids = async |seconds: i64| {
        let now = at(START.saturating_add(seconds));
        let sessions = store.sessions("alice", now).await.map_err(failed)?;
        Ok::<_, String>(sessions.into_iter().map(|session| session.id).collect::<Vec<_>>())
    };
    expect("live", &ids(1).await?, &vec!["a".to_owned(), "b".to_owned()])?;
    store.end_session("a").await.map_err(failed)?;
    expect("one ended", &ids(1).await?, &vec!["b".to_owned()])?;
    expect("at the idle end", &ids(100).await?, &Vec::new())
}
