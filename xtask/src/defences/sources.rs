//! What no outcome shows, read in the sources: in which way secrets are compared, and RSA keys are used.

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::cargo::root;

    /// The code of a file, without its tests.
    fn code(file: &str) -> String {
        let text = fs::read_to_string(root().join("crates").join(file)).unwrap();
        text.split("#[cfg(test)]").next().unwrap().to_owned()
    }

    /// The body of a function.
    fn body(file: &str, signature: &str) -> String {
        let code = code(file);
        let (_, after) = code.split_once(signature).unwrap_or_else(|| panic!("{file} has no `{signature}`"));
        let (indent, _) =
            code.lines().find(|line| line.contains(signature)).unwrap().split_once("fn ").unwrap();
        let indent = indent.len() - indent.trim_start().len();
        let end = format!("\n{}}}", " ".repeat(indent));
        after.split_once(&end).unwrap().0.to_owned()
    }

    #[test]
    fn secrets_are_compared_in_constant_time() {
        for (file, signature) in [
            ("countersign-random/src/digest.rs", "pub fn matches("),
            ("countersign-signed/src/algorithm/hmac.rs", "fn same("),
            ("countersign-password/src/hash.rs", "pub(crate) fn matches("),
        ] {
            let body = body(file, signature);
            assert!(body.contains(".ct_eq("), "{file}: {signature}");
            assert!(!body.contains("=="), "{file}: {signature}");
        }
        // What has no operator to be compared with by mistake.
        for (file, secret) in [
            ("countersign-random/src/digest.rs", "pub struct LookupDigest("),
            ("countersign-random/src/secret.rs", "pub struct SecretString("),
            ("countersign-random/src/secret.rs", "pub struct SecretBytes("),
            ("countersign-password/src/hash.rs", "pub struct PasswordHash("),
        ] {
            let code = code(file);
            let (before, _) = code.split_once(secret).unwrap_or_else(|| panic!("{file} has no `{secret}`"));
            let derived = before.lines().rev().take_while(|line| line.starts_with(['#', '/']));
            assert!(
                derived.filter(|line| line.starts_with('#')).all(|line| !line.contains("Eq")),
                "{secret}"
            );
        }
    }

    /// RUSTSEC-2023-0071: with random bytes at hand, the library blinds what it computes.
    #[test]
    fn rsa_signs_with_random_bytes_and_in_no_other_way() {
        let code = code("countersign-signed/src/algorithm/rsa/signing.rs");
        assert_eq!(
            code.matches("impl<K: RandomizedSigner<S> + Send + Sync, S: SignatureEncoding> Sign for").count(),
            1
        );
        assert_eq!(code.matches(" Sign for ").count(), 1);
        assert_eq!(code.matches(".try_sign_with_rng(&mut SysRng, token)").count(), 1);
    }
}
