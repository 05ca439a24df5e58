//! The features of `countersign-signed`, each alone: what one needs must not come in with another.

use super::check;

const FAMILIES: [&str; 5] = ["ecdsa", "ed25519", "hmac", "ml-dsa", "rsa"];

/// Lints the crate without features, with each family, and with all of them; verifying alone, and signing.
pub(super) fn check_each() -> Result<(), String> {
    let all = FAMILIES.join(",");
    for families in FAMILIES.into_iter().chain(["", &all]) {
        for features in [families.to_owned(), format!("sign,{families}")] {
            let arguments = [
                "clippy",
                "--quiet",
                "--package",
                "countersign-signed",
                "--no-default-features",
                "--features",
                &features,
                "--",
                "-D",
                "warnings",
            ];
            check("signed tokens, some algorithms", &arguments)?;
        }
    }
    Ok(())
}
