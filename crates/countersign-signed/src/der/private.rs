//! Private keys: PKCS#8, PKCS#1 and SEC 1.
//!
//! Public halves that stand beside a private key are handed on as claims: whoever makes the key compares
//! them with what the private key gives.

use zeroize::Zeroizing;

use super::oid::{read_algorithm, read_curve, write_algorithm, write_curve};
use super::public::raw;
use super::reader::{BIT_STRING, INTEGER, OCTET_STRING, Reader, SEQUENCE, whole_bits};
use super::writer::{element, unsigned};
use super::{KeyFormat, Malformed, invalid, not_exportable, shape};
use crate::algorithm::{Curve, Kind, Pair, Private, Public, RsaCrt, RsaPrivate, Scheme, Secret};
use crate::error::Error;

/// Reads a private key, telling the three formats apart by their structure.
pub(crate) fn read_private(der: &[u8], format: Option<KeyFormat>) -> Result<Pair, Error> {
    let found = match shape(der)? {
        (INTEGER, SEQUENCE) => KeyFormat::Pkcs8,
        (INTEGER, INTEGER) => KeyFormat::Pkcs1,
        (INTEGER, OCTET_STRING) => KeyFormat::Sec1,
        (SEQUENCE, BIT_STRING) => return Err(invalid("expected a private key, found a public one")),
        (SEQUENCE, OCTET_STRING) => return Err(invalid("it is encrypted")),
        _ => return Err(Malformed.into()),
    };
    if format.is_some_and(|format| format != found) {
        return Err(Malformed.into());
    }
    let body = Reader::new(der).sequence()?;
    match found {
        KeyFormat::Pkcs1 => pair(Private::Rsa(read_rsa(body, Scheme::Any)?), Vec::new()),
        KeyFormat::Sec1 => read_ec(body, None),
        _ => read_pkcs8(body),
    }
}

fn pair(private: Private, claimed: Vec<Public>) -> Result<Pair, Error> {
    Ok(Pair { private, claimed })
}

fn secret(bytes: &[u8]) -> Secret {
    Zeroizing::new(bytes.to_vec())
}

/// `OneAsymmetricKey` (RFC 5958 section 2).
fn read_pkcs8(mut body: Reader<'_>) -> Result<Pair, Error> {
    let version = body.small()?;
    let kind = read_algorithm(&mut body)?;
    let key = body.expect(OCTET_STRING)?;
    // Attributes, in either version; they say nothing about the key itself.
    body.optional(0xA0)?;
    // A public key has a place in version 2 alone, whose number is 1.
    let public = match version {
        0 => None,
        1 => match body.optional(0x81)? {
            Some(bits) => Some(whole_bits(bits)?),
            // ring wrote Ed25519 keys with an explicit tag here before version 0.17.
            None if kind == Kind::Ed25519 => body.optional(0xA1)?.map(explicit_bits).transpose()?,
            None => None,
        },
        _ => return Err(Malformed.into()),
    };
    body.finish()?;
    let mut reader = Reader::new(key);
    let mut read = match kind {
        Kind::Rsa(scheme) => {
            let body = reader.sequence()?;
            pair(Private::Rsa(read_rsa(body, scheme)?), Vec::new())
        }
        Kind::Ec(curve) => read_ec(reader.sequence()?, Some(curve)),
        // RFC 8410 section 7.
        Kind::Ed25519 => pair(Private::Ed25519 { seed: secret(reader.expect(OCTET_STRING)?) }, Vec::new()),
        Kind::MlDsa(algorithm) => {
            // RFC 9881 section 6: the seed, the expanded key, or both, of which the seed is enough.
            let seed = reader.optional(0x80)?;
            let seed = seed.ok_or_else(|| invalid("expected an ML-DSA key in the form of its seed alone"))?;
            pair(Private::MlDsa { algorithm, seed: secret(seed) }, Vec::new())
        }
        Kind::Secret => Err(Malformed.into()),
    }?;
    reader.finish()?;
    if let Some(public) = public {
        // Not for RSA, whose private key is the whole pair.
        read.claimed.push(raw(kind, public)?);
    }
    Ok(read)
}

/// The bytes of a bit string that is the only content of another element.
fn explicit_bits(content: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(content);
    let bits = reader.whole_bits()?;
    reader.finish()?;
    Ok(bits)
}

