//! Public keys: SubjectPublicKeyInfo, and PKCS#1.

use super::oid::{read_algorithm, write_algorithm};
use super::reader::{BIT_STRING, INTEGER, Reader, SEQUENCE};
use super::writer::{element, unsigned};
use super::{KeyFormat, Malformed, invalid, not_exportable, shape};
use crate::algorithm::{Kind, Public, Scheme};
use crate::error::Error;

/// Reads a public key, telling the two formats apart by their structure.
pub(crate) fn read_public(der: &[u8], format: Option<KeyFormat>) -> Result<Public, Error> {
    let found = match shape(der)? {
        (SEQUENCE, BIT_STRING) => KeyFormat::Spki,
        (INTEGER, INTEGER) => KeyFormat::Pkcs1,
        (INTEGER, _) => return Err(invalid("expected a public key, found a private one")),
        _ => return Err(Malformed.into()),
    };
    if format.is_some_and(|format| format != found) {
        return Err(Malformed.into());
    }
    let mut reader = Reader::new(der).sequence()?;
    if found == KeyFormat::Pkcs1 {
        return read_rsa(reader, Scheme::Any);
    }
    let kind = read_algorithm(&mut reader)?;
    let key = reader.whole_bits()?;
    reader.finish()?;
    match kind {
        Kind::Rsa(scheme) => read_rsa(Reader::new(key).sequence()?, scheme),
        _ => Ok(raw(kind, key)?),
    }
}

/// A public key whose bytes stand in the container as they are.
pub(super) fn raw(kind: Kind, key: &[u8]) -> Result<Public, Malformed> {
    let key = key.to_vec();
    match kind {
        Kind::Ec(curve) => Ok(Public::Ec { curve, point: key }),
        Kind::Ed25519 => Ok(Public::Ed25519 { point: key }),
        Kind::MlDsa(algorithm) => Ok(Public::MlDsa { algorithm, key }),
        Kind::Rsa(_) | Kind::Secret => Err(Malformed),
    }
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn read_rsa(mut body: Reader<'_>, scheme: Scheme) -> Result<Public, Error> {
    let n = body.unsigned()?.to_vec();
    let e = body.unsigned()?.to_vec();
    if body.element().is_ok() {
        // Nine integers are a private key.
        return Err(invalid("expected the two integers of an RSA public key, found more"));
    }
    Ok(Public::Rsa { n, e, scheme })
}

/// Writes a public key.
pub(crate) fn write_public(public: &Public, format: KeyFormat) -> Result<Vec<u8>, Error> {
    let rsa = |n: &[u8], e: &[u8]| element(SEQUENCE, &[&unsigned(n), &unsigned(e)]).to_vec();
    let key = match (public, format) {
        (Public::Rsa { n, e, .. }, KeyFormat::Pkcs1) => return Ok(rsa(n, e)),
        (_, KeyFormat::Pkcs1) => return Err(not_exportable("PKCS#1 is for RSA keys")),
        (_, KeyFormat::Pkcs8 | KeyFormat::Sec1) => {
            return Err(not_exportable("this format holds private keys"));
        }
        (Public::Rsa { n, e, .. }, KeyFormat::Spki) => rsa(n, e),
        (Public::Ec { point: key, .. } | Public::Ed25519 { point: key } | Public::MlDsa { key, .. }, _) => {
            key.clone()
        }
    };
    let bits = element(BIT_STRING, &[&[0], &key]);
    Ok(element(SEQUENCE, &[&write_algorithm(public.kind()), &bits]).to_vec())
}
