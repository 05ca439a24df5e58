//! `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2): which kind of key stands in a container.

use super::reader::{NULL, OID, Reader, SEQUENCE};
use super::writer::element;
use super::{Malformed, invalid};
use crate::algorithm::{Algorithm, Curve, Kind, Scheme};
use crate::error::{Error, ErrorKind};

/// RFC 8017 appendix C.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const MGF1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 8];
const RSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
/// RFC 5480 section 2.1.1.
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
/// RFC 8410 section 3.
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

/// RFC 9881 section 2.
const ML_DSA: [(Algorithm, &[u8]); 3] = [
    (Algorithm::MLDSA44, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17]),
    (Algorithm::MLDSA65, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18]),
    (Algorithm::MLDSA87, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19]),
];

/// SHA-2 (RFC 8017 appendix B.1), as the PSS algorithm that takes it, with the length of the hash.
const PSS: [(Algorithm, &[u8], u8); 3] = [
    (Algorithm::PS256, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], 32),
    (Algorithm::PS384, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], 48),
    (Algorithm::PS512, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3], 64),
];

/// Kinds of key that an error may name, though nothing here takes them.
const FOREIGN: [(&[u8], &str); 5] = [
    (&[0x2B, 0x65, 0x6E], "an X25519 key"),
    (&[0x2B, 0x65, 0x6F], "an X448 key"),
    (&[0x2B, 0x65, 0x71], "an Ed448 key"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 1], "a DSA key"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 3, 1], "a Diffie-Hellman key"),
];

/// RFC 5480 section 2.1.1.1; SEC 2 section 2.4.1 for secp256k1.
fn curve_oid(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7],
        Curve::P384 => &[0x2B, 0x81, 4, 0, 0x22],
        Curve::P521 => &[0x2B, 0x81, 4, 0, 0x23],
        Curve::Secp256k1 => &[0x2B, 0x81, 4, 0, 0x0A],
    }
}

/// `ECParameters` (RFC 5480 section 2.1.1): a named curve, and nothing that describes one.
pub(super) fn read_curve(parameters: &mut Reader<'_>) -> Result<Curve, Error> {
    let (tag, content) = parameters.element()?;
    if tag != OID {
        return Err(invalid("its curve is not given by name"));
    }
    let known = Curve::ALL.into_iter().find(|&curve| curve_oid(curve) == content);
    known.ok_or_else(|| invalid("it is on another curve than P-256, P-384, P-521 and secp256k1"))
}

pub(super) fn write_curve(curve: Curve) -> Vec<u8> {
    element(OID, &[curve_oid(curve)]).to_vec()
}

/// Takes the next element of a container, which says what key there is.
pub(super) fn read_algorithm(container: &mut Reader<'_>) -> Result<Kind, Error> {
    let mut identifier = container.sequence()?;
    let oid = identifier.expect(OID)?;
    let kind = match oid {
        RSA => {
            // RFC 8017 appendix A.1: NULL, and not left out.
            if !identifier.expect(NULL)?.is_empty() {
                return Err(Malformed.into());
            }
            Kind::Rsa(Scheme::Any)
        }
        RSA_PSS => Kind::Rsa(read_pss(&mut identifier)?),
        EC => Kind::Ec(read_curve(&mut identifier)?),
        ED25519 => Kind::Ed25519,
        _ => match ML_DSA.iter().find(|(_, own)| *own == oid) {
            Some(&(algorithm, _)) => Kind::MlDsa(algorithm),
            None => return Err(foreign(oid)),
        },
    };
    // RFC 8410 section 3, RFC 9881 section 2: no parameters.
    identifier.finish()?;
    Ok(kind)
}

fn foreign(oid: &[u8]) -> Error {
    let named = FOREIGN.iter().find(|(own, _)| *own == oid);
    let found = named.map_or("a key of an unknown kind", |(_, name)| name);
    Error::noted(ErrorKind::InvalidKey, format!("found {found}"))
}

/// RFC 4055 section 3.1: what an RSA key restricted to PSS is restricted to.
fn read_pss(identifier: &mut Reader<'_>) -> Result<Scheme, Error> {
    let mut parameters = match identifier.clone().element() {
        Err(_) => return Ok(Scheme::Pss),
        Ok(_) => identifier.sequence()?,
    };
    let unfit = || invalid("its PSS parameters are not those of RFC 7518 section 3.5");
    // What is left out has a default with SHA-1, and no algorithm here uses that.
    let hash = parameters.optional(0xA0)?.ok_or_else(unfit)?;
    let mask = parameters.optional(0xA1)?.ok_or_else(unfit)?;
    let salt = parameters.optional(0xA2)?;
    // The trailer field has one value, which DER leaves out.
    parameters.finish()?;
    let hash = read_hash(&mut Reader::new(hash))?;
    let mut mask = Reader::new(mask).sequence()?;
    if mask.expect(OID)? != MGF1 || read_hash(&mut mask)? != hash {
        return Err(unfit());
    }
    let (algorithm, _, length) = *PSS.iter().find(|(_, own, _)| *own == hash).ok_or_else(unfit)?;
    // The least length of a salt, 20 if left out; ours is as long as the hash.
    let shortest = salt.map_or(Ok(20), |salt| Reader::new(salt).small())?;
    if shortest > length { Err(unfit()) } else { Ok(Scheme::PssAs(algorithm)) }
}

/// A hash's identifier, with its parameters NULL or left out (RFC 4055 section 2.1).
fn read_hash<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let mut identifier = reader.sequence()?;
    let oid = identifier.expect(OID)?;
    identifier.optional(NULL)?;
    identifier.finish()?;
    Ok(oid)
}

/// The identifier of a key that is restricted to nothing beyond its kind.
pub(super) fn write_algorithm(kind: Kind) -> Vec<u8> {
    let oid = |content: &[u8]| element(OID, &[content]);
    let parts = match kind {
        Kind::Ec(curve) => vec![oid(EC).to_vec(), write_curve(curve)],
        Kind::Ed25519 => vec![oid(ED25519).to_vec()],
        Kind::MlDsa(algorithm) => {
            let own = ML_DSA.iter().find(|(own, _)| *own == algorithm);
            vec![oid(own.map_or(&[], |(_, oid)| oid)).to_vec()]
        }
        Kind::Rsa(_) | Kind::Secret => vec![oid(RSA).to_vec(), element(NULL, &[]).to_vec()],
    };
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    element(SEQUENCE, &parts).to_vec()
}