/// Checks that an `EC PARAMETERS` block beside a key names the curve that the key names.
pub(crate) fn check_parameters(parameters: &[u8], key: &Private) -> Result<(), Error> {
    let mut reader = Reader::new(parameters);
    let named = read_curve(&mut reader)?;
    reader.finish()?;
    match key {
        Private::Ec { curve, .. } if *curve == named => Ok(()),
        _ => Err(invalid("the block `EC PARAMETERS` names another curve than the key")),
    }
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2), of two primes.
fn read_rsa(mut body: Reader<'_>, scheme: Scheme) -> Result<RsaPrivate, Error> {
    if body.small()? != 0 {
        return Err(invalid("an RSA key has two primes here, and no more"));
    }
    let n = body.unsigned()?.to_vec();
    let e = body.unsigned()?.to_vec();
    let mut next = || body.unsigned().map(secret);
    let d = next()?;
    let crt = RsaCrt { p: next()?, q: next()?, dp: next()?, dq: next()?, qi: next()? };
    body.finish()?;
    Ok(RsaPrivate { scheme, n, e, d, crt: Some(crt) })
}

/// `ECPrivateKey` (RFC 5915 section 3). Within PKCS#8 the curve is `outer`, and may be repeated.
fn read_ec(mut body: Reader<'_>, outer: Option<Curve>) -> Result<Pair, Error> {
    if body.small()? != 1 {
        return Err(Malformed.into());
    }
    let scalar = body.expect(OCTET_STRING)?;
    let inner = body.optional(0xA0)?;
    let public = body.optional(0xA1)?;
    body.finish()?;
    let inner = inner
        .map(|parameters| {
            let mut parameters = Reader::new(parameters);
            let curve = read_curve(&mut parameters)?;
            parameters.finish()?;
            Ok::<Curve, Error>(curve)
        })
        .transpose()?;
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => return Err(invalid("it names two curves")),
        (Some(curve), _) | (None, Some(curve)) => curve,
        (None, None) => return Err(invalid("it does not name its curve")),
    };
    let mut claimed = Vec::new();
    if let Some(public) = public {
        claimed.push(Public::Ec { curve, point: explicit_bits(public)?.to_vec() });
    }
    pair(Private::Ec { curve, scalar: secret(scalar) }, claimed)
}

/// Writes a private key, with `public`, its public half, where the format has a place for it that others
/// read: in PKCS#8 of version 1 that is EC alone, since OpenSSL 3.0 reads no version 2.
pub(crate) fn write_private(private: &Private, public: &Public, format: KeyFormat) -> Result<Secret, Error> {
    let inner = match (private, format) {
        (Private::Secret(_), _) => return Err(not_exportable("a secret has no such form")),
        (_, KeyFormat::Spki) => {
            return Err(not_exportable("SPKI holds public keys: export the verifying key"));
        }
        (Private::Rsa(key), KeyFormat::Pkcs1) => return write_rsa(key),
        (_, KeyFormat::Pkcs1) => return Err(not_exportable("PKCS#1 is for RSA keys")),
        (Private::Ec { curve, scalar }, KeyFormat::Sec1) => {
            return Ok(write_ec(scalar, Some(*curve), public));
        }
        (_, KeyFormat::Sec1) => return Err(not_exportable("SEC 1 is for EC keys")),
        (Private::Rsa(key), KeyFormat::Pkcs8) => write_rsa(key)?,
        (Private::Ec { scalar, .. }, KeyFormat::Pkcs8) => write_ec(scalar, None, public),
        (Private::Ed25519 { seed }, KeyFormat::Pkcs8) => element(OCTET_STRING, &[seed]),
        (Private::MlDsa { seed, .. }, KeyFormat::Pkcs8) => element(0x80, &[seed]),
    };
    let algorithm = write_algorithm(public.kind());
    Ok(element(SEQUENCE, &[&unsigned(&[]), &algorithm, &element(OCTET_STRING, &[&inner])]))
}

fn write_rsa(key: &RsaPrivate) -> Result<Secret, Error> {
    // Keys that have been made are complete, whatever they were made of.
    let crt = key.crt.as_ref().ok_or_else(|| not_exportable("its primes are not known"))?;
    let RsaCrt { p, q, dp, dq, qi } = crt;
    let integers: [&[u8]; 9] = [&[], &key.n, &key.e, &key.d, p, q, dp, dq, qi];
    let written = integers.map(unsigned);
    let parts: Vec<&[u8]> = written.iter().map(|integer| integer.as_slice()).collect();
    Ok(element(SEQUENCE, &parts))
}

fn write_ec(scalar: &[u8], curve: Option<Curve>, public: &Public) -> Secret {
    let parameters = curve.map(|curve| element(0xA0, &[&write_curve(curve)])).unwrap_or_default();
    let point = match public {
        Public::Ec { point, .. } => element(0xA1, &[&element(BIT_STRING, &[&[0], point])]),
        _ => Zeroizing::default(),
    };
    element(SEQUENCE, &[&unsigned(&[1]), &element(OCTET_STRING, &[scalar]), &parameters, &point])
}
