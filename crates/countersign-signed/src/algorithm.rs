//! The signature algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864).
//!
//! A closed set: a header's `alg` either names one of these, exactly and in this case, or the token is
//! refused. There is no value for `none`, so none can be asked for. A family of algorithms is a file of
//! this folder and one variant in each of the two enums of prepared keys below; nothing else knows of it.

pub(crate) mod ed25519;
pub(crate) mod hmac;
pub(crate) mod rsa;

use crate::error::{Error, ErrorKind};

/// A signature algorithm. A key has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256: one secret signs and verifies. RFC 7518 section 3.2.
    HS256,
    /// Ed25519. RFC 8037 section 3.1; tokens that name it `Ed25519` (RFC 9864 section 2.2) are taken too.
    EdDSA,
    /// RSASSA-PKCS1-v1_5 with SHA-256. RFC 7518 section 3.3.
    RS256,
}

impl Algorithm {
    /// The name that goes into the header's `alg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::EdDSA => "EdDSA",
            Self::RS256 => "RS256",
        }
    }

    /// Case matters (RFC 7515 section 4.1.1).
    pub(crate) fn parse(alg: &str) -> Result<Self, Error> {
        match alg {
            "HS256" => Ok(Self::HS256),
            // Ed448, which `EdDSA` could also mean, has no key type here.
            "EdDSA" | "Ed25519" => Ok(Self::EdDSA),
            "RS256" => Ok(Self::RS256),
            _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
        }
    }
}

/// A prepared key that signs.
pub(crate) enum SigningMaterial {
    Hmac(hmac::Key),
    Ed25519(ed25519::SigningKey),
    Rsa(Box<rsa::SigningKey>),
}

impl SigningMaterial {
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hmac(_) => Algorithm::HS256,
            Self::Ed25519(_) => Algorithm::EdDSA,
            Self::Rsa(_) => Algorithm::RS256,
        }
    }

    /// Appends `.` and the signature of the text so far.
    pub(crate) fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Hmac(key) => append(token, &key.sign(token)),
            Self::Ed25519(key) => append(token, &key.sign(token)),
            Self::Rsa(key) => append(token, &key.sign(token)?),
        }
        Ok(())
    }

    /// Bytes of a signature.
    pub(crate) fn signature_len(&self) -> usize {
        match self {
            Self::Hmac(_) => hmac::SIGNATURE_LEN,
            Self::Ed25519(_) => ed25519::SIGNATURE_LEN,
            Self::Rsa(key) => key.signature_len(),
        }
    }

    pub(crate) fn verifying(&self) -> VerifyingMaterial {
        match self {
            Self::Hmac(key) => VerifyingMaterial::Hmac(key.clone()),
            Self::Ed25519(key) => VerifyingMaterial::Ed25519(key.verifying_key()),
            Self::Rsa(key) => VerifyingMaterial::Rsa(Box::new(key.verifying_key())),
        }
    }
}

fn append(token: &mut Vec<u8>, signature: &[u8]) {
    token.push(b'.');
    crate::base64url::push(token, signature);
}

/// A prepared key that verifies.
pub(crate) enum VerifyingMaterial {
    Hmac(hmac::Key),
    Ed25519(ed25519::VerifyingKey),
    Rsa(Box<rsa::VerifyingKey>),
}

impl VerifyingMaterial {
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hmac(_) => Algorithm::HS256,
            Self::Ed25519(_) => Algorithm::EdDSA,
            Self::Rsa(_) => Algorithm::RS256,
        }
    }

    /// Whether `signature`, of any length, is right for `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => key.verify(message, signature),
            Self::Ed25519(key) => key.verify(message, signature),
            Self::Rsa(key) => key.verify(message, signature),
        }
    }

    /// The JWK members that an RFC 7638 thumbprint covers, in its order; nothing for a secret, which must
    /// not be guessed from a published hash.
    pub(crate) fn thumbprint_input(&self) -> Option<String> {
        match self {
            Self::Hmac(_) => None,
            Self::Ed25519(key) => Some(key.thumbprint_input()),
            Self::Rsa(key) => Some(key.thumbprint_input()),
        }
    }

    /// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) in DER.
    pub(crate) fn spki(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Hmac(_) => Err(ErrorKind::NotExportable.into()),
            Self::Ed25519(key) => Ok(key.spki()),
            Self::Rsa(key) => key.spki(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What has been wiped cannot be looked at in safe code, so a bound holds it fast: the features
    /// `zeroize` of the libraries are on. HMAC is two cores of the hash, and a block of its own.
    #[test]
    fn what_holds_private_keys_wipes_them() {
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<ed25519_dalek::SigningKey>();
        wiped::<::rsa::PrivateKey>();
        wiped::<::rsa::pkcs1v15::SigningKey<sha2::Sha256>>();
        wiped::<sha2::Sha256>();
        wiped::<<sha2::Sha256 as ::hmac::EagerHash>::Core>();
    }

    #[test]
    fn a_header_names_an_algorithm_exactly_or_not_at_all() {
        assert_eq!(Algorithm::parse("HS256").unwrap(), Algorithm::HS256);
        assert_eq!(Algorithm::parse("EdDSA").unwrap(), Algorithm::EdDSA);
        assert_eq!(Algorithm::parse("Ed25519").unwrap(), Algorithm::EdDSA);
        assert_eq!(Algorithm::parse("RS256").unwrap(), Algorithm::RS256);
        for alg in
            ["none", "None", "nOnE", "NONE", "", "hs256", "HS256 ", "HS384", "RS1", "EDDSA", "Ed448", "ES256"]
        {
            assert_eq!(Algorithm::parse(alg).unwrap_err().kind(), ErrorKind::UnsupportedAlgorithm, "{alg}");
        }
    }
}
