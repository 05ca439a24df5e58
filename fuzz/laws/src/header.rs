//! Laws of headers: the input is a value of `Authorization`, and is the JOSE header of a rightly signed token.

use countersign_header::{
    Authorization, BasicCredentials, Bearer, Challenge, ErrorKind, MAX_LENGTH, ReceivedChallenge,
    bearer_from_cookies, bearer_from_form,
};
use countersign_signed::{ErrorKind as TokenErrorKind, jws};

use crate::base64::{self, STANDARD};
use crate::forge::{self, KEYS, KID, LAX, now};
use crate::grammar::{self, Members};
use crate::token;

/// Characters of a JOSE header in base64url.
const LONGEST: usize = 4096;

/// Holds an input to the laws.
pub fn hold(data: &[u8]) {
    authorization(data);
    received(data);
    cookies(data);
    form(data);
    if let Ok(text) = std::str::from_utf8(data) {
        challenge(text);
    }
    for kid in [None, Some(KID)] {
        jose(data, kid);
    }
}

/// What RFC 9110 section 11.4, RFC 6750 section 2.1 and RFC 7617 section 2 make of a value.
#[derive(Debug, PartialEq)]
enum Expected<'a> {
    Bearer(&'a str),
    Basic(String, String),
    Other(&'a str, &'a str),
    Refused,
}

fn expected(value: &[u8]) -> Expected<'_> {
    let text = match std::str::from_utf8(value) {
        Ok(text) if !text.is_empty() && text.len() <= MAX_LENGTH => text,
        _ => return Expected::Refused,
    };
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || text.trim_matches(' ') != text {
        return Expected::Refused;
    }
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    let credentials = rest.trim_start_matches(' ');
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" if is_token68(credentials) => Expected::Bearer(credentials),
        "basic" => pair(credentials)
            .map_or(Expected::Refused, |(user_id, password)| Expected::Basic(user_id, password)),
        "bearer" => Expected::Refused,
        _ if scheme.bytes().all(is_tchar) => Expected::Other(scheme, credentials),
        _ => Expected::Refused,
    }
}

