//! Laws of calls whose future is dropped half-way: a client hung up, or a time-out struck.

use std::pin::pin;
use std::task::Poll;

use super::sessions::{Attempt, create, is_live, name, session, within_grace};
use super::tokens::{find, token};
use super::{Outcome, expect, failed, keyed, sessions};
use crate::{ErrorKind, Kind, RotationOutcome, TokenStore, TokenStoreExt};

/// How often a future is polled before it is dropped: from not at all to longer than most need.
const POLLS: std::ops::Range<usize> = 0..12;

/// Polls a future `polls` times, and drops it unless it is done by then.
async fn cut_short<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left = left.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Waits for a write that is under way: an engine carries writes out one after the other.
async fn settle<S: TokenStore>(store: &S) -> Outcome {
    store.remove(Kind::ApiKey.into(), "nobody", "none").await.map_err(failed).map(drop)
}

pub(super) async fn an_insertion_that_is_cut_short_happens_or_not<S: TokenStore>(store: &S) -> Outcome {
    for (polls, byte) in POLLS.zip(1_u8..) {
        let id = format!("t{polls}");
        let done = cut_short(store.insert_token(token(&id, "alice", keyed(1, byte), None)), polls).await;
        settle(store).await?;
        match store.insert_token(token(&id, "alice", keyed(1, byte), None)).await {
            Ok(()) if !matches!(done, Some(Ok(()))) => {}
            Err(error) if error.kind() == ErrorKind::Duplicate => {}
            Ok(()) => return Err("what was acknowledged could be inserted again".to_owned()),
            Err(error) => return Err(failed(error)),
        }
        expect("found", &find(store, Kind::ApiKey, &[keyed(1, byte)], 1000).await?, &id)?;
    }
    let list = store.list_tokens(Kind::ApiKey, "alice").await.map_err(failed)?;
    expect("the owner's", &list.len(), &POLLS.len())
}

pub(super) async fn a_session_whose_creation_is_cut_short_is_there_or_not<S: TokenStore>(
    store: &S,
) -> Outcome {
    for (polls, byte) in POLLS.zip(1_u8..) {
        let id = format!("s{polls}");
        let done = cut_short(store.create_session(session(&id, "alice", 1, byte)), polls).await;
        settle(store).await?;
        match store.create_session(session(&id, "alice", 1, byte)).await {
            Ok(()) if !matches!(done, Some(Ok(()))) => {}
            Err(error) if error.kind() == ErrorKind::Duplicate => {}
            Ok(()) => return Err("what was acknowledged could be created again".to_owned()),
            Err(error) => return Err(failed(error)),
        }
        expect("live", &is_live(store, &id, 1).await?, &true)?;
    }
    let ended = store.end_sessions("alice").await.map_err(failed)?;
    expect("the subject's", &ended, &(POLLS.len() as u64))
}

pub(super) async fn a_rotation_that_is_cut_short_happens_or_not<S: TokenStore>(store: &S) -> Outcome {
    for (polls, byte) in POLLS.zip(1_u8..) {
        create(store, session(&format!("s{polls}"), "alice", 1, byte)).await?;
        let first = Attempt { locator: byte, presented: &[(1, byte)], candidate: 100, seconds: 10 };
        let done = cut_short(sessions::outcome(store, &first), polls).await;
        settle(store).await?;
        let again = Attempt { locator: byte, presented: &[(1, byte)], candidate: 101, seconds: 11 };
        let again = name(&sessions::outcome(store, &again).await?);
        let was_acknowledged = matches!(done, Some(Ok(RotationOutcome::Rotated(_))));
        // The first one happened, and this is its replay; or it did not, and this is the first.
        let winner = match again.as_str() {
            "Rotated" if !was_acknowledged => 101,
            _ => {
                expect("the same token again", &again, &within_grace(100))?;
                100
            }
        };
        let next = Attempt { locator: byte, presented: &[(1, winner)], candidate: 102, seconds: 12 };
        expect("the winner", &name(&sessions::outcome(store, &next).await?), &"Rotated".to_owned())?;
    }
    Ok(())
}
