//! What a thread does: units of the same steps, one after the other, each under names of its own. So the
//! number of its steps that were done tells everything that must be in the file.

use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_redb::RedbStore;
use countersign_revocation::{RetainUntil, RevocationStore, Target, TokenId};
use countersign_token_store::{
    Kind, RecordKind, Rotation, RotationOutcome, Salt, SessionRecord, StoredSession, StoredToken, Successor,
    TokenRecord, TokenStore, TokenStoreExt,
};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const ISSUER: &str = "i";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
/// When some things are to be purged, which begin with this end.
pub(crate) const PAST: OffsetDateTime = datetime!(2026-11-01 11:00 UTC);
/// Ends of what is kept, and of the same once it was extended.
pub(crate) const END: OffsetDateTime = datetime!(2026-11-01 13:00 UTC);
pub(crate) const LATER_END: OffsetDateTime = datetime!(2026-11-01 14:00 UTC);

/// The number of steps in a unit.
pub(crate) const STEPS: usize = 16;

/// One unit of one thread, in one round.
#[derive(Clone, Copy)]
pub(crate) struct Unit {
    pub(crate) round: usize,
    pub(crate) thread: usize,
    pub(crate) number: usize,
}

/// What stands in the file of one unit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The number of the session's current secret, of the one before it, and whether it was ended.
    pub(crate) session: Option<(u8, Option<u8>, bool)>,
    pub(crate) token_end: Option<OffsetDateTime>,
    pub(crate) session_end: Option<OffsetDateTime>,
    pub(crate) subject_version: u64,
    pub(crate) key_is_revoked: bool,
    /// The number of the API key's digest.
    pub(crate) api_key: Option<u8>,
}

impl Unit {
    pub(crate) fn name(self) -> String {
        format!("{}-{}-{}", self.round, self.thread, self.number)
    }

    /// A name under which what is to be purged goes.
    pub(crate) fn early_name(self) -> String {
        format!("early-{}", self.name())
    }

