//! RSA private keys.
//!
//! Signing is blinded with bytes of the operating system; `RUSTSEC-2023-0071` (a timing side channel of
//! the private operation) still stands against the library, so a server that signs with RSA where an
//! attacker can measure it should do so elsewhere. Verifying handles nothing secret and is not affected.

use std::sync::Arc;

use rand::rngs::SysRng;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{BoxedUint, PrivateKey, pkcs1v15, pss};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{BITS, judge, malformed, no_rsa_algorithm, uint, verifying};
use crate::algorithm::registry::Signing;
use crate::algorithm::{Algorithm, Private, RsaCrt, RsaPrivate, Scheme, Secret, Sign, append};
use crate::error::{Error, ErrorKind};

/// Zeroized by the library when dropped. The signature's type says which scheme it is.
struct Key<K, S>(K, std::marker::PhantomData<fn() -> S>);

impl<K: RandomizedSigner<S> + Send + Sync, S: SignatureEncoding> Sign for Key<K, S> {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let signature = self
            .0
            .try_sign_with_rng(&mut SysRng, token)
            .map_err(|error| Error::caused(ErrorKind::SigningFailed, error))?;
        append(token, signature.to_bytes().as_ref());
        Ok(())
    }
}

fn engine<S, K>(key: K) -> Arc<dyn Sign>
where
    S: SignatureEncoding + 'static,
    K: RandomizedSigner<S> + Send + Sync + 'static,
{
    Arc::new(Key(key, std::marker::PhantomData))
}

pub(in crate::algorithm) fn signing(algorithm: Algorithm, parts: &RsaPrivate) -> Result<Signing, Error> {
    judge(&parts.n, &parts.e)?;
    let verifying = verifying(algorithm, &parts.n, &parts.e)?;
    let key = assemble(parts)?;
    let private = Private::Rsa(RsaPrivate { scheme: Scheme::Any, ..take_apart(&key)? });
    let engine = match algorithm {
        Algorithm::RS384 => engine(pkcs1v15::SigningKey::<Sha384>::new(key)),
        Algorithm::RS512 => engine(pkcs1v15::SigningKey::<Sha512>::new(key)),
        Algorithm::PS256 => engine(pss::SigningKey::<Sha256>::new(key)),
        Algorithm::PS384 => engine(pss::SigningKey::<Sha384>::new(key)),
        Algorithm::PS512 => engine(pss::SigningKey::<Sha512>::new(key)),
        Algorithm::RS256 => engine(pkcs1v15::SigningKey::<Sha256>::new(key)),
        _ => return Err(no_rsa_algorithm(algorithm)),
    };
    Ok(Signing { engine, private, verifying })
}

/// The library's key, if all parts belong together.
fn assemble(parts: &RsaPrivate) -> Result<PrivateKey, Error> {
    let unfit = || Error::noted(ErrorKind::InvalidKey, "the integers of the RSA key do not belong together");
    let fits = |integer: &[u8]| !integer.is_empty() && integer.len() <= parts.n.len();
    let crt = parts.crt.as_ref();
    let given = crt.map(|crt| [&crt.p, &crt.q, &crt.dp, &crt.dq, &crt.qi]);
    if !fits(&parts.d) || !given.iter().flatten().all(|integer| fits(integer)) {
        return Err(unfit());
    }
    // Without primes the library finds them; either way it checks that they and `d` are those of `n` and
    // `e`.
    let primes = crt.map_or(Ok(Vec::new()), |crt| Ok::<_, Error>(vec![uint(&crt.p)?, uint(&crt.q)?]))?;
    let key = PrivateKey::from_components(uint(&parts.n)?, uint(&parts.e)?, uint(&parts.d)?, primes)
        .map_err(|_| unfit())?;
    let computed = take_apart(&key)?;
    // The library computes these three itself and does not look at what a format says.
    if let (Some(given), Some(own)) = (crt, &computed.crt) {
        let equal = given.dp.ct_eq(&own.dp) & given.dq.ct_eq(&own.dq) & given.qi.ct_eq(&own.qi);
        if !bool::from(equal) {
            return Err(unfit());
        }
    }
    Ok(key)
}

fn take_apart(key: &PrivateKey) -> Result<RsaPrivate, Error> {
    let unknown = || Error::from(ErrorKind::InvalidKey);
    let [p, q] = key.primes() else { return Err(unknown()) };
    let crt = RsaCrt {
        p: secret(p),
        q: secret(q),
        dp: secret(key.dp().ok_or_else(unknown)?),
        dq: secret(key.dq().ok_or_else(unknown)?),
        qi: secret(&key.crt_coefficient().ok_or_else(unknown)?),
    };
    Ok(RsaPrivate {
        scheme: Scheme::Any,
        n: key.n_bytes().into_vec(),
        e: key.e_bytes().into_vec(),
        d: secret(key.d()),
        crt: Some(crt),
    })
}

/// Big-endian, without leading zeros.
fn secret(integer: &BoxedUint) -> Secret {
    let bytes = Zeroizing::new(integer.to_be_bytes());
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    Zeroizing::new(bytes.get(zeros..).unwrap_or_default().to_vec())
}

pub(in crate::algorithm) fn generate(bits: usize) -> Result<RsaPrivate, Error> {
    if !BITS.contains(&bits) || !bits.is_multiple_of(8) {
        return Err(Error::noted(
            ErrorKind::InvalidKey,
            "an RSA modulus must have 2048 to 8192 bits, in whole bytes",
        ));
    }
    let key = PrivateKey::new(&mut SysRng, bits).map_err(|error| match error {
        rsa::errors::Error::Rng => Error::caused(ErrorKind::RandomSource, error),
        _ => malformed(error),
    })?;
    take_apart(&key)
}
