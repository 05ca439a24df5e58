//! DER (X.690), as far as keys need it: PKCS#8, PKCS#1, SEC 1 and SubjectPublicKeyInfo, read and written.
//!
//! All four come apart into the same [`Public`](crate::algorithm::Public) and [`Private`](crate::algorithm::Private)
//! that JWKs come apart into, so no family of algorithms knows of formats, and no format knows how a key is used. One
//! reader for all of them can also say what it found in place of what was expected. With the readers of the algorithms'
//! libraries instead, the crate would have five times as many dependencies, and could not name a key of a family that
//! this build leaves out.
//!
//! It reads definite, minimal lengths and nothing else, takes no encrypted keys, no curve given by its
//! parameters, and no RSA key of more than two primes.

mod oid;
#[cfg(feature = "sign")]
mod private;
mod public;
mod reader;
#[cfg(feature = "sign")]
mod signature;
mod writer;

#[cfg(feature = "sign")]
pub(crate) use private::{check_parameters, read_private, write_private};
pub(crate) use public::{read_public, write_public};
#[cfg(feature = "sign")]
pub use signature::ecdsa_signature_from_der;

use crate::error::{Error, ErrorKind};

/// The most bytes of a key: one of RSA with 8192 bits has about 4700.
pub(crate) const MAX_LEN: usize = 16 * 1024;

/// A container of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFormat {
    /// Private keys of every kind but secrets: `PRIVATE KEY`, RFC 5958.
    Pkcs8,
    /// RSA keys, private or public: `RSA PRIVATE KEY` and `RSA PUBLIC KEY`, RFC 8017 appendix A.1.
    Pkcs1,
    /// Private keys on elliptic curves: `EC PRIVATE KEY`, RFC 5915.
    Sec1,
    /// Public keys of every kind: `PUBLIC KEY`, RFC 5280 section 4.1.2.7.
    Spki,
}

impl KeyFormat {
    /// The label of a private key in PEM.
    #[cfg(feature = "sign")]
    pub(crate) fn private_label(self) -> Result<&'static str, Error> {
        match self {
            Self::Pkcs8 => Ok("PRIVATE KEY"),
            Self::Pkcs1 => Ok("RSA PRIVATE KEY"),
            Self::Sec1 => Ok("EC PRIVATE KEY"),
            Self::Spki => Err(not_exportable("SPKI holds public keys: export the verifying key")),
        }
    }

    /// The label of a public key in PEM.
    pub(crate) fn public_label(self) -> Result<&'static str, Error> {
        match self {
            Self::Spki => Ok("PUBLIC KEY"),
            Self::Pkcs1 => Ok("RSA PUBLIC KEY"),
            Self::Pkcs8 | Self::Sec1 => Err(not_exportable("this format holds private keys")),
        }
    }
}

/// The bytes are not DER, or not of a key.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        invalid("it is not the DER of a key")
    }
}

fn invalid(note: &'static str) -> Error {
    Error::noted(ErrorKind::InvalidKey, note)
}

fn not_exportable(note: &'static str) -> Error {
    Error::noted(ErrorKind::NotExportable, note)
}

/// What a sequence is by its first two elements, which the formats differ in.
fn shape(der: &[u8]) -> Result<(u8, u8), Error> {
    if der.len() > MAX_LEN {
        return Err(invalid("a key has at most 16384 bytes"));
    }
    let mut reader = reader::Reader::new(der);
    let mut body = reader.sequence()?;
    reader.finish()?;
    let (first, _) = body.element()?;
    let (second, _) = body.element()?;
    Ok((first, second))
}
