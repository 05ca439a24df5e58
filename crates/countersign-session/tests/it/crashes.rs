//! Every revocation, with a store that fails at each of its calls in turn.
//!
//! What was acknowledged is revoked, whatever failed on the way. What was not may be revoked or not, but
//! neither by half nor for a while: a session's access tokens and its refresh token die together, and stay dead.
//! And a second try completes it.

use countersign_session::{ApiKeys, ErrorKind, GrantFault, LoginTokens, NewApiKey, Principal};
use pollster::block_on;

use crate::failing::{FAULTS, Fault, Faults};
use crate::support::{Pair, Service};

/// Alice in two sessions, with an API key and tokens of the two other modes, and bob.
struct World {
    faults: Faults,
    service: Service,
    /// Before the one that `first` has: spent, and past the grace.
    spent: String,
    first: Pair,
    second: Pair,
    bob: Pair,
    api_key: String,
    random: String,
    signed: String,
    shown: Shown,
}

/// Principals of alice's, authenticated before anything failed.
struct Shown {
    session: Principal,
    api_key: Principal,
    random: Principal,
    signed: Principal,
}

impl World {
    fn new() -> Self {
        let faults = Faults::default();
        let (revocations, tokens) = faults.stores();
        let service = Service::over(revocations.clone(), tokens.clone(), |builder| builder);
        let token = |login_tokens| {
            let mode =
                |builder: countersign_session::AuthenticatorBuilder| builder.login_tokens(login_tokens);
            let mode = Service::over(revocations.clone(), tokens.clone(), mode);
            mode.log_in("alice", "wonderland").unwrap().access_token().expose().to_owned()
        };
        let (random, signed) = (token(LoginTokens::Random), token(LoginTokens::Signed));
        let spent = service.alice().refresh;
        let first = service.refresh(&spent).unwrap();
        service.advance(60);
        let second = service.alice();
        let bob = Pair::of(service.log_in("bob", "builder").unwrap());
        let new = NewApiKey::default();
        let created = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
        let api_key = created.key.expose().to_owned();
        let shown = Shown {
            session: service.bearer(&first.access).unwrap(),
            api_key: service.bearer(&api_key).unwrap(),
            random: service.bearer(&random).unwrap(),
            signed: service.bearer(&signed).unwrap(),
        };
        Self { faults, service, spent, first, second, bob, api_key, random, signed, shown }
    }

    /// What gets in now. It spends the refresh tokens.
    fn living(&self) -> Vec<&'static str> {
        let access = [
            ("first access", &self.first.access),
            ("second access", &self.second.access),
            ("bob access", &self.bob.access),
            ("API key", &self.api_key),
            ("random", &self.random),
            ("signed", &self.signed),
        ];
        let access = access.into_iter().filter(|(_, token)| self.service.bearer(token).is_ok());
        let mut living: Vec<_> = access.map(|(name, _)| name).collect();
        for (name, pair) in
            [("first refresh", &self.first), ("second refresh", &self.second), ("bob refresh", &self.bob)]
        {
            if self.service.refresh(&pair.refresh).is_ok() {
                living.push(name);
            }
        }
        living
    }
}

const ALL: [&str; 9] = [
    "first access",
    "second access",
    "bob access",
    "API key",
    "random",
    "signed",
    "first refresh",
    "second refresh",
    "bob refresh",
];

/// Tries `revoke` with each call failing in each way, and holds it to what the module says. `dead` is what it is
/// to end; everything else must live on. Returns how many calls it makes.
fn hold(dead: &[&str], revoke: impl Fn(&World) -> Result<(), ErrorKind>) -> usize {
    hold_with(Half::Nothing, dead, revoke)
}

/// What of a session may outlive its other half until the second try.
#[derive(PartialEq)]
enum Half {
    Nothing,
    /// Its access tokens.
    Access,
}

