//! The suite that an engine runs in its own tests to prove that it keeps the promises of
//! [`RevocationStore`].
//!
//! A law is a function that drives a fresh store and returns what it found. Nothing here panics or chooses
//! a runtime: an engine's test hands [`run`] the executor that its store needs, and asserts that the list of
//! violations is empty. The laws of concurrency start threads and drive a future in each of them by that
//! executor, so that stores that never suspend are tried too. The suite is itself tested against stores that are
//! broken on purpose.
//!
//! ```
//! use countersign_revocation::{MemoryRevocationStore, conformance};
//!
//! let violations = conformance::run(&|future| pollster::block_on(future), async || MemoryRevocationStore::new());
//! assert_eq!(violations, []);
//! ```
//!
//! On tokio, the executor is `&|future| runtime.block_on(future)` with a runtime of several threads.

use std::pin::Pin;
use std::time::Duration;

use time::OffsetDateTime;

use crate::{Check, Counts, Error, RevocationStore, Scope, Target, TokenId, Until, Verdict, Vintage};

/// A law that a store broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The name of the law.
    pub law: &'static str,
    /// What was expected and what came.
    pub found: String,
}

type Outcome = Result<(), String>;

/// Drives a future to its end, on the thread that it is called on; any number of them at once.
pub type Executor<'a> = dyn Fn(Pin<Box<dyn Future<Output = ()> + '_>>) + Sync + 'a;

/// The output of a future that the executor has driven.
fn wait<T>(executor: &Executor<'_>, future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let mut output = Err("the executor returned before the future was done".to_owned());
    executor(Box::pin(async { output = future.await }));
    output
}

/// Runs every law, each on a store that `make` has freshly made, and returns those that were broken.
pub fn run<S: RevocationStore>(executor: &Executor<'_>, make: impl AsyncFn() -> S) -> Vec<Violation> {
    let mut violations = Vec::new();
    macro_rules! laws {
        ($($law:ident),+ $(,)?) => {$(
            if let Err(found) = wait(executor, async { $law(&make().await).await }) {
                violations.push(Violation { law: stringify!($law), found });
            }
        )+};
    }
    laws![
        an_empty_store_revokes_nothing,
        a_revoked_target_is_revoked_and_nothing_else_is,
        a_name_counts_under_its_own_issuer_only,
        the_widest_scope_is_reported,
        an_entry_counts_before_its_end_and_not_at_it,
        revoking_again_never_shortens,
        revoking_again_lengthens,
        an_entry_without_an_end_stays,
        a_revoked_subject_loses_old_tokens_and_keeps_new_ones,
        a_generation_never_falls_back,
        a_generation_does_not_fall_back_after_a_purge_and_a_clock_set_back,
        the_floor_of_generations_never_falls_back,
        revoking_again_counts_once,
        a_foreign_token_is_judged_by_its_issue_time,
        a_subject_entry_is_lengthened_and_never_shortened,
        a_purge_removes_what_has_expired_and_keeps_the_rest,
        a_purge_is_bounded,
        odd_names_are_kept_apart,
    ];
    violations
}

const ISSUER: &str = "https://issuer.example";
const SOON: i64 = 2_000_000_000;

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn failed(error: &Error) -> String {
    format!("the store returned an error: {error}")
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, expected: &T) -> Outcome {
    if got == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {got:?}")) }
}

async fn verdict<S: RevocationStore>(
    store: &S,
    check: &Check<'_>,
    now: OffsetDateTime,
) -> Result<Verdict, String> {
    store.check(check, now).wait().await.map_err(|error| failed(&error))
}

async fn revoke<S: RevocationStore>(store: &S, target: Target<'_>, until: i64) -> Outcome {
    store.revoke(ISSUER, target, Until::at(at(until))).await.map_err(|error| failed(&error))
}

async fn revoke_subject<S: RevocationStore>(
    store: &S,
    sub: &str,
    until: i64,
    now: i64,
) -> Result<u64, String> {
    let until = Until::at(at(until));
    store.revoke_subject(ISSUER, sub, until, at(now), Duration::ZERO).await.map_err(|error| failed(&error))
}

async fn generation<S: RevocationStore>(store: &S, sub: &str) -> Result<u64, String> {
    store.generation(ISSUER, sub).await.map_err(|error| failed(&error))
}

async fn purge<S: RevocationStore>(store: &S, now: i64, limit: usize) -> Result<usize, String> {
    Ok(store.purge_expired(at(now), limit).await.map_err(|error| failed(&error))?.removed)
}

fn jti(jti: &str) -> Target<'_> {
    Target::Token(TokenId::Jti(jti))
}

