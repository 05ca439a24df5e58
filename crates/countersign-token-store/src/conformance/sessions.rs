//! Laws of sessions and their refresh tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use countersign_random::KeyedDigest;

use super::{Outcome, at, expect, expect_duplicate, failed, keyed};
use crate::{
    Kind, Rotation, RotationOutcome, Salt, SessionRecord, StoredSession, StoredToken, Successor, TokenRecord,
    TokenStore, TokenStoreExt,
};

pub(super) const START: i64 = 1_000_000;

/// A session that began at 0, may be idle for 100 s, and is over at 1000 s; its first secret is `byte`,
/// which is also its locator.
pub(super) fn session(id: &str, subject: &str, key_id: u32, byte: u8) -> StoredSession {
    StoredSession {
        record: SessionRecord {
            id: id.to_owned(),
            subject: subject.to_owned(),
            subject_version: 5,
            scopes: vec!["read".to_owned()],
            name: String::new(),
            created_at: at(START),
            last_refreshed_at: None,
            idle_expires_at: at(START.saturating_add(100)),
            expires_at: at(START.saturating_add(1000)),
        },
        locator: keyed(key_id, byte).digest,
        current: keyed(key_id, byte),
        previous: None,
        ended: false,
    }
}

/// What a rotation presents and offers.
pub(super) struct Attempt<'a> {
    pub(super) locator: u8,
    /// The secret under each active key, as (key, secret).
    pub(super) presented: &'a [(u32, u8)],
    /// The candidate's secret, under the first key of `presented`.
    pub(super) candidate: u8,
    /// Seconds since the session began.
    pub(super) seconds: i64,
}

pub(super) async fn outcome<S: TokenStore>(
    store: &S,
    attempt: &Attempt<'_>,
) -> Result<RotationOutcome, String> {
    traded(store, attempt, Duration::from_secs(30)).await
}

/// The outcome with a grace of one's own.
pub(super) async fn traded<S: TokenStore>(
    store: &S,
    attempt: &Attempt<'_>,
    grace: Duration,
) -> Result<RotationOutcome, String> {
    let presented: Vec<_> = attempt.presented.iter().map(|&(key_id, secret)| keyed(key_id, secret)).collect();
    let key_id = attempt.presented.first().map_or(0, |&(key_id, _)| key_id);
    let rotation = Rotation {
        locator: keyed(0, attempt.locator).digest,
        presented: &presented,
        successor: Successor {
            secret: keyed(key_id, attempt.candidate),
            salt: Salt([attempt.candidate; 16]),
            derivation_key_id: 7,
        },
        now: at(START.saturating_add(attempt.seconds)),
        grace,
        idle_lifetime: Duration::from_secs(100),
    };
    store.rotate(&rotation).await.map_err(failed)
}

pub(super) fn name(outcome: &RotationOutcome) -> String {
    match outcome {
        RotationOutcome::Rotated(_) => "Rotated".to_owned(),
        RotationOutcome::WithinGrace { salt, derivation_key_id, .. } => {
            format!("WithinGrace with salt {:?} and key {derivation_key_id}", salt.0)
        }
        RotationOutcome::Reused(_) => "Reused".to_owned(),
        RotationOutcome::Expired => "Expired".to_owned(),
        RotationOutcome::Revoked(_) => "Revoked".to_owned(),
        RotationOutcome::Unknown => "Unknown".to_owned(),
    }
}

/// Presents `secret` of the session with locator 1 under key 1, and expects an outcome by name.
pub(super) async fn rotate<S: TokenStore>(
    store: &S,
    seconds: i64,
    secret: u8,
    candidate: u8,
    expected: &str,
) -> Outcome {
    let attempt = Attempt { locator: 1, presented: &[(1, secret)], candidate, seconds };
    let got = name(&outcome(store, &attempt).await?);
    expect(&format!("secret {secret} at {seconds} s"), &got, &expected.to_owned())
}

pub(super) async fn create<S: TokenStore>(store: &S, session: StoredSession) -> Outcome {
    store.create_session(session).await.map_err(failed)
}

pub(super) async fn is_live<S: TokenStore>(store: &S, id: &str, seconds: i64) -> Result<bool, String> {
    Ok(store.session(id, at(START.saturating_add(seconds))).await.map_err(failed)?.is_some())
}

