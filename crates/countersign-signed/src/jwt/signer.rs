//! Issuing: a header prepared once, and claims of any type that serialises to an object.
//!
//! It adds no claim of its own: `iat`, `exp` and `jti` are the caller's, who knows the time.

use std::fmt;

use serde::Serialize;

use crate::base64url;
use crate::compact::{DEFAULT_MAX_LEN, checked_max_len};
use crate::error::{Error, ErrorKind};
use crate::header;
use crate::json;
use crate::jws;
use crate::keys::SigningKey;

/// Bytes of claims for which there is room at once.
const USUAL_LEN: usize = 512;

/// Signs claims with one key, under one header.
///
/// ```
/// use countersign_signed::{Algorithm, Signer, SigningKey};
///
/// #[derive(serde::Serialize)]
/// struct Claims { some: &'static str }
///
/// // Six bytes are far too few for a secret; this one reproduces a published example.
/// let key = SigningKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, b"secret")?;
/// let token = Signer::new(key).sign(&Claims { some: "payload" })?;
/// assert_eq!(
///     token,
///     "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzb21lIjoicGF5bG9hZCJ9.\
///      Joh1R2dYzkRvDkqv3sygm5YyK8Gi4ShZqbhK2gxcs2U"
/// );
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    typ: String,
    /// Encoded.
    header: String,
    max_token_length: usize,
}

impl Signer {
    /// A signer whose header is `typ` `JWT`, the key's `alg`, and the key's `kid` if it has one.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        let typ = "JWT".to_owned();
        Self { header: encoded_header(&key, &typ), key, typ, max_token_length: DEFAULT_MAX_LEN }
    }

    /// The same signer with another `typ`, such as `at+jwt` (RFC 9068 section 2.1), which its verifiers
    /// must be told to expect: 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn token_type(self, typ: &str) -> Result<Self, Error> {
        let typ = header::checked_type(typ)?;
        Ok(Self { header: encoded_header(&self.key, &typ), typ, ..self })
    }

    /// The same signer with another limit of the characters that a token may have: 1 to 1048576, 16384 by
    /// default. It should be no more than what the verifiers take, which
    /// [`VerifierBuilder::max_token_length`](crate::VerifierBuilder::max_token_length) sets.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn max_token_length(mut self, characters: usize) -> Result<Self, Error> {
        self.max_token_length = checked_max_len(characters)?;
        Ok(self)
    }

    /// A token of these claims, which must serialise to one JSON object.
    ///
    /// The object is held to what a verifier demands of it: member names that differ, at most 32 levels,
    /// and a token of at most 16 KiB unless [configured otherwise](Self::max_token_length). So nothing is
    /// issued that no verifier takes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnsignableClaims`], also for a token that would be too long;
    /// [`ErrorKind::SigningFailed`], which an algorithm that takes random bytes, or an engine of
    /// yours, can meet.
    pub fn sign<C: Serialize + ?Sized>(&self, claims: &C) -> Result<String, Error> {
        let payload = json::write_object(claims, Vec::with_capacity(USUAL_LEN))?;
        // Before the private operation, which costs far more than this.
        if jws::encoded_len(&self.key, &self.header, &payload) > self.max_token_length {
            return Err(Error::noted(ErrorKind::UnsignableClaims, "their token would be too long"));
        }
        jws::encode(&self.key, &self.header, &payload)
    }

    /// The key that it signs with.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }
}

fn encoded_header(key: &SigningKey, typ: &str) -> String {
    base64url::encode(header::write(key, Some(typ), None).as_bytes())
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("key", &self.key).field("typ", &self.typ).finish_non_exhaustive()
    }
}