fn hold_with(half: Half, dead: &[&str], revoke: impl Fn(&World) -> Result<(), ErrorKind>) -> usize {
    let expected: Vec<_> = ALL.into_iter().filter(|name| !dead.contains(name)).collect();
    let attempt = |nth: usize, fault: Fault| {
        let world = World::new();
        world.faults.arm(nth, fault);
        let result = revoke(&world);
        let struck = world.faults.disarm();
        (world, result, struck)
    };
    for nth in 1.. {
        for fault in FAULTS {
            let at = format!("call {nth}, {fault:?}");
            let (world, result, struck) = attempt(nth, fault);
            match result {
                Ok(()) => assert_eq!(world.living(), expected, "acknowledged, {at}"),
                Err(kind) => {
                    assert!(struck, "it fails where nothing else did: {kind:?}");
                    assert_eq!(kind, ErrorKind::Unavailable, "{at}");
                    let living = world.living();
                    for name in &expected {
                        assert!(living.contains(name), "{name} went with it, {at}");
                    }
                    for (access, refresh) in
                        [("first access", "first refresh"), ("second access", "second refresh")]
                    {
                        if [access, refresh].iter().all(|name| dead.contains(name)) {
                            let [access, refresh] = [access, refresh].map(|name| living.contains(&name));
                            assert!(access || !refresh, "what was dead comes back, {at}");
                            assert!(half == Half::Access || !access || refresh, "half of it lives, {at}");
                        }
                    }
                    // In a world that nobody has looked at.
                    let (world, _, _) = attempt(nth, fault);
                    assert_eq!(revoke(&world), Ok(()), "again, {at}");
                    assert_eq!(world.living(), expected, "acknowledged at the second try, {at}");
                }
            }
            if !struck {
                return nth - 1;
            }
        }
    }
    panic!("some call is the last")
}

fn kind<T>(result: Result<T, countersign_session::Error>) -> Result<(), ErrorKind> {
    result.map(|_| ()).map_err(|error| error.kind())
}

#[test]
fn a_logout() {
    let calls = hold(&["first access", "first refresh"], |world| {
        kind(block_on(world.service.authenticator.revoke(&world.shown.session)))
    });
    assert_eq!(calls, 4, "the session is read, revoked, read and replaced");
}

#[test]
fn a_session_that_is_ended_by_its_id() {
    hold(&["first access", "first refresh"], |world| {
        let sid = world.shown.session.session().unwrap();
        kind(block_on(world.service.authenticator.revoke_session(sid)))
    });
}

#[test]
fn a_logout_everywhere_with_and_without_api_keys() {
    let keep = ["first access", "second access", "random", "signed", "first refresh", "second refresh"];
    let calls = hold(&keep, |world| {
        kind(block_on(world.service.authenticator.revoke_subject("alice", ApiKeys::Keep)))
    });
    assert_eq!(
        calls, 5,
        "the subject version, the list of sessions, each of two sessions, the random tokens"
    );
    let remove = [&keep[..], &["API key"]].concat();
    let calls = hold(&remove, |world| {
        kind(block_on(world.service.authenticator.revoke_subject("alice", ApiKeys::Remove)))
    });
    assert_eq!(calls, 7, "and the API keys, before and after");
}

#[test]
fn a_signing_key() {
    let calls = hold(&["first access", "second access", "bob access", "signed"], |world| {
        kind(block_on(world.service.authenticator.revoke_key("test")))
    });
    assert_eq!(calls, 1);
}

#[test]
fn single_tokens_and_api_keys() {
    hold(&["signed"], |world| kind(block_on(world.service.authenticator.revoke(&world.shown.signed))));
    hold(&["random"], |world| kind(block_on(world.service.authenticator.revoke(&world.shown.random))));
    hold(&["API key"], |world| kind(block_on(world.service.authenticator.revoke(&world.shown.api_key))));
    hold(&["API key"], |world| kind(block_on(world.service.authenticator.remove_api_keys("alice"))));
}

#[test]
fn a_refresh_token_that_is_used_twice() {
    // The store of tokens finds it out, so that it is the first to know. Nobody is told before the other does.
    let calls = hold_with(Half::Access, &["first access", "first refresh"], |world| {
        match world.service.refresh(&world.spent) {
            Err(ErrorKind::InvalidGrant(GrantFault::Reused | GrantFault::Revoked)) => Ok(()),
            other => other.map(|_| ()),
        }
    });
    assert_eq!(calls, 4, "the session is found, asked about, ended and revoked");
}

#[test]
fn an_account_that_is_gone() {
    hold(&["first access", "first refresh"], |world| {
        let users = world.service.users.lock().unwrap().clone();
        world.service.users.lock().unwrap().remove(0);
        let refused = world.service.refresh(&world.first.refresh);
        *world.service.users.lock().unwrap() = users;
        match refused {
            Err(ErrorKind::InvalidGrant(GrantFault::AccountGone | GrantFault::Revoked)) => Ok(()),
            other => other.map(|_| ()),
        }
    });
}
