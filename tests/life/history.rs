//! Random histories: each step is done, and its outcome held against the model's.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign::session::{
    ApiKeys, AuthMethods, Authenticator, ErrorKind, GrantFault, NewApiKey, Principal, TestClock, TokenFault,
};
use countersign_revocation::Scope;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use crate::engine::{Engine, Memory};
use crate::model::Model;
use crate::outcomes::{Outcome, Tally};
use crate::service::{START, account, service, texts};

/// One step. What it is done to is chosen among what there is, counted from the newest.
#[derive(Clone, Debug)]
enum Step {
    LogIn {
        user: usize,
    },
    Refresh {
        session: usize,
        back: usize,
    },
    RefreshWithGarbage {
        session: usize,
    },
    /// With a token of another service's.
    RefreshWithStranger,
    UseAccess {
        session: usize,
        token: usize,
    },
    LogOut {
        session: usize,
    },
    LogOutEverywhere {
        user: usize,
        keys_too: bool,
    },
    CreateKey {
        user: usize,
        days: Option<u64>,
    },
    UseKey {
        key: usize,
    },
    RemoveKey {
        key: usize,
    },
    Clock {
        seconds: i64,
    },
    Purge,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let recent = || prop_oneof![4 => 0..1_usize, 2 => 0..3_usize, 1 => 0..50_usize];
    let clock = prop_oneof![
        4 => 0..20_i64,
        3 => 25..35_i64,
        2 => 300..700_i64,
        1 => Just(86_400),
        2 => Just(7 * 86_400),
        1 => Just(30 * 86_400),
        3 => -200..0_i64,
    ];
    prop_oneof![
        4 => (0..2_usize).prop_map(|user| Step::LogIn { user }),
        8 => (recent(), prop_oneof![4 => Just(0_usize), 3 => Just(1), 1 => 2..4_usize])
            .prop_map(|(session, back)| Step::Refresh { session, back }),
        1 => recent().prop_map(|session| Step::RefreshWithGarbage { session }),
        1 => Just(Step::RefreshWithStranger),
        6 => (recent(), recent()).prop_map(|(session, token)| Step::UseAccess { session, token }),
        1 => recent().prop_map(|session| Step::LogOut { session }),
        1 => (0..2_usize, any::<bool>()).prop_map(|(user, keys_too)| Step::LogOutEverywhere { user, keys_too }),
        2 => (0..2_usize, proptest::option::of(1..40_u64))
            .prop_map(|(user, days)| Step::CreateKey { user, days }),
        4 => recent().prop_map(|key| Step::UseKey { key }),
        1 => recent().prop_map(|key| Step::RemoveKey { key }),
        7 => clock.prop_map(|seconds| Step::Clock { seconds }),
        1 => Just(Step::Purge),
        1 => Just(Step::Crash),
    ]
}

/// Runs so many histories of 25 steps on average, all over one engine, each with users of its own.
pub(crate) fn run(engine: &dyn Engine, histories: u32) {
    let tally = Tally::default();
    let number = AtomicU64::new(0);
    let config = Config { cases: histories, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&proptest::collection::vec(step(), 10..40), |steps| {
        let users = number.fetch_add(1, Ordering::Relaxed);
        let found = RefCell::new(Ok(()));
        engine.block_on(Box::pin(async {
            let mut history = History::new(engine, users);
            for step in &steps {
                if let Err(message) = history.take(step, &tally).await {
                    *found.borrow_mut() = Err(TestCaseError::fail(message));
                    return;
                }
            }
        }));
        found.into_inner()
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, steps)) => panic!("{reason}\nafter {steps:#?}"),
        Err(error) => panic!("{error}"),
    }
    println!("{histories} histories: {tally}");
    tally.expect_each((u64::from(histories) / 200).max(1));
}

struct History<'a> {
    engine: &'a dyn Engine,
    clock: Arc<TestClock>,
    service: Authenticator,
    users: [String; 2],
    model: Model,
}

/// The one that is so many from the newest; `None` if there is none at all.
fn choose(count: usize, from_newest: usize) -> Option<usize> {
    count.checked_sub(1).map(|newest| newest - from_newest.min(newest))
}

impl<'a> History<'a> {
    fn new(engine: &'a dyn Engine, number: u64) -> Self {
        let clock = Arc::new(TestClock::new(START));
        let service = service(engine, &clock);
        let users = [format!("alice-{number}"), format!("bob-{number}")];
        Self { engine, clock, service, users, model: Model::new() }
    }