fn is_token68(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A user-id and a password.
fn pair(credentials: &str) -> Option<(String, String)> {
    let bytes = base64::decode(STANDARD, credentials.trim_end_matches('='))?;
    if base64::padded(&bytes) != credentials {
        return None;
    }
    let pair = String::from_utf8(bytes).ok()?;
    let (user_id, password) = pair.split_once(':')?;
    if pair.chars().any(char::is_control) { None } else { Some((user_id.to_owned(), password.to_owned())) }
}

fn authorization(value: &[u8]) {
    let found = match Authorization::parse(value) {
        Ok(Authorization::Bearer(bearer)) => {
            let rendered = bearer.to_header_value();
            assert_eq!(expected(rendered.expose().as_bytes()), Expected::Bearer(bearer.token()));
            assert_eq!(Bearer::new(bearer.token()).unwrap().token(), bearer.token());
            Expected::Bearer(bearer.token())
        }
        Ok(Authorization::Basic(pair)) => {
            let (user_id, password) = (pair.user_id().to_owned(), pair.password().to_owned());
            let rendered = BasicCredentials::new(&user_id, &password).unwrap().to_header_value();
            assert_eq!(rendered.expose(), pair.to_header_value().expose());
            // One pair has one spelling, the spaces before it aside.
            let credentials = rendered.expose().strip_prefix("Basic ").unwrap();
            assert!(value.ends_with(credentials.as_bytes()));
            Expected::Basic(user_id, password)
        }
        Ok(Authorization::Other(other)) => Expected::Other(other.scheme(), other.credentials()),
        Ok(_) => panic!("a form of credentials that these laws do not know"),
        Err(error) => {
            assert!(error.kind().is_malformed(), "{error:?}");
            Expected::Refused
        }
    };
    assert_eq!(found, expected(value));
    let kind = |values: &[&[u8]]| Authorization::from_values(values.iter().copied()).err().map(|e| e.kind());
    assert_eq!(kind(&[value]), Authorization::parse(value).err().map(|error| error.kind()));
    assert_eq!(kind(&[value, value]), Some(ErrorKind::Multiple));
}

/// No text leaves its quoted string (RFC 9110 section 5.6.4).
fn challenge(text: &str) {
    let Ok(challenge) = Challenge::bearer().realm(text) else {
        assert!(text.bytes().any(|byte| !(b' '..=b'~').contains(&byte)));
        return;
    };
    let written = challenge.to_string();
    let mut rest = written.strip_prefix("Bearer realm=\"").unwrap().chars();
    let mut read = String::new();
    loop {
        match rest.next().unwrap() {
            '"' => break,
            '\\' => read.push(rest.next().unwrap()),
            character => read.push(character),
        }
    }
    assert_eq!((read.as_str(), rest.as_str()), (text, ""));
}

/// What was read of challenges, written in the plainest way, is read as the same.
fn received(value: &[u8]) {
    let Ok(challenges) = ReceivedChallenge::from_values([value]) else { return };
    let parts = |challenge: &ReceivedChallenge<'_>| {
        let pairs = challenge.parameters().iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
        (challenge.scheme().to_owned(), challenge.token68().map(str::to_owned), pairs.collect::<Vec<_>>())
    };
    let expected: Vec<_> = challenges.iter().map(parts).collect();
    let written = expected.iter().map(|(scheme, token68, pairs)| {
        let quoted = |text: &str| text.replace('\\', r"\\").replace('"', r#"\""#);
        let pairs: Vec<_> = pairs.iter().map(|(name, text)| format!("{name}=\"{}\"", quoted(text))).collect();
        format!("{scheme} {}{}", token68.as_deref().unwrap_or_default(), pairs.join(", "))
    });
    let written: Vec<_> = written.map(|text| text.trim_end().to_owned()).collect();
    let again = ReceivedChallenge::from_values(written.iter().map(String::as_bytes));
    if written.iter().all(|text| text.len() <= MAX_LENGTH) {
        assert_eq!(again.unwrap().iter().map(parts).collect::<Vec<_>>(), expected, "{written:?}");
    }
}

/// One cookie of the name, and a token in it, or nothing.
fn cookies(value: &[u8]) {
    let pairs = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let found: Vec<_> = pairs.filter_map(|pair| pair.strip_prefix(b"t=")).collect();
    let token = match found.as_slice() {
        [token] => {
            std::str::from_utf8(token).ok().filter(|token| is_token68(token) && token.len() < MAX_LENGTH - 6)
        }
        _ => None,
    };
    assert_eq!(bearer_from_cookies([value], "t").ok().map(|bearer| bearer.token()), token);
}

/// A token is found again however it is written, and beside whatever else a form may have.
fn form(body: &[u8]) {
    if let Ok(found) = bearer_from_form(body) {
        let token = found.bearer().token();
        assert!(is_token68(token));
        let written: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let again = bearer_from_form(format!("access_token={written}").as_bytes())
            .map(|it| it.bearer().token() == token);
        assert!(again.unwrap_or(written.len() + 13 > MAX_LENGTH));
        let twice = [body, b"&access_token=a"].concat();
        assert!(bearer_from_form(&twice).is_err());
    }
}

fn jose(header: &[u8], kid: Option<&str>) {
    let token = forge::token(kid, header, b"{}");
    let taken = LAX.verify::<serde::de::IgnoredAny>(&token, now());
    let fits = token.split('.').next().unwrap().len() <= LONGEST;
    assert_eq!(taken.is_ok(), fits && token::takes_header(header, kid), "the readers of the header disagree");
    let jws = match jws::verify(&KEYS, &token) {
        Ok(jws) => jws,
        Err(error) => {
            let not_json = matches!(
                error.kind(),
                TokenErrorKind::InvalidJson
                    | TokenErrorKind::DuplicateMember
                    | TokenErrorKind::ReservedMember
            );
            assert_eq!(not_json, fits && !grammar::is_strict(header), "{error:?}");
            return;
        }
    };
    let members = Members::parse(std::str::from_utf8(header).unwrap()).unwrap();
    assert_eq!(jws.kid(), kid);
    assert_eq!(jws.typ(), members.string("typ").as_deref());
    assert_eq!(jws.cty(), members.string("cty").as_deref());
    for (name, value) in &members.0 {
        assert_eq!(jws.member(name).as_deref(), Some(*value), "{name}");
    }
}
