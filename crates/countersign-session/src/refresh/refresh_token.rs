//! A refresh token's text, its digests, and how its successor is derived.
//!
//! `prefix_refresh_` locator secret checksum: the locator (16 random bytes, 22 characters) stays the same
//! through a session and finds its record, the secret (32 bytes, 43 characters) changes with each refresh.
//! Both are secret, and the store has digests of them alone.
//!
//! The first secret is random. Each later one is HMAC-SHA-256 under a server key, over a domain, a random
//! salt and the token before it. So when an answer is lost, the same successor can be derived again from
//! the token that the client still has, and need not be stored.

use countersign_random::base62::encoded_len;
use countersign_random::{
    DigestKey, Digests, LookupDigest, ParsedKey, PrefixedKey, SecretString, token_urlsafe_from,
};
use countersign_token_store::{Salt, SessionRecord, StoredSession, Successor};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::error::kind::{ConfigurationFault, GrantFault};
use crate::keys::digests::keyed;
use crate::log_in::credentials::Account;
use crate::state::Inner;
use crate::state::clock::later;

const LOCATOR_DOMAIN: &str = "countersign/1/refresh-locator";
const SECRET_DOMAIN: &str = "countersign/1/refresh-secret";
const SUCCESSOR_DOMAIN: &str = "countersign/1/refresh-successor";

const LOCATOR_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;

/// A refresh token that a client has presented, taken apart.
#[derive(Clone, Copy)]
pub(crate) struct RefreshToken<'a> {
    locator: &'a str,
    secret: &'a str,
}

impl<'a> RefreshToken<'a> {
    pub(crate) fn parse(inner: &Inner, text: &'a str) -> Result<Self, GrantFault> {
        let parsed = ParsedKey::parse(text).map_err(|_| GrantFault::Malformed)?;
        let parts = parsed.split_body(encoded_len(LOCATOR_BYTES));
        let (locator, secret) = parts.ok_or(GrantFault::Malformed)?;
        let is_ours = parsed.prefix() == inner.prefixes.refresh.as_str();
        if !is_ours || secret.len() != encoded_len(SECRET_BYTES) {
            return Err(GrantFault::Malformed);
        }
        Ok(Self { locator, secret })
    }

    /// The first refresh token of a new session, and the session's record.
    pub(crate) fn begin(
        inner: &Inner,
        account: &Account,
        subject_version: u64,
        now: OffsetDateTime,
    ) -> Result<(SecretString, StoredSession), Error> {
        let keys = inner.digest_keys()?;
        let mut locator = Zeroizing::new([0_u8; LOCATOR_BYTES]);
        let mut secret = Zeroizing::new([0_u8; SECRET_BYTES]);
        inner.random.fill(&mut *locator)?;
        inner.random.fill(&mut *secret)?;
        let key = PrefixedKey::assemble(&inner.prefixes.refresh, &[&*locator, &*secret])?;
        let token = RefreshToken::parse(inner, key.expose())?;
        let expires_at = later(now, inner.policy.refresh_lifetime);
        let session = StoredSession {
            record: SessionRecord {
                id: token_urlsafe_from(&*inner.random, 16)?.into_exposed(),
                subject: account.subject.clone(),
                subject_version,
                scopes: account.scopes.clone(),
                name: String::new(),
                created_at: now,
                last_refreshed_at: None,
                // Not after `expires_at`: the policy has the idle lifetime at most as long.
                idle_expires_at: later(now, inner.policy.idle_lifetime),
                expires_at,
            },
            locator: token.locator(inner),
            current: keyed(keys.primary(), SECRET_DOMAIN, &token.secret_parts(inner)),
            previous: None,
            ended: false,
        };
        Ok((key.into_secret(), session))
    }

    /// The locator's digest, of the issuer too, so that a token is unknown at another one. A plain one: the
    /// record is to be found by one name for as long as it lives, whichever digest keys come and go.
    pub(crate) fn locator(&self, inner: &Inner) -> LookupDigest {
        DigestKey::plain(0).digest(LOCATOR_DOMAIN, &[inner.issuer.as_bytes(), self.locator.as_bytes()])
    }

    /// What the secret's digest is of: the locator too, so that a digest belongs to one session only.
    fn secret_parts<'b>(&'b self, inner: &'b Inner) -> [&'b [u8]; 3] {
        [inner.issuer.as_bytes(), self.locator.as_bytes(), self.secret.as_bytes()]
    }

    /// The secret's digests under each active key, the primary one first.
    pub(crate) fn presented(&self, inner: &Inner) -> Result<Digests, Error> {
        Ok(inner.digest_keys()?.digests(SECRET_DOMAIN, &self.secret_parts(inner)))
    }

    /// A candidate for the next token, under a fresh salt: its text, and what the store needs of it.
    pub(crate) fn candidate(&self, inner: &Inner) -> Result<(SecretString, Successor), Error> {
        let keys = inner.digest_keys()?;
        let primary = keys.primary();
        let mut salt = [0_u8; 16];
        inner.random.fill(&mut salt)?;
        let salt = Salt(salt);
        let text = self.derive(inner, primary, salt)?;
        let next = RefreshToken::parse(inner, text.expose())?;
        let successor = Successor {
            secret: keyed(primary, SECRET_DOMAIN, &next.secret_parts(inner)),
            salt,
            derivation_key_id: primary.id(),
        };
        Ok((text, successor))
    }

    /// The successor that a rotation with this salt and key has made of this token.
    pub(crate) fn successor(&self, inner: &Inner, salt: Salt, key_id: u32) -> Result<SecretString, Error> {
        // A key that was taken out within the window: the successor is lost, and the client logs in again.
        let keys = inner.digest_keys()?;
        let key = keys.get(key_id).ok_or(GrantFault::Unknown)?;
        self.derive(inner, key, salt)
    }

    fn derive(&self, inner: &Inner, key: &DigestKey, salt: Salt) -> Result<SecretString, Error> {
        // Without a secret in it, whoever reads the database could derive every later token from one.
        if !key.is_keyed() {
            return Err(ConfigurationFault::PlainDigestKey.into());
        }
        let [issuer, locator, secret] = self.secret_parts(inner);
        let derived = key.digest(SUCCESSOR_DOMAIN, &[&salt.0, issuer, locator, secret]);
        let next = PrefixedKey::assemble_keeping(&inner.prefixes.refresh, self.locator, derived.as_bytes())?;
        Ok(next.into_secret())
    }
}
