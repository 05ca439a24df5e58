//! Keys that verify.
//!
//! Everything that can be wrong with a key is found when it is made, once, so that verifying a token only
//! computes. Beside the prepared key stand its public parts, for export and for other engines; of a
//! secret nothing is kept but the prepared state.

use std::fmt;
use std::sync::Arc;

use super::certificate::Certificates;
use super::jwk::{self, Labels, Wanted};
use super::{checked_kid, secret, thumbprint};
use crate::algorithm::{self, Algorithm, Kind, Public, Verifying};
use crate::der::{self, KeyFormat};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};
use crate::pem;

/// A key that verifies, with exactly one algorithm.
///
/// Cloning shares the prepared key. `Debug` shows the algorithm and the `kid` only.
///
/// ```
/// use countersign_signed::{Algorithm, KeyFormat, VerifyingKey};
///
/// // RFC 7517 appendix A.1.
/// let key = VerifyingKey::from_jwk(
///     r#"{"kty":"EC","crv":"P-256","use":"sig","kid":"1",
///         "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
///         "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#,
/// )?;
/// assert_eq!((key.algorithm(), key.kid()), (Algorithm::ES256, Some("1")));
/// assert!(key.to_pem(KeyFormat::Spki)?.starts_with("-----BEGIN PUBLIC KEY-----\n"));
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kid: Option<Box<str>>,
    /// Those that its JWK names.
    certificates: Certificates,
    algorithm: Algorithm,
    /// What tokens of this key say: the algorithm's name, or the one that RFC 9864 gives it.
    header_alg: &'static str,
    signature_len: usize,
    public: Option<Arc<Public>>,
    engine: Arc<dyn VerifyEngine>,
    origin: Origin,
}

/// Where a key's engine comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// This crate, as the key was made.
    Plain,
    /// This crate, after [`VerifyingKey::prepared`].
    Prepared,
    /// The caller of [`VerifyingKey::with_engine`].
    Caller,
}

impl VerifyingKey {
    /// An HS256 key from a secret of at least 32 bytes (RFC 7518 section 3.2). It has no `kid` unless
    /// [`with_kid`](Self::with_kid) gives it one, because none may be derived from a secret.
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

