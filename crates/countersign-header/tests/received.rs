//! Challenges as a client gets them, and the parameters of a third scheme.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_header::ErrorKind::{
    DuplicateParameter, MalformedParameter, MalformedScheme, NotUtf8, TooLong,
};
use countersign_header::{Authorization, BearerError, Challenge, ErrorKind, MAX_LENGTH, ReceivedChallenge};

/// A challenge as text: the scheme, a token68, and `name=value` for each parameter.
fn told(challenge: &ReceivedChallenge<'_>) -> String {
    let mut text = challenge.scheme().to_owned();
    if let Some(part) = challenge.token68() {
        text += &format!(" {part}");
    }
    for (name, value) in challenge.parameters().iter() {
        text += &format!(" {name}={value}");
    }
    text
}

fn read(values: &[&[u8]]) -> Result<Vec<String>, ErrorKind> {
    let challenges = ReceivedChallenge::from_values(values.iter().copied());
    challenges.map(|all| all.iter().map(told).collect()).map_err(|error| error.kind())
}

#[test]
fn what_the_rfcs_have_is_read() {
    for (value, expected) in [
        // RFC 9110 section 11.6.1.
        (
            r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#,
            &["Basic realm=simple", r#"Newauth realm=apps type=1 title=Login to "apps""#][..],
        ),
        // RFC 7617 sections 2 and 2.1.
        (r#"Basic realm="WallyWorld""#, &["Basic realm=WallyWorld"]),
        (r#"Basic realm="foo", charset="UTF-8""#, &["Basic realm=foo charset=UTF-8"]),
        // RFC 6750 section 3.
        (r#"Bearer realm="example""#, &["Bearer realm=example"]),
        (
            r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#,
            &["Bearer realm=example error=invalid_token error_description=The access token expired"],
        ),
        // RFC 4559 section 5.
        ("Negotiate", &["Negotiate"]),
        ("Negotiate a87421000492aa874209af8bc028", &["Negotiate a87421000492aa874209af8bc028"]),
    ] {
        assert_eq!(read(&[value.as_bytes()]).unwrap(), expected, "{value}");
    }
}

#[test]
fn odd_challenges_within_the_grammar_are_read() {
    for (value, expected) in [
        ("", &[][..]),
        (" , ,\t,", &[]),
        ("Basic, Bearer", &["Basic", "Bearer"]),
        ("Basic ,Bearer ,", &["Basic", "Bearer"]),
        (",Basic a=b,,c=d,,Bearer", &["Basic a=b c=d", "Bearer"]),
        ("Negotiate abc==, Basic a=b", &["Negotiate abc==", "Basic a=b"]),
        // The `=` at the end makes a token68, a text behind it a parameter.
        ("X a=", &["X a="]),
        ("X a=,", &["X a="]),
        ("X a=b", &["X a=b"]),
        ("X a==", &["X a=="]),
        ("X   a=b", &["X a=b"]),
        ("X a \t=\t b", &["X a=b"]),
        ("X a=b , c = d", &["X a=b c=d"]),
        // Whose parameter it is shows in what is behind the name.
        ("X a=b, Y c=d", &["X a=b", "Y c=d"]),
        (r#"X a="""#, &["X a="]),
        (r#"X a="b, Y c=d""#, &["X a=b, Y c=d"]),
        (r#"X a="\\\"\a""#, &[r#"X a=\"a"#]),
        ("X a=\"\tb\"", &["X a=\tb"]),
        ("X a=\"f\u{fc}r\"", &["X a=f\u{fc}r"]),
    ] {
        assert_eq!(read(&[value.as_bytes()]).unwrap(), expected, "{value}");
    }
    assert_eq!(read(&[b"Basic a=b", b"", b"Bearer"]).unwrap(), ["Basic a=b", "Bearer"]);
    assert_eq!(read(&[]).unwrap(), [""; 0]);
}

#[test]
fn malformed_challenges_are_refused() {
    for (value, expected) in [
        ("=", MalformedScheme),
        ("\"a\"", MalformedScheme),
        ("B@sic a=b", MalformedScheme),
        ("Basic\ta=b", MalformedScheme),
        ("Basic=a", MalformedScheme),
        ("Basic/a", MalformedScheme),
        ("Basic a=b, =c", MalformedScheme),
        ("Basic a=b, \"c\"", MalformedScheme),
        ("Negotiate abc==, a=b", MalformedScheme),
        // Behind a scheme that has none of its own, a parameter belongs to nothing.
        ("X a=b, Y, c=d", MalformedScheme),
        ("X a==b", MalformedParameter),
        ("X a b", MalformedParameter),
        ("X a=b c=d", MalformedParameter),
        ("X a=\"b", MalformedParameter),
        ("X a=\"b\\", MalformedParameter),
        ("X a=\"b\\\"", MalformedParameter),
        ("X a=\"b\"c", MalformedParameter),
        ("X a=b\"c\"", MalformedParameter),
        ("X a=\"\0\"", MalformedParameter),
        ("X a=\"\\\0\"", MalformedParameter),
        ("X a=\"\u{80}\"", MalformedParameter),
        ("X a=\"\\b\n\"", MalformedParameter),
        ("X a=\u{fc}", MalformedParameter),
        ("X a=b, A=c", DuplicateParameter),
        ("X realm=\"a\", realm=\"a\"", DuplicateParameter),
    ] {
        assert_eq!(read(&[value.as_bytes()]), Err(expected), "{value:?}");
    }
    assert_eq!(read(&[b"X a=\"\xff\""]), Err(NotUtf8));
    assert_eq!(read(&["a".repeat(MAX_LENGTH + 1).as_bytes()]), Err(TooLong));
    assert_eq!(read(&["a".repeat(MAX_LENGTH).as_bytes()]).unwrap().len(), 1);
}

#[test]
fn what_is_built_is_read_back() {
    let built = [
        Challenge::basic(r#"a "b" \ c, d=e"#).unwrap().to_string(),
        Challenge::bearer().to_string(),
        Challenge::bearer()
            .realm("api")
            .unwrap()
            .error(BearerError::InsufficientScope)
            .error_description("more is needed, ask")
            .unwrap()
            .scope("read write")
            .unwrap()
            .to_string(),
    ];
    let apart = ReceivedChallenge::from_values(built.iter().map(String::as_bytes)).unwrap();
    let joined = built.join(", ");
    let together = ReceivedChallenge::from_values([joined.as_bytes()]).unwrap();
    for challenges in [&apart, &together] {
        let [basic, bare, bearer] = &challenges[..] else { panic!("three") };
        assert!(basic.has_scheme("BASIC") && !basic.has_scheme("Bearer"));
        assert_eq!(basic.realm(), Some(r#"a "b" \ c, d=e"#));
        assert_eq!(basic.parameters().get("Charset"), Some("UTF-8"));
        assert_eq!(
            (bare.scheme(), bare.realm(), bare.error(), bare.scope().count()),
            ("Bearer", None, None, 0)
        );
        assert_eq!(bearer.error(), Some(BearerError::InsufficientScope));
        assert_eq!(bearer.error_description(), Some("more is needed, ask"));
        assert_eq!(bearer.scope().collect::<Vec<_>>(), ["read", "write"]);
    }
}

#[test]
fn an_error_that_rfc_6750_does_not_have_is_none() {
    let challenges = ReceivedChallenge::from_values([&b"Bearer error=\"invalid_Token\""[..]]).unwrap();
    assert_eq!(challenges[0].error(), None);
    assert_eq!(challenges[0].parameters().get("error"), Some("invalid_Token"));
}

#[test]
fn the_parameters_of_a_third_scheme_are_read() {
    let of = |value: &'static str| match Authorization::parse(value.as_bytes()).unwrap() {
        Authorization::Other(other) => other.parameters().map_err(|error| error.kind()),
        _ => panic!("a third scheme"),
    };
    // RFC 7616 section 3.9.1, shortened.
    let digest =
        of(r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir", qop=auth, nc=00000001"#)
            .unwrap();
    assert_eq!(digest.iter().count(), 5);
    assert_eq!(
        (digest.get("USERNAME"), digest.get("nc"), digest.get("x")),
        (Some("Mufasa"), Some("00000001"), None)
    );
    for (value, expected) in [
        ("Digest", ErrorKind::NoCredentials),
        ("Digest ,", ErrorKind::NoCredentials),
        ("Digest abc", MalformedParameter),
        ("Digest abc=", MalformedParameter),
        ("Digest a=b c=d", MalformedParameter),
        ("Digest a=b, c", MalformedParameter),
        ("Digest a=b, A=b", DuplicateParameter),
    ] {
        assert_eq!(of(value).unwrap_err(), expected, "{value}");
    }
}
