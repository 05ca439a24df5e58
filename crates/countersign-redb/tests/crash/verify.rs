//! Holds a file against what was acknowledged.

use countersign_redb::RedbStore;
use countersign_revocation::{Check, Counts, RevocationStore, TokenId, Verdict};
use countersign_token_store::{Kind, RecordKind, StoredSession, TokenLookup, TokenStore, TokenStoreExt};
use pollster::block_on;
use time::OffsetDateTime;

use crate::indexes;
use crate::unit::{END, ISSUER, LATER_END, NOW, PAST, STEPS, State, Unit};

/// How many steps each thread has had acknowledged, in each round on one file.
#[derive(Default)]
pub(crate) struct Ledger(pub(crate) Vec<Vec<usize>>);

impl Ledger {
    pub(crate) fn acknowledged(&self) -> usize {
        self.0.iter().flatten().sum()
    }

    /// Every unit that was begun, with the number of its steps that were acknowledged.
    fn units(&self) -> impl Iterator<Item = (Unit, usize)> {
        self.0.iter().enumerate().flat_map(|(round, threads)| {
            threads.iter().enumerate().flat_map(move |(thread, &steps)| {
                (0..=steps / STEPS).map(move |number| {
                    (Unit { round, thread, number }, steps.saturating_sub(number * STEPS).min(STEPS))
                })
            })
        })
    }
}

/// Panics unless everything acknowledged is there, nothing by half, and all indexes agree.
pub(crate) fn verify(store: &RedbStore, ledger: &Ledger) {
    indexes::verify(store.database());
    let mut counts = Counts { tokens: 0, sessions: 0, subjects: 0, keys: 0 };
    for (unit, steps) in ledger.units() {
        let found = state(store, unit);
        let (done, next) = (unit.after(steps), unit.after((steps + 1).min(STEPS)));
        assert!(
            found == done || found == next,
            "{} after {steps} steps: found {found:?}, not {done:?} or {next:?}",
            unit.name()
        );
        counts.tokens += u64::from(found.token_end.is_some());
        counts.sessions += u64::from(found.session_end.is_some());
        counts.subjects += u64::from(found.subject_version > 0);
        counts.keys += u64::from(found.key_is_revoked);
    }
    purge(store);
    assert_eq!(block_on(store.revocations().count()).unwrap(), counts);
    indexes::verify(store.database());
    for (unit, _) in ledger.units() {
        let early = unit.early_name();
        let check = Check::new(ISSUER).token(TokenId::Jti(&early));
        assert_eq!(
            verdict(store, &check, OffsetDateTime::UNIX_EPOCH),
            Verdict::NotRevoked,
            "{early} is there"
        );
        assert!(
            block_on(store.tokens().list_tokens(Kind::ApiKey, &early)).unwrap().is_empty(),
            "{early} is there"
        );
    }
}

/// The sessions that live can be refreshed still. This changes the file.
pub(crate) fn use_sessions(store: &RedbStore, ledger: &Ledger) {
    for (unit, _) in ledger.units() {
        if let Some((current, _, false)) = state(store, unit).session {
            block_on(unit.rotate(store, current + 1)).unwrap();
        }
    }
}

/// Purges all that is due at [`PAST`].
fn purge(store: &RedbStore) {
    while block_on(store.revocations().purge_expired(PAST, 100)).unwrap().more {}
    while block_on(store.tokens().purge_expired(PAST, 100)).unwrap().more {}
}

fn state(store: &RedbStore, unit: Unit) -> State {
    let name = unit.name();
    let check = Check::new(ISSUER);
    let api_keys: Vec<u8> = [1, 2].into_iter().filter(|number| finds(store, unit, *number)).collect();
    assert!(api_keys.len() < 2, "{name} is found by two digests");
    State {
        session: session(store, unit),
        token_end: end(store, &check.token(TokenId::Jti(&name))),
        session_end: end(store, &check.session(&name)),
        subject_version: block_on(store.revocations().subject_version(ISSUER, &name)).unwrap(),
        key_is_revoked: verdict(store, &check.key(&name), LATER_END) != Verdict::NotRevoked,
        api_key: api_keys.first().copied(),
    }
}

fn verdict(store: &RedbStore, check: &Check<'_>, now: OffsetDateTime) -> Verdict {
    block_on(store.revocations().check(check, now).wait()).unwrap()
}

/// The end of an entry, by asking before and at both ends that there are.
fn end(store: &RedbStore, check: &Check<'_>) -> Option<OffsetDateTime> {
    let is_revoked = |now| verdict(store, check, now) != Verdict::NotRevoked;
    let second = time::Duration::SECOND;
    let asked = [END - second, END, LATER_END - second, LATER_END].map(is_revoked);
    match asked {
        [false, false, false, false] => None,
        [true, false, false, false] => Some(END),
        [true, true, true, false] => Some(LATER_END),
        other => panic!("{check:?} is revoked at {other:?}"),
    }
}

fn finds(store: &RedbStore, unit: Unit, number: u8) -> bool {
    let found = block_on(store.tokens().find_token(Kind::ApiKey, &[unit.digest(number)], NOW)).unwrap();
    match found {
        TokenLookup::Found(found) => {
            assert_eq!(found.record.id, unit.name());
            true
        }
        TokenLookup::Unknown => false,
        TokenLookup::Expired => panic!("{} has expired", unit.name()),
    }
}

/// The session's secrets, as its record has them; the record must be the one that its locator leads to.
fn session(store: &RedbStore, unit: Unit) -> Option<(u8, Option<u8>, bool)> {
    let found = block_on(store.tokens().find_session(&unit.locator())).unwrap();
    let stored = block_on(store.tokens().get(RecordKind::Session, &unit.name())).unwrap();
    assert_eq!(found.is_some(), stored.is_some(), "{} is found by locator or by id alone", unit.name());
    let session: StoredSession = stored?.record.into_session().unwrap();
    let number = |digest: &countersign_random::KeyedDigest| {
        (0..4).find(|number| unit.digest(*number).digest.matches(&digest.digest)).unwrap()
    };
    let found = found.unwrap();
    assert_eq!((&found.record, found.ended), (&session.record, session.ended));
    let previous = session.previous.as_ref().map(|previous| number(&previous.digest));
    Some((number(&session.current), previous, session.ended))
}
