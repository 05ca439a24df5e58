//! What becomes of odd and malformed `Authorization` values, one line each.
//!
//! The base64 was made with Python's `base64.b64encode` from the bytes in the comment beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_header::ErrorKind::{
    ControlCharacter, Empty, MalformedScheme, Missing, MissingColon, Multiple, NoCredentials, NotAscii,
    NotBase64, NotToken68, NotUtf8, SurroundingSpace, TooLong,
};
use countersign_header::{Authorization, Error, ErrorKind, MAX_LENGTH};

#[derive(Debug, PartialEq)]
enum Outcome {
    Bearer(String),
    Basic(String, String),
    Other(String, String),
    Refused(ErrorKind),
}

fn outcome(result: Result<Authorization<'_>, Error>) -> Outcome {
    match result {
        Ok(Authorization::Bearer(bearer)) => Outcome::Bearer(bearer.token().into()),
        Ok(Authorization::Basic(basic)) => Outcome::Basic(basic.user_id().into(), basic.password().into()),
        Ok(Authorization::Other(other)) => Outcome::Other(other.scheme().into(), other.credentials().into()),
        Ok(_) => panic!("a variant that this test does not know"),
        Err(error) => Outcome::Refused(error.kind()),
    }
}

fn bearer(token: &str) -> Outcome {
    Outcome::Bearer(token.into())
}

fn basic(user_id: &str, password: &str) -> Outcome {
    Outcome::Basic(user_id.into(), password.into())
}

fn other(scheme: &str, credentials: &str) -> Outcome {
    Outcome::Other(scheme.into(), credentials.into())
}

fn check(table: &[(&[u8], Outcome)]) {
    for (value, expected) in table {
        assert_eq!(&outcome(Authorization::parse(value)), expected, "{}", value.escape_ascii());
    }
}

fn refused(table: &[(&[u8], ErrorKind)]) {
    for (value, expected) in table {
        let result = outcome(Authorization::parse(value));
        assert_eq!(result, Outcome::Refused(*expected), "{}", value.escape_ascii());
        assert!(expected.is_malformed(), "{}", value.escape_ascii());
    }
}

#[test]
fn odd_values_within_the_grammar_are_taken() {
    check(&[
        (b"Bearer a", bearer("a")),
        (b"bearer a", bearer("a")),
        (b"BEARER a", bearer("a")),
        (b"bEaReR a", bearer("a")),
        (b"Bearer  a", bearer("a")),
        (b"Bearer       a", bearer("a")),
        (b"Bearer a=", bearer("a=")),
        (b"Bearer a====", bearer("a====")),
        (b"Bearer -._~+/", bearer("-._~+/")),
        (b"Bearer ...", bearer("...")),
        (b"Bearer Bearer", bearer("Bearer")),
        (b"Bearer Basic", bearer("Basic")),
        (b"basic YTpi", basic("a", "b")),
        (b"BASIC YTpi", basic("a", "b")),
        (b"bAsIc YTpi", basic("a", "b")),
        (b"Basic    YTpi", basic("a", "b")),
        (b"Basic Og==", basic("", "")),                 // :
        (b"Basic dXNlcjo=", basic("user", "")),         // user:
        (b"Basic OnBhc3M=", basic("", "pass")),         // :pass
        (b"Basic YTpiOmM=", basic("a", "b:c")),         // a:b:c
        (b"Basic dTo/Pj8=", basic("u", "?>?")),         // u:?>?
        (b"Basic IHUgOiBwIA==", basic(" u ", " p ")),   // " u : p "
        (b"Basic w7w6w7E=", basic("\u{fc}", "\u{f1}")), // u with diaeresis, n with tilde
        (b"Basic dTrCoA==", basic("u", "\u{a0}")),      // the first character above C1
        (b"Digest username=\"a\", uri=\"/\"", other("Digest", "username=\"a\", uri=\"/\"")),
        (b"Negotiate YII=", other("Negotiate", "YII=")),
        (b"Negotiate", other("Negotiate", "")),
        (b"DPoP  a.b.c", other("DPoP", "a.b.c")),
        (b"Bearers a", other("Bearers", "a")),
        (b"Beare a", other("Beare", "a")),
        (b"Basics YTpi", other("Basics", "YTpi")),
        (b"Bearer-Basic a", other("Bearer-Basic", "a")),
        (b"Bearera", other("Bearera", "")),
        (b"eyJhbGciOiJub25lIn0.e30.", other("eyJhbGciOiJub25lIn0.e30.", "")),
        (b"!#$%&'*+-.^_`|~ x", other("!#$%&'*+-.^_`|~", "x")),
        (b"Other Bearer a, Basic YTpi", other("Other", "Bearer a, Basic YTpi")),
    ]);
}

