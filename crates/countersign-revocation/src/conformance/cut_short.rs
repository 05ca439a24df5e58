//! Laws of calls whose future is dropped half-way: a client hung up, or a time-out struck.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::{ISSUER, Outcome, SOON, asking, at, expect, failed, jti, revoke, subject_version, verdict};
use crate::{Check, RetainUntil, RevocationStore, Scope, SubjectVersion, Verdict};

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

pub(super) async fn a_revocation_that_is_cut_short_happens_or_not<S: RevocationStore>(store: &S) -> Outcome {
    for polls in POLLS {
        let name = format!("t{polls}");
        let until = RetainUntil::at(at(SOON));
        let done = cut_short(store.revoke(ISSUER, jti(&name), until), polls).await;
        // A second one waits for whatever the first has left under way.
        revoke(store, jti("another"), SOON).await?;
        let got = verdict(store, &asking(jti(&name)), at(1000)).await?;
        if matches!(done, Some(Ok(()))) {
            expect("one that was acknowledged", &got, &Verdict::Revoked(Scope::Token))?;
        }
        revoke(store, jti(&name), SOON).await?;
        let got = verdict(store, &asking(jti(&name)), at(1000)).await?;
        expect("once it was done again", &got, &Verdict::Revoked(Scope::Token))?;
    }
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("tokens", &counts.tokens, &(POLLS.len() as u64).saturating_add(1))
}

pub(super) async fn a_subject_whose_revocation_is_cut_short_is_revoked_or_not<S: RevocationStore>(
    store: &S,
) -> Outcome {
    for polls in POLLS {
        let sub = format!("u{polls}");
        let until = RetainUntil::at(at(SOON));
        let raise = || store.revoke_subject(ISSUER, &sub, until, at(1000), Duration::ZERO);
        let done = cut_short(raise(), polls).await;
        let raised = raise().await.map_err(|error| failed(&error))?;
        if let Some(first) = done {
            let first = first.map_err(|error| failed(&error))?;
            expect("the second", &raised, &first.saturating_add(1))?;
        }
        expect("what login reads", &subject_version(store, &sub).await?, &raised)?;
        let check = Check::new(ISSUER).subject(&sub, SubjectVersion::Version(raised.saturating_sub(1)));
        expect(
            "an older token",
            &verdict(store, &check, at(1000)).await?,
            &Verdict::Revoked(Scope::Subject),
        )?;
    }
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("subjects", &counts.subjects, &(POLLS.len() as u64))
}