pub(super) fn within_grace(candidate: u8) -> String {
    format!("WithinGrace with salt {:?} and key 7", [candidate; 16])
}

pub(super) async fn a_refresh_token_is_traded_once<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    let attempt = Attempt { locator: 1, presented: &[(1, 1)], candidate: 2, seconds: 10 };
    let RotationOutcome::Rotated(record) = outcome(store, &attempt).await? else {
        return Err("the current token was not traded".to_owned());
    };
    let mut expected = session("s", "alice", 1, 1).record;
    expected.idle_expires_at = at(START.saturating_add(110));
    expected.last_refreshed_at = Some(at(START.saturating_add(10)));
    expect("the record is the session's", &(record == expected), &true)?;
    rotate(store, 11, 2, 3, "Rotated").await?;
    rotate(store, 12, 3, 4, "Rotated").await?;
    let unknown = Attempt { locator: 99, presented: &[(1, 4)], candidate: 5, seconds: 13 };
    expect("another locator", &name(&outcome(store, &unknown).await?), &"Unknown".to_owned())?;
    let none = Attempt { locator: 1, presented: &[], candidate: 5, seconds: 13 };
    expect("nothing presented", &name(&outcome(store, &none).await?), &"Unknown".to_owned())?;
    rotate(store, 14, 4, 5, "Rotated").await
}

pub(super) async fn a_replay_within_grace_gets_the_winners_salt<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    rotate(store, 10, 1, 2, "Rotated").await?;
    rotate(store, 20, 1, 3, &within_grace(2)).await?;
    rotate(store, 39, 1, 4, &within_grace(2)).await?;
    rotate(store, 40, 1, 5, "Reused").await?;
    rotate(store, 41, 2, 6, "Revoked").await?;
    expect("live", &is_live(store, "s", 41).await?, &false)
}

/// Trades a session's tokens from `first` on, ten seconds apart, and presents each of them again five seconds later.
async fn replay_each<S: TokenStore>(store: &S, tokens: std::ops::Range<u8>) -> Outcome {
    for secret in tokens {
        let (seconds, next) = (i64::from(secret).saturating_mul(10), secret.saturating_add(1));
        rotate(store, seconds, secret, next, "Rotated").await?;
        for later in [5, 6] {
            rotate(store, seconds.saturating_add(later), secret, 99, &within_grace(next)).await?;
        }
    }
    Ok(())
}

pub(super) async fn replays_of_six_tokens_in_a_row_end_the_session<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    replay_each(store, 1..6).await?;
    rotate(store, 60, 6, 7, "Rotated").await?;
    rotate(store, 65, 6, 99, "Reused").await?;
    rotate(store, 66, 7, 8, "Revoked").await?;
    expect("live", &is_live(store, "s", 66).await?, &false)
}

pub(super) async fn a_token_that_is_not_replayed_starts_the_count_of_replays_again<S: TokenStore>(
    store: &S,
) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    replay_each(store, 1..6).await?;
    rotate(store, 60, 6, 7, "Rotated").await?;
    replay_each(store, 7..12).await?;
    rotate(store, 120, 12, 13, "Rotated").await?;
    rotate(store, 125, 12, 99, "Reused").await
}

pub(super) async fn clients_that_refresh_within_two_seconds_share_a_session<S: TokenStore>(
    store: &S,
) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    for secret in 1..9_u8 {
        let (seconds, next) = (i64::from(secret).saturating_mul(10), secret.saturating_add(1));
        rotate(store, seconds, secret, next, "Rotated").await?;
        rotate(store, seconds.saturating_add(1), secret, 99, &within_grace(next)).await?;
    }
    expect("live", &is_live(store, "s", 82).await?, &true)
}

pub(super) async fn a_token_from_further_back_ends_the_session<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    rotate(store, 10, 1, 2, "Rotated").await?;
    rotate(store, 11, 2, 3, "Rotated").await?;
    expect("live before", &is_live(store, "s", 11).await?, &true)?;
    rotate(store, 12, 1, 4, "Reused").await?;
    expect("live after", &is_live(store, "s", 12).await?, &false)?;
    rotate(store, 13, 3, 5, "Revoked").await?;
    rotate(store, 14, 1, 6, "Revoked").await
}

