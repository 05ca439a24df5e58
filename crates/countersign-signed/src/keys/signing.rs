//! Keys that sign.
//!
//! Apart from [`VerifyingKey`], so that a service that only checks tokens cannot be given the power to
//! issue them by a slip. The private parts are kept for export and for other engines, beside the engine
//! that has its own form of them; both are wiped when the last clone is dropped. The public half is made
//! with the key, so that both are judged once and always together.

use std::fmt;
use std::sync::Arc;

use countersign_random::{SecretBytes, SecretString};
use zeroize::Zeroizing;

use super::jwk::{self, Wanted};
use super::{VerifyingKey, secret, verifying};
use crate::algorithm::{self, Algorithm, Kind, Pair, Private, Public, Sign};
use crate::der::{self, KeyFormat};
use crate::engine::{ExternalSign, SignEngine, VerifyEngine};
use crate::error::{Error, ErrorKind};
use crate::pem;
use crate::secret as exported;

/// A key that signs, with exactly one algorithm.
///
/// Cloning shares the prepared key. `Debug` shows the algorithm and the `kid` only; the key material is
/// overwritten with zeros when the last clone is dropped. Copies that the libraries make on the stack while
/// they prepare or sign are not, and the caller's copy of a secret is the caller's to wipe.
///
/// Security: RSA signing is blinded with random bytes of the operating system. `RUSTSEC-2023-0071`, a
/// timing side channel of the pure-Rust private operation, has no patched version: where an attacker can
/// measure how long signing takes, sign with another algorithm or with another [engine](crate::engine).
///
/// ```
/// use countersign_signed::{Algorithm, KeyFormat, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?.with_kid("2026-a")?;
/// assert_eq!(key.algorithm(), Algorithm::EdDSA);
/// assert_eq!(key.kid(), Some("2026-a"));
///
/// let kept = key.to_pem(KeyFormat::Pkcs8)?; // overwritten with zeros when dropped
/// let again = SigningKey::from_pem(Algorithm::EdDSA, kept.expose())?;
/// assert_eq!(again.kid(), key.thumbprint().as_deref());
///
/// let public = key.verifying_key().to_pem(KeyFormat::Spki)?;
/// # assert!(public.starts_with("-----BEGIN PUBLIC KEY-----"));
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    /// Of the same `kid` and the same name.
    verifying: VerifyingKey,
    /// Nothing if the private key is elsewhere.
    private: Option<Arc<Private>>,
    engine: Arc<dyn Sign>,
}

impl SigningKey {
    /// An HS256 key from a secret of at least 32 bytes (RFC 7518 section 3.2), which should be random.
    ///
    /// It has no `kid`, because none may be derived from a secret. Give it one with
    /// [`with_kid`](Self::with_kid): without one it cannot be revoked by key, and its tokens do not say
    /// whether they are its own or a successor's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SecretTooShort`]; [`ErrorKind::SecretIsAKey`] for what looks like PEM, DER, SSH or JWK;
    /// [`ErrorKind::UnsupportedAlgorithm`] where this build has no HMAC.
    pub fn hs256(secret: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(Algorithm::HS256, secret)
    }

    /// An HS384 key from a secret of at least 48 bytes, otherwise as [`hs256`](Self::hs256).
    ///
    /// # Errors
    ///
    /// As [`hs256`](Self::hs256).
    pub fn hs384(secret: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(Algorithm::HS384, secret)
    }

    /// An HS512 key from a secret of at least 64 bytes, otherwise as [`hs256`](Self::hs256).
    ///
    /// # Errors
    ///
    /// As [`hs256`](Self::hs256).
    pub fn hs512(secret: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(Algorithm::HS512, secret)
    }