    /// A digest of this unit and no other, for `number`.
    pub(crate) fn digest(self, number: u8) -> KeyedDigest {
        let mut bytes = [number; 32];
        for (byte, letter) in bytes.iter_mut().zip(self.name().bytes()) {
            *byte = letter;
        }
        KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes(bytes) }
    }

    fn early_digest(self) -> KeyedDigest {
        self.digest(0xee)
    }

    pub(crate) fn locator(self) -> LookupDigest {
        self.digest(0xff).digest
    }

    /// What stands in the file after so many steps.
    pub(crate) fn after(self, steps: usize) -> State {
        let first_subject_version = u64::try_from(NOW.unix_timestamp_nanos() / 1_000_000).unwrap();
        State {
            session: (steps > 0).then(|| {
                let current = u8::try_from(steps.min(3) - 1).unwrap();
                (current, current.checked_sub(1), steps > 8 && self.number % 3 != 2)
            }),
            token_end: (steps > 3).then_some(END),
            session_end: (steps > 4).then_some(if steps > 5 { LATER_END } else { END }),
            subject_version: (steps.clamp(6, 8) as u64 - 6)
                .checked_sub(1)
                .map_or(0, |more| first_subject_version + more),
            key_is_revoked: steps > 8 && self.number % 3 == 2,
            api_key: match steps {
                10 => Some(1),
                11.. if steps == 11 || self.number % 2 == 1 => Some(2),
                _ => None,
            },
        }
    }

    /// Does one step, counted from 0. What it did is what [`after`](Self::after) says, or it panics.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn run(self, store: &RedbStore, step: usize) -> Result<(), String> {
        let (revocations, tokens) = (store.revocations(), store.tokens());
        let (name, early) = (self.name(), self.early_name());
        let result = match step {
            0 => return tokens.create_session(self.session()).await.map_err(|error| error.to_string()),
            1 | 2 => return self.rotate(store, u8::try_from(step).unwrap()).await,
            3 => revocations.revoke(ISSUER, Target::Token(TokenId::Jti(&name)), RetainUntil::at(END)).await,
            4 => revocations.revoke(ISSUER, Target::Session(&name), RetainUntil::at(END)).await,
            5 => revocations.revoke(ISSUER, Target::Session(&name), RetainUntil::at(LATER_END)).await,
            6 | 7 => {
                let until = RetainUntil::at(END);
                revocations.revoke_subject(ISSUER, &name, until, NOW, Duration::ZERO).await.map(drop)
            }
            8 if self.number.is_multiple_of(3) => {
                return tokens.end_session(&name).await.map(drop).map_err(|error| error.to_string());
            }
            8 if self.number % 3 == 1 => return self.reuse(store).await,
            8 => revocations.revoke(ISSUER, Target::Key(&name), RetainUntil::FOREVER).await,
            9..=11 | 13 | 15 => {
                let done = match step {
                    9 => tokens.insert_token(self.api_key(name, self.digest(1), END)).await.map(|()| true),
                    10 => tokens.redigest(Kind::ApiKey, &name, self.digest(1), self.digest(2)).await,
                    11 if self.number.is_multiple_of(2) => {
                        tokens.remove(RecordKind::ApiKey, &name, &name).await
                    }
                    11 => tokens.record_use(Kind::ApiKey, &name, NOW).await.map(|()| true),
                    13 => tokens
                        .insert_token(self.api_key(early, self.early_digest(), PAST))
                        .await
                        .map(|()| true),
                    _ => tokens.purge_expired(PAST, 3).await.map(|_| true),
                };
                assert!(done.map_err(|error| error.to_string())?, "step {step} found nothing to do");
                Ok(())
            }
            12 => {
                revocations.revoke(ISSUER, Target::Token(TokenId::Jti(&early)), RetainUntil::at(PAST)).await
            }
            _ => revocations.purge_expired(PAST, 3).await.map(drop),
        };
        result.map_err(|error| error.to_string())
    }

    fn session(self) -> StoredSession {
        let record = SessionRecord {
            id: self.name(),
            subject: format!("subject-{}", self.thread),
            subject_version: 0,
            scopes: vec![],
            name: String::new(),
            created_at: NOW,
            last_refreshed_at: None,
            idle_expires_at: END,
            expires_at: LATER_END,
        };
        let (locator, current) = (self.locator(), self.digest(0));
        StoredSession { record, locator, current, previous: None, ended: false }
    }

    fn api_key(self, id: String, digest: KeyedDigest, end: OffsetDateTime) -> StoredToken {
        let record = TokenRecord {
            owner: id.clone(),
            id,
            kind: Kind::ApiKey,
            name: String::new(),
            hint: String::new(),
            scopes: vec![],
            roles: vec![],
            created_at: NOW,
            expires_at: Some(end),
            last_used_at: None,
        };
        StoredToken { record, digest }
    }

    async fn present(self, store: &RedbStore, old: u8, new: u8) -> Result<RotationOutcome, String> {
        let rotation = Rotation {
            locator: self.locator(),
            presented: &[self.digest(old)],
            successor: Successor { secret: self.digest(new), salt: Salt([new; 16]), derivation_key_id: 1 },
            now: NOW,
            grace: Duration::from_secs(30),
            // Another end with each rotation.
            idle_lifetime: Duration::from_secs(600 + u64::from(new)),
        };
        store.tokens().rotate(&rotation).await.map_err(|error| error.to_string())
    }

    /// Trades the secret before `number` for it.
    pub(crate) async fn rotate(self, store: &RedbStore, number: u8) -> Result<(), String> {
        let outcome = self.present(store, number - 1, number).await?;
        assert!(matches!(outcome, RotationOutcome::Rotated(_)), "{outcome:?}");
        Ok(())
    }

    /// Shows a secret from further back.
    async fn reuse(self, store: &RedbStore) -> Result<(), String> {
        let outcome = self.present(store, 0, 9).await?;
        assert!(matches!(outcome, RotationOutcome::Reused(_)), "{outcome:?}");
        Ok(())
    }
}
