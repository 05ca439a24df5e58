//! Issuing with a key of this process, or one whose engine answers at once.
//!
//! Header and claims are written by [`Template`]; what is left here is the signature. It adds no claim of
//! its own: `iat`, `exp` and `jti` are the caller's, who knows the time, or come from
//! [`Claims`](crate::Claims).

use std::fmt;

use serde::Serialize;

use super::template::Template;
use crate::error::Error;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::jws;
use crate::keys::SigningKey;

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
    template: Template,
}

impl Signer {
    /// A signer whose header is `typ` `JWT`, the key's `alg`, and the key's `kid` if it has one.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self { template: Template::new(key.verifying_key()), key }
    }

    /// The same signer with another `typ`, such as `at+jwt` (RFC 9068 section 2.1), which its verifiers
    /// must be told to expect: 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn token_type(mut self, typ: &str) -> Result<Self, Error> {
        self.template = self.template.token_type(typ)?;
        Ok(self)
    }

    /// The same signer with one more header member, behind the usual ones and those that were given
    /// before. Header and value are written once, here.
    ///
    /// The verifier of this crate ignores such members; [`jws::Jws::member`] reads them. Refused are the
    /// names that the key or the signer sets (`alg`, `kid`, `typ`, `cty`); those that change how a token is
    /// read (`crit`, `b64`, `enc`, `zip`); and those that bring or point to a key (`jwk`, `jku`, `x5u`,
    /// `x5c`, `x5t`, `x5t#S256`), since a verifier that takes its key from a token takes anybody's. The signer's
    /// own key and certificate have named methods: [`x5t`](Self::x5t) and the ones below it.
    ///
    /// Security: a header is signed and not encrypted: whoever sees the token reads it.
    ///
    /// ```
    /// # use countersign_signed::{Algorithm, KeySet, Signer, SigningKey, jws};
    /// let key = SigningKey::generate(Algorithm::EdDSA)?;
    /// let signer = Signer::new(key.clone()).header_member("tenant", "blue")?;
    /// let token = signer.sign(&serde_json::json!({}))?;
    /// let verified = jws::verify(&KeySet::new([key.verifying_key()])?, &token)?;
    /// assert_eq!(verified.member("tenant").as_deref(), Some("\"blue\""));
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`] for a name that is refused, empty or there already, a value that
    /// does not serialise, names a member twice or is nested too deep, and a header of more than 4096
    /// characters in base64url unless [configured otherwise](Self::max_header_length).
    pub fn header_member<V: Serialize>(mut self, name: &str, value: V) -> Result<Self, Error> {
        self.template = self.template.header_member(name, &value)?;
        Ok(self)
    }

    /// The same signer with another limit of the characters that a token may have: 1 to 1048576, 16384 by
    /// default. It should be no more than what the verifiers take, which
    /// [`VerifierBuilder::max_token_length`](crate::VerifierBuilder::max_token_length) sets.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn max_token_length(mut self, characters: usize) -> Result<Self, Error> {
        self.template = self.template.max_token_length(characters)?;
        Ok(self)
    }

    /// The same signer with another limit of the characters that its header may have in base64url: 1 to 1048576,
    /// 4096 by default. Set it before a member that needs more, such as a certificate chain. Its verifiers
    /// must take as much:
    /// [`VerifierBuilder::max_header_length`](crate::VerifierBuilder::max_header_length).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`], also if the header is longer already.
    pub fn max_header_length(mut self, characters: usize) -> Result<Self, Error> {
        self.template = self.template.max_header_length(characters)?;
        Ok(self)
    }

    /// The same signer with `x5t` in its header: the SHA-1 of the DER of the certificate of its own key (RFC 7515
    /// section 4.1.7). Microsoft Entra demands it of a client that logs in with a certificate.
    ///
    /// `x5t`, [`x5t_s256`](Self::x5t_s256), [`x5c`](Self::x5c) and [`public_jwk`](Self::public_jwk) say something
    /// about the signer's own key, for receivers that know how to judge it. A verifier of this crate never
    /// trusts a key or certificate that it finds in a token.
    ///
    /// ```
    /// # use countersign_signed::{Signer, SigningKey};
    /// # let key = SigningKey::ed25519(&[7; 32])?;
    /// # let (sha1, certificate) = ([7; 20], vec![0x30, 0]);
    /// // `private_key_jwt` of a client with a certificate (RFC 7523):
    /// let signer = Signer::new(key).x5t(&sha1)?.x5c(&[certificate])?;
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`] if it is there already or the header becomes too long.
    pub fn x5t(mut self, sha1: &[u8; 20]) -> Result<Self, Error> {
        self.template = self.template.x5t(sha1)?;
        Ok(self)
    }

    /// The same signer with `x5t#S256` in its header: the SHA-256 of the DER of the certificate of its own key (RFC
    /// 7515 section 4.1.8). See [`x5t`](Self::x5t).
    ///
    /// # Errors
    ///
    /// As for [`x5t`](Self::x5t).
    pub fn x5t_s256(mut self, sha256: &[u8; 32]) -> Result<Self, Error> {
        self.template = self.template.x5t_s256(sha256)?;
        Ok(self)
    }

    /// The same signer with `x5c` in its header: the certificate of its own key as DER, and then each one that
    /// certifies the one before (RFC 7515 section 4.1.6). See [`x5t`](Self::x5t). The caller
    /// must make sure that the first one certifies this key.
    ///
    /// A chain of more than one certificate needs a higher [`max_header_length`](Self::max_header_length).
    ///
    /// # Errors
    ///
    /// As for [`x5t`](Self::x5t); also for an empty chain, and for a certificate that is not DER.
    pub fn x5c<C: AsRef<[u8]>>(mut self, chain: &[C]) -> Result<Self, Error> {
        self.template = self.template.x5c(chain)?;
        Ok(self)
    }

    /// The same signer with `jwk` in its header: its own public key (RFC 7515 section 4.1.3), as a DPoP proof has it
    /// (RFC 9449 section 4.2). See [`x5t`](Self::x5t).
    ///
    /// ```
    /// # use countersign_signed::{Algorithm, Signer, SigningKey};
    /// let key = SigningKey::generate(Algorithm::ES256)?.without_kid();
    /// let proofs = Signer::new(key).token_type("dpop+jwt")?.public_jwk()?;
    /// let proof = proofs.sign(&serde_json::json!({
    ///     "jti": "p4s2", // random, and different in each proof
    ///     "htm": "GET",
    ///     "htu": "https://api.example/orders",
    ///     "iat": 1_800_000_000,
    /// }))?;
    /// # assert_eq!(proof.split('.').count(), 3);
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`x5t`](Self::x5t); also for an HMAC secret, which has no public half.
    pub fn public_jwk(mut self) -> Result<Self, Error> {
        self.template = self.template.public_jwk()?;
        Ok(self)
    }

    /// A token of these claims, which must serialise to one JSON object: a type of the caller's, or
    /// [`Claims`](crate::Claims).
    ///
    /// The signer refuses what every verifier refuses, so it issues no token that is good for nothing:
    ///
    /// - a member name twice in one object, more than 32 levels, a token of more than 16 KiB unless
    ///   [configured otherwise](Self::max_token_length);
    /// - a registered claim (RFC 7519 section 4.1) of the wrong form: `iss`, `sub` and `jti` are strings, `aud` is
    ///   a string or a list of at least one, `exp`, `nbf` and `iat` are numbers from 0 to 253402300799. `null` is
    ///   none of these: leave the claim out, for example with `#[serde(skip_serializing_if)]`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ClaimsSerialize`], also for a token that would be too long. [`Error::claim`] names a
    /// registered claim that is the cause.
    /// [`ErrorKind::SigningFailed`], which an algorithm that takes random bytes, or an engine of
    /// yours, can meet.
    pub fn sign<C: Serialize + ?Sized>(&self, claims: &C) -> Result<String, Error> {
        jws::seal(&self.key, self.template.signing_input(claims)?)
    }

    /// The key that it signs with.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("key", &self.key)
            .field("typ", &self.template.typ())
            .finish_non_exhaustive()
    }
}
