//! Laws of entries: what is revoked, under which name, and until when.

use super::{
    ISSUER, Outcome, SOON, asking, at, expect, expect_purged, failed, jti, revoke, revoke_subject,
    subject_version, verdict,
};
use crate::{Check, Counts, RetainUntil, RevocationStore, Scope, SubjectVersion, Target, TokenId, Verdict};

pub(super) async fn an_empty_store_revokes_nothing<S: RevocationStore>(store: &S) -> Outcome {
    let check = Check::new(ISSUER)
        .token(TokenId::Jti("t"))
        .session("s")
        .subject("u", SubjectVersion::Version(0))
        .key("k");
    expect("check", &verdict(store, &check, at(SOON)).await?, &Verdict::NotRevoked)?;
    expect("subject version", &subject_version(store, "u").await?, &0)?;
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("count", &counts, &Counts::default())
}

pub(super) async fn a_revoked_target_is_revoked_and_nothing_else_is<S: RevocationStore>(
    store: &S,
) -> Outcome {
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
    let subject = Check::new(ISSUER).subject("x", SubjectVersion::Version(0));
    expect("a subject of that name", &verdict(store, &subject, at(SOON - 1)).await?, &Verdict::NotRevoked)?;
    let counts = store.count().await.map_err(|error| failed(&error))?;
    expect("count", &counts, &Counts { tokens: 2, sessions: 1, subjects: 0, keys: 1 })
}

pub(super) async fn a_name_counts_under_its_own_issuer_only<S: RevocationStore>(store: &S) -> Outcome {
    revoke(store, jti("x"), SOON).await?;
    revoke_subject(store, "u", SOON, 1000).await?;
    // The second is as long as the issuer.
    for other in ["https://other.example", "https://issuer.invalid"] {
        let check = Check::new(other).token(TokenId::Jti("x")).subject("u", SubjectVersion::Version(0));
        expect("other issuer", &verdict(store, &check, at(1000)).await?, &Verdict::NotRevoked)?;
    }
    // The same bytes, cut between issuer and name at another place.
    let check = Check::new("https://issuer.examplex").token(TokenId::Jti(""));
    expect("moved boundary", &verdict(store, &check, at(1000)).await?, &Verdict::NotRevoked)
}

pub(super) async fn the_widest_scope_is_reported<S: RevocationStore>(store: &S) -> Outcome {
    let check = Check::new(ISSUER)
        .token(TokenId::Jti("t"))
        .session("s")
        .subject("u", SubjectVersion::Version(0))
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

pub(super) async fn an_entry_counts_before_its_end_and_not_at_it<S: RevocationStore>(store: &S) -> Outcome {
    let revoked = Verdict::Revoked(Scope::Session);
    revoke(store, Target::Session("s"), 1000).await?;
    let check = asking(Target::Session("s"));
    let just_before = at(1000).saturating_sub(time::Duration::NANOSECOND);
    expect("just before", &verdict(store, &check, just_before).await?, &revoked)?;
    expect("at", &verdict(store, &check, at(1000)).await?, &Verdict::NotRevoked)?;
    let subject = Check::new(ISSUER).subject("u", SubjectVersion::Version(0));
    revoke_subject(store, "u", 1000, 900).await?;
    let revoked = Verdict::Revoked(Scope::Subject);
    expect("subject just before", &verdict(store, &subject, just_before).await?, &revoked)?;
    expect("subject at", &verdict(store, &subject, at(1000)).await?, &Verdict::NotRevoked)
}

pub(super) async fn revoking_again_never_shortens<S: RevocationStore>(store: &S) -> Outcome {
    revoke(store, jti("t"), 2000).await?;
    revoke(store, jti("t"), 1000).await?;
    let got = verdict(store, &asking(jti("t")), at(1999)).await?;
    expect("after the shorter end", &got, &Verdict::Revoked(Scope::Token))?;
    expect_purged(store, "purged", 1500, 10, 0).await?;
    let got = verdict(store, &asking(jti("t")), at(1999)).await?;
    expect("after a purge past the shorter end", &got, &Verdict::Revoked(Scope::Token))
}

pub(super) async fn revoking_again_lengthens<S: RevocationStore>(store: &S) -> Outcome {
    revoke(store, jti("t"), 1000).await?;
    revoke(store, jti("t"), 2000).await?;
    expect_purged(store, "purged", 1500, 10, 0).await?;
    let got = verdict(store, &asking(jti("t")), at(1999)).await?;
    expect("before the longer end", &got, &Verdict::Revoked(Scope::Token))?;
    expect_purged(store, "purged at last, and once", 2000, 10, 1).await
}

pub(super) async fn an_entry_without_an_end_stays<S: RevocationStore>(store: &S) -> Outcome {
    store.revoke(ISSUER, jti("t"), RetainUntil::FOREVER).await.map_err(|error| failed(&error))?;
    revoke(store, jti("t"), 1000).await?;
    let far = 253_402_300_799;
    expect_purged(store, "purged", far, 10, 0).await?;
    let got = verdict(store, &asking(jti("t")), at(far)).await?;
    expect("at the end of time", &got, &Verdict::Revoked(Scope::Token))
}

pub(super) async fn odd_names_are_kept_apart<S: RevocationStore>(store: &S) -> Outcome {
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
        let check = Check::new(ISSUER).subject(name, SubjectVersion::Version(0));
        let got = verdict(store, &check, at(1000)).await?;
        expect(&format!("a subject of {} bytes", name.len()), &got, &Verdict::Revoked(Scope::Subject))?;
    }
    for name in ["\0\0", "a\0\0", "КЛЮЧ", &longer] {
        let check = Check::new(ISSUER).token(TokenId::Jti(name)).subject(name, SubjectVersion::Version(0));
        let got = verdict(store, &check, at(1000)).await?;
        expect(&format!("an unrevoked name of {} bytes", name.len()), &got, &Verdict::NotRevoked)?;
    }
    Ok(())
}

pub(super) async fn moments_at_the_edges_are_no_accidents<S: RevocationStore>(store: &S) -> Outcome {
    // The last second that a token may name, more than 32 bits hold, the first one, and one before 1970.
    let (last, wide, first, before) = (253_402_300_799, 5_000_000_000, 0, -5_000_000_000);
    for (name, until) in [("last", last), ("wide", wide), ("first", first), ("before", before)] {
        revoke(store, jti(name), until).await?;
    }
    for (name, now, expected) in [
        ("last", last.saturating_sub(1), Verdict::Revoked(Scope::Token)),
        ("last", before, Verdict::Revoked(Scope::Token)),
        ("wide", wide.saturating_sub(1), Verdict::Revoked(Scope::Token)),
        ("wide", SOON, Verdict::Revoked(Scope::Token)),
        ("first", first, Verdict::NotRevoked),
        ("before", first, Verdict::NotRevoked),
    ] {
        expect(&format!("{name} at {now}"), &verdict(store, &asking(jti(name)), at(now)).await?, &expected)?;
    }
    let raised = revoke_subject(store, "u", last, last).await?;
    expect("a subject version in the year 9999", &raised, &253_402_300_799_000)?;
    let again = revoke_subject(store, "u", last, before).await?;
    expect("and one more, with the clock before 1970", &again, &253_402_300_799_001)
}
