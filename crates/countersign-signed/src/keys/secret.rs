//! What may be an HMAC secret.
//!
//! Two mistakes make a symmetric key worthless: a secret that can be guessed, and a public key in its
//! place, which everybody has (algorithm confusion). The first is a matter of length here, the second of
//! looks: PEM, SSH, PuTTY, JWK and DER are recognised and refused, also within base64, hex, percent encoding and
//! UTF-16, and with labels in small letters. Copies that are made for looking are zeroized.
//!
//! It does not measure entropy: 32 equal bytes pass.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::error::{Error, ErrorKind};
use crate::json::parse_object;

/// Object identifiers in DER: RSA, RSA for PSS, elliptic curves, Ed25519, and the front of those of ML-DSA.
const KEY_OIDS: [&[u8]; 5] = [
    &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1],
    &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10],
    &[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1],
    &[6, 3, 0x2B, 0x65, 0x70],
    &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3],
];

/// Encodings that may lie around a key, one around the other, for example base64 of PEM in base64.
const LAYERS: usize = 3;

/// RFC 7518 section 3.2: at least as long as the hash. Whether the algorithm has secrets at all is checked elsewhere.
pub(super) fn long_enough(algorithm: Algorithm, secret: &[u8]) -> Result<(), Error> {
    match algorithm.secret_len() {
        Some(shortest) if secret.len() < shortest => {
            let note = format!("{} needs {shortest} bytes", algorithm.name());
            Err(Error::noted(ErrorKind::SecretTooShort, note))
        }
        _ => of_any_length(secret),
    }
}

pub(super) fn of_any_length(secret: &[u8]) -> Result<(), Error> {
    if secret.is_empty() {
        return Err(ErrorKind::SecretTooShort.into());
    }
    if looks_like_a_key(secret, LAYERS) {
        return Err(ErrorKind::SecretIsAKey.into());
    }
    Ok(())
}

/// As it stands, in UTF-16, and within base64, hex or percent encoding: keys are copied about in all of these.
fn looks_like_a_key(secret: &[u8], layers: usize) -> bool {
    // UTF-16 is ASCII with a NUL before or behind each character, and none of the texts below has one.
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len()));
    text.extend(secret.iter().copied().filter(|&byte| byte != 0));
    if is_der(secret) || is_ssh_wire(secret) || is_text(&text) {
        return true;
    }
    let Some(layers) = layers.checked_sub(1) else { return false };
    [from_base64, from_hex, from_percent]
        .iter()
        .any(|decode| decode(&text).is_some_and(|inner| looks_like_a_key(&inner, layers)))
}

/// Decodes percent encoding (RFC 3986 section 2.1), as in a form or an address; nothing if the text has none.
fn from_percent(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        match (escaped, after) {
            (Some((high, low)), [_, _, after @ ..]) => {
                bytes.push(high << 4 | low);
                rest = after;
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    if bytes.len() < text.len() { Some(bytes) } else { None }
}

/// Decodes hex: in one row, or byte by byte as tools print it, for example `30:82`, `30 82`, `0x30, 0x82`, `\x30\x82`.
fn from_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    // The first digit of a byte.
    let mut high = None;
    let mut rest = without_bom(text);
    while let [byte, after @ ..] = rest {
        if let [b'0' | b'\\', b'x' | b'X', after @ ..] = rest {
            bytes.extend(high.take());
            rest = after;
            continue;
        }
        rest = after;
        match (hex_digit(*byte), high.take()) {
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(high)) => bytes.push(high << 4 | digit),
            (None, alone) if is_hex_separator(*byte) => bytes.extend(alone),
            (None, _) => return None,
        }
    }
    bytes.extend(high);
    Some(bytes)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn is_hex_separator(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b":-,;._{}[]()\"'".contains(&byte)
}

/// Decodes base64 of either alphabet. It ignores white space, padding, and the remains of an environment file or of
/// JSON: quotes, and line breaks written as `\n`.
fn from_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut characters = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = without_bom(text);
    while let [byte, after @ ..] = rest {
        rest = after;
        match *byte {
            b'=' | b'"' | b'\'' => {}
            b'\\' => {
                if let [b'n' | b'r', after @ ..] = rest {
                    rest = after;
                }
            }
            b'-' => characters.push(b'+'),
            b'_' => characters.push(b'/'),
            byte if byte.is_ascii_whitespace() => {}
            byte => characters.push(byte),
        }
    }
    let mut bytes = Zeroizing::new(vec![0; characters.len()]);
    let written = STANDARD_NO_PAD.decode_slice(&*characters, &mut bytes).ok()?;
    bytes.truncate(written);
    Some(bytes)
}

