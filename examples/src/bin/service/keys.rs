//! The service's two secrets, in files beside the database: whoever has the one does not have the other.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use countersign::random::{DigestKey, DigestKeys, token_hex};
use countersign::signed::SigningKey;
use zeroize::Zeroizing;

use crate::BoxError;

/// The key that signs access tokens, made on the first start.
pub(crate) fn signing_key(data: &Path) -> Result<SigningKey, BoxError> {
    let text = read_or_make(&data.join("signing-key.pem"), || {
        let pem = SigningKey::generate_ed25519()?.to_pkcs8_pem()?;
        Ok(Zeroizing::new(pem.expose().to_owned()))
    })?;
    Ok(SigningKey::ed25519_from_pkcs8_pem(&text)?)
}

/// The key under which tokens are digested, made on the first start.
pub(crate) fn digest_keys(data: &Path) -> Result<DigestKeys, BoxError> {
    let make = || Ok(Zeroizing::new(token_hex(32)?.into_exposed()));
    let text = read_or_make(&data.join("digest-key.txt"), make)?;
    Ok(DigestKeys::new(DigestKey::keyed(1, text.trim().as_bytes())?))
}

type Secret = Zeroizing<String>;

fn read_or_make(path: &Path, make: impl FnOnce() -> Result<Secret, BoxError>) -> Result<Secret, BoxError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let text = make()?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            Ok(text)
        }
        Err(error) => Err(error.into()),
    }
}