#[test]
fn values_without_a_scheme_are_refused() {
    refused(&[
        (b"", Empty),
        (b" ", SurroundingSpace),
        (b"   ", SurroundingSpace),
        (b"\t", ControlCharacter),
        (b" Bearer a", SurroundingSpace),
        (b"  Bearer a", SurroundingSpace),
        (b"\tBearer a", ControlCharacter),
        (b" Basic YTpi", SurroundingSpace),
        (b",Bearer a", MalformedScheme),
        (b", Bearer a", MalformedScheme),
        (b"=", MalformedScheme),
        (b"\"Bearer\" a", MalformedScheme),
        (b"Bearer: a", MalformedScheme),
        (b"Bearer:a", MalformedScheme),
        (b"Bearer=a", MalformedScheme),
        (b"Bearer, a", MalformedScheme),
        (b"Bearer/ a", MalformedScheme),
        (b"(Bearer) a", MalformedScheme),
        (b"Authorization: Bearer a", MalformedScheme),
        (b"token=abc", MalformedScheme),
        (b"user:pass", MalformedScheme),
        (b"\xEF\xBB\xBFBearer a", NotAscii),
        (b"B\xC3\xA9arer a", NotAscii),
        (b"Bearer\xC2\xA0a", NotAscii),
        (b"B\xD0\xB5arer a", NotAscii), // a Cyrillic letter that looks like e
        (b"\xFF", NotAscii),
        (b"\xFF\0", NotAscii),
        (b"\0", ControlCharacter),
    ]);
}

#[test]
fn malformed_bearer_values_are_refused() {
    refused(&[
        (b"Bearer", NoCredentials),
        (b"bearer", NoCredentials),
        (b"Bearer ", NoCredentials),
        (b"Bearer     ", NoCredentials),
        (b"Bearer\ta", ControlCharacter),
        (b"Bearer \ta", ControlCharacter),
        (b"Bearer \t", ControlCharacter),
        (b"Bearer a ", SurroundingSpace),
        (b"Bearer a  ", SurroundingSpace),
        (b"Bearer a\t", ControlCharacter),
        (b"Bearer a\n", ControlCharacter),
        (b"Bearer a\r\n", ControlCharacter),
        (b"Bearer a\r\n b", ControlCharacter),
        (b"Bearer\r\n a", ControlCharacter),
        (b"Bearer a\r\nX-Admin: 1", ControlCharacter),
        (b"Bearer a\0", ControlCharacter),
        (b"Bearer a\0b", ControlCharacter),
        (b"Bearer \x7F", ControlCharacter),
        (b"Bearer a\x1B[2J", ControlCharacter),
        (b"Bearer =", NotToken68),
        (b"Bearer ==", NotToken68),
        (b"Bearer =a", NotToken68),
        (b"Bearer a=b", NotToken68),
        (b"Bearer a==b", NotToken68),
        (b"Bearer a b", NotToken68),
        (b"Bearer Bearer a", NotToken68),
        (b"Bearer a,b", NotToken68),
        (b"Bearer a, Bearer b", NotToken68),
        (b"Bearer a, Basic YTpi", NotToken68),
        (b"Bearer a,", NotToken68),
        (b"Bearer \"a\"", NotToken68),
        (b"Bearer 'a'", NotToken68),
        (b"Bearer <token>", NotToken68),
        (b"Bearer {token}", NotToken68),
        (b"Bearer token=\"a\"", NotToken68),
        (b"Bearer a:b", NotToken68),
        (b"Bearer a;b", NotToken68),
        (b"Bearer a%20b", NotToken68),
        (b"Bearer a\\b", NotToken68),
        (b"Bearer a!", NotToken68),
        (b"Bearer a@b", NotToken68),
        (b"Bearer a*", NotToken68),
        (b"Bearer [a]", NotToken68),
        (b"Bearer ^", NotToken68),
        (b"Bearer \xC3\xA9", NotAscii),
        (b"Bearer a\xE2\x80\x8B", NotAscii),             // zero width space
        (b"Bearer \xE2\x80\x9Ca\xE2\x80\x9D", NotAscii), // typographic quotes
        (b"Bearer a\x80", NotAscii),
        (b"Bearer \xC0\xAF", NotAscii), // an overlong slash
    ]);
}