pub(super) async fn an_ended_session_is_never_rotated<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    rotate(store, 10, 1, 2, "Rotated").await?;
    expect("ended", &store.end_session("s").await.map_err(failed)?, &true)?;
    expect("again", &store.end_session("s").await.map_err(failed)?, &false)?;
    expect("unknown", &store.end_session("x").await.map_err(failed)?, &false)?;
    rotate(store, 11, 2, 3, "Revoked").await?;
    rotate(store, 12, 1, 3, "Revoked").await?;
    expect("live", &is_live(store, "s", 12).await?, &false)
}

pub(super) async fn a_sessions_two_ends_are_kept<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    expect("live just before", &is_live(store, "s", 99).await?, &true)?;
    expect("live at its idle end", &is_live(store, "s", 100).await?, &false)?;
    rotate(store, 100, 1, 2, "Expired").await?;
    create(store, session("t", "alice", 1, 20)).await?;
    let mut secret = 20_u8;
    for seconds in (90..990).step_by(90) {
        let next = secret.saturating_add(1);
        let attempt = Attempt { locator: 20, presented: &[(1, secret)], candidate: next, seconds };
        expect("in use", &name(&outcome(store, &attempt).await?), &"Rotated".to_owned())?;
        secret = next;
    }
    let attempt = Attempt { locator: 20, presented: &[(1, secret)], candidate: 99, seconds: 1000 };
    expect("at its absolute end", &name(&outcome(store, &attempt).await?), &"Expired".to_owned())
}

pub(super) async fn a_rotation_finds_a_secret_under_an_older_key_and_moves_it<S: TokenStore>(
    store: &S,
) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    let both = Attempt { locator: 1, presented: &[(2, 0x81), (1, 1)], candidate: 2, seconds: 10 };
    expect("under both keys", &name(&outcome(store, &both).await?), &"Rotated".to_owned())?;
    let replay = Attempt { locator: 1, presented: &[(2, 0x81), (1, 1)], candidate: 3, seconds: 11 };
    expect("a replay, across keys", &name(&outcome(store, &replay).await?), &within_grace(2))?;
    let counts = store.count_by_digest_key().await.map_err(failed)?;
    expect("counts", &counts, &BTreeMap::from([(2, 1)]))?;
    let new = Attempt { locator: 1, presented: &[(2, 2)], candidate: 3, seconds: 12 };
    expect("under the new key alone", &name(&outcome(store, &new).await?), &"Rotated".to_owned())?;
    let old = Attempt { locator: 1, presented: &[(1, 1)], candidate: 4, seconds: 13 };
    expect("under the old key alone", &name(&outcome(store, &old).await?), &"Unknown".to_owned())
}

pub(super) async fn a_session_cannot_be_created_twice<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    expect_duplicate("same id", store.create_session(session("s", "bob", 1, 2)).await)?;
    expect_duplicate("same locator", store.create_session(session("t", "bob", 1, 1)).await)?;
    expect("bob's", &store.end_sessions("bob").await.map_err(failed)?, &0)?;
    rotate(store, 10, 1, 2, "Rotated").await
}

pub(super) async fn all_sessions_of_a_subject_end_together<S: TokenStore>(store: &S) -> Outcome {
    for (id, subject, byte) in [("a", "alice", 1), ("b", "alice", 2), ("c", "alice2", 3), ("d", "alice", 4)] {
        create(store, session(id, subject, 1, byte)).await?;
    }
    store.end_session("d").await.map_err(failed)?;
    expect("ended", &store.end_sessions("alice").await.map_err(failed)?, &2)?;
    expect("again", &store.end_sessions("alice").await.map_err(failed)?, &0)?;
    expect("a", &is_live(store, "a", 1).await?, &false)?;
    expect("b", &is_live(store, "b", 1).await?, &false)?;
    expect("another subject's", &is_live(store, "c", 1).await?, &true)?;
    rotate(store, 1, 1, 9, "Revoked").await
}

fn token(id: &str, digest: KeyedDigest, expires_at: Option<i64>) -> StoredToken {
    let record = TokenRecord {
        id: id.to_owned(),
        kind: Kind::ApiKey,
        owner: "alice".to_owned(),
        name: String::new(),
        hint: String::new(),
        scopes: Vec::new(),
        roles: vec![],
        created_at: at(START),
        expires_at: expires_at.map(at),
        last_used_at: None,
    };
    StoredToken { record, digest }
}

