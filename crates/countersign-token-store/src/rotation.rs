//! The rules by which one refresh token is traded for the next.
//!
//! They are a plain function on one record, [`StoredSession::rotate`], with no I/O: an engine locks the
//! record, calls it, and writes the record back in the same step. So every engine decides alike, and the
//! rules are tested here without one.

use std::fmt;
use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{Previous, Replays, SessionRecord, StoredSession};

/// How many refresh tokens in a row may be presented again within the grace period. If the next one is too, the session
/// ends: two clients have been using it side by side.
pub const MAX_REPLAYED_IN_A_ROW: u32 = 5;

/// A replay so soon after the rotation is not counted. Two tabs of one browser share a refresh token and refresh when the
/// same access token expires, so each of their rotations is replayed at once, for as long as both are open.
pub const CONCURRENT: Duration = Duration::from_secs(2);

/// The random salt of one derivation.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Salt(pub [u8; 16]);

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// The candidate that becomes the current token if this rotation wins.
#[derive(Clone, Copy, Debug)]
pub struct Successor {
    /// The digest of the candidate's secret under the primary key.
    pub secret: KeyedDigest,
    /// The salt with which the candidate was derived from the presented token.
    pub salt: Salt,
    /// The id of the server key with which it was derived.
    pub derivation_key_id: u32,
}

/// One request to trade a refresh token for the next.
#[derive(Clone, Debug)]
pub struct Rotation<'a> {
    /// The digest of the presented token's locator: which session.
    pub locator: LookupDigest,
    /// The digests of the presented token's secret under each active digest key, at most three: which token
    /// of the session.
    pub presented: &'a [KeyedDigest],
    /// What becomes current if this rotation wins.
    pub successor: Successor,
    /// The moment of the request.
    pub now: OffsetDateTime,
    /// How long after the first rotation a replay still gets the same successor. Zero: not at all.
    pub grace: Duration,
    /// How long the session may stay unused from now on; its absolute end is never moved.
    pub idle_lifetime: Duration,
}

/// What became of a [`Rotation`].
#[derive(Clone, Debug)]
#[must_use]
pub enum RotationOutcome {
    /// The candidate is the current token now. Of any number of rotations of one token, one gets this.
    Rotated(SessionRecord),
    /// The token had been traded a moment ago: its successor is to be derived again, with the winner's
    /// salt and key.
    WithinGrace {
        /// The session.
        session: SessionRecord,
        /// The winner's salt.
        salt: Salt,
        /// The id of the winner's server key.
        derivation_key_id: u32,
    },
    /// The token had been traded before, past its grace period, or too many tokens in a row were presented again within
    /// theirs: another client has a copy. The session has been ended in this step; its access tokens are to be revoked
    /// before the client is answered.
    Reused(SessionRecord),
    /// The session's time is over.
    Expired,
    /// The session had been ended before.
    Revoked(SessionRecord),
    /// No session has such a locator.
    Unknown,
}

/// What [`StoredSession::rotate`] has decided.
#[derive(Clone, Debug)]
#[must_use]
pub struct Decision {
    /// The outcome, for the caller of [`TokenStoreExt::rotate`](crate::TokenStoreExt::rotate).
    pub outcome: RotationOutcome,
    /// Whether the record was changed and must be written back in the same step.
    pub is_changed: bool,
}

impl StoredSession {
    /// Decides a rotation and changes the record accordingly. The caller holds the record's lock, has
    /// found it by its locator, and writes it back in the same step if [`Decision::is_changed`] says so.
    ///
    /// The current secret wins. The previous one is within grace for a while. The first replay of each that is not
    /// [`CONCURRENT`] is counted, and ends the session after [`MAX_REPLAYED_IN_A_ROW`] tokens in a row. Any other secret under the right locator is a
    /// token from further back, since only a client that has held one knows a locator: reuse, which ends the session.
    pub fn rotate(&mut self, rotation: &Rotation<'_>) -> Decision {
        let (was_ended, replays) = (self.ended, self.replays());
        let outcome = self.decide(rotation);
        let is_rotated = matches!(outcome, RotationOutcome::Rotated(_));
        let is_changed = is_rotated || self.ended != was_ended || self.replays() != replays;
        Decision { outcome, is_changed }
    }

