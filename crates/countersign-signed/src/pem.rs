//! PEM (RFC 7468), strictly: one block, with the label that was asked for and nothing but white space
//! around it.
//!
//! A reader that takes the first block it likes out of a file takes the wrong key one day. So the label
//! is compared whole, and the error says which label stands there, if it is a usual one; anything else
//! might be a secret in the wrong place and is not repeated.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::der::{self, KeyFormat};
use crate::error::{Error, ErrorKind};

/// Bytes of PEM text; an RSA key of 8192 bits has about 6400.
const MAX_LEN: usize = der::MAX_LEN;

/// Labels that an error may show.
const USUAL: [&str; 11] = [
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "EC PUBLIC KEY",
    "CERTIFICATE",
    "CERTIFICATE REQUEST",
];

/// The format of `text`, which is one of `wanted`, and the bytes within. `label_of` says which half of a
/// pair is looked for.
pub(crate) fn decode(
    text: &str,
    wanted: &[KeyFormat],
    label_of: fn(KeyFormat) -> Result<&'static str, Error>,
) -> Result<(KeyFormat, Zeroizing<Vec<u8>>), Error> {
    if text.len() > MAX_LEN {
        return Err(Error::noted(ErrorKind::InvalidKey, "a PEM key has at most 16384 bytes"));
    }
    let block = text.trim_matches(|character: char| character.is_ascii_whitespace());
    let (found, rest) = block
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.split_once("-----"))
        .ok_or_else(|| Error::noted(ErrorKind::InvalidKey, "no PEM block"))?;
    let wanted = wanted.iter().map(|&format| Ok((label_of(format)?, format)));
    let wanted = wanted.collect::<Result<Vec<_>, Error>>()?;
    let Some(&(label, format)) = wanted.iter().find(|(label, _)| *label == found) else {
        let found = USUAL.iter().find(|&&label| label == found).copied();
        let found = found.map_or_else(|| "another label".to_owned(), |label| format!("`{label}`"));
        let wanted = wanted.iter().map(|(label, _)| *label).collect::<Vec<_>>().join("` or `");
        return Err(Error::noted(
            ErrorKind::InvalidKey,
            format!("expected PEM of `{wanted}`, found {found}"),
        ));
    };
    if rest.trim_start().starts_with("Proc-Type:") {
        // RFC 1421 section 4.6.1.1: the old way, with headers within the block.
        return Err(Error::noted(ErrorKind::InvalidKey, "it is encrypted"));
    }
    let body = rest
        .strip_suffix("-----")
        .and_then(|rest| rest.strip_suffix(label))
        .and_then(|rest| rest.strip_suffix("-----END "))
        .filter(|body| !body.contains('-'))
        .ok_or_else(|| Error::noted(ErrorKind::InvalidKey, "not exactly one PEM block"))?;
    let mut characters = Zeroizing::new(Vec::with_capacity(body.len()));
    characters.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; characters.len()]);
    // Neither error nor buffer is shown: they speak of a private key.
    let written = STANDARD
        .decode_slice(&*characters, &mut der)
        .map_err(|_| Error::noted(ErrorKind::InvalidKey, "the PEM body is not base64"))?;
    der.truncate(written);
    Ok((format, der))
}

/// Lines of 64 characters, each ended by a line feed (RFC 7468 section 2).
pub(crate) fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    // Room for everything at once: growing would leave a copy of a private key behind.
    let room = body.len().saturating_add(body.len().div_ceil(64)).saturating_add(100);
    let mut text = Zeroizing::new(String::with_capacity(room));
    for part in ["-----BEGIN ", label, "-----\n"] {
        text.push_str(part);
    }
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    for part in ["-----END ", label, "-----\n"] {
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "-----BEGIN PUBLIC KEY-----\nAAEC\n-----END PUBLIC KEY-----\n";

    fn read(text: &str) -> Result<(KeyFormat, Zeroizing<Vec<u8>>), Error> {
        decode(text, &[KeyFormat::Spki, KeyFormat::Pkcs1], KeyFormat::public_label)
    }

    fn note(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn one_block_is_read_with_white_space_around_it_and_in_any_width() {
        for text in [
            BLOCK.to_owned(),
            format!("\r\n \t{BLOCK}\n\n"),
            BLOCK.replace('\n', "\r\n"),
            BLOCK.replace("AAEC", "AA\nEC"),
            BLOCK.replace('\n', ""),
        ] {
            let (format, der) = read(&text).unwrap();
            assert_eq!((format, der.as_slice()), (KeyFormat::Spki, &[0, 1, 2][..]), "{text:?}");
        }
    }

    #[test]
    fn text_in_front_of_behind_or_between_is_refused() {
        for text in [
            format!("key:\n{BLOCK}"),
            format!("{BLOCK}x"),
            format!("{BLOCK}{BLOCK}"),
            format!("{BLOCK}\0"),
            format!("\u{feff}{BLOCK}"),
            BLOCK.replace("END PUBLIC", "END RSA PUBLIC"),
            BLOCK.replace("-----END", "----END"),
            BLOCK.replace("-----BEGIN", "----BEGIN"),
            BLOCK.replace("AAEC", "AAE"),
            BLOCK.replace("AAEC", "AB=="),
            BLOCK.replace("AAEC", "AA_-"),
            BLOCK.replace("AAEC", "Proc-Type: 4,ENCRYPTED\n\nAAEC"),
            BLOCK.replace("AAEC", &"A".repeat(MAX_LEN)),
            String::new(),
        ] {
            let error = decode(&text, &[KeyFormat::Spki], KeyFormat::public_label).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidKey, "{text:?}");
        }
    }

    #[test]
    fn two_blocks_are_said_to_be_two() {
        assert!(note(&format!("{BLOCK}{BLOCK}")).ends_with("not exactly one PEM block"));
    }

    #[test]
    fn the_error_names_the_label_found_and_those_expected_but_no_unusual_one() {
        let found = |label: &str| note(&BLOCK.replace("PUBLIC KEY", label));
        assert_eq!(
            found("PRIVATE KEY"),
            "the key is not valid: expected PEM of `PUBLIC KEY` or `RSA PUBLIC KEY`, found `PRIVATE KEY`"
        );
        assert!(found("CERTIFICATE").ends_with("found `CERTIFICATE`"));
        assert!(found("public key").ends_with("found another label"));
        assert!(!found("HUNTER2").contains("HUNTER2"));
    }

    #[test]
    fn what_is_written_has_lines_of_64_characters() {
        let text = encode("PUBLIC KEY", &[0; 49]);
        let lines: Vec<usize> = text.lines().map(str::len).collect();
        assert_eq!(lines, [26, 64, 4, 24]);
        assert_eq!(read(&text).unwrap().1.as_slice(), [0; 49]);
        assert_eq!(encode("PUBLIC KEY", &[0; 48]).lines().count(), 3);
    }
}
