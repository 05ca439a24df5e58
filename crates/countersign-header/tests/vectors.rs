//! The examples of RFC 7617 and RFC 6750, byte for byte, and the rest of what a challenge may hold.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_header::{Authorization, BasicCredentials, BearerError, Challenge, ErrorKind};

fn basic(value: &str) -> BasicCredentials {
    match Authorization::parse(value.as_bytes()).unwrap() {
        Authorization::Basic(basic) => basic,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc_7617_section_2_aladdin() {
    let credentials = basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert_eq!((credentials.user_id(), credentials.password()), ("Aladdin", "open sesame"));
    assert_eq!(credentials.to_header_value().expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

#[test]
fn rfc_7617_section_2_1_pound_sign_in_utf_8() {
    let credentials = basic("Basic dGVzdDoxMjPCow==");
    assert_eq!((credentials.user_id(), credentials.password()), ("test", "123\u{a3}"));
    assert_eq!(credentials.to_header_value().expose(), "Basic dGVzdDoxMjPCow==");
}

#[test]
fn rfc_6750_section_2_1_bearer() {
    match Authorization::parse(b"Bearer mF_9.B5f-4.1JqM").unwrap() {
        Authorization::Bearer(bearer) => assert_eq!(bearer.token(), "mF_9.B5f-4.1JqM"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc_7617_section_2_1_basic_challenge_with_charset() {
    let challenge = Challenge::basic("foo").unwrap();
    assert_eq!(challenge.to_string(), r#"Basic realm="foo", charset="UTF-8""#);
}

#[test]
fn rfc_6750_section_3_challenge_without_credentials() {
    let challenge = Challenge::bearer().realm("example").unwrap();
    assert_eq!(challenge.to_string(), r#"Bearer realm="example""#);
}

#[test]
fn rfc_6750_section_3_challenge_for_an_expired_token() {
    let challenge = Challenge::bearer()
        .error_description("The access token expired")
        .unwrap()
        .error(BearerError::InvalidToken)
        .realm("example")
        .unwrap();
    assert_eq!(
        challenge.to_string(),
        r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#
    );
}

#[test]
fn a_challenge_shows_every_parameter_once_and_in_a_fixed_order() {
    let challenge = Challenge::bearer()
        .scope("replaced")
        .unwrap()
        .scope("openid profile")
        .unwrap()
        .error(BearerError::InvalidToken)
        .error(BearerError::InsufficientScope)
        .realm("replaced")
        .unwrap()
        .realm("api")
        .unwrap()
        .error_description("more is needed")
        .unwrap();
    assert_eq!(
        challenge.to_string(),
        "Bearer realm=\"api\", error=\"insufficient_scope\", error_description=\"more is needed\", \
         scope=\"openid profile\""
    );
    assert_eq!(Challenge::bearer().to_string(), "Bearer");
    assert_eq!(Challenge::bearer().scope("a").unwrap().to_string(), r#"Bearer scope="a""#);
}

#[test]
fn a_basic_challenge_shows_no_parameter_of_bearer() {
    let challenge = Challenge::basic("api").unwrap().error(BearerError::InvalidToken);
    let challenge = challenge.error_description("text").unwrap().scope("a").unwrap();
    assert_eq!(challenge.to_string(), r#"Basic realm="api", charset="UTF-8""#);
    assert_eq!(challenge.scope("").unwrap_err().kind(), ErrorKind::InvalidScope);
}

#[test]
fn a_realm_cannot_leave_its_quotes() {
    let realm = r#"a" , b="\"#;
    let expected = r#"realm="a\" , b=\"\\""#;
    assert_eq!(Challenge::bearer().realm(realm).unwrap().to_string(), format!("Bearer {expected}"));
    let challenge = Challenge::basic(realm).unwrap();
    assert_eq!(challenge.to_string(), format!("Basic {expected}, charset=\"UTF-8\""));
    assert_eq!(Challenge::bearer().realm("").unwrap().to_string(), r#"Bearer realm="""#);
}

#[test]
fn a_realm_is_printable_ascii() {
    for realm in ["\0", "a\tb", "a\r\nSet-Cookie: b", "\u{7f}", "\u{80}", "caf\u{e9}"] {
        let kind = Challenge::bearer().realm(realm).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::InvalidRealm, "{realm:?}");
        assert_eq!(Challenge::basic(realm).unwrap_err().kind(), ErrorKind::InvalidRealm, "{realm:?}");
    }
}

#[test]
fn an_error_description_has_the_characters_of_rfc_6750_only() {
    let widest: String = (0x20..=0x7E_u8).map(char::from).filter(|c| !matches!(c, '"' | '\\')).collect();
    let challenge = Challenge::bearer().error_description(&widest).unwrap();
    assert_eq!(challenge.to_string(), format!("Bearer error_description=\"{widest}\""));
    for description in ["", "\"", "\\", "\0", "\t", "\n", "\u{7f}", "\u{80}", "\u{2019}"] {
        let kind = Challenge::bearer().error_description(description).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::InvalidErrorDescription, "{description:?}");
    }
}

#[test]
fn a_scope_is_a_list_of_tokens_with_single_spaces() {
    for scope in ["a", "a b", "urn:x:y https://example.org/#z", "!#[]~"] {
        let challenge = Challenge::bearer().scope(scope).unwrap();
        assert_eq!(challenge.to_string(), format!("Bearer scope=\"{scope}\""));
    }
    for scope in ["", " ", " a", "a ", "a  b", "a\tb", "a\"b", "a\\b", "\u{7f}", "\u{e9}"] {
        let kind = Challenge::bearer().scope(scope).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::InvalidScope, "{scope:?}");
    }
}

#[test]
fn the_codes_and_statuses_are_those_of_rfc_6750_section_3_1() {
    let table = [
        (BearerError::InvalidRequest, "invalid_request", 400),
        (BearerError::InvalidToken, "invalid_token", 401),
        (BearerError::InsufficientScope, "insufficient_scope", 403),
    ];
    for (error, code, status) in table {
        assert_eq!((error.as_str(), error.status()), (code, status));
        assert_eq!(Challenge::bearer().error(error).to_string(), format!("Bearer error=\"{code}\""));
    }
}
