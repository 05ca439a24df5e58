//! Laws of the purge, and of what is counted.

use super::{ISSUER, Outcome, at, expect, expect_purged, failed, jti, revoke, revoke_subject, verdict};
use crate::{Check, Counts, RevocationStore, Scope, SubjectVersion, Target, TokenId, Verdict};

pub(super) async fn revoking_again_counts_once<S: RevocationStore>(store: &S) -> Outcome {
    for until in [1000, 2000, 1500] {
        revoke(store, jti("t"), until).await?;
        revoke_subject(store, "u", until, 900).await?;
    }
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("count", &counts, &Counts { tokens: 1, sessions: 0, subjects: 1, keys: 0 })
}

pub(super) async fn a_purge_removes_what_has_expired_and_keeps_the_rest<S: RevocationStore>(
    store: &S,
) -> Outcome {
    revoke(store, jti("old"), 1000).await?;
    revoke(store, Target::Session("old"), 1000).await?;
    revoke(store, Target::Key("old"), 1000).await?;
    revoke_subject(store, "old", 1000, 900).await?;
    revoke(store, jti("new"), 1001).await?;
    revoke_subject(store, "new", 1001, 900).await?;
    expect_purged(store, "purged too early", 999, 10, 0).await?;
    expect_purged(store, "purged", 1000, 10, 4).await?;
    let counts = store.count().await.map_err(|error| failed(&error))?;
    if !store.purges_itself() {
        expect("count", &counts, &Counts { tokens: 1, sessions: 0, subjects: 1, keys: 0 })?;
    }
    let check = Check::new(ISSUER).token(TokenId::Jti("new")).subject("new", SubjectVersion::Version(0));
    let got = verdict(store, &check, at(1000)).await?;
    expect("what has not expired", &got, &Verdict::Revoked(Scope::Subject))
}

pub(super) async fn a_purge_is_bounded<S: RevocationStore>(store: &S) -> Outcome {
    for number in 0..25 {
        revoke(store, jti(&number.to_string()), 1000).await?;
    }
    let mut sizes = Vec::new();
    loop {
        let purged = store.purge_expired(at(1000), 10).await.map_err(|error| failed(&error))?;
        sizes.push(purged.removed);
        if !purged.more || sizes.len() > 25 {
            break;
        }
    }
    let sum: usize = sizes.iter().sum();
    let is_whole = sum == 25 || (store.purges_itself() && sum == 0);
    if sizes.iter().any(|&size| size > 10) || !is_whole {
        return Err(format!("batches of at most 10 that add up to 25 were expected, got {sizes:?}"));
    }
    expect_purged(store, "a limit of 0", 1000, 0, 0).await
}