    fn replays(&self) -> Replays {
        self.previous.as_ref().map_or_else(Replays::default, |previous| previous.replays)
    }

    fn decide(&mut self, rotation: &Rotation<'_>) -> RotationOutcome {
        if self.ended {
            return RotationOutcome::Revoked(self.record.clone());
        }
        if rotation.now >= self.record.ends_at() {
            return RotationOutcome::Expired;
        }
        if is_presented(&self.current, rotation.presented) {
            self.advance(rotation);
            return RotationOutcome::Rotated(self.record.clone());
        }
        // The digest key of the current token has been taken out. Whether this is that token can be neither
        // said nor ruled out, so nobody is let in and nobody thrown out.
        if !is_decidable(&self.current, rotation.presented) {
            return RotationOutcome::Unknown;
        }
        if let Some(previous) = &mut self.previous
            && rotation.now < saturating_add(previous.rotated_at, rotation.grace)
        {
            let is_replay = is_presented(&previous.digest, rotation.presented);
            // The same, of the token before it.
            if !is_replay && !is_decidable(&previous.digest, rotation.presented) {
                return RotationOutcome::Unknown;
            }
            let is_concurrent = rotation.now < saturating_add(previous.rotated_at, CONCURRENT);
            previous.replays.is_replayed |= is_replay && !is_concurrent;
            if is_replay && previous.replays.in_a_row() <= MAX_REPLAYED_IN_A_ROW {
                return RotationOutcome::WithinGrace {
                    session: self.record.clone(),
                    salt: previous.salt,
                    derivation_key_id: previous.derivation_key_id,
                };
            }
        }
        self.ended = true;
        RotationOutcome::Reused(self.record.clone())
    }

    /// Puts the successor in the current one's place. The token before the current one is forgotten,
    /// which closes its grace window.
    fn advance(&mut self, rotation: &Rotation<'_>) {
        let successor = rotation.successor;
        self.previous = Some(Previous {
            digest: self.current,
            salt: successor.salt,
            derivation_key_id: successor.derivation_key_id,
            rotated_at: rotation.now,
            replays: Replays { before: self.replays().in_a_row(), is_replayed: false },
        });
        self.current = successor.secret;
        self.record.last_refreshed_at = Some(rotation.now);
        self.record.idle_expires_at = saturating_add(rotation.now, rotation.idle_lifetime);
    }
}

fn is_presented(stored: &KeyedDigest, presented: &[KeyedDigest]) -> bool {
    presented.iter().any(|one| one.key_id == stored.key_id && one.digest.matches(&stored.digest))
}

/// Whether one of the presented digests was made by the same key as the stored one, so that they can be
/// compared at all.
fn is_decidable(stored: &KeyedDigest, presented: &[KeyedDigest]) -> bool {
    presented.iter().any(|one| one.key_id == stored.key_id)
}

