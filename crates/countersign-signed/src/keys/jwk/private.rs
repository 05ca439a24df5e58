//! The private members of each kind of key.

use super::members::{Jwk, invalid};
use super::{Labels, Wanted, labels, parse, public};
use crate::algorithm::{Kind, Pair, Private, Public, RsaCrt, RsaPrivate, Scheme};
use crate::error::Error;

/// The members of which RFC 7518 section 6.3.2 wants all, if there is one.
const CRT: [&str; 5] = ["p", "q", "dp", "dq", "qi"];

/// Reads a key that signs.
pub(in crate::keys) fn read(text: &str, wanted: Wanted) -> Result<(Labels<'_>, Pair), Error> {
    let jwk = parse(text)?;
    jwk.permit("sign")?;
    let labels = labels(&jwk, wanted)?;
    let kind = jwk.kind()?;
    let private = match kind {
        Kind::Secret => "k",
        Kind::MlDsa(_) => "priv",
        _ => "d",
    };
    if !jwk.has(private) {
        return Err(invalid("expected a private key, found a public one"));
    }
    let private = match kind {
        Kind::Secret => {
            return Ok((labels, Pair { private: Private::Secret(jwk.bytes("k")?), claimed: Vec::new() }));
        }
        Kind::Rsa(_) => Private::Rsa(rsa(&jwk)?),
        Kind::Ec(curve) => Private::Ec { curve, scalar: jwk.sized("d", curve.field_len())? },
        Kind::Ed25519 => Private::Ed25519 { seed: jwk.sized("d", 32)? },
        Kind::MlDsa(algorithm) => Private::MlDsa { algorithm, seed: jwk.sized("priv", 32)? },
    };
    // The public half is required too, and must be the private one's.
    let claimed: Vec<Public> = vec![public::read(&jwk, kind)?];
    Ok((labels, Pair { private, claimed }))
}

fn rsa(jwk: &Jwk<'_>) -> Result<RsaPrivate, Error> {
    if jwk.has("oth") {
        return Err(invalid("an RSA key has two primes here, and no more"));
    }
    let crt = if CRT.iter().any(|name| jwk.has(name)) {
        let [p, q, dp, dq, qi] = CRT.map(|name| jwk.integer(name));
        Some(RsaCrt { p: p?, q: q?, dp: dp?, dq: dq?, qi: qi? })
    } else {
        None
    };
    let (n, e) = (jwk.integer("n")?.to_vec(), jwk.integer("e")?.to_vec());
    Ok(RsaPrivate { scheme: Scheme::Any, n, e, d: jwk.integer("d")?, crt })
}
