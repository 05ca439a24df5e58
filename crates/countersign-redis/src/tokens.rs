//! [`TokenStore`] on Redis.
use crate::store::Shared;
use std::sync::Arc;
/// Tokens and sessions.
#[derive(Clone)]
pub struct RedisTokenStore {
    shared: Arc<Shared>,
}
impl RedisTokenStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}
impl std::fmt::Debug for RedisTokenStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisTokenStore")
    }
}
