//! The keys of our own signed tokens, and how they change while requests run.
//!
//! One key signs; those whose tokens verify are a set that is replaced as a whole. The order of the steps is what
//! keeps every good token good: a key is in the set before it signs, and stays in it after it has ceased to, until
//! its last token has ended. A request under way ends with the set and the signer that it began with.
//!
//! It decides nothing about when keys change, and keeps no key beyond the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use countersign_signed::{KeySet, RotatingKeySet, Signer, SigningKey, VerifyingKey, jws};
use time::OffsetDateTime;

use crate::error::kind::ConfigurationFault;
use crate::issue::claims::TOKEN_TYPE;
use crate::state::clock::later;

/// The key that signs, and all keys whose tokens verify.
pub(crate) struct SigningKeys {
    signer: ArcSwap<Signer>,
    verifying: RotatingKeySet,
    /// Held while keys change, and never while tokens are signed or verified.
    schedule: Mutex<KeySchedule>,
}

/// All keys, and what each is there for.
#[derive(Clone)]
struct KeySchedule {
    signing: VerifyingKey,
    others: Vec<Other>,
}

#[derive(Clone)]
struct Other {
    key: VerifyingKey,
    role: Role,
}

#[derive(Clone, Copy)]
enum Role {
    /// It will sign; its tokens verify already, since another node may be ahead.
    Next,
    /// It has signed. Its last token has ended by then; where nothing is known of that, there is no end.
    Previous { until: Option<OffsetDateTime> },
}

impl KeySchedule {
    /// Keys of the service itself verify most of its requests, so they are prepared.
    fn set(&self) -> Result<KeySet, ConfigurationFault> {
        let others = self.others.iter().map(|other| other.key.clone());
        let keys = std::iter::once(self.signing.clone()).chain(others).map(VerifyingKey::prepared);
        KeySet::new(keys).map_err(|_| ConfigurationFault::InvalidKeySet)
    }
}

impl SigningKeys {
    pub(crate) fn new(
        key: &SigningKey,
        next: Vec<VerifyingKey>,
        previous: Vec<VerifyingKey>,
    ) -> Result<Self, ConfigurationFault> {
        let next = next.into_iter().map(|key| Other { key, role: Role::Next });
        let previous = previous.into_iter().map(|key| Other { key, role: Role::Previous { until: None } });
        let schedule = KeySchedule { signing: key.verifying_key(), others: next.chain(previous).collect() };
        Ok(Self {
            signer: ArcSwap::from_pointee(signer(key.clone())?),
            verifying: RotatingKeySet::new(schedule.set()?),
            schedule: Mutex::new(schedule),
        })
    }

    /// The set that verifies, whose changes a verifier of it follows.
    pub(crate) fn verifying(&self) -> &RotatingKeySet {
        &self.verifying
    }

    /// Signs with the key that is to sign now.
    pub(crate) fn signer(&self) -> Guard<Arc<Signer>> {
        self.signer.load()
    }

    fn schedule(&self) -> MutexGuard<'_, KeySchedule> {
        // It is put in place as a whole, so a poisoned one is a sound one.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a key that will sign later.
    pub(crate) fn publish(&self, key: VerifyingKey) -> Result<(), ConfigurationFault> {
        let mut schedule = self.schedule();
        let mut changed = schedule.clone();
        changed.others.push(Other { key, role: Role::Next });
        self.verifying.replace(changed.set()?);
        *schedule = changed;
        Ok(())
    }

    /// Lets `key` sign from now on. `overlap` is how long a token of the previous key can live.
    pub(crate) fn rotate(
        &self,
        key: SigningKey,
        overlap: Duration,
        now: impl Fn() -> OffsetDateTime,
    ) -> Result<(), ConfigurationFault> {
        let verifying = key.verifying_key();
        if verifying.kid().is_none() {
            return Err(ConfigurationFault::SigningKeyWithoutKid);
        }
        let mut schedule = self.schedule();
        if have_one_name(&schedule.signing, &verifying) {
            // It signs already, or is another one of the same name.
            return if is_of(&schedule.signing, &key) {
                Ok(())
            } else {
                Err(ConfigurationFault::InvalidKeySet)
            };
        }
        let mut changed = schedule.clone();
        // One that was published, or a previous one that comes back.
        if let Some(place) = changed.others.iter().position(|other| have_one_name(&other.key, &verifying)) {
            let known = changed.others.swap_remove(place).key;
            if !is_of(&known, &key) {
                return Err(ConfigurationFault::InvalidKeySet);
            }
        }
        let previous = std::mem::replace(&mut changed.signing, verifying);
        changed.others.push(Other { key: previous, role: Role::Previous { until: None } });
        let (set, signer) = (changed.set()?, signer(key)?);
        // Verified first, then signed with: no token is out before this process takes it.
        self.verifying.replace(set);
        self.signer.store(Arc::new(signer));
        // Read after the last token of the previous key was begun, so that none of them ends later.
        let until = later(now(), overlap);
        if let Some(previous) = changed.others.last_mut() {
            previous.role = Role::Previous { until: Some(until) };
        }
        *schedule = changed;
        Ok(())
    }

    /// Takes the keys out for which `is_over` says so, and gives how many.
    fn retire_keys(&self, is_over: impl Fn(&Other) -> bool) -> Result<usize, ConfigurationFault> {
        let mut schedule = self.schedule();
        let mut changed = schedule.clone();
        changed.others.retain(|other| !is_over(other));
        let dropped = schedule.others.len().saturating_sub(changed.others.len());
        if dropped > 0 {
            self.verifying.replace(changed.set()?);
            *schedule = changed;
        }
        Ok(dropped)
    }

    /// Takes the keys of that `kid` out, and says whether there was one. The key that signs stays.
    pub(crate) fn drop_named(&self, kid: &str) -> Result<bool, ConfigurationFault> {
        if self.schedule().signing.kid() == Some(kid) {
            return Err(ConfigurationFault::KeyInUse);
        }
        Ok(self.retire_keys(|other| other.key.kid() == Some(kid))? > 0)
    }

    /// Takes the previous keys out whose last token has ended.
    pub(crate) fn drop_former(&self, now: OffsetDateTime) -> Result<usize, ConfigurationFault> {
        self.retire_keys(|other| match other.role {
            Role::Next => false,
            Role::Previous { until } => until.is_some_and(|until| now >= until),
        })
    }
}

fn signer(key: SigningKey) -> Result<Signer, ConfigurationFault> {
    Signer::new(key).token_type(TOKEN_TYPE).map_err(|_| ConfigurationFault::InvalidKeySet)
}

/// Whether a set could not tell them apart.
fn have_one_name(one: &VerifyingKey, other: &VerifyingKey) -> bool {
    (one.kid(), one.algorithm()) == (other.kid(), other.algorithm())
}

/// Whether `verifying` is the other half of `signing`: it is if it verifies what that signs. Secrets, and keys in
/// another process, could not be compared in any other way.
fn is_of(verifying: &VerifyingKey, signing: &SigningKey) -> bool {
    let probe = jws::Header::new("probe").and_then(|header| jws::sign(signing, &header, b"the same key?"));
    let Ok(probe) = probe else { return false };
    KeySet::new([verifying.clone()]).is_ok_and(|keys| jws::verify(&keys, &probe).is_ok())
}
