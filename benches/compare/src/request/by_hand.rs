//! What people put together: `headers`, jsonwebtoken, and a map behind a lock for each kind of what can be revoked;
//! with moka for a memory.

use std::collections::HashMap;
use std::error::Error;
use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use headers::Header as _;
use headers::authorization::Bearer;
use http::HeaderValue;
use moka::sync::Cache;
use serde::Deserialize;

use crate::jsonwebtoken_peer::PeerVerifier;
use crate::material::Material;

/// From the name to when it may be forgotten.
type Names = RwLock<HashMap<String, u64>>;

/// Tokens, sessions and subjects, as many and by the same names as in the store of ours.
pub(super) struct Revoked {
    tokens: Names,
    sessions: Names,
    subjects: Names,
}

impl Revoked {
    pub(super) fn filled() -> Self {
        let of = |entries: u32| {
            RwLock::new((0..entries).map(|number| (format!("{number:022}"), u64::MAX)).collect())
        };
        Self { tokens: of(1_000_000), sessions: of(10_000), subjects: of(1000) }
    }

    fn allows(&self, claims: &Claims, now: u64) -> bool {
        let is_revoked = |names: &Names, name: &str| {
            let names = names.read().unwrap_or_else(PoisonError::into_inner);
            names.get(name).is_some_and(|until| *until > now)
        };
        !(is_revoked(&self.tokens, &claims.jti)
            || claims.sid.as_deref().is_some_and(|sid| is_revoked(&self.sessions, sid))
            || is_revoked(&self.subjects, &claims.sub))
    }
}

/// What a handler wants to know.
#[derive(Clone, Deserialize)]
pub(super) struct Claims {
    sub: String,
    jti: String,
    exp: u64,
    sid: Option<String>,
    #[expect(dead_code, reason = "a handler would read it")]
    scope: String,
    #[expect(dead_code, reason = "a handler would read it")]
    roles: Vec<String>,
}

pub(super) struct ByHand {
    verifier: PeerVerifier,
    revoked: Rc<Revoked>,
    remembered: Cache<String, Arc<Claims>>,
}

impl ByHand {
    pub(super) fn new(material: &Material, revoked: &Rc<Revoked>) -> Result<Self, Box<dyn Error>> {
        let (verifier, revoked) = (PeerVerifier::new(material)?, Rc::clone(revoked));
        Ok(Self { verifier, revoked, remembered: Cache::new(10_000) })
    }

    pub(super) fn authenticate(&self, value: &HeaderValue) -> Option<Claims> {
        let bearer = token(value)?;
        let claims: Claims = self.verifier.verify(bearer.token()).ok()?;
        self.revoked.allows(&claims, now()?).then_some(claims)
    }

    pub(super) fn authenticate_remembered(&self, value: &HeaderValue) -> Option<Arc<Claims>> {
        let (bearer, now) = (token(value)?, now()?);
        let claims = match self.remembered.get(bearer.token()) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.verifier.verify::<Claims>(bearer.token()).ok()?);
                self.remembered.insert(bearer.token().to_owned(), Arc::clone(&claims));
                claims
            }
        };
        (claims.exp > now && self.revoked.allows(&claims, now)).then_some(claims)
    }
}

pub(super) fn token(value: &HeaderValue) -> Option<headers::Authorization<Bearer>> {
    headers::Authorization::decode(&mut [value].into_iter()).ok()
}

fn now() -> Option<u64> {
    Some(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs())
}
