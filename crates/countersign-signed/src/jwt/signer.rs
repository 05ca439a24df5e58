//! Issuing: a header prepared once, and claims of any type that serialises to an object.
//!
//! It adds no claim of its own: `iat`, `exp` and `jti` are the caller's, who knows the time.

use std::fmt;

use serde::Serialize;

use crate::base64url;
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
/// use countersign_signed::{Signer, SigningKey};
///
/// #[derive(serde::Serialize)]
/// struct Claims { some: &'static str }
///
/// // Six bytes are far too few for a secret; this one reproduces a published example.
/// let key = SigningKey::hs256_accepting_a_dangerously_short_secret(b"secret")?;
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
}

impl Signer {
    /// A signer whose header is `typ` `JWT`, the key's `alg`, and the key's `kid` if it has one.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self::prepared(key, "JWT".to_owned())
    }

    /// The same signer with another `typ`, such as `at+jwt` (RFC 9068 section 2.1), which its verifiers
    /// must be told to expect: 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn token_type(self, typ: &str) -> Result<Self, Error> {
        Ok(Self::prepared(self.key, header::checked_type(typ)?))
    }

    fn prepared(key: SigningKey, typ: String) -> Self {
        let header = base64url::encode(header::write(&key, Some(&typ), None).as_bytes());
        Self { key, typ, header }
    }

    /// A token of these claims, which must serialise to one JSON object.
    ///
    /// The object is held to what a verifier demands of it: member names that differ, at most 32 levels.
    /// The token's length is not limited here; a verifier takes 16 KiB unless configured otherwise.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnsignableClaims`]; [`ErrorKind::SigningFailed`], which RSA alone can meet.
    pub fn sign<C: Serialize + ?Sized>(&self, claims: &C) -> Result<String, Error> {
        let mut payload = Vec::with_capacity(USUAL_LEN);
        serde_json::to_writer(&mut payload, claims)
            .map_err(|error| Error::detailed(ErrorKind::UnsignableClaims, &error))?;
        let text = std::str::from_utf8(&payload).map_err(|_| ErrorKind::UnsignableClaims)?;
        json::parse_object(text).map_err(|_| ErrorKind::UnsignableClaims)?;
        jws::encode(&self.key, &self.header, &payload)
    }

    /// The key that it signs with.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("key", &self.key).field("typ", &self.typ).finish_non_exhaustive()
    }
}
