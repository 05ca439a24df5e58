//! How signing keys and digest keys change while requests run.
//!
//! `keys/signing_keys.rs` and `keys/digest_keys.rs` hold the keys and say in which order the steps keep every good
//! token good. The functions here decide nothing about when keys change, and keep no key beyond the process.

pub(crate) mod digest_keys;
pub(crate) mod digests;
pub(crate) mod signing_keys;

use countersign_random::DigestKey;
use countersign_signed::{SigningKey, VerifyingKey};
use countersign_token_store::TokenStore;

use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::ConfigurationFault;
use crate::issue::login_tokens::LoginTokens;

/// Signing keys.
impl Authenticator {
    /// The public keys of our own signed tokens as a JWK Set (RFC 7517 section 5), for others to verify with: the
    /// key that signs, the next ones and the previous ones. Secrets are never in it, so a service that signs with
    /// one publishes an empty set. To be sent as `application/jwk-set+json`.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration) for a service without a signing key.
    pub fn jwks(&self) -> Result<String, Error> {
        Ok(self.inner().signed()?.keys.verifying().current().to_jwks())
    }

    /// Makes a key known that will sign later: its tokens verify from now on, and it is in
    /// [`jwks`](Self::jwks). Where several nodes serve, or others fetch the set, each key is published
    /// everywhere, and signs only once all have it.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration): there is a key of that `kid` and
    /// algorithm, or the key has no `kid`.
    pub fn publish_signing_key(&self, key: VerifyingKey) -> Result<(), Error> {
        let keys = &self.inner().signed()?.keys;
        if key.kid().is_none() {
            return Err(ConfigurationFault::SigningKeyWithoutKid.into());
        }
        Ok(keys.publish(key)?)
    }

    /// Lets another key sign access tokens from now on. The previous one verifies for as long as a token of it can
    /// live: the access lifetime, the leeway, and the margin that revocations have too, within which the other
    /// nodes are to follow. [`purge_expired`](Self::purge_expired), and so the purge task, drops it then.
    ///
    /// Requests under way are not disturbed. A key that has been published is taken for that one, and a previous
    /// one may come back; that it is the same key is tried with a signature. It is not kept: after a restart the
    /// builder is to be told of it, and of the previous one
    /// ([`previous_signing_key`](crate::AuthenticatorBuilder::previous_signing_key)).
    ///
    /// Security: a key that was stolen is not only to be replaced. [`revoke_key`](Self::revoke_key) refuses
    /// what it has signed, and [`retire_signing_key`](Self::retire_signing_key) takes it out.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration): the key has no `kid`, or another key
    /// has its `kid` and algorithm. Nothing has changed.
    pub fn rotate_signing_key(&self, key: SigningKey) -> Result<(), Error> {
        let inner = self.inner();
        let policy = &inner.policy;
        let overlap = policy.access_lifetime.saturating_add(policy.leeway).saturating_add(policy.margin);
        Ok(inner.signed()?.keys.rotate(key, overlap, || self.now())?)
    }

    /// Takes a key out at once, a previous or a published one, whatever tokens of it still live. `false` if there
    /// is none of that `kid`.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration) for the key that signs, which another
    /// one must replace first.
    pub fn retire_signing_key(&self, kid: &str) -> Result<bool, Error> {
        Ok(self.inner().signed()?.keys.drop_named(kid)?)
    }
}

/// Digest keys, under which the token store finds API keys, random tokens and sessions.
impl Authenticator {
    /// Makes a digest key known that will be the primary one later: records under it are found from now on. Where
    /// several nodes serve, each key is announced on all of them before any of them rotates to it.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration): its id is taken, there are three keys
    /// already, or it is a plain one beside a keyed one.
    pub fn announce_digest_key(&self, key: DigestKey) -> Result<(), Error> {
        Ok(self.inner().shared_digest_keys()?.announce(key)?)
    }

    /// Makes this the primary digest key: what is stored from now on is stored under it. The previous one stays,
    /// so that records under it are found, until [`retire_unused_digest_keys`](Self::retire_unused_digest_keys) finds
    /// none. There are three at most, so a third rotation waits for that.
    ///
    /// A key that has been announced is taken for that one, and a previous one may come back. It is not kept:
    /// after a restart the builder is to be told of it, and of the previous ones.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration): another key has its id, there are three
    /// already, or one of the two is a plain one: from plain to keyed digests a service gets by the builder, where
    /// the danger has a name. Nothing has changed.
    pub fn rotate_digest_key(&self, key: DigestKey) -> Result<(), Error> {
        let inner = self.inner();
        if inner.login_tokens == LoginTokens::AccessAndRefresh && !key.is_keyed() {
            return Err(ConfigurationFault::PlainDigestKey.into());
        }
        Ok(inner.shared_digest_keys()?.rotate(key)?)
    }

    /// Drops the previous digest keys under which the store counts no record any more, and gives how many it
    /// dropped. A key goes when a second call finds it unused, at least the grace and the revocation margin after
    /// the first: by then what was under way has ended, and replays of tokens from before it have too. To be
    /// called now and then, an hour apart, say, once all nodes have rotated. Counting may walk the whole table.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): nothing was dropped.
    pub async fn retire_unused_digest_keys(&self) -> Result<usize, Error> {
        let inner = self.inner();
        let counts = inner.tokens()?.count_by_digest_key().await?;
        let (now, wait) = (self.now(), inner.policy.grace.saturating_add(inner.policy.margin));
        Ok(inner.shared_digest_keys()?.drop_unused(&counts, now, wait)?)
    }
}