/// A sequence (X.690 section 8.9) that is a key or a certificate.
fn is_der(bytes: &[u8]) -> bool {
    // SubjectPublicKeyInfo or PKCS#8: its first 40 bytes name a kind of key.
    let front = &bytes.split_at_checked(40).map_or(bytes, |(front, _)| front);
    if front.first() == Some(&0x30) && KEY_OIDS.iter().any(|oid| contains(front, oid)) {
        return true;
    }
    // PKCS#1, or a certificate: a sequence of 128 bytes or more that is the whole, and begins with an
    // integer or another sequence. By these five or four bytes random ones are not refused by chance.
    let (length, body) = match bytes {
        [0x30, 0x82, high, low, body @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), body),
        [0x30, 0x81, length, body @ ..] => (usize::from(*length), body),
        // RFC 5915 section 3: the private key of a curve of 256 bits is shorter, and is told by its version and
        // the scalar behind it.
        [0x30, length, body @ ..] if body.starts_with(&[2, 1, 1, 4, 32]) => (usize::from(*length), body),
        _ => return false,
    };
    length == body.len() && matches!(body.first(), Some(0x02 | 0x30))
}

/// A public key as SSH sends it (RFC 4253 section 6.6): the kind of key, with its length before it.
fn is_ssh_wire(bytes: &[u8]) -> bool {
    let [0, 0, 0, length, rest @ ..] = bytes else { return false };
    let kind = rest.get(..usize::from(*length));
    kind.is_some_and(|kind| {
        [&b"ssh-"[..], b"ecdsa-sha2-", b"sk-"].iter().any(|front| kind.starts_with(front))
    })
}

/// Labels count in small letters too. A reader of PEM would refuse such a text, but it is as public as the key.
fn is_text(bytes: &[u8]) -> bool {
    let text = without_bom(bytes).trim_ascii();
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let starts = |fronts: &[&[u8]]| fronts.iter().any(|front| lower.starts_with(front));
    let holds = |parts: &[&[u8]]| parts.iter().any(|part| contains(&lower, part));
    let pem = holds(&[b"-----begin", b"----- begin", b"---- begin"]);
    // In `authorized_keys` options stand before the kind of key, in `known_hosts` the names of hosts.
    let ssh = starts(&[b"ssh-", b"sk-ssh-"]) || holds(&[b"ssh-ed25519 ", b"ssh-rsa ", b"ecdsa-sha2-"]);
    let putty = starts(&[b"putty-user-key-file"]);
    let jwk = starts(&[b"{", b"["]) && holds(&[b"\"kty\"", b"\"keys\""]);
    pem || ssh || putty || jwk || is_escaped_jwk(text)
}

/// A JWK, or a set, whose telling name is written with escapes.
fn is_escaped_jwk(text: &[u8]) -> bool {
    let object = std::str::from_utf8(text).ok().and_then(|text| parse_object(text).ok());
    object.is_some_and(|object| object.find("kty").is_some() || object.find("keys").is_some())
}