pub(super) async fn digest_keys_are_counted<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("a", "alice", 1, 1)).await?;
    create(store, session("b", "alice", 2, 2)).await?;
    create(store, session("c", "alice", 2, 3)).await?;
    store.insert_token(token("t", keyed(1, 9), None)).await.map_err(failed)?;
    store.end_session("c").await.map_err(failed)?;
    let counts = store.count_by_digest_key().await.map_err(failed)?;
    expect("counts", &counts, &BTreeMap::from([(1, 2), (2, 1)]))
}

pub(super) async fn a_purge_removes_sessions_past_their_end<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("a", "alice", 1, 1)).await?;
    create(store, session("b", "alice", 1, 2)).await?;
    rotate(store, 50, 1, 3, "Rotated").await?;
    let purge = async |seconds: i64| {
        let now = at(START.saturating_add(seconds));
        Ok::<_, String>(store.purge_expired(now, 10).await.map_err(failed)?.removed)
    };
    expect("too early", &purge(99).await?, &0)?;
    expect("b is past its idle end", &purge(100).await?, &1)?;
    expect("a is live", &is_live(store, "a", 149).await?, &true)?;
    rotate(store, 51, 3, 4, "Rotated").await?;
    store.end_session("a").await.map_err(failed)?;
    expect("an ended one is kept for its time", &purge(150).await?, &0)?;
    rotate(store, 150, 4, 5, "Revoked").await?;
    expect("and then goes", &purge(151).await?, &1)?;
    rotate(store, 151, 4, 5, "Unknown").await?;
    create(store, session("a", "alice", 1, 1)).await
}

pub(super) async fn a_part_of_a_millisecond_does_not_purge_a_live_session<S: TokenStore>(
    store: &S,
) -> Outcome {
    let mut odd = session("s", "alice", 1, 1);
    let part = time::Duration::nanoseconds(1);
    odd.record.idle_expires_at = odd.record.idle_expires_at.saturating_add(part);
    create(store, odd).await?;
    rotate(store, 50, 1, 2, "Rotated").await?;
    let now = at(START.saturating_add(101));
    let removed = store.purge_expired(now, 10).await.map_err(failed)?.removed;
    expect("purged", &removed, &0)?;
    rotate(store, 101, 2, 3, "Rotated").await
}

pub(super) async fn a_session_is_found_by_its_locator_and_left_alone<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    let find = async |locator: u8| {
        let found = store.find_session(&keyed(0, locator).digest).await.map_err(failed)?;
        Ok::<_, String>(found.map(|found| (found.record.id, found.ended)))
    };
    expect("by its locator", &find(1).await?, &Some(("s".to_owned(), false)))?;
    expect("by another", &find(2).await?, &None)?;
    rotate(store, 10, 1, 2, "Rotated").await?;
    store.end_session("s").await.map_err(failed)?;
    expect("once it has ended", &find(1).await?, &Some(("s".to_owned(), true)))
}

pub(super) async fn a_purge_is_bounded_over_tokens_and_sessions_together<S: TokenStore>(
    store: &S,
) -> Outcome {
    for byte in 0..5 {
        let id = byte.to_string();
        store.insert_token(token(&id, keyed(1, byte), Some(START))).await.map_err(failed)?;
        create(store, session(&id, "alice", 1, byte)).await?;
    }
    let now = at(START.saturating_add(1000));
    let mut sizes = Vec::new();
    for _ in 0..3 {
        sizes.push(store.purge_expired(now, 6).await.map_err(failed)?.removed);
    }
    expect("sizes", &sizes, &vec![6, 4, 0])
}

pub(super) async fn a_purged_session_leaves_nothing_to_its_subject<S: TokenStore>(store: &S) -> Outcome {
    create(store, session("s", "alice", 1, 1)).await?;
    let now = at(START.saturating_add(100));
    expect("purged", &store.purge_expired(now, 10).await.map_err(failed)?.removed, &1)?;
    create(store, session("s", "bob", 1, 2)).await?;
    expect("alice's", &store.end_sessions("alice").await.map_err(failed)?, &0)?;
    expect("bob's is live", &is_live(store, "s", 1).await?, &true)
}
