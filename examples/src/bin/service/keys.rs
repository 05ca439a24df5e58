//! The service's two secrets, in files outside the database: whoever has a copy of the one does not have the
//! other, provided that `--keys` names a folder of which no copy is made together with the data.
//!
//! They are made before the database is, and never again: a service that finds a database without its keys
//! stops, since with new ones every session and every API key would be unknown.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use countersign::random::{DigestKey, DigestKeys, token_hex};
use countersign::signed::{Algorithm, KeyFormat, SigningKey};
use zeroize::Zeroizing;

use crate::BoxError;

const SIGNING_KEY: &str = "signing-key.pem";
const DIGEST_KEY: &str = "digest-key.txt";

/// Makes the keys that are not there yet.
pub(crate) fn make_missing(folder: &Path) -> Result<(), BoxError> {
    std::fs::create_dir_all(folder)?;
    if !folder.join(SIGNING_KEY).exists() {
        write(
            folder,
            SIGNING_KEY,
            SigningKey::generate(Algorithm::EdDSA)?.to_pem(KeyFormat::Pkcs8)?.expose(),
        )?;
    }
    if !folder.join(DIGEST_KEY).exists() {
        write(folder, DIGEST_KEY, token_hex(32)?.expose())?;
    }
    Ok(())
}

/// The key that signs access tokens.
pub(crate) fn signing_key(folder: &Path) -> Result<SigningKey, BoxError> {
    Ok(SigningKey::from_pem(Algorithm::EdDSA, &read(folder, SIGNING_KEY)?)?)
}

/// The key under which tokens are digested.
pub(crate) fn digest_keys(folder: &Path) -> Result<DigestKeys, BoxError> {
    let text = read(folder, DIGEST_KEY)?;
    Ok(DigestKeys::new(DigestKey::keyed(1, text.trim().as_bytes())?))
}

/// Whole or not at all, and never in the place of another: under a name of its own first. Of two first
/// starts at once, the key that is there first counts.
fn write(folder: &Path, name: &str, text: &str) -> Result<(), BoxError> {
    let unfinished = folder.join(format!("{name}.{}.unfinished", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&unfinished, folder.join(name));
    std::fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn read(folder: &Path, name: &str) -> Result<Zeroizing<String>, BoxError> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path);
    let text = Zeroizing::new(text.map_err(|error| format!("the key {}: {error}", path.display()))?);
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path)?.permissions()) & 0o077 != 0 {
        return Err(format!("the key {} can be read by others: chmod 600", path.display()).into());
    }
    Ok(text)
}
