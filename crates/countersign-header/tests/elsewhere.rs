//! Tokens in cookies, forms and queries.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_header::ErrorKind::{
    MalformedParameter, Missing, Multiple, NoCredentials, NotAscii, NotToken68, SurroundingSpace, TooLong,
};
use countersign_header::{
    Bearer, Error, ErrorKind, MAX_LENGTH, bearer_from_cookies, bearer_from_form, dangerous_bearer_from_query,
    one_of,
};

fn cookie(values: &[&[u8]]) -> Result<String, ErrorKind> {
    let found = bearer_from_cookies(values.iter().copied(), "token");
    found.map(|bearer| bearer.token().to_owned()).map_err(|error| error.kind())
}

fn form(body: &[u8]) -> Result<String, ErrorKind> {
    bearer_from_form(body).map(|found| found.bearer().token().to_owned()).map_err(|error| error.kind())
}

#[test]
fn a_cookie_is_found_among_others() {
    for value in [
        "token=a.b-c",
        "token=a.b-c; theme=dark",
        "theme=dark; token=a.b-c",
        "theme=dark;token=a.b-c;",
        " token=a.b-c ",
        // Other cookies are not ours to judge.
        "=; ; \"; tok\u{e9}n=x; Token=x; token2=x; token; xtoken=x; token=a.b-c",
        "theme=token=x; token=a.b-c",
    ] {
        assert_eq!(cookie(&[value.as_bytes()]).as_deref(), Ok("a.b-c"), "{value}");
    }
    assert_eq!(cookie(&[b"theme=dark", b"token=a.b-c"]).as_deref(), Ok("a.b-c"));
    assert_eq!(cookie(&[b"\xff=\xff; token=a="]).as_deref(), Ok("a="));
}

#[test]
fn a_cookie_that_is_no_token_is_refused() {
    let values: [(&[&[u8]], ErrorKind); 14] = [
        (&[], Missing),
        (&[b""], Missing),
        (&[b"TOKEN=a"], Missing),
        (&[b"token"], Missing),
        (&[b"token =a"], Missing),
        (&[b"x=\"; token2=a\""], Missing),
        (&[b"token=a; token=a"], Multiple),
        (&[b"token=a", b"token=b"], Multiple),
        (&[b"token=a; token="], Multiple),
        (&[b"token="], NoCredentials),
        (&[b"token=\"a\""], NotToken68),
        (&[b"token=a,b"], NotToken68),
        (&[b"token=a b"], NotToken68),
        (&[b"token=\xff"], NotAscii),
    ];
    for (values, expected) in values {
        assert_eq!(cookie(values), Err(expected), "{values:?}");
    }
    let long = format!("token={}", "a".repeat(MAX_LENGTH));
    assert_eq!(cookie(&[long.as_bytes()]), Err(TooLong));
}

#[test]
fn a_form_is_decoded() {
    for body in [
        "access_token=a.b-c%3D",
        "x=1&access_token=a%2eb-c=",
        "access%5Ftoken=a.b-c%3d&x",
        "&&x=%FF&access_token=%61.b-c%3D&",
        "Access_token=x&access_token[]=y&access_token=a.b-c=",
    ] {
        assert_eq!(form(body.as_bytes()).as_deref(), Ok("a.b-c="), "{body}");
    }
    let query = dangerous_bearer_from_query("a=b&access_token=a.b-c%3D").unwrap();
    assert_eq!(query.bearer().token(), "a.b-c=");
    assert_eq!(format!("{query:?}"), "DecodedBearer([redacted])");
}

#[test]
fn a_form_without_one_token_is_refused() {
    for (body, expected) in [
        (&b""[..], Missing),
        (b"x=access_token", Missing),
        (b"access_token", NoCredentials),
        (b"access_token=", NoCredentials),
        (b"access_token=a&access_token=a", Multiple),
        (b"access_token=a&access%5ftoken=a", Multiple),
        (b"access_token=a&access_token", Multiple),
        (b"access_token=a+b", NotToken68),
        (b"access_token=a%20b", NotToken68),
        (b"access_token=+a", SurroundingSpace),
        (b"access_token=a%2Cb", NotToken68),
        (b"access_token=%C3%A9", NotAscii),
        (b"access_token=%FF", NotAscii),
        (b"access_token=\xff", NotAscii),
        (b"access_token=a%0Ab", ErrorKind::ControlCharacter),
        (b"access_token=a%", MalformedParameter),
        (b"access_token=a%2", MalformedParameter),
        (b"access_token=a%2g", MalformedParameter),
        (b"access_token=a%+1", MalformedParameter),
        (b"access_token=a&x=%", MalformedParameter),
    ] {
        assert_eq!(form(body), Err(expected), "{}", body.escape_ascii());
    }
}

#[test]
fn form_of_the_maximum_length_is_read_and_a_longer_one_is_refused() {
    let body = |length: usize| format!("access_token=a&x={}", "x".repeat(length - 17));
    assert_eq!(form(body(MAX_LENGTH).as_bytes()).as_deref(), Ok("a"));
    assert_eq!(form(body(MAX_LENGTH + 1).as_bytes()), Err(TooLong));
}

#[test]
fn a_request_uses_one_place() {
    let (good, none) = (|| Bearer::new("a"), || Err(Error::from(Missing)));
    let bad = || Err(Error::from(NotToken68));
    let kind =
        |found: Vec<Result<Bearer<'static>, Error>>| one_of(found).map(|_| ()).map_err(|error| error.kind());
    assert_eq!(kind(vec![none(), good(), none()]), Ok(()));
    assert_eq!(kind(vec![]), Err(Missing));
    assert_eq!(kind(vec![none(), none()]), Err(Missing));
    assert_eq!(kind(vec![good(), none(), good()]), Err(Multiple));
    assert_eq!(kind(vec![none(), bad(), good()]), Err(NotToken68));
    assert_eq!(kind(vec![good(), bad()]), Err(NotToken68));
}