/// Without the byte order mark of UTF-8 or UTF-16.
fn without_bom(text: &[u8]) -> &[u8] {
    const MARKS: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
    MARKS.iter().find_map(|mark| text.strip_prefix(*mark)).unwrap_or(text)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(secret: &[u8]) -> Option<ErrorKind> {
        long_enough(Algorithm::HS256, secret).err().map(|error| error.kind())
    }

    #[test]
    fn a_secret_is_as_long_as_the_hash_or_longer() {
        for (algorithm, length) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
            let short = long_enough(algorithm, &vec![7; length - 1]).unwrap_err();
            assert_eq!(short.kind(), ErrorKind::SecretTooShort);
            assert!(short.to_string().ends_with(&format!("{} needs {length} bytes", algorithm.name())));
            assert!(long_enough(algorithm, &vec![7; length]).is_ok());
        }
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
            "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTI".to_owned(),
            "no-pty,command=\"x\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI user@host".to_owned(),
            "git.example,203.0.113.7 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ".to_owned(),
            "@cert-authority *.example ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTI".to_owned(),
            "PuTTY-User-Key-File-3: ed25519\nEncryption: none\n".to_owned(),
            format!("[{jwk}]"),
            format!("\n[ {jwk} ]"),
            jwk.to_owned(),
            jwk.replace("kty", r"\u006bty"),
            format!(r#"{{"k\u0065ys":[{}]}}"#, jwk.replace("kty", r"k\u0074y")),
            format!(" {jwk}\n"),
            format!(r#"{{ "keys" : [{jwk}] }}"#),
        ] {
            assert_eq!(kind(text.as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
            assert_eq!(of_any_length(text.as_bytes()).err().unwrap().kind(), ErrorKind::SecretIsAKey);
        }
    }

    #[test]
    fn text_in_utf_16_is_refused_whatever_its_order_of_bytes() {
        let pem =
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n";
        let bare = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        for text in
            [pem, " \nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", r#"{"kty":"OKP","crv":"Ed25519"}"#, bare]
        {
            for front in ["", "\u{feff}"] {
                let units = || front.encode_utf16().chain(text.encode_utf16());
                let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
                let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
                assert_eq!(kind(&little), Some(ErrorKind::SecretIsAKey), "{front:?} {text}");
                assert_eq!(kind(&big), Some(ErrorKind::SecretIsAKey), "{front:?} {text}");
            }
        }
    }

    #[test]
    fn base64_without_armour_is_refused_in_either_alphabet_and_any_layout() {
        // RFC 8037 appendix A.2 as SubjectPublicKeyInfo; the same with the other alphabet, wrapped, unpadded;
        // and PEM in base64 as a whole, from `base64`.
        for text in [
            "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            "MCowBQYDK2VwAyEA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            " MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7h\r\n\tcvPapiMlrwIaaPcHURo=\n",
            "\u{feff}MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUNvd0JRWURLMlZ3QXlFQQo=",
        ] {
            assert_eq!(kind(text.as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
        }
        // 32 random bytes in base64, which is how secrets are usually written.
        assert_eq!(kind(b"d0vN4nYpJ8mYc1qXoU3rKk2bQ6sT9zLwFhEaGiRjVxM="), None);
    }

    /// By its length and first members alone: PKCS#1 and certificates name their key far inside or not at all.
    #[test]
    fn a_sequence_that_is_the_whole_secret_is_refused() {
        let sequence = |front: &[u8], first: u8, body: usize| {
            let mut bytes = front.to_vec();
            bytes.push(first);
            bytes.resize(front.len() + body, 9);
            kind(&bytes)
        };
        for first in [0x02, 0x30] {
            assert_eq!(sequence(&[0x30, 0x82, 1, 0x0A], first, 266), Some(ErrorKind::SecretIsAKey));
            assert_eq!(sequence(&[0x30, 0x81, 0x89], first, 137), Some(ErrorKind::SecretIsAKey));
        }
        assert_eq!(sequence(&[0x30, 0x82, 1, 0x0A], 0x04, 266), None);
        for length in [265, 267] {
            assert_eq!(sequence(&[0x30, 0x82, 1, 0x0A], 0x02, length), None);
        }
        assert_eq!(sequence(&[0x30, 0x81, 0x89], 0x02, 136), None);
        assert_eq!(sequence(&[0x31, 0x82, 1, 0x0A], 0x02, 266), None);
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
        // PKCS#8 of the seed of ML-DSA-44, which is too short to be known by its length.
        let ml_dsa = [
            &[0x30, 0x34, 2, 1, 0, 0x30, 0x0B, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17, 4, 0x22][..],
            &[0x80, 0x20],
            &[9; 32],
        ]
        .concat();
        assert_eq!(kind(&ml_dsa), Some(ErrorKind::SecretIsAKey));
    }

    /// RFC 5915 section 3, with and without its optional members: shorter than the sequences above.
    #[test]
    fn a_private_key_of_a_short_curve_in_der_is_refused() {
        let sec1 = |length: u8| {
            let mut bytes = vec![0x30, length, 2, 1, 1, 4, 32];
            bytes.resize(7 + 32, 9);
            bytes
        };
        let curve = [0xA0, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
        assert_eq!(kind(&sec1(37)), Some(ErrorKind::SecretIsAKey));
        assert_eq!(kind(&[&sec1(49)[..], &curve].concat()), Some(ErrorKind::SecretIsAKey));
        assert_eq!(kind(&sec1(38)), None, "a sequence that is not the whole");
    }

    #[test]
    fn what_is_left_of_a_copied_key_is_refused() {
        // The public key of RFC 8037 appendix A.2, in SubjectPublicKeyInfo and as SSH has it.
        let spki = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let ssh = "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
        let wire = base64::engine::general_purpose::STANDARD.decode(ssh).unwrap();
        let der = base64::engine::general_purpose::STANDARD.decode(spki).unwrap();
        let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
        let quoted = format!("\"{spki}\"");
        let escaped = format!("{}\\n{}\\r\\n", &spki[..20], &spki[20..]);
        for text in [spki, ssh, &hex, &hex.to_uppercase(), &quoted, &escaped] {
            assert_eq!(kind(text.as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
        }
        // Byte by byte, as tools print it.
        let bytes: Vec<String> = der.iter().map(|byte| format!("{byte:02x}")).collect();
        for text in [
            bytes.join(":"),
            bytes.join(":").to_uppercase(),
            bytes.join(" "),
            bytes.join("-"),
            format!("0x{hex}"),
            format!("0X{}", hex.to_uppercase()),
            format!("0x{}", bytes.join(" 0x")),
            format!("{{ 0x{} }};", bytes.join(", 0x")),
            format!("\\x{}", bytes.join("\\x")),
            format!(
                "\n {}\n",
                bytes.chunks(15).map(|line| line.join(":")).collect::<Vec<_>>().join(":\n    ")
            ),
            format!("\u{feff}{}", bytes.join(":")),
            base64::engine::general_purpose::STANDARD.encode(bytes.join(":")),
        ] {
            assert_eq!(kind(text.as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
        }
        assert_eq!(kind(&wire), Some(ErrorKind::SecretIsAKey));
        assert_eq!(kind(&[b'a'; 64]), None, "hex of nothing in particular");
    }

    #[test]
    fn keys_in_percent_encoding_and_labels_in_small_letters_are_refused() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let bare = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let percent = |text: &str, plain: fn(u8) -> bool| -> String {
            let escape =
                |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
            text.bytes().map(escape).collect()
        };
        let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        for text in [pem, jwk, bare, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI user@host"] {
            let unreserved = percent(text, |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
            let all = percent(text, |_| false);
            let small = all.to_lowercase();
            let twice = percent(&all, |byte| byte.is_ascii_alphanumeric());
            let form = unreserved.replace("%20", "+");
            for text in [
                &unreserved,
                &all,
                &small,
                &twice,
                &form,
                &base64(&unreserved),
                &base64(&base64(text)),
                &hex(text),
            ] {
                assert_eq!(kind(text.as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
            }
        }
        let small = [
            pem.to_lowercase(),
            pem.replace("PUBLIC KEY", "public key"),
            pem.replace("BEGIN PUBLIC KEY", "begin public key"),
            pem.replace("BEGIN PUBLIC KEY", "Begin Public Key"),
            format!("\u{feff}\r\n {}", pem.to_lowercase()),
            "SSH-RSA AAAAB3NzaC1yc2EAAAADAQABAAABAQ user@host".to_owned(),
            "putty-user-key-file-3: ed25519\nencryption: none\n".to_owned(),
            jwk.to_uppercase(),
        ];
        for text in small {
            assert_eq!(kind(text.as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
            assert_eq!(kind(base64(&text).as_bytes()), Some(ErrorKind::SecretIsAKey), "{text}");
        }
    }

    /// A few hundred secrets as generators write them.
    #[test]
    fn random_secrets_are_taken_in_whatever_form_they_are_written() {
        let mut state = [7_u8; 32];
        for round in 0..300 {
            state = sha2::Digest::finalize(sha2::Digest::chain_update(
                <sha2::Sha256 as sha2::Digest>::new(),
                state,
            ))
            .into();
            let hex: Vec<String> = state.iter().map(|byte| format!("{byte:02x}")).collect();
            for text in [
                hex.concat(),
                hex.join(":"),
                format!("0x{}", hex.concat()),
                base64::engine::general_purpose::STANDARD.encode(state),
                base64::engine::general_purpose::STANDARD.encode(hex.concat()),
                format!("{}%", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(state)),
            ] {
                assert_eq!(kind(text.as_bytes()), None, "{round}: {text}");
            }
            assert_eq!(kind(&state), None, "{round}");
        }
    }
}
