//! Laws of subjects: their versions, and the cutoff of external tokens.

use std::time::Duration;

use super::{
    ISSUER, Outcome, SOON, at, expect, expect_purged, failed, revoke_subject, subject_version, verdict,
};
use crate::{Check, RetainUntil, RevocationStore, Scope, SubjectVersion, Verdict};

pub(super) async fn a_revoked_subject_loses_old_tokens_and_keeps_new_ones<S: RevocationStore>(
    store: &S,
) -> Outcome {
    let before = subject_version(store, "u").await?;
    let after = revoke_subject(store, "u", SOON, 1_000_000).await?;
    expect("the subject version is now in milliseconds", &after, &1_000_000_000)?;
    expect("what login reads", &subject_version(store, "u").await?, &after)?;
    for (version, expected) in [
        (before, Verdict::Revoked(Scope::Subject)),
        (after.saturating_sub(1), Verdict::Revoked(Scope::Subject)),
        (after, Verdict::NotRevoked),
    ] {
        let check = Check::new(ISSUER).subject("u", SubjectVersion::Version(version));
        let got = verdict(store, &check, at(1_000_000)).await?;
        expect(&format!("subject version {version}"), &got, &expected)?;
    }
    let check = Check::new(ISSUER).subject("v", SubjectVersion::Version(before));
    expect("another subject", &verdict(store, &check, at(1_000_000)).await?, &Verdict::NotRevoked)
}

pub(super) async fn a_subject_version_never_falls_back<S: RevocationStore>(store: &S) -> Outcome {
    let first = revoke_subject(store, "u", SOON, 1_000_000).await?;
    let same_moment = revoke_subject(store, "u", SOON, 1_000_000).await?;
    expect("in the same millisecond", &same_moment, &first.saturating_add(1))?;
    let set_back = revoke_subject(store, "u", SOON, 500).await?;
    expect("with the clock set back", &set_back, &first.saturating_add(2))?;
    expect("what login reads", &subject_version(store, "u").await?, &set_back)
}

pub(super) async fn a_subject_version_does_not_fall_back_after_a_purge_and_a_clock_set_back<
    S: RevocationStore,
>(
    store: &S,
) -> Outcome {
    let first = revoke_subject(store, "u", 1_000_010, 1_000_000).await?;
    expect_purged(store, "purged", 1_000_010, 10, 1).await?;
    let second = revoke_subject(store, "u", SOON, 500).await?;
    if second > first {
        Ok(())
    } else {
        Err(format!("the subject version fell back from {first} to {second}"))
    }
}

pub(super) async fn the_floor_of_subject_versions_never_falls_back<S: RevocationStore>(store: &S) -> Outcome {
    // Lower subject versions that go after the highest one, enough of them for every part of a store.
    for number in 0..1000 {
        revoke_subject(store, &number.to_string(), 1_000_020, 1).await?;
    }
    let first = revoke_subject(store, "u", 1_000_010, 1_000_000).await?;
    expect_purged(store, "the highest", 1_000_010, 10, 1).await?;
    expect_purged(store, "the lower ones", 1_000_020, 1000, 1000).await?;
    let second = revoke_subject(store, "u", SOON, 500).await?;
    if second > first {
        Ok(())
    } else {
        Err(format!("the subject version fell back from {first} to {second}"))
    }
}

pub(super) async fn an_external_token_is_judged_by_its_issue_time<S: RevocationStore>(store: &S) -> Outcome {
    let until = RetainUntil::at(at(SOON));
    let skew = Duration::from_secs(60);
    store.revoke_subject(ISSUER, "u", until, at(1000), skew).await.map_err(|error| failed(&error))?;
    for (iat, expected) in [
        (None, Verdict::Revoked(Scope::Subject)),
        (Some(at(999)), Verdict::Revoked(Scope::Subject)),
        (Some(at(1060)), Verdict::Revoked(Scope::Subject)),
        (Some(at(1061)), Verdict::NotRevoked),
    ] {
        let check = Check::new(ISSUER).subject("u", SubjectVersion::IssuedAt(iat));
        expect(&format!("iat {iat:?}"), &verdict(store, &check, at(1061)).await?, &expected)?;
    }
    revoke_subject(store, "u", SOON, 500).await?;
    let check = Check::new(ISSUER).subject("u", SubjectVersion::IssuedAt(Some(at(1060))));
    let got = verdict(store, &check, at(1061)).await?;
    expect("the cutoff does not fall back", &got, &Verdict::Revoked(Scope::Subject))
}

pub(super) async fn a_subject_entry_is_lengthened_and_never_shortened<S: RevocationStore>(
    store: &S,
) -> Outcome {
    revoke_subject(store, "u", 3000, 1000).await?;
    revoke_subject(store, "u", 2000, 1001).await?;
    expect_purged(store, "purged past the shorter end", 2500, 10, 0).await?;
    let check = Check::new(ISSUER).subject("u", SubjectVersion::Version(0));
    let got = verdict(store, &check, at(2999)).await?;
    expect("before the longer end", &got, &Verdict::Revoked(Scope::Subject))?;
    revoke_subject(store, "u", 4000, 1002).await?;
    expect_purged(store, "purged past the old end", 3500, 10, 0).await
}
