//! Laws of stores that wrap an engine: a copy, a cache, a fallback for outages.

use std::time::Duration;

use super::{
    Engine, ISSUER, Outcome, SOON, asking, at, expect, failed, jti, revoke, revoke_subject, verdict,
};
use crate::{Check, RetainUntil, RevocationStore, Scope, SubjectVersion, Target, Verdict};

const NOW: i64 = 1000;

/// Another node has revoked something, and the wrapper has not heard of it.
pub(super) async fn a_check_that_asks_the_engine_sees_what_the_wrapper_has_not_heard<S: RevocationStore>(
    store: &S,
    engine: &Engine,
) -> Outcome {
    let targets = [jti("t"), Target::Session("s"), Target::Key("k")];
    let subject = Check::new(ISSUER).subject("u", SubjectVersion::Version(0));
    // The wrapper has answered each of them once, so that one that remembers its answers has something to remember.
    for check in targets.map(asking).into_iter().chain([subject]) {
        expect("before", &verdict(store, &check, at(NOW)).await?, &Verdict::NotRevoked)?;
        expect("before, asked", &verdict(store, &check.ask_engine(), at(NOW)).await?, &Verdict::NotRevoked)?;
    }
    for target in targets {
        revoke(engine, target, SOON).await?;
        let got = verdict(store, &asking(target).ask_engine(), at(NOW)).await?;
        expect(&format!("{target:?}"), &got, &Verdict::Revoked(target.scope()))?;
    }
    revoke_subject(engine, "u", SOON, NOW).await?;
    let got = verdict(store, &subject.ask_engine(), at(NOW)).await?;
    expect("the subject", &got, &Verdict::Revoked(Scope::Subject))
}

pub(super) async fn a_check_that_asks_the_engine_is_an_error_while_the_engine_is_cut_off<
    S: RevocationStore,
>(
    store: &S,
    engine: &Engine,
) -> Outcome {
    let check = asking(Target::Session("s"));
    expect("before", &verdict(store, &check, at(NOW)).await?, &Verdict::NotRevoked)?;
    engine.cut(true);
    // Whatever the wrapper says to a request, here and afterwards.
    let _ = store.check(&check, at(NOW)).wait().await;
    match store.check(&check.ask_engine(), at(NOW)).wait().await {
        Err(_) => {}
        Ok(verdict) => return Err(format!("expected an error, got {verdict:?}")),
    }
    engine.cut(false);
    let got = verdict(store, &check.ask_engine(), at(NOW)).await?;
    expect("once it is back", &got, &Verdict::NotRevoked)
}

pub(super) async fn a_subject_version_is_the_engines_or_an_error<S: RevocationStore>(
    store: &S,
    engine: &Engine,
) -> Outcome {
    let subject_version = async || store.subject_version(ISSUER, "u").await.map_err(|error| failed(&error));
    expect("before", &subject_version().await?, &0)?;
    let raised = revoke_subject(engine, "u", SOON, NOW).await?;
    expect("after", &subject_version().await?, &raised)?;
    engine.cut(true);
    match subject_version().await {
        Err(_) => Ok(()),
        Ok(subject_version) => Err(format!("cut off: expected an error, got {subject_version}")),
    }
}

pub(super) async fn nothing_is_acknowledged_that_the_engine_has_not_recorded<S: RevocationStore>(
    store: &S,
    engine: &Engine,
) -> Outcome {
    engine.cut(true);
    let until = RetainUntil::at(at(SOON));
    if store.revoke(ISSUER, Target::Session("s"), until).await.is_ok() {
        return Err("a revocation was acknowledged while the engine was cut off".to_owned());
    }
    if store.revoke_subject(ISSUER, "u", until, at(NOW), Duration::ZERO).await.is_ok() {
        return Err("a subject's revocation was acknowledged while the engine was cut off".to_owned());
    }
    engine.cut(false);
    revoke(store, Target::Session("s"), SOON).await?;
    let got = verdict(engine, &asking(Target::Session("s")), at(NOW)).await?;
    expect("at the engine, once it is back", &got, &Verdict::Revoked(Scope::Session))
}
