//! The same for private keys, and new ones.

use rand::TryRng as _;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use super::{Signing, demand, left_out, verifying};
use crate::algorithm::{Algorithm, Kind, Pair, Private};
use crate::error::{Error, ErrorKind};

/// Computes signatures.
pub(crate) trait Sign: Send + Sync {
    /// Appends `.` and the signature of the text so far.
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error>;
}

/// Appends `.` and this signature.
pub(crate) fn append(token: &mut Vec<u8>, signature: &[u8]) {
    token.push(b'.');
    crate::base64url::push(token, signature);
}

/// A signing key of these parts.
pub(crate) fn signing(algorithm: Algorithm, pair: Pair) -> Result<Signing, Error> {
    demand(algorithm, pair.private.kind())?;
    let key: Signing = match pair.private {
        #[cfg(feature = "hmac")]
        Private::Secret(secret) => crate::algorithm::hmac::signing(algorithm, secret),
        #[cfg(feature = "rsa")]
        Private::Rsa(private) => crate::algorithm::rsa::signing(algorithm, &private),
        #[cfg(feature = "ecdsa")]
        Private::Ec { curve, scalar } => crate::algorithm::ecdsa::signing(curve, scalar),
        #[cfg(feature = "ed25519")]
        Private::Ed25519 { seed } => crate::algorithm::ed25519::signing(seed),
        #[cfg(feature = "ml-dsa")]
        Private::MlDsa { algorithm, seed } => crate::algorithm::ml_dsa::signing(algorithm, seed),
        #[allow(unreachable_patterns, reason = "reached where families are left out")]
        _ => Err(left_out(algorithm)),
    }?;
    for claimed in &pair.claimed {
        // Made into a key, so that two spellings of one point are equal.
        if verifying(algorithm, claimed)?.public != key.verifying.public {
            return Err(Error::noted(
                ErrorKind::InvalidKey,
                "the public key beside the private one is not its own",
            ));
        }
    }
    Ok(key)
}

/// Bits of an RSA modulus unless others are asked for: what every implementation takes.
const RSA_BITS: usize = 2048;

/// A new private key, of bytes from the operating system.
pub(crate) fn generate(algorithm: Algorithm) -> Result<Pair, Error> {
    let private = match algorithm.kind() {
        Kind::Secret => {
            Private::Secret(random(algorithm.secret_len().ok_or(ErrorKind::UnsupportedAlgorithm)?)?)
        }
        Kind::Ed25519 => Private::Ed25519 { seed: random(32)? },
        Kind::MlDsa(algorithm) => Private::MlDsa { algorithm, seed: random(32)? },
        #[cfg(feature = "ecdsa")]
        Kind::Ec(curve) => Private::Ec { curve, scalar: crate::algorithm::ecdsa::generate(curve)? },
        Kind::Rsa(_) => return generate_rsa(algorithm, RSA_BITS),
        #[allow(unreachable_patterns, reason = "reached where families are left out")]
        _ => return Err(left_out(algorithm)),
    };
    Ok(Pair { private, claimed: Vec::new() })
}

/// A new RSA key, whose modulus has this many bits.
pub(crate) fn generate_rsa(algorithm: Algorithm, bits: usize) -> Result<Pair, Error> {
    let Kind::Rsa(_) = algorithm.kind() else {
        let note = format!("{} has no RSA keys", algorithm.name());
        return Err(Error::noted(ErrorKind::InvalidKey, note));
    };
    #[cfg(feature = "rsa")]
    return Ok(Pair { private: Private::Rsa(crate::algorithm::rsa::generate(bits)?), claimed: Vec::new() });
    #[cfg(not(feature = "rsa"))]
    {
        let _ = bits;
        Err(left_out(algorithm))
    }
}

fn random(length: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| Error::caused(ErrorKind::RandomSource, error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    /// What has been wiped cannot be looked at in safe code, so a bound holds it fast: the features
    /// `zeroize` of the libraries are on. HMAC is two cores of the hash, and a block of the message.
    #[test]
    fn what_holds_private_keys_wipes_them() {
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<super::Zeroizing<Vec<u8>>>();
        #[cfg(feature = "hmac")]
        {
            wiped::<sha2::Sha256>();
            wiped::<<sha2::Sha256 as hmac::EagerHash>::Core>();
            wiped::<<sha2::Sha384 as hmac::EagerHash>::Core>();
            wiped::<<sha2::Sha512 as hmac::EagerHash>::Core>();
        }
        #[cfg(feature = "ed25519")]
        wiped::<ed25519_dalek::SigningKey>();
        #[cfg(feature = "rsa")]
        {
            wiped::<rsa::PrivateKey>();
            wiped::<rsa::pkcs1v15::SigningKey<sha2::Sha256>>();
            wiped::<rsa::pss::SigningKey<sha2::Sha256>>();
        }
        #[cfg(feature = "ecdsa")]
        {
            wiped::<ecdsa::SigningKey<p256::NistP256>>();
            wiped::<ecdsa::SigningKey<k256::Secp256k1>>();
        }
        #[cfg(feature = "ml-dsa")]
        wiped::<ml_dsa::SigningKey<ml_dsa::MlDsa44>>();
    }
}
