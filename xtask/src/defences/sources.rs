//! Reads sources for what no outcome shows: how secrets are compared, and how RSA keys sign.

use std::fs;

/// The code of a file in `crates/`, without its tests.
fn code(file: &str) -> String {
    let path = crate::cargo::root().join("crates").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

/// The body of a function.
fn body(file: &str, signature: &str) -> String {
    let code = code(file);
    let (_, after) = code.split_once(signature).unwrap_or_else(|| panic!("{file} has no `{signature}`"));
    let line = code.lines().find(|line| line.contains(signature)).unwrap();
    let end = format!("\n{}}}", " ".repeat(line.len() - line.trim_start().len()));
    after.split_once(&end).unwrap().0.to_owned()
}

#[test]
fn secrets_are_compared_in_constant_time() {
    // `verify_slice` of the `hmac` crate compares in constant time.
    for (file, signature, comparison) in [
        ("countersign-random/src/digest.rs", "pub fn matches(", ".ct_eq("),
        ("countersign-signed/src/algorithm/hmac.rs", "fn verify(", ".verify_slice("),
        ("countersign-password/src/hash.rs", "pub(crate) fn matches(", ".ct_eq("),
    ] {
        let body = body(file, signature);
        assert!(body.contains(comparison), "{file}: {signature}");
        assert!(!body.contains("=="), "{file}: {signature}");
    }
    // These types have no `==` that could be used by mistake.
    for (file, secret) in [
        ("countersign-random/src/digest.rs", "pub struct LookupDigest("),
        ("countersign-random/src/secret.rs", "pub struct SecretString("),
        ("countersign-random/src/secret.rs", "pub struct SecretBytes("),
        ("countersign-password/src/hash.rs", "pub struct PasswordHash("),
    ] {
        let code = code(file);
        let (before, _) = code.split_once(secret).unwrap_or_else(|| panic!("{file} has no `{secret}`"));
        let mut above = before.lines().rev().take_while(|line| line.starts_with(['#', '/']));
        assert!(above.all(|line| line.starts_with('/') || !line.contains("Eq")), "{file}: {secret}");
    }
}

/// RUSTSEC-2023-0071: the `rsa` crate blinds a signature only if it gets random bytes.
#[test]
fn rsa_signs_with_random_bytes_and_in_no_other_way() {
    let code = code("countersign-signed/src/algorithm/rsa/signing.rs");
    for (text, times) in [
        ("impl<K: RandomizedSigner<S> + Send + Sync, S: SignatureEncoding> Sign for", 1),
        (" Sign for ", 1),
        (".try_sign_with_rng(&mut SysRng, token)", 1),
    ] {
        assert_eq!(code.matches(text).count(), times, "{text}");
    }
}