    /// An HMAC key from a secret of any length but zero.
    ///
    /// A short secret can be found by trying: whoever sees one token can then issue their own. This is
    /// for published examples and for tokens of a system that cannot be changed yet.
    ///
    /// # Errors
    ///
    /// As [`hs256`](Self::hs256), but too short only if empty; [`ErrorKind::InvalidKey`] for an algorithm
    /// that is not HS256, HS384 or HS512.
    pub fn hmac_accepting_a_dangerously_short_secret(
        algorithm: Algorithm,
        secret: &[u8],
    ) -> Result<Self, Error> {
        secret::of_any_length(secret)?;
        let private = Private::Secret(Zeroizing::new(secret.to_vec()));
        Self::make(algorithm, Pair { private, claimed: Vec::new() })
    }

    /// An Ed25519 key from its seed, the `d` of a JWK (RFC 8032 section 5.1.5). The public key is derived.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnsupportedAlgorithm`] where this build has no Ed25519; every seed is a key.
    pub fn ed25519(seed: &[u8; 32]) -> Result<Self, Error> {
        Self::from_bytes(Algorithm::EdDSA, seed)
    }

    /// A new key, of random bytes from the operating system: a secret as long as its hash for HMAC, a
    /// modulus of 2048 bits for RSA.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RandomSource`]; [`ErrorKind::UnsupportedAlgorithm`] where this build does not have
    /// the algorithm.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        Self::make(algorithm, algorithm::generate(algorithm)?)
    }

    /// A new RSA key with a modulus of this many bits: 2048 to 8192, in whole bytes. It takes seconds, for
    /// 8192 bits minutes.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate); [`ErrorKind::InvalidKey`] for another size or algorithm.
    pub fn generate_rsa(algorithm: Algorithm, bits: usize) -> Result<Self, Error> {
        Self::make(algorithm, algorithm::generate_rsa(algorithm, bits)?)
    }

    /// A key from bytes that are nothing but the key: the secret of HMAC, the seed of Ed25519 or ML-DSA,
    /// or a scalar, big-endian and as long as a coordinate of its curve.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`], also for RSA, which has no such form; for a secret as
    /// [`hs256`](Self::hs256).
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, Error> {
        let key = Zeroizing::new(bytes.to_vec());
        let private = match algorithm.kind() {
            Kind::Secret => Private::Secret(key),
            Kind::Ec(curve) => Private::Ec { curve, scalar: key },
            Kind::Ed25519 => Private::Ed25519 { seed: key },
            Kind::MlDsa(algorithm) => Private::MlDsa { algorithm, seed: key },
            Kind::Rsa(_) => return Err(verifying::no_raw_rsa()),
        };
        Self::judged(algorithm, Pair { private, claimed: Vec::new() })
    }

    /// A key from PEM, not encrypted: PKCS#8 (`PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`), or SEC 1 with its
    /// curve named (`EC PRIVATE KEY`). The text holds one key. Before it may stand a byte order mark, explanatory
    /// text (RFC 7468 section 5.2), and the block `EC PARAMETERS` that `openssl ecparam -genkey` writes, if it
    /// names the key's curve. Behind it may stand white space only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`], which says what was found if it is another kind of key;
    /// [`ErrorKind::UnsupportedAlgorithm`] where this build does not have the algorithm.
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, Error> {
        let formats: &[KeyFormat] = match algorithm.kind() {
            Kind::Rsa(_) => &[KeyFormat::Pkcs8, KeyFormat::Pkcs1],
            Kind::Ec(_) => &[KeyFormat::Pkcs8, KeyFormat::Sec1],
            _ => &[KeyFormat::Pkcs8],
        };
        let block = pem::decode(text, formats, KeyFormat::private_label)?;
        let pair = der::read_private(&block.der, Some(block.format))?;
        if let Some(parameters) = &block.ec_parameters {
            der::check_parameters(parameters, &pair.private)?;
        }
        Self::make(algorithm, pair)
    }

    /// A key from DER, not encrypted: PKCS#8, PKCS#1 or SEC 1, told apart by their structure, at most
    /// 16 KiB.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, Error> {
        Self::make(algorithm, der::read_private(der, None)?)
    }

    /// A key from a JWK (RFC 7517) of at most 16 KiB, with the algorithm that its `alg` names, or, without
    /// `alg`, the only one that keys of its `kty` and `crv` are for.
    ///
    /// The `kid` is kept; without one it is the thumbprint, except for a secret. `use` and `key_ops` are
    /// obeyed if there. The public members must be there, and be those of the private ones.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`], [`ErrorKind::DuplicateMember`], [`ErrorKind::InvalidKid`],
    /// [`ErrorKind::UnsupportedAlgorithm`]; for `oct` as [`hs256`](Self::hs256).
    pub fn from_jwk(text: &str) -> Result<Self, Error> {
        Self::read_jwk(text, Wanted::Any)
    }

    /// The same for this algorithm, with which an `alg` that is there must agree.
    ///
    /// # Errors
    ///
    /// As [`from_jwk`](Self::from_jwk).
    pub fn from_jwk_as(algorithm: Algorithm, text: &str) -> Result<Self, Error> {
        Self::read_jwk(text, Wanted::Exactly(algorithm))
    }

    pub(super) fn read_jwk(text: &str, wanted: Wanted) -> Result<Self, Error> {
        let (labels, pair) = jwk::read_private(text, wanted)?;
        let key = Self::judged(labels.algorithm, pair)?;
        let key = if labels.rfc_9864_name { key.with_rfc_9864_name() } else { key };
        if let Some(kid) = labels.kid { key.with_kid(&kid) } else { Ok(key) }
    }

    /// Holds a secret to its length and its looks.
    fn judged(algorithm: Algorithm, pair: Pair) -> Result<Self, Error> {
        if let Private::Secret(secret) = &pair.private {
            secret::long_enough(algorithm, secret)?;
        }
        Self::make(algorithm, pair)
    }

    fn make(algorithm: Algorithm, pair: Pair) -> Result<Self, Error> {
        let key = algorithm::signing(algorithm, pair)?;
        Ok(Self(Arc::new(Inner {
            verifying: VerifyingKey::new(algorithm, key.verifying),
            private: Some(Arc::new(key.private)),
            engine: key.engine,
        })))
    }

    /// A key whose private half is elsewhere, in a KMS or a hardware module, and is used through `engine`.
    /// Algorithm, `kid` and public parts are those of `public`, which must be its public half: what the
    /// engine signs is not verified here.
    #[must_use]
    pub fn external(public: VerifyingKey, engine: impl SignEngine) -> Self {
        let engine = Arc::new(ExternalSign { engine, signature_len: public.signature_len() });
        Self(Arc::new(Inner { verifying: public, private: None, engine }))
    }

    /// The same key, computed by another implementation, which holds the same private key. The
    /// [verifying key](Self::verifying_key) stays with the engine that it has, unless
    /// [`with_verify_engine`](Self::with_verify_engine) gives it another.
    #[must_use]
    pub fn with_engine(self, engine: impl SignEngine) -> Self {
        let engine = Arc::new(ExternalSign { engine, signature_len: self.signature_len() });
        self.changed(|inner| inner.engine = engine)
    }

    /// The same key, whose [verifying key](Self::verifying_key) is computed by another implementation.
    #[must_use]
    pub fn with_verify_engine(self, engine: impl VerifyEngine) -> Self {
        let verifying = self.0.verifying.clone().with_engine(engine);
        self.changed(|inner| inner.verifying = verifying)
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// The same key under this `kid`: 1 to 256 bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKid`].
    pub fn with_kid(self, kid: &str) -> Result<Self, Error> {
        let verifying = self.0.verifying.clone().with_kid(kid)?;
        Ok(self.changed(|inner| inner.verifying = verifying))
    }

    /// The same key without a `kid`, so that its tokens carry none.
    #[must_use]
    pub fn without_kid(self) -> Self {
        let verifying = self.0.verifying.clone().without_kid();
        self.changed(|inner| inner.verifying = verifying)
    }

    /// The same key, whose tokens and JWK say `Ed25519` where they would say `EdDSA`, which RFC 9864 has
    /// deprecated and which most verifiers expect still. Keys of other algorithms have one name only and
    /// stay as they are.
    #[must_use]
    pub fn with_rfc_9864_name(self) -> Self {
        let verifying = self.0.verifying.clone().with_rfc_9864_name();
        self.changed(|inner| inner.verifying = verifying)
    }

    /// The `kid` that goes into headers: the RFC 7638 thumbprint of an asymmetric key unless another was
    /// given, nothing for a symmetric key unless one was given.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.0.verifying.kid()
    }

    /// The key's algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.0.verifying.algorithm()
    }

    /// The RFC 7638 thumbprint, as [`VerifyingKey::thumbprint`] has it.
    #[must_use]
    pub fn thumbprint(&self) -> Option<String> {
        self.0.verifying.thumbprint()
    }

    /// The key that verifies what this one signs, under the same `kid`. For HMAC it is the same secret.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying.clone()
    }

    /// The private key in PEM, as [`Pkcs8`](KeyFormat::Pkcs8); for RSA also [`Pkcs1`](KeyFormat::Pkcs1),
    /// for ECDSA also [`Sec1`](KeyFormat::Sec1).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`], also for HMAC, which has no such form, and for an
    /// [external](Self::external) key.
    pub fn to_pem(&self, format: KeyFormat) -> Result<SecretString, Error> {
        Ok(exported::text(pem::encode(format.private_label()?, &self.der(format)?)))
    }

    /// The private key in DER, as [`to_pem`](Self::to_pem) has it.
    ///
    /// # Errors
    ///
    /// As [`to_pem`](Self::to_pem).
    pub fn to_der(&self, format: KeyFormat) -> Result<SecretBytes, Error> {
        self.der(format).map(exported::bytes)
    }

    fn der(&self, format: KeyFormat) -> Result<Zeroizing<Vec<u8>>, Error> {
        let public = self.public().ok_or_else(|| {
            Error::noted(ErrorKind::NotExportable, "a secret has no such form: use its bytes, or a JWK")
        })?;
        der::write_private(self.private()?, public, format)
    }

    /// The bytes of the key alone: what [`from_bytes`](Self::from_bytes) takes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`] for RSA, which has no such form, and for an
    /// [external](Self::external) key.
    pub fn to_bytes(&self) -> Result<SecretBytes, Error> {
        match self.private()? {
            Private::Secret(key)
            | Private::Ec { scalar: key, .. }
            | Private::Ed25519 { seed: key }
            | Private::MlDsa { seed: key, .. } => Ok(exported::bytes(key.clone())),
            Private::Rsa(_) => Err(verifying::no_raw_form()),
        }
    }

    /// The private key as a JWK, with `alg`, `use` and, if there is one, `kid`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`] for an [external](Self::external) key.
    pub fn to_jwk(&self) -> Result<SecretString, Error> {
        let text = jwk::write_private(self.private()?, self.public(), self.kid(), self.header_alg());
        Ok(exported::text(text))
    }

    fn private(&self) -> Result<&Private, Error> {
        let private = self.0.private.as_deref();
        private.ok_or_else(|| Error::noted(ErrorKind::NotExportable, "the private key is elsewhere"))
    }

    fn public(&self) -> Option<&Public> {
        self.0.verifying.public()
    }

    /// What goes into the header's `alg`.
    pub(crate) fn header_alg(&self) -> &'static str {
        self.0.verifying.header_alg()
    }

    /// Bytes of a signature.
    pub(crate) fn signature_len(&self) -> usize {
        self.0.verifying.signature_len()
    }

    /// Appends `.` and the signature of the text so far.
    pub(crate) fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        self.0.engine.sign(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}
