//! Issuing with a key that is elsewhere and must be waited for: a KMS, a hardware module, another service.
//!
//! The bytes to be signed go out and the signature comes in, so that this crate opens no connection and
//! needs no runtime. [`AsyncSign`] joins the two for whoever would rather implement a trait. Where a call
//! may block, a [`SignEngine`](crate::engine::SignEngine) and an ordinary [`Signer`](crate::Signer) do.
//!
//! No signature is believed: a KMS can be asked for the wrong key or the wrong hash, and its answer can be
//! in another form. Each is verified before its token is issued, which costs little beside a round trip.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;

use serde::Serialize;

use super::template::Template;
use crate::engine::{Boxed, append_exactly};
use crate::error::{Error, ErrorKind};
use crate::jws;
use crate::keys::VerifyingKey;

/// Issues tokens whose signatures are made elsewhere.
///
/// ```
/// use countersign_signed::{Algorithm, ExternalSigner, VerifyingKey, ecdsa_signature_from_der};
/// use p256::ecdsa::signature::Signer as _;
///
/// // Elsewhere: whoever holds the private key gives away the public one, and answers with DER.
/// let module = p256::ecdsa::SigningKey::from_slice(&[7; 32])?;
/// let point = module.verifying_key().to_sec1_point(false);
/// let answer = |message: &[u8]| -> Vec<u8> {
///     let signature: p256::ecdsa::DerSignature = module.sign(message);
///     signature.as_bytes().to_vec()
/// };
///
/// // Here:
/// let public = VerifyingKey::from_bytes(Algorithm::ES256, point.as_bytes())?;
/// let signer = ExternalSigner::new(public);
/// let unsigned = signer.prepare(&serde_json::json!({"sub": "alice", "exp": 1_800_000_300}))?;
/// let der = answer(unsigned.signing_input());
/// let token = unsigned.finish(&ecdsa_signature_from_der(Algorithm::ES256, &der)?)?;
/// # assert_eq!(token.split('.').count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ExternalSigner {
    template: Template,
}

impl ExternalSigner {
    /// A signer of tokens that `key` verifies, with a header as [`Signer::new`](crate::Signer::new) has it.
    /// Algorithm and `kid` are those of `key`, so it should be the key as verifiers have it.
    #[must_use]
    pub fn new(key: VerifyingKey) -> Self {
        Self { template: Template::new(key) }
    }

    /// As [`Signer::token_type`](crate::Signer::token_type).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn token_type(mut self, typ: &str) -> Result<Self, Error> {
        self.template = self.template.token_type(typ)?;
        Ok(self)
    }

    /// As [`Signer::header_member`](crate::Signer::header_member).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn header_member<V: Serialize>(mut self, name: &str, value: V) -> Result<Self, Error> {
        self.template = self.template.header_member(name, &value)?;
        Ok(self)
    }

    /// As [`Signer::max_token_length`](crate::Signer::max_token_length).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn max_token_length(mut self, characters: usize) -> Result<Self, Error> {
        self.template = self.template.max_token_length(characters)?;
        Ok(self)
    }

    /// As [`Signer::max_header_length`](crate::Signer::max_header_length).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn max_header_length(mut self, characters: usize) -> Result<Self, Error> {
        self.template = self.template.max_header_length(characters)?;
        Ok(self)
    }

    /// As [`Signer::x5t`](crate::Signer::x5t).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn x5t(mut self, sha1: &[u8; 20]) -> Result<Self, Error> {
        self.template = self.template.x5t(sha1)?;
        Ok(self)
    }

    /// As [`Signer::x5t_s256`](crate::Signer::x5t_s256).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn x5t_s256(mut self, sha256: &[u8; 32]) -> Result<Self, Error> {
        self.template = self.template.x5t_s256(sha256)?;
        Ok(self)
    }

    /// As [`Signer::x5c`](crate::Signer::x5c).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn x5c<C: AsRef<[u8]>>(mut self, chain: &[C]) -> Result<Self, Error> {
        self.template = self.template.x5c(chain)?;
        Ok(self)
    }

    /// As [`Signer::public_jwk`](crate::Signer::public_jwk).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn public_jwk(mut self) -> Result<Self, Error> {
        self.template = self.template.public_jwk()?;
        Ok(self)
    }

    /// A token of these claims that lacks its signature. The claims are held to what
    /// [`Signer::sign`](crate::Signer::sign) demands of them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ClaimsSerialize`].
    pub fn prepare<C: Serialize + ?Sized>(&self, claims: &C) -> Result<UnsignedToken, Error> {
        Ok(UnsignedToken { key: self.template.key().clone(), input: self.template.signing_input(claims)? })
    }

    /// A token of these claims, once `signer` has signed it. A future that is dropped has issued nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ClaimsSerialize`]; [`ErrorKind::SigningFailed`], with the signer's error as its source,
    /// or for a signature that [`UnsignedToken::finish`] refuses.
    pub async fn sign_with<S, C>(&self, signer: &S, claims: &C) -> Result<String, Error>
    where
        S: AsyncSign + ?Sized,
        C: Serialize + ?Sized,
    {
        let unsigned = self.prepare(claims)?;
        let signature = signer.sign(unsigned.signing_input()).await;
        let signature =
            signature.map_err(|error| Error::caused(ErrorKind::SigningFailed, Boxed(error.into())))?;
        unsigned.finish(&signature)
    }

    /// The key that verifies its tokens: which algorithm and which key are to be asked for.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        self.template.key()
    }
}