    async fn take(&mut self, step: &Step, tally: &Tally) -> Result<(), String> {
        let (expected, got) = match *step {
            Step::LogIn { user } => return self.log_in(user).await,
            Step::Refresh { session, back } => {
                let Some(session) = choose(self.model.sessions.len(), session) else { return Ok(()) };
                let back = back.min(self.model.sessions[session].refresh.len() - 1);
                self.refresh(session, back).await?
            }
            Step::RefreshWithGarbage { session } => {
                let Some(session) = choose(self.model.sessions.len(), session) else { return Ok(()) };
                let token = self.model.sessions[session].refresh[0].replacen("refresh_", "refresh_0", 1);
                let got = self.service.refresh(&token).await;
                (Outcome::GrantMalformed, refused(&got.map(drop).map_err(|error| error.kind()))?)
            }
            Step::RefreshWithStranger => {
                let stranger = service(&Memory::default(), &self.clock);
                let issued = stranger.issue(&account("stranger")).await.map_err(|error| error.to_string())?;
                let got = self.service.refresh(&texts(&issued).1).await;
                (Outcome::GrantUnknown, refused(&got.map(drop).map_err(|error| error.kind()))?)
            }
            Step::UseAccess { session, token } => {
                let Some(session) = choose(self.model.sessions.len(), session) else { return Ok(()) };
                let token = choose(self.model.sessions[session].access.len(), token).unwrap_or(0);
                (self.model.use_access(session, token), self.use_access(session, token).await?.0)
            }
            Step::LogOut { session } => {
                let Some(session) = choose(self.model.sessions.len(), session) else { return Ok(()) };
                let newest = self.model.sessions[session].access.len() - 1;
                let (outcome, principal) = self.use_access(session, newest).await?;
                let Some(principal) = principal else {
                    (self.model.use_access(session, newest) == outcome)
                        .then_some(())
                        .ok_or(format!("{outcome:?} at a logout"))?;
                    return Ok(());
                };
                self.service.revoke(&principal).await.map_err(|error| error.to_string())?;
                self.model.end(session);
                (Outcome::LoggedOut, Outcome::LoggedOut)
            }
            Step::LogOutEverywhere { user, keys_too } => {
                let keys = if keys_too { ApiKeys::Remove } else { ApiKeys::Keep };
                let revoked = self.service.revoke_subject(&self.users[user], keys).await;
                self.model.log_out_everywhere(user, keys_too);
                return revoked.map_err(|error| error.to_string());
            }
            Step::CreateKey { user, days } => return self.create_key(user, days).await,
            Step::UseKey { key } => {
                let Some(key) = choose(self.model.keys.len(), key) else { return Ok(()) };
                let got = self.use_key(key).await?;
                let expected = self.model.use_key(key);
                let may_be_unknown = self.model.key_may_be_unknown(key) && got == Outcome::KeyUnknown;
                (if may_be_unknown { got } else { expected }, got)
            }
            Step::RemoveKey { key } => {
                let Some(key) = choose(self.model.keys.len(), key) else { return Ok(()) };
                let (id, owner) = (&self.model.keys[key].id, &self.users[self.model.keys[key].user]);
                let removed = self.service.remove_api_key(owner, id).await;
                let removed = removed.map_err(|error| error.to_string())?;
                let got = if removed { Outcome::KeyRemoved } else { Outcome::KeyNotThere };
                let expected = self.model.remove_key(key);
                (if self.model.key_may_be_unknown(key) { got } else { expected }, got)
            }
            Step::Clock { seconds } => {
                self.model.step_clock(seconds);
                self.clock.set(START + time::Duration::seconds(self.model.now));
                return Ok(());
            }
            Step::Purge => return self.purge().await,
            Step::Crash => {
                self.engine.crash().await;
                self.service = service(self.engine, &self.clock);
                return Ok(());
            }
        };
        tally.add(got);
        if got == expected { Ok(()) } else { Err(format!("{step:?}: expected {expected:?}, got {got:?}")) }
    }

    async fn log_in(&mut self, user: usize) -> Result<(), String> {
        let issued = self.service.issue(&account(&self.users[user])).await;
        let (access, refresh) = texts(&issued.map_err(|error| error.to_string())?);
        self.model.log_in(user, access, refresh);
        Ok(())
    }

