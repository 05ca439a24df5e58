//! Addresses of stores.

use std::fmt;

use zeroize::Zeroizing;

use crate::failure::Failure;

/// Which engine an address is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Redb,
    Postgres,
    Redis,
}

/// An address: of redb the file's path, of a server all of it.
pub(super) struct Location {
    pub(super) engine: Engine,
    pub(super) address: Zeroizing<String>,
}

impl Location {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let begins = |schemes: &[&str]| schemes.iter().any(|scheme| text.starts_with(scheme));
        let (engine, address) = match text.strip_prefix("redb:") {
            Some("") => return Err(Failure::usage("the store's file has no name")),
            Some(path) => (Engine::Redb, path),
            None if begins(&["postgres://", "postgresql://"]) => (Engine::Postgres, text),
            None if begins(&["redis://", "rediss://", "redis+unix://", "valkey://", "valkeys://"]) => {
                (Engine::Redis, text)
            }
            None => {
                let message = "the store is neither redb:FILE, nor postgres://..., nor redis://...";
                return Err(Failure::usage(message));
            }
        };
        Ok(Self { engine, address: Zeroizing::new(address.to_owned()) })
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Location").field("engine", &self.engine).finish_non_exhaustive()
    }
}

/// Whether an address of a server has something in it where a password stands. In doubt it has: whatever is before
/// the last `@` may be user and password, since passwords with `/` in them are written so by mistake.
pub(super) fn may_have_a_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let in_user = rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    let lower = rest.to_ascii_lowercase();
    in_user || ["password", "pass=", "%70ass"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_seen_wherever_an_address_can_have_them() {
        for text in [
            "postgres://user:secret@host/name",
            "postgres://user:sec/ret@host/name",
            "postgres://user:sec@ret@host/name",
            "postgres://:secret@host",
            "postgres://user@host/name?password=secret",
            "postgres://host/name?user=a&PassWord=secret",
            "redis://:secret@host:6379/0",
            "redis://default:secret@host",
            "redis+unix:///socket?pass=secret",
        ] {
            assert!(may_have_a_password(text), "{text}");
        }
        for text in [
            "redb:/data/a:b@c.redb",
            "postgres://user@host:5432/name",
            "postgres://host:5432,other:5432/name?connect_timeout=1",
            "redis://host:6379/0",
            "redis://user@host:6379/0",
        ] {
            assert!(!may_have_a_password(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for text in ["", "redb:", "secret", "mysql://user:secret@host", "redb", "host=a password=secret"] {
            let line = Location::parse(text).unwrap_err().line().unwrap();
            assert!(!line.contains("secret"), "{line}");
        }
    }
}