impl fmt::Debug for ExternalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalSigner")
            .field("key", self.key())
            .field("typ", &self.template.typ())
            .finish_non_exhaustive()
    }
}

/// A token that lacks its signature.
///
/// `Debug` shows the key only, since the rest holds the claims.
#[must_use]
pub struct UnsignedToken {
    key: VerifyingKey,
    input: Vec<u8>,
}

impl UnsignedToken {
    /// The bytes to be signed: header and payload in base64url, with a dot between (RFC 7515 section 5.1).
    /// A signer that takes digests gets their hash, as the algorithm has it.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        &self.input
    }

    /// The token, with this signature, in the form that JWS has it (RFC 7518 section 3): for ECDSA the two
    /// integers side by side, which [`ecdsa_signature_from_der`](crate::ecdsa_signature_from_der) makes of
    /// DER; for RSA as long as the modulus.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SigningFailed`] for a signature of another length, or that the key does not verify.
    pub fn finish(self, signature: &[u8]) -> Result<String, Error> {
        let Self { key, mut input } = self;
        let signed = input.len();
        append_exactly(&mut input, signature, key.signature_len())?;
        if !key.verify(input.get(..signed).unwrap_or_default(), signature) {
            let note = "the external signature is not one of this key over this token";
            return Err(Error::noted(ErrorKind::SigningFailed, note));
        }
        jws::text(input)
    }
}

impl fmt::Debug for UnsignedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedToken").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Signs with one key, which it knows how to reach, and has to be waited for.
///
/// ```
/// use countersign_signed::AsyncSign;
///
/// struct Kms { key: String }
///
/// impl AsyncSign for Kms {
///     type Error = std::io::Error;
///
///     async fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, Self::Error> {
///         // ... send `self.key` and the hash of `signing_input`, and await the answer
/// #       Err(std::io::Error::other(format!("{} {}", self.key, signing_input.len())))
///     }
/// }
/// ```
pub trait AsyncSign: Send + Sync {
    /// Why it could not sign. It becomes the source of an error of the kind
    /// [`SigningFailed`](crate::ErrorKind::SigningFailed), so it should not quote secrets.
    type Error: Into<Box<dyn StdError + Send + Sync>>;

    /// The signature of `signing_input`, in the form that JWS has it (RFC 7518 section 3). The future can be
    /// sent between threads, and is the place for a time limit and for trying again.
    ///
    /// # Errors
    ///
    /// Whatever kept it from signing.
    fn sign(&self, signing_input: &[u8]) -> impl Future<Output = Result<Vec<u8>, Self::Error>> + Send;
}