    async fn refresh(&mut self, session: usize, back: usize) -> Result<(Outcome, Outcome), String> {
        let tokens = &self.model.sessions[session].refresh;
        let presented = tokens[tokens.len() - 1 - back].clone();
        let current = tokens[tokens.len() - 1].clone();
        let expected = self.model.refresh(session, back);
        let got = match self.service.refresh(&presented).await {
            Ok(issued) => {
                let (access, refresh) = texts(&issued);
                if refresh == current {
                    self.model.replayed(session, access);
                    Outcome::WithinGrace
                } else {
                    self.model.rotated(session, access, refresh);
                    Outcome::Rotated
                }
            }
            Err(error) => refused(&Err(error.kind()))?,
        };
        if got == Outcome::Reused {
            self.model.end(session);
        }
        let is_unknown = got == Outcome::GrantUnknown && self.model.may_be_unknown(session);
        Ok((if is_unknown { got } else { expected }, got))
    }

    async fn use_access(&self, session: usize, token: usize) -> Result<(Outcome, Option<Principal>), String> {
        let session = &self.model.sessions[session];
        let got =
            self.service.authenticate_token(&session.access[token].0, AuthMethods::access_tokens()).await;
        match got {
            Ok(principal) if principal.subject() == self.users[session.user] => {
                Ok((Outcome::LetIn, Some(principal)))
            }
            Ok(_) => Err("somebody else's token".to_owned()),
            Err(error) => Ok((refused(&Err(error.kind()))?, None)),
        }
    }

    async fn create_key(&mut self, user: usize, days: Option<u64>) -> Result<(), String> {
        let lifetime = days.map(|days| Duration::from_secs(days * 86_400));
        let new = NewApiKey { lifetime, ..NewApiKey::default() };
        let created = self.service.create_api_key_for(&self.users[user], &new).await;
        let created = created.map_err(|error| error.to_string())?;
        let seconds = days.map(|days| i64::try_from(days * 86_400).unwrap());
        self.model.create_key(user, created.key.expose().to_owned(), created.record.id, seconds);
        Ok(())
    }

    async fn use_key(&self, key: usize) -> Result<Outcome, String> {
        let key = &self.model.keys[key];
        match self.service.authenticate_token(&key.text, AuthMethods::api_keys()).await {
            Ok(principal) if principal.subject() == self.users[key.user] => Ok(Outcome::KeyLetIn),
            Ok(_) => Err("somebody else's key".to_owned()),
            Err(error) => match error.kind() {
                ErrorKind::InvalidToken(TokenFault::Expired) => Ok(Outcome::KeyExpired),
                ErrorKind::InvalidToken(TokenFault::Unknown) => Ok(Outcome::KeyUnknown),
                other => Err(format!("{other:?}")),
            },
        }
    }

    async fn purge(&mut self) -> Result<(), String> {
        self.model.purge();
        loop {
            let purged = self.service.purge_expired(1000).await.map_err(|error| error.to_string())?;
            if !purged.more {
                return Ok(());
            }
        }
    }
}

/// A refusal as the model names it.
fn refused(got: &Result<(), ErrorKind>) -> Result<Outcome, String> {
    Ok(match got {
        Err(ErrorKind::InvalidGrant(GrantFault::Malformed)) => Outcome::GrantMalformed,
        Err(ErrorKind::InvalidGrant(GrantFault::Unknown)) => Outcome::GrantUnknown,
        Err(ErrorKind::InvalidGrant(GrantFault::Expired)) => Outcome::GrantExpired,
        Err(ErrorKind::InvalidGrant(GrantFault::Revoked)) => Outcome::GrantRevoked,
        Err(ErrorKind::InvalidGrant(GrantFault::Reused)) => Outcome::Reused,
        Err(ErrorKind::InvalidToken(TokenFault::Expired)) => Outcome::TokenExpired,
        Err(ErrorKind::InvalidToken(TokenFault::Refused)) => Outcome::TokenFromTheFuture,
        Err(ErrorKind::InvalidToken(TokenFault::Revoked(Scope::Session))) => Outcome::SessionRevoked,
        Err(ErrorKind::InvalidToken(TokenFault::Revoked(Scope::Subject))) => Outcome::SubjectRevoked,
        other => return Err(format!("{other:?}")),
    })
}