    /// An HMAC key from a secret of any length but zero. A short secret can be found by trying: whoever
    /// sees one token can then issue their own.
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
        Ok(Self::new(algorithm, algorithm::secret(algorithm, secret)?))
    }

    /// An Ed25519 key from its 32 bytes, the `x` of a JWK (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`] if they are no point, not its canonical encoding, or a point of small
    /// order; [`ErrorKind::UnsupportedAlgorithm`] where this build has no Ed25519.
    pub fn ed25519(public: &[u8; 32]) -> Result<Self, Error> {
        Self::from_bytes(Algorithm::EdDSA, public)
    }

    /// A key from bytes that are nothing but the key: the secret of HMAC, the 32 bytes of Ed25519, a point
    /// in SEC 1 form (uncompressed or compressed), or an ML-DSA public key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`], also for RSA, which has no such form; for a secret as
    /// [`hs256`](Self::hs256).
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, Error> {
        let public = match algorithm.kind() {
            Kind::Secret => return Self::of_secret(algorithm, bytes),
            Kind::Ec(curve) => Public::Ec { curve, point: bytes.to_vec() },
            Kind::Ed25519 => Public::Ed25519 { point: bytes.to_vec() },
            Kind::MlDsa(algorithm) => Public::MlDsa { algorithm, key: bytes.to_vec() },
            Kind::Rsa(_) => return Err(no_raw_rsa()),
        };
        Self::of(algorithm, &public)
    }

    /// A key from PEM: SubjectPublicKeyInfo (`PUBLIC KEY`), or PKCS#1 (`RSA PUBLIC KEY`). The text holds one block.
    /// Before it may stand a byte order mark and explanatory text (RFC 7468 section 5.2), behind it white space
    /// only.
    ///
    /// An RSA key that is restricted to PSS (`id-RSASSA-PSS`) is taken for the algorithms that the
    /// restriction allows.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKey`], which says what was found if it is another kind of key;
    /// [`ErrorKind::UnsupportedAlgorithm`] where this build does not have the algorithm.
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, Error> {
        let formats: &[KeyFormat] = match algorithm.kind() {
            Kind::Rsa(_) => &[KeyFormat::Spki, KeyFormat::Pkcs1],
            _ => &[KeyFormat::Spki],
        };
        let block = pem::decode(text, formats, KeyFormat::public_label)?;
        Self::of(algorithm, &der::read_public(&block.der, Some(block.format))?)
    }

    /// A key from DER: SubjectPublicKeyInfo or PKCS#1, told apart by their structure, at most 16 KiB.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, Error> {
        Self::of(algorithm, &der::read_public(der, None)?)
    }

    /// A key from a JWK (RFC 7517) of at most 16 KiB, with the algorithm that its `alg` names, or, without
    /// `alg`, the only one that keys of its `kty` and `crv` are for.
    ///
    /// The `kid` is kept; without one it is the thumbprint, except for a secret. `use` and `key_ops` are
    /// obeyed if there. Private members are refused; the `k` of an `oct` key, of which there is no public
    /// form, is taken.
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

    fn read_jwk(text: &str, wanted: Wanted) -> Result<Self, Error> {
        let (labels, key) = jwk::read_verifying(text, wanted)?;
        match key {
            jwk::Verify::Secret(secret) => Self::labelled_secret(labels, &secret),
            jwk::Verify::Public(public) => Self::labelled(labels, &public),
        }
    }

    pub(super) fn labelled(labels: Labels<'_>, public: &Public) -> Result<Self, Error> {
        Self::of(labels.algorithm, public)?.under(labels)
    }

    pub(super) fn labelled_secret(labels: Labels<'_>, secret: &[u8]) -> Result<Self, Error> {
        Self::of_secret(labels.algorithm, secret)?.under(labels)
    }

    fn under(self, labels: Labels<'_>) -> Result<Self, Error> {
        let key = if labels.rfc_9864_name { self.with_rfc_9864_name() } else { self };
        let certificates = Certificates::new(labels.x5t.as_deref(), labels.x5t_s256.as_deref());
        let key = if certificates.is_empty() {
            key
        } else {
            key.changed(|inner| inner.certificates = certificates)
        };
        if let Some(kid) = labels.kid { key.with_kid(&kid) } else { Ok(key) }
    }

    fn of(algorithm: Algorithm, public: &Public) -> Result<Self, Error> {
        Ok(Self::new(algorithm, algorithm::verifying(algorithm, public)?))
    }

    fn of_secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, Error> {
        secret::long_enough(algorithm, secret)?;
        Ok(Self::new(algorithm, algorithm::secret(algorithm, secret)?))
    }

    pub(super) fn new(algorithm: Algorithm, key: Verifying) -> Self {
        Self(Arc::new(Inner {
            kid: key.public.as_ref().map(|public| thumbprint(public).into()),
            certificates: Certificates::default(),
            algorithm,
            header_alg: algorithm.name(),
            signature_len: key.signature_len,
            public: key.public.map(Arc::new),
            engine: key.engine,
            origin: Origin::Plain,
        }))
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// The same key, computed by another implementation, which holds the same public key or secret.
    #[must_use]
    pub fn with_engine(self, engine: impl VerifyEngine) -> Self {
        self.changed(|inner| {
            inner.engine = Arc::new(engine);
            inner.origin = Origin::Caller;
        })
    }

    /// The same key, made ready to verify many signatures: it accepts exactly what it accepted before, in
    /// a fraction of the time, and takes more memory.
    ///
    /// | algorithm | memory for each key |
    /// |---|---|
    /// | `EdDSA` | 210 KiB, and 625 KiB once for the process |
    /// | `ES256` | 96 KiB, and 288 KiB once for the process |
    /// | RSA with the exponent 65537 | 2 KiB for 2048 bits |
    ///
    /// A key of another algorithm comes back unchanged, and so does one
    /// [`with_engine`](Self::with_engine). Clones share the memory. Preparing takes about 1 ms for each
    /// key, and up to 3 ms more for the first one of an algorithm: call it when the service starts.
    ///
    /// ```
    /// # #[cfg(feature = "ed25519")] {
    /// use countersign_signed::{KeySet, VerifyingKey};
    ///
    /// // RFC 8037 appendix A.2.
    /// let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// let keys = KeySet::new([VerifyingKey::from_jwk(jwk)?.prepared()])?;
    /// # }
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    #[must_use]
    pub fn prepared(self) -> Self {
        if self.0.origin != Origin::Plain {
            return self;
        }
        let engine = self.public().and_then(|public| algorithm::prepared(self.algorithm(), public));
        let Some(engine) = engine else { return self };
        self.changed(|inner| {
            inner.engine = engine;
            inner.origin = Origin::Prepared;
        })
    }

    /// The same key under this `kid`: 1 to 256 bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKid`].
    pub fn with_kid(self, kid: &str) -> Result<Self, Error> {
        let kid = checked_kid(kid)?;
        Ok(self.changed(|inner| inner.kid = Some(kid)))
    }

    /// The same key without a `kid`: it then serves only tokens that carry none.
    #[must_use]
    pub fn without_kid(self) -> Self {
        self.changed(|inner| inner.kid = None)
    }

    /// Whether [`prepared`](Self::prepared) had something to prepare.
    #[cfg(test)]
    pub(crate) fn is_prepared(&self) -> bool {
        self.0.origin == Origin::Prepared
    }

    /// Whether a token that names one of the two names the other: they share algorithm and `kid`.
    pub(super) fn is_namesake_of(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm() && self.kid() == other.kid()
    }

    /// Whether both are one public key; of secrets it is not known.
    pub(super) fn has_the_public_key_of(&self, other: &Self) -> bool {
        self.public().is_some() && self.public() == other.public()
    }

    pub(super) fn with_certificates_of(self, other: &Self) -> Self {
        self.changed(|inner| inner.certificates.add(&other.0.certificates))
    }

    pub(super) fn certificates(&self) -> &Certificates {
        &self.0.certificates
    }

    /// EdDSA is the one algorithm with two names.
    pub(super) fn with_rfc_9864_name(self) -> Self {
        self.changed(|inner| {
            if inner.algorithm == Algorithm::EdDSA {
                inner.header_alg = "Ed25519";
            }
        })
    }

    /// The key's `kid`: the RFC 7638 thumbprint of an asymmetric key unless another was given, nothing
    /// for a symmetric key unless one was given.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// The key's algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// The RFC 7638 thumbprint, with SHA-256, in base64url; nothing for a secret, which could be found by
    /// trying if its hash were published.
    #[must_use]
    pub fn thumbprint(&self) -> Option<String> {
        self.0.public.as_deref().map(thumbprint)
    }

    /// The public key in PEM, as [`Spki`](KeyFormat::Spki) or, for RSA, [`Pkcs1`](KeyFormat::Pkcs1).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`], also for HMAC, which has nothing public.
    pub fn to_pem(&self, format: KeyFormat) -> Result<String, Error> {
        let text = pem::encode(format.public_label()?, &self.to_der(format)?);
        Ok(String::clone(&text))
    }

    /// The public key in DER, as [`to_pem`](Self::to_pem) has it.
    ///
    /// # Errors
    ///
    /// As [`to_pem`](Self::to_pem).
    pub fn to_der(&self, format: KeyFormat) -> Result<Vec<u8>, Error> {
        der::write_public(self.exportable()?, format)
    }

    /// The bytes of the key alone: what [`from_bytes`](Self::from_bytes) takes, a point uncompressed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`] for RSA, which has no such form, and for HMAC.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        match self.exportable()? {
            Public::Ec { point, .. } | Public::Ed25519 { point } => Ok(point.clone()),
            Public::MlDsa { key, .. } => Ok(key.clone()),
            Public::Rsa { .. } => Err(no_raw_form()),
        }
    }

    /// The public key as a JWK, with `alg`, `use` and, if there is one, `kid`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotExportable`] for HMAC.
    pub fn to_jwk(&self) -> Result<String, Error> {
        Ok(jwk::write_public(self.exportable()?, self.kid(), self.0.header_alg))
    }

    fn exportable(&self) -> Result<&Public, Error> {
        self.public().ok_or_else(|| Error::noted(ErrorKind::NotExportable, "a secret has nothing public"))
    }

    pub(crate) fn public(&self) -> Option<&Public> {
        self.0.public.as_deref()
    }

    #[cfg(feature = "sign")]
    pub(crate) fn header_alg(&self) -> &'static str {
        self.0.header_alg
    }

    #[cfg(feature = "sign")]
    pub(crate) fn signature_len(&self) -> usize {
        self.0.signature_len
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == self.0.signature_len && self.0.engine.verify(message, signature)
    }
}

pub(super) fn no_raw_rsa() -> Error {
    Error::noted(ErrorKind::InvalidKey, "an RSA key is not one string of bytes: use DER, PEM or JWK")
}

pub(super) fn no_raw_form() -> Error {
    Error::noted(ErrorKind::NotExportable, "an RSA key is not one string of bytes: use DER, PEM or JWK")
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}