fn saturating_add(moment: OffsetDateTime, duration: Duration) -> OffsetDateTime {
    let duration = time::Duration::try_from(duration).unwrap_or(time::Duration::MAX);
    moment.saturating_add(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_000_000;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(START + seconds).unwrap()
    }

    fn digest(byte: u8) -> LookupDigest {
        LookupDigest::from_bytes([byte; 32])
    }

    fn keyed(key_id: u32, byte: u8) -> KeyedDigest {
        KeyedDigest { key_id, digest: digest(byte) }
    }

    /// A session that began at 0, idle for 100 s at most, over at 1000 s, with the secret `1`.
    fn session() -> StoredSession {
        StoredSession {
            record: SessionRecord {
                id: "s".into(),
                subject: "alice".into(),
                subject_version: 0,
                scopes: vec![],
                name: String::new(),
                created_at: at(0),
                last_refreshed_at: None,
                idle_expires_at: at(100),
                expires_at: at(1000),
            },
            locator: digest(0xff),
            current: keyed(1, 1),
            previous: None,
            ended: false,
        }
    }

    /// Presents `secret` at `seconds`, offering `candidate`; grace 30 s, idle 100 s.
    fn rotate(session: &mut StoredSession, seconds: i64, secret: u8, candidate: u8) -> RotationOutcome {
        decide(session, seconds, secret, candidate).outcome
    }

    fn decide(session: &mut StoredSession, seconds: i64, secret: u8, candidate: u8) -> Decision {
        let presented = [keyed(1, secret)];
        session.rotate(&Rotation {
            locator: digest(0xff),
            presented: &presented,
            successor: Successor {
                secret: keyed(1, candidate),
                salt: Salt([candidate; 16]),
                derivation_key_id: 7,
            },
            now: at(seconds),
            grace: Duration::from_secs(30),
            idle_lifetime: Duration::from_secs(100),
        })
    }

    /// The session's tokens are traded by turns of 10 s from `first` on, each presented again if `replayed` says so.
    fn turns(session: &mut StoredSession, first: u8, replayed: &[bool]) -> Vec<RotationOutcome> {
        let mut last = Vec::new();
        for (secret, is_replayed) in (first..).zip(replayed) {
            let now = i64::from(secret) * 10;
            assert!(matches!(rotate(session, now, secret, secret + 1), RotationOutcome::Rotated(_)));
            if *is_replayed {
                last.push(rotate(session, now + 5, secret, 99));
            }
        }
        last
    }

    #[test]
    fn sixth_token_in_a_row_that_is_replayed_ends_the_session() {
        let mut session = session();
        let outcomes = turns(&mut session, 1, &[true; 6]);
        let (last, within) = outcomes.split_last().unwrap();
        assert!(within.iter().all(|outcome| matches!(outcome, RotationOutcome::WithinGrace { .. })));
        assert!(matches!(last, RotationOutcome::Reused(_)) && session.ended);
        assert!(matches!(rotate(&mut session, 67, 7, 8), RotationOutcome::Revoked(_)));
    }

    #[test]
    fn token_that_is_not_replayed_starts_the_count_again() {
        let mut session = session();
        let replayed = [true, true, true, true, true, false, true, true, true, true, true];
        let outcomes = turns(&mut session, 1, &replayed);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, RotationOutcome::WithinGrace { .. })));
        assert!(matches!(turns(&mut session, 12, &[true])[..], [RotationOutcome::Reused(_)]));
    }

    #[test]
    fn clients_that_refresh_within_two_seconds_share_a_session() {
        let mut session = session();
        for secret in 1..=20 {
            let now = i64::from(secret) * 10;
            assert!(matches!(rotate(&mut session, now, secret, secret + 1), RotationOutcome::Rotated(_)));
            let again = decide(&mut session, now + 1, secret, 99);
            assert!(matches!(again.outcome, RotationOutcome::WithinGrace { .. }) && !again.is_changed);
        }
    }

    #[test]
    fn only_the_first_replay_of_a_token_counts_and_changes_the_record() {
        let mut session = session();
        assert!(decide(&mut session, 1, 1, 2).is_changed);
        assert!(!decide(&mut session, 2, 1, 3).is_changed, "at the same moment");
        assert!(decide(&mut session, 3, 1, 3).is_changed, "counted");
        for _ in 0..20 {
            let again = decide(&mut session, 4, 1, 3);
            assert!(matches!(again.outcome, RotationOutcome::WithinGrace { .. }) && !again.is_changed);
        }
        assert!(decide(&mut session, 31, 1, 3).is_changed, "reused");
        assert!(!decide(&mut session, 32, 2, 3).is_changed, "ended before");
    }

    #[test]
    fn the_current_token_is_traded_once_and_its_replay_gets_the_winners_salt() {
        let mut session = session();
        assert!(matches!(rotate(&mut session, 10, 1, 2), RotationOutcome::Rotated(_)));
        let RotationOutcome::WithinGrace { salt, derivation_key_id, .. } = rotate(&mut session, 20, 1, 3)
        else {
            panic!("a replay within the window")
        };
        assert_eq!((salt, derivation_key_id), (Salt([2; 16]), 7));
        assert!(matches!(rotate(&mut session, 21, 2, 4), RotationOutcome::Rotated(_)));
    }

    #[test]
    fn the_window_runs_from_the_first_rotation_and_is_never_extended() {
        let mut session = session();
        let _ = rotate(&mut session, 10, 1, 2);
        assert!(matches!(rotate(&mut session, 39, 1, 3), RotationOutcome::WithinGrace { .. }));
        assert!(matches!(rotate(&mut session, 40, 1, 3), RotationOutcome::Reused(_)));
        assert!(matches!(rotate(&mut session, 41, 2, 3), RotationOutcome::Revoked(_)));
    }

    #[test]
    fn the_window_closes_when_the_successor_is_used() {
        let mut session = session();
        let _ = rotate(&mut session, 10, 1, 2);
        let _ = rotate(&mut session, 11, 2, 3);
        assert!(matches!(rotate(&mut session, 12, 1, 4), RotationOutcome::Reused(_)));
        assert!(session.ended);
    }

    #[test]
    fn any_other_secret_under_the_locator_is_reuse() {
        let mut session = session();
        assert!(matches!(rotate(&mut session, 1, 99, 2), RotationOutcome::Reused(_)));
    }

    #[test]
    fn no_window_means_that_the_first_replay_is_reuse() {
        let mut session = session();
        let _ = rotate(&mut session, 10, 1, 2);
        let presented = [keyed(1, 1)];
        let outcome = session.rotate(&Rotation {
            locator: digest(0xff),
            presented: &presented,
            successor: Successor { secret: keyed(1, 3), salt: Salt([3; 16]), derivation_key_id: 7 },
            now: at(10),
            grace: Duration::ZERO,
            idle_lifetime: Duration::from_secs(100),
        });
        let outcome = outcome.outcome;
        assert!(matches!(outcome, RotationOutcome::Reused(_)));
    }

    #[test]
    fn both_ends_are_kept_and_rotation_moves_the_idle_one_alone() {
        let mut fresh = session();
        assert!(matches!(rotate(&mut fresh, 100, 1, 2), RotationOutcome::Expired));
        let mut session = session();
        for (step, seconds) in (1_u8..).zip((90..990).step_by(90)) {
            assert!(matches!(rotate(&mut session, seconds, step, step + 1), RotationOutcome::Rotated(_)));
        }
        assert_eq!(session.record.expires_at, at(1000));
        assert_eq!(session.record.ends_at(), at(1000));
        assert!(matches!(rotate(&mut session, 1000, 11, 12), RotationOutcome::Expired));
    }

    #[test]
    fn a_digest_is_compared_with_those_of_its_own_key_alone() {
        let mut session = session();
        session.current = keyed(2, 1);
        assert!(matches!(rotate(&mut session, 1, 1, 2), RotationOutcome::Unknown));
        assert!(!session.ended);
    }

    #[test]
    fn a_replay_whose_key_was_taken_out_within_the_window_is_neither_taken_nor_reuse() {
        let mut session = session();
        let _ = rotate(&mut session, 10, 1, 2);
        session.current = keyed(2, 2);
        let replay = |session: &mut StoredSession, seconds| {
            let presented = [keyed(2, 0xe1)];
            let decision = session.rotate(&Rotation {
                locator: digest(0xff),
                presented: &presented,
                successor: Successor { secret: keyed(2, 3), salt: Salt([3; 16]), derivation_key_id: 2 },
                now: at(seconds),
                grace: Duration::from_secs(30),
                idle_lifetime: Duration::from_secs(100),
            });
            decision.outcome
        };
        assert!(matches!(replay(&mut session, 39), RotationOutcome::Unknown));
        assert!(!session.ended);
        assert!(matches!(replay(&mut session, 40), RotationOutcome::Reused(_)));
    }

    #[test]
    fn rotation_moves_the_secret_to_the_primary_key() {
        let mut session = session();
        let outcome = session.rotate(&Rotation {
            locator: digest(0xff),
            presented: &[keyed(2, 0xe1), keyed(1, 1)],
            successor: Successor { secret: keyed(2, 5), salt: Salt([5; 16]), derivation_key_id: 2 },
            now: at(1),
            grace: Duration::ZERO,
            idle_lifetime: Duration::from_secs(100),
        });
        let outcome = outcome.outcome;
        assert!(matches!(outcome, RotationOutcome::Rotated(_)));
        assert_eq!(session.current.key_id, 2);
    }
}