/// A check of a single target under [`ISSUER`].
fn asking(target: Target<'_>) -> Check<'_> {
    let check = Check::new(ISSUER);
    match target {
        Target::Token(id) => check.token(id),
        Target::Session(sid) => check.session(sid),
        Target::Key(kid) => check.key(kid),
    }
}

async fn an_empty_store_revokes_nothing<S: RevocationStore>(store: &S) -> Outcome {
    let check = Check::new(ISSUER)
        .token(TokenId::Jti("t"))
        .session("s")
        .subject("u", Vintage::Generation(0))
        .key("k");
    expect("check", &verdict(store, &check, at(SOON)).await?, &Verdict::NotRevoked)?;
    expect("generation", &generation(store, "u").await?, &0)?;
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("count", &counts, &Counts::default())
}

async fn a_revoked_target_is_revoked_and_nothing_else_is<S: RevocationStore>(store: &S) -> Outcome {
    let digest = [7_u8; 32];
    let targets =
        [jti("x"), Target::Token(TokenId::SigningInput(digest)), Target::Session("x"), Target::Key("x")];
    for (position, target) in targets.iter().enumerate() {
        revoke(store, *target, SOON).await?;
        for (other, asked) in targets.iter().enumerate() {
            let expected =
                if other <= position { Verdict::Revoked(asked.scope()) } else { Verdict::NotRevoked };
            let got = verdict(store, &asking(*asked), at(SOON - 1)).await?;
            expect(&format!("{asked:?} after {target:?}"), &got, &expected)?;
        }
    }
    let subject = Check::new(ISSUER).subject("x", Vintage::Generation(0));
    expect("a subject of that name", &verdict(store, &subject, at(SOON - 1)).await?, &Verdict::NotRevoked)?;
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("count", &counts, &Counts { tokens: 2, sessions: 1, subjects: 0, keys: 1 })
}

async fn a_name_counts_under_its_own_issuer_only<S: RevocationStore>(store: &S) -> Outcome {
    revoke(store, jti("x"), SOON).await?;
    revoke_subject(store, "u", SOON, 1000).await?;
    // The second is as long as the issuer.
    for other in ["https://other.example", "https://issuer.invalid"] {
        let check = Check::new(other).token(TokenId::Jti("x")).subject("u", Vintage::Generation(0));
        expect("other issuer", &verdict(store, &check, at(1000)).await?, &Verdict::NotRevoked)?;
    }
    // The same bytes, cut between issuer and name at another place.
    let check = Check::new("https://issuer.examplex").token(TokenId::Jti(""));
    expect("moved boundary", &verdict(store, &check, at(1000)).await?, &Verdict::NotRevoked)
}

async fn the_widest_scope_is_reported<S: RevocationStore>(store: &S) -> Outcome {
    let check = Check::new(ISSUER)
        .token(TokenId::Jti("t"))
        .session("s")
        .subject("u", Vintage::Generation(0))
        .key("k");
    let now = at(1000);
    revoke(store, jti("t"), SOON).await?;
    expect("token", &verdict(store, &check, now).await?, &Verdict::Revoked(Scope::Token))?;
    revoke(store, Target::Session("s"), SOON).await?;
    expect("session", &verdict(store, &check, now).await?, &Verdict::Revoked(Scope::Session))?;
    revoke_subject(store, "u", SOON, 1000).await?;
    expect("subject", &verdict(store, &check, now).await?, &Verdict::Revoked(Scope::Subject))?;
    revoke(store, Target::Key("k"), SOON).await?;
    expect("key", &verdict(store, &check, now).await?, &Verdict::Revoked(Scope::Key))
}

async fn an_entry_counts_before_its_end_and_not_at_it<S: RevocationStore>(store: &S) -> Outcome {
    let revoked = Verdict::Revoked(Scope::Session);
    revoke(store, Target::Session("s"), 1000).await?;
    let check = asking(Target::Session("s"));
    let just_before = at(1000).saturating_sub(time::Duration::NANOSECOND);
    expect("just before", &verdict(store, &check, just_before).await?, &revoked)?;
    expect("at", &verdict(store, &check, at(1000)).await?, &Verdict::NotRevoked)?;
    let subject = Check::new(ISSUER).subject("u", Vintage::Generation(0));
    revoke_subject(store, "u", 1000, 900).await?;
    let revoked = Verdict::Revoked(Scope::Subject);
    expect("subject just before", &verdict(store, &subject, just_before).await?, &revoked)?;
    expect("subject at", &verdict(store, &subject, at(1000)).await?, &Verdict::NotRevoked)
}

async fn revoking_again_never_shortens<S: RevocationStore>(store: &S) -> Outcome {
    revoke(store, jti("t"), 2000).await?;
    revoke(store, jti("t"), 1000).await?;
    let got = verdict(store, &asking(jti("t")), at(1999)).await?;
    expect("after the shorter end", &got, &Verdict::Revoked(Scope::Token))?;
    expect("purged", &purge(store, 1500, 10).await?, &0)?;
    let got = verdict(store, &asking(jti("t")), at(1999)).await?;
    expect("after a purge past the shorter end", &got, &Verdict::Revoked(Scope::Token))
}

async fn revoking_again_lengthens<S: RevocationStore>(store: &S) -> Outcome {
    revoke(store, jti("t"), 1000).await?;
    revoke(store, jti("t"), 2000).await?;
    expect("purged", &purge(store, 1500, 10).await?, &0)?;
    let got = verdict(store, &asking(jti("t")), at(1999)).await?;
    expect("before the longer end", &got, &Verdict::Revoked(Scope::Token))?;
    expect("purged at last, and once", &purge(store, 2000, 10).await?, &1)
}

async fn an_entry_without_an_end_stays<S: RevocationStore>(store: &S) -> Outcome {
    store.revoke(ISSUER, jti("t"), Until::FOREVER).await.map_err(|error| failed(&error))?;
    revoke(store, jti("t"), 1000).await?;
    let far = 253_402_300_799;
    expect("purged", &purge(store, far, 10).await?, &0)?;
    let got = verdict(store, &asking(jti("t")), at(far)).await?;
    expect("at the end of time", &got, &Verdict::Revoked(Scope::Token))
}

async fn a_revoked_subject_loses_old_tokens_and_keeps_new_ones<S: RevocationStore>(store: &S) -> Outcome {
    let before = generation(store, "u").await?;
    let after = revoke_subject(store, "u", SOON, 1_000_000).await?;
    expect("the generation is now in milliseconds", &after, &1_000_000_000)?;
    expect("what login reads", &generation(store, "u").await?, &after)?;
    for (vintage, expected) in [
        (before, Verdict::Revoked(Scope::Subject)),
        (after.saturating_sub(1), Verdict::Revoked(Scope::Subject)),
        (after, Verdict::NotRevoked),
    ] {
        let check = Check::new(ISSUER).subject("u", Vintage::Generation(vintage));
        let got = verdict(store, &check, at(1_000_000)).await?;
        expect(&format!("generation {vintage}"), &got, &expected)?;
    }
    let check = Check::new(ISSUER).subject("v", Vintage::Generation(before));
    expect("another subject", &verdict(store, &check, at(1_000_000)).await?, &Verdict::NotRevoked)
}

async fn a_generation_never_falls_back<S: RevocationStore>(store: &S) -> Outcome {
    let first = revoke_subject(store, "u", SOON, 1_000_000).await?;
    let same_moment = revoke_subject(store, "u", SOON, 1_000_000).await?;
    expect("in the same millisecond", &same_moment, &first.saturating_add(1))?;
    let set_back = revoke_subject(store, "u", SOON, 500).await?;
    expect("with the clock set back", &set_back, &first.saturating_add(2))?;
    expect("what login reads", &generation(store, "u").await?, &set_back)
}

async fn a_generation_does_not_fall_back_after_a_purge_and_a_clock_set_back<S: RevocationStore>(
    store: &S,
) -> Outcome {
    let first = revoke_subject(store, "u", 1_000_010, 1_000_000).await?;
    expect("purged", &purge(store, 1_000_010, 10).await?, &1)?;
    let second = revoke_subject(store, "u", SOON, 500).await?;
    if second > first { Ok(()) } else { Err(format!("the generation fell back from {first} to {second}")) }
}

async fn the_floor_of_generations_never_falls_back<S: RevocationStore>(store: &S) -> Outcome {
    // Lower generations that go after the highest one, enough of them for every part of a store.
    for number in 0..1000 {
        revoke_subject(store, &number.to_string(), 1_000_020, 1).await?;
    }
    let first = revoke_subject(store, "u", 1_000_010, 1_000_000).await?;
    expect("the highest", &purge(store, 1_000_010, 10).await?, &1)?;
    expect("the lower ones", &purge(store, 1_000_020, 1000).await?, &1000)?;
    let second = revoke_subject(store, "u", SOON, 500).await?;
    if second > first { Ok(()) } else { Err(format!("the generation fell back from {first} to {second}")) }
}

async fn revoking_again_counts_once<S: RevocationStore>(store: &S) -> Outcome {
    for until in [1000, 2000, 1500] {
        revoke(store, jti("t"), until).await?;
        revoke_subject(store, "u", until, 900).await?;
    }
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("count", &counts, &Counts { tokens: 1, sessions: 0, subjects: 1, keys: 0 })
}

async fn a_foreign_token_is_judged_by_its_issue_time<S: RevocationStore>(store: &S) -> Outcome {
    let until = Until::at(at(SOON));
    let skew = Duration::from_secs(60);
    store.revoke_subject(ISSUER, "u", until, at(1000), skew).await.map_err(|error| failed(&error))?;
    for (iat, expected) in [
        (None, Verdict::Revoked(Scope::Subject)),
        (Some(at(999)), Verdict::Revoked(Scope::Subject)),
        (Some(at(1060)), Verdict::Revoked(Scope::Subject)),
        (Some(at(1061)), Verdict::NotRevoked),
    ] {
        let check = Check::new(ISSUER).subject("u", Vintage::IssuedAt(iat));
        expect(&format!("iat {iat:?}"), &verdict(store, &check, at(1061)).await?, &expected)?;
    }
    revoke_subject(store, "u", SOON, 500).await?;
    let check = Check::new(ISSUER).subject("u", Vintage::IssuedAt(Some(at(1060))));
    let got = verdict(store, &check, at(1061)).await?;
    expect("the cutoff does not fall back", &got, &Verdict::Revoked(Scope::Subject))
}

async fn a_subject_entry_is_lengthened_and_never_shortened<S: RevocationStore>(store: &S) -> Outcome {
    revoke_subject(store, "u", 3000, 1000).await?;
    revoke_subject(store, "u", 2000, 1001).await?;
    expect("purged past the shorter end", &purge(store, 2500, 10).await?, &0)?;
    let check = Check::new(ISSUER).subject("u", Vintage::Generation(0));
    let got = verdict(store, &check, at(2999)).await?;
    expect("before the longer end", &got, &Verdict::Revoked(Scope::Subject))?;
    revoke_subject(store, "u", 4000, 1002).await?;
    expect("purged past the old end", &purge(store, 3500, 10).await?, &0)
}

async fn a_purge_removes_what_has_expired_and_keeps_the_rest<S: RevocationStore>(store: &S) -> Outcome {
    revoke(store, jti("old"), 1000).await?;
    revoke(store, Target::Session("old"), 1000).await?;
    revoke(store, Target::Key("old"), 1000).await?;
    revoke_subject(store, "old", 1000, 900).await?;
    revoke(store, jti("new"), 1001).await?;
    revoke_subject(store, "new", 1001, 900).await?;
    expect("purged too early", &purge(store, 999, 10).await?, &0)?;
    expect("purged", &purge(store, 1000, 10).await?, &4)?;
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("count", &counts, &Counts { tokens: 1, sessions: 0, subjects: 1, keys: 0 })?;
    let check = Check::new(ISSUER).token(TokenId::Jti("new")).subject("new", Vintage::Generation(0));
    let got = verdict(store, &check, at(1000)).await?;
    expect("what has not expired", &got, &Verdict::Revoked(Scope::Subject))
}

async fn a_purge_is_bounded<S: RevocationStore>(store: &S) -> Outcome {
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
    if sizes.iter().any(|&size| size > 10) || sizes.iter().sum::<usize>() != 25 {
        return Err(format!("batches of at most 10 that add up to 25 were expected, got {sizes:?}"));
    }
    expect("a limit of 0", &purge(store, 1000, 0).await?, &0)
}

async fn odd_names_are_kept_apart<S: RevocationStore>(store: &S) -> Outcome {
    let long = "x".repeat(16 * 1024);
    let longer = format!("{long}y");
    let names = ["", "\0", "a\0", "a", "a'; DROP TABLE revoked; --", "ключ", "%00", ":", "*", "{a}", &long];
    for name in names {
        revoke(store, jti(name), SOON).await?;
        revoke_subject(store, name, SOON, 1000).await?;
    }
    for name in names {
        let check = Check::new(ISSUER).token(TokenId::Jti(name));
        let got = verdict(store, &check, at(1000)).await?;
        expect(&format!("a name of {} bytes", name.len()), &got, &Verdict::Revoked(Scope::Token))?;
        let check = Check::new(ISSUER).subject(name, Vintage::Generation(0));
        let got = verdict(store, &check, at(1000)).await?;
        expect(&format!("a subject of {} bytes", name.len()), &got, &Verdict::Revoked(Scope::Subject))?;
    }
    for name in ["\0\0", "a\0\0", "КЛЮЧ", &longer] {
        let check = Check::new(ISSUER).token(TokenId::Jti(name)).subject(name, Vintage::Generation(0));
        let got = verdict(store, &check, at(1000)).await?;
        expect(&format!("an unrevoked name of {} bytes", name.len()), &got, &Verdict::NotRevoked)?;
    }
    Ok(())
}
