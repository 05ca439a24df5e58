//! PEM (RFC 7468), strictly: one key, with the label that was asked for, and nothing behind it.
//!
//! A reader that takes the first block it likes out of a file takes the wrong key one day. So the label
//! is compared whole, and the error says which label stands there, if it is a usual one; anything else
//! might be a secret in the wrong place and is not repeated. What cannot be a second key may stand before the
//! block: a byte order mark, explanatory text, and the parameters of an EC key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::der::{self, KeyFormat};
use crate::error::{Error, ErrorKind};

/// Bytes of PEM text; an RSA key of 8192 bits has about 6400.
const MAX_LEN: usize = der::MAX_LEN;

/// The label of the block that `openssl ecparam -genkey` writes before the key.
const EC_PARAMETERS: &str = "EC PARAMETERS";

/// Labels that an error may show.
const USUAL: [&str; 12] = [
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "EC PUBLIC KEY",
    EC_PARAMETERS,
    "CERTIFICATE",
    "CERTIFICATE REQUEST",
];

/// The key of a PEM text.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) format: KeyFormat,
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// The DER of the block `EC PARAMETERS` before the key.
    pub(crate) ec_parameters: Option<Zeroizing<Vec<u8>>>,
}

/// Reads the one key of `text`, in one of the `wanted` formats. `label_of` says which half of a pair is wanted.
pub(crate) fn decode(
    text: &str,
    wanted: &[KeyFormat],
    label_of: fn(KeyFormat) -> Result<&'static str, Error>,
) -> Result<Block, Error> {
    if text.len() > MAX_LEN {
        return Err(invalid("a PEM key has at most 16384 bytes"));
    }
    let mut rest = behind_explanation(text)?;
    let mut ec_parameters = None;
    // `openssl ecparam -genkey` writes two blocks. Other than private keys have none such.
    if wanted.contains(&KeyFormat::Sec1) && label(rest)? == EC_PARAMETERS {
        let (body, after) = split_block(rest, EC_PARAMETERS)?;
        if !after.starts_with("-----BEGIN ") {
            return Err(invalid("behind the block `EC PARAMETERS` there is no key"));
        }
        ec_parameters = Some(decode_body(body)?);
        rest = after;
    }
    let found = label(rest)?;
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
    let (body, after) = split_block(rest, label)?;
    if body.trim_start().starts_with("Proc-Type:") {
        // RFC 1421 section 4.6.1.1: the old way, with headers within the block.
        return Err(invalid("it is encrypted"));
    }
    if !after.is_empty() {
        return Err(not_one_block());
    }
    Ok(Block { format, der: decode_body(body)?, ec_parameters })
}

/// The text from its first block on. Before the block may stand explanatory text (RFC 7468 section 5.2), for example
/// `Bag Attributes` of `openssl pkcs12`, or the numbers of the key from `openssl -text`. No line of it may look like
/// the edge of a block, because it could then be a second key.
fn behind_explanation(text: &str) -> Result<&str, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.find("-----BEGIN ").ok_or_else(|| invalid("no PEM block"))?;
    let (explanation, block) = text.split_at_checked(start).ok_or_else(not_one_block)?;
    let mut lines = explanation.lines();
    let last = if explanation.ends_with(['\n', '\r']) { None } else { lines.next_back() };
    if last.is_some_and(|line| !line.trim_ascii().is_empty()) {
        return Err(invalid("the PEM block does not begin a line"));
    }
    if lines.any(|line| line.trim_ascii_start().starts_with("--")) {
        return Err(invalid(
            "a line before the PEM block begins with hyphens, as the edge of another block does",
        ));
    }
    Ok(block)
}

/// The label of the block with which `text` begins.
fn label(text: &str) -> Result<&str, Error> {
    let label = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
    label.map(|(label, _)| label).ok_or_else(|| invalid("no PEM block"))
}

/// The body of the block with which `text` begins, and the text behind the block without white space around it.
fn split_block<'t>(text: &'t str, label: &str) -> Result<(&'t str, &'t str), Error> {
    let body = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_prefix(label));
    let body = body.and_then(|rest| rest.strip_prefix("-----")).and_then(|rest| rest.split_once("-----END "));
    let (body, end) = body.ok_or_else(not_one_block)?;
    let after =
        end.strip_prefix(label).and_then(|rest| rest.strip_prefix("-----")).ok_or_else(not_one_block)?;
    Ok((body, after.trim_ascii()))
}

fn decode_body(body: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    if body.contains("-----") {
        return Err(not_one_block());
    }
    let mut characters = Zeroizing::new(Vec::with_capacity(body.len()));
    characters.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; characters.len()]);
    // Neither error nor buffer is shown: they speak of a private key.
    let written =
        STANDARD.decode_slice(&*characters, &mut der).map_err(|_| invalid("the PEM body is not base64"))?;
    der.truncate(written);
    Ok(der)
}

fn not_one_block() -> Error {
    invalid("not exactly one PEM block")
}

fn invalid(note: &'static str) -> Error {
    Error::noted(ErrorKind::InvalidKey, note)
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
        let block = decode(text, &[KeyFormat::Spki, KeyFormat::Pkcs1], KeyFormat::public_label)?;
        Ok((block.format, block.der))
    }

    fn note(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn one_block_is_read_with_white_space_around_it_and_explanatory_text_before_it() {
        for text in [
            BLOCK.to_owned(),
            format!("key:\n{BLOCK}"),
            format!("\u{feff}{BLOCK}"),
            format!(
                "\u{feff}Bag Attributes\r\n    friendlyName: a-key\r\nKey Attributes: <No Attributes>\r\n{BLOCK}"
            ),
            format!("Public-Key: (256 bit)\npub:\n    04:ab:cd:\n\n{BLOCK}"),
            format!("# comment - with a hyphen\n - a list\n  {BLOCK}"),
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
    fn text_behind_or_between_and_a_second_block_are_refused() {
        for text in [
            format!("key: {BLOCK}"),
            format!("key:\n--{BLOCK}"),
            format!("----BEGIN PUBLIC KEY----\nAAEC\n----END PUBLIC KEY----\n{BLOCK}"),
            format!("-----END PUBLIC KEY-----\n{BLOCK}"),
            format!("-----begin public key-----\nAAEC\n-----end public key-----\n{BLOCK}"),
            format!("{}{BLOCK}", BLOCK.replace("PUBLIC KEY", "EC PARAMETERS")),
            format!("{}{BLOCK}", BLOCK.replace("PUBLIC KEY", "CERTIFICATE")),
            format!("{BLOCK}\u{feff}"),
            format!("{BLOCK}x"),
            format!("{BLOCK}{BLOCK}"),
            format!("{BLOCK}\0"),
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
