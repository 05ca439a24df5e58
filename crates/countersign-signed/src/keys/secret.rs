//! What may be an HMAC secret.
//!
//! Two mistakes make a symmetric key worthless: a secret that can be guessed, and a public key in its
//! place, which everybody has (algorithm confusion). The first is a matter of length here, the second of
//! looks: PEM, SSH, JWK and DER are recognised and refused.
//!
//! It does not measure entropy: 32 equal bytes pass.

use crate::algorithm::hmac;
use crate::error::{Error, ErrorKind};

/// RFC 7518 section 3.2: at least as long as the hash. Bytes.
const MIN_LEN: usize = hmac::SIGNATURE_LEN;

/// Object identifiers in DER: RSA, elliptic curves, Ed25519.
const KEY_OIDS: [&[u8]; 3] = [
    &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1],
    &[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1],
    &[6, 3, 0x2B, 0x65, 0x70],
];

pub(super) fn long_enough(secret: &[u8]) -> Result<hmac::Key, Error> {
    if secret.len() < MIN_LEN {
        return Err(ErrorKind::SecretTooShort.into());
    }
    of_any_length(secret)
}

pub(super) fn of_any_length(secret: &[u8]) -> Result<hmac::Key, Error> {
    if secret.is_empty() {
        return Err(ErrorKind::SecretTooShort.into());
    }
    if looks_like_a_key(secret) {
        return Err(ErrorKind::SecretIsAKey.into());
    }
    hmac::Key::new(secret)
}

fn looks_like_a_key(secret: &[u8]) -> bool {
    let text = secret.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(secret).trim_ascii();
    let pem = contains(text, b"-----BEGIN ") || contains(text, b"---- BEGIN ");
    let ssh =
        [&b"ssh-"[..], b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-"].iter().any(|kind| text.starts_with(kind));
    let jwk = text.starts_with(b"{") && (contains(text, b"\"kty\"") || contains(text, b"\"keys\""));
    // A sequence whose first 40 bytes name a kind of key: SubjectPublicKeyInfo or PKCS#8.
    let front = secret.get(..40).unwrap_or(secret);
    let der = front.first() == Some(&0x30) && KEY_OIDS.iter().any(|oid| contains(front, oid));
    pem || ssh || jwk || der
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(secret: &[u8]) -> Option<ErrorKind> {
        long_enough(secret).err().map(|error| error.kind())
    }

    #[test]
    fn a_secret_has_32_bytes_or_more() {
        assert_eq!(kind(&[7; 31]), Some(ErrorKind::SecretTooShort));
        assert_eq!(kind(&[7; 32]), None);
        assert_eq!(kind(b""), Some(ErrorKind::SecretTooShort));
        assert!(of_any_length(b"s").is_ok());
        assert_eq!(of_any_length(b"").err().unwrap().kind(), ErrorKind::SecretTooShort);
    }

    #[test]
    fn what_looks_like_an_asymmetric_key_is_refused_by_either_constructor() {
        let pem =
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n";
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        for text in [
            pem.to_owned(),
            format!("  \t\r\n{pem}"),
            format!("\u{feff}{pem}"),
            format!("comment\n{pem}"),
            "-----BEGIN CERTIFICATE-----\nMIIB0123456789012345678901234567".to_owned(),
            "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA0123456789".to_owned(),
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI user@host".to_owned(),
            "\n ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ user@host".to_owned(),
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY".to_owned(),
            "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5".to_owned(),
            jwk.to_owned(),
            format!(" {jwk}\n"),
            format!(r#"{{ "keys" : [{jwk}] }}"#),
        ] {
            assert_eq!(kind(text.as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
            assert_eq!(of_any_length(text.as_bytes()).err().unwrap().kind(), ErrorKind::SecretIsAKey);
        }
    }

    #[test]
    fn a_public_key_in_der_is_refused() {
        let ed25519 = [&[0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0][..], &[9; 32]].concat();
        let rsa = [
            &[0x30, 0x82, 1, 0x22, 0x30, 0x0D, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0][..],
            &[9; 275],
        ]
        .concat();
        assert_eq!(kind(&ed25519), Some(ErrorKind::SecretIsAKey));
        assert_eq!(kind(&rsa), Some(ErrorKind::SecretIsAKey));
        assert_eq!(kind(&[0x30; 44]), None);
    }
}