#[test]
fn malformed_basic_values_are_refused() {
    refused(&[
        (b"Basic", NoCredentials),
        (b"BASIC", NoCredentials),
        (b"Basic ", NoCredentials),
        (b"Basic    ", NoCredentials),
        (b"Basic\tYTpi", ControlCharacter),
        (b"Basic \tYTpi", ControlCharacter),
        (b"Basic YTpi ", SurroundingSpace),
        (b"Basic YTpi\n", ControlCharacter),
        (b"Basic YT\r\n pi", ControlCharacter),
        (b"Basic YTpi\0", ControlCharacter),
        (b"Basic YT pi", NotToken68),
        (b"Basic YTpi, Basic YTpi", NotToken68),
        (b"Basic YTpi,", NotToken68),
        (b"Basic a:b", NotToken68),
        (b"Basic \"YTpi\"", NotToken68),
        (b"Basic user=a, password=b", NotToken68),
        (b"Basic =", NotToken68),
        (b"Basic ====", NotToken68),
        (b"Basic YTpiOg==YTpi", NotToken68), // padding inside
        (b"Basic YTpiOmM", NotBase64),       // a:b:c without its padding
        (b"Basic Og", NotBase64),            // : without its padding
        (b"Basic Og=", NotBase64),           // and with half of it
        (b"Basic Og===", NotBase64),
        (b"Basic YTpi=", NotBase64),
        (b"Basic YTpi====", NotBase64),
        (b"Basic Y", NotBase64),
        (b"Basic YTpiO", NotBase64),
        (b"Basic Oh==", NotBase64),     // Og== with a stray bit
        (b"Basic YTpiOmN=", NotBase64), // YTpiOmM= with a stray bit
        (b"Basic dTo_Pj8=", NotBase64), // the URL-safe alphabet
        (b"Basic dTo-Pj8=", NotBase64),
        (b"Basic YT.p", NotBase64),
        (b"Basic ~~~~", NotBase64),
        (b"Basic YTp\xC3\xAD", NotAscii),
        (b"Basic bm9jb2xvbg==", MissingColon),         // nocolon
        (b"Basic dXNl", MissingColon),                 // use
        (b"Basic dek6cA==", NotUtf8),                  // u, E9 (Latin-1), :p
        (b"Basic dTr/", NotUtf8),                      // u:, FF
        (b"Basic dTrAgA==", NotUtf8),                  // u:, C0 80 (an overlong NUL)
        (b"Basic dTrtoIA=", NotUtf8),                  // u:, ED A0 80 (a surrogate)
        (b"Basic dTpwAHc=", ControlCharacter),         // u:p NUL w
        (b"Basic dQl4OnA=", ControlCharacter),         // u TAB x:p
        (b"Basic dRs6cA==", ControlCharacter),         // u ESC :p
        (b"Basic dXNlcjpwYXNzCg==", ControlCharacter), // user:pass LF
        (b"Basic dTpwDQpYOiB5", ControlCharacter),     // u:p CR LF X: y
        (b"Basic dTpwfw==", ControlCharacter),         // u:p DEL
        (b"Basic dTrCgA==", ControlCharacter),         // u:, U+0080
        (b"Basic dTrChQ==", ControlCharacter),         // u:, U+0085
        (b"Basic dTrCnw==", ControlCharacter),         // u:, U+009F
    ]);
}

#[test]
fn malformed_values_of_other_schemes_are_refused() {
    refused(&[
        (b"Negotiate ", SurroundingSpace),
        (b"Digest a=\"b\" ", SurroundingSpace),
        (b"Digest a=\"b\",\tc=\"d\"", ControlCharacter),
        (b"Digest a=\"\0\"", ControlCharacter),
        (b"Digest a=\"\x7F\"", ControlCharacter),
        (b"Digest a=\"\xE9\"", NotAscii),
        (b"Digest a=\"b\"\r\n c=\"d\"", ControlCharacter),
    ]);
}

#[test]
fn the_length_is_capped_before_anything_else() {
    let token = "a".repeat(MAX_LENGTH - 7);
    let longest = format!("Bearer {token}");
    assert_eq!(outcome(Authorization::parse(longest.as_bytes())), bearer(&token));
    let too_long = format!("Bearer {token}a");
    assert_eq!(outcome(Authorization::parse(too_long.as_bytes())), Outcome::Refused(TooLong));
    assert_eq!(outcome(Authorization::parse(&vec![0xFF; MAX_LENGTH + 1])), Outcome::Refused(TooLong));
    assert_eq!(outcome(Authorization::parse(&vec![b' '; MAX_LENGTH])), Outcome::Refused(SurroundingSpace));
    // A token of 16 KiB fits, whichever scheme carries it.
    assert_eq!(MAX_LENGTH, 16_448);
}

#[test]
fn exactly_one_value_is_expected() {
    fn all(values: &[&'static [u8]]) -> Outcome {
        outcome(Authorization::from_values(values.iter().copied()))
    }
    assert_eq!(all(&[]), Outcome::Refused(Missing));
    assert_eq!(all(&[b"Bearer a"]), bearer("a"));
    assert_eq!(all(&[b""]), Outcome::Refused(Empty));
    assert_eq!(all(&[b"Bearer a", b"Bearer a"]), Outcome::Refused(Multiple));
    assert_eq!(all(&[b"Bearer a", b"Basic YTpi"]), Outcome::Refused(Multiple));
    assert_eq!(all(&[b"Basic YTpi", b""]), Outcome::Refused(Multiple));
    assert_eq!(all(&[b"", b"Bearer a"]), Outcome::Refused(Multiple));
    assert_eq!(all(&[b"\0", b"\0", b"\0"]), Outcome::Refused(Multiple));
}
