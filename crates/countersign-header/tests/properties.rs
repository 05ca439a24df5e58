//! Laws of parsing and building, over generated values.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_header::{Authorization, BasicCredentials, Bearer, Challenge};
use proptest::prelude::*;

const TOKEN: &str = "[A-Za-z0-9._~+/-]{1,120}={0,3}";
/// No control character (`\PC` also leaves out unassigned ones) and, for a user-id, no colon.
const USER_ID: &str = "[\\PC&&[^:]]{0,40}";
const PASSWORD: &str = "\\PC{0,40}";

fn scheme_in_any_case(scheme: &'static str) -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<bool>(), scheme.len()).prop_map(move |upper| {
        let letter = |(c, up): (char, bool)| if up { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        scheme.chars().zip(upper).map(letter).collect()
    })
}

fn well_formed() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        TOKEN.prop_map(|token| Bearer::new(&token).unwrap().to_header_value().expose().as_bytes().to_vec()),
        (USER_ID, PASSWORD).prop_map(|(user_id, password)| {
            let pair = BasicCredentials::new(&user_id, &password).unwrap();
            pair.to_header_value().expose().as_bytes().to_vec()
        }),
        "[A-Z][a-z]{0,9} [!-~]{1,3}[ -~]{0,30}[!-~]".prop_map(String::into_bytes),
    ]
}

fn kind_of_value(value: &[u8]) -> &'static str {
    match Authorization::parse(value) {
        Ok(Authorization::Bearer(_)) => "Bearer",
        Ok(Authorization::Basic(_)) => "Basic",
        Ok(_) => "another scheme",
        Err(_) => "refused",
    }
}

proptest! {
    #[test]
    fn parsing_any_bytes_gives_an_answer(value: Vec<u8>) {
        if let Err(error) = Authorization::parse(&value) {
            prop_assert!(error.kind().is_malformed());
        }
    }

    #[test]
    fn parsing_any_bytes_after_a_known_scheme_gives_an_answer(basic: bool, rest: Vec<u8>) {
        let scheme = if basic { "Basic" } else { "Bearer" };
        let value = [scheme.as_bytes(), b" ", &rest].concat();
        // Whatever follows, a known scheme is never handed on as an unknown one.
        let kind = kind_of_value(&value);
        prop_assert!(kind == "refused" || kind == scheme);
    }

    #[test]
    fn a_token_survives_building_and_parsing(token in TOKEN) {
        let value = Bearer::new(&token).unwrap().to_header_value();
        prop_assert_eq!(value.expose(), format!("Bearer {token}"));
        match Authorization::parse(value.expose().as_bytes()).unwrap() {
            Authorization::Bearer(bearer) => prop_assert_eq!(bearer.token(), token),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pair_survives_building_and_parsing(user_id in USER_ID, password in PASSWORD) {
        let value = BasicCredentials::new(&user_id, &password).unwrap().to_header_value();
        match Authorization::parse(value.expose().as_bytes()).unwrap() {
            Authorization::Basic(pair) => {
                prop_assert_eq!(pair.user_id(), user_id);
                prop_assert_eq!(pair.password(), password);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_accepted_bearer_is_rendered_canonically(
        scheme in scheme_in_any_case("bearer"), spaces in 1..5_usize, token in TOKEN,
    ) {
        let value = format!("{scheme}{}{token}", " ".repeat(spaces));
        match Authorization::parse(value.as_bytes()).unwrap() {
            Authorization::Bearer(bearer) => {
                let rendered = bearer.to_header_value();
                prop_assert_eq!(rendered.expose(), format!("Bearer {token}"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_accepted_pair_has_one_spelling(
        user_id in USER_ID, password in PASSWORD, place: prop::sample::Index, other in "[A-Za-z0-9+/=]",
    ) {
        let built = BasicCredentials::new(&user_id, &password).unwrap().to_header_value();
        let credentials = built.expose().strip_prefix("Basic ").unwrap();
        // The last four characters hold the padding and the bits that could go astray.
        let (before, after) = credentials.split_at(credentials.len() - 1 - place.index(4));
        let changed = format!("Basic {before}{other}{}", &after[1..]);
        if let Ok(Authorization::Basic(pair)) = Authorization::parse(changed.as_bytes()) {
            let rendered = pair.to_header_value();
            prop_assert_eq!(rendered.expose(), changed);
        }
    }

    #[test]
    fn a_control_character_anywhere_is_refused(
        value in well_formed(), place: prop::sample::Index, control in prop_oneof![0..=0x1F_u8, Just(0x7F)],
    ) {
        prop_assert_ne!(kind_of_value(&value), "refused");
        let mut broken = value.clone();
        broken.insert(place.index(value.len() + 1), control);
        prop_assert_eq!(kind_of_value(&broken), "refused");
    }

    #[test]
    fn a_byte_beyond_ascii_anywhere_is_refused(
        value in well_formed(), place: prop::sample::Index, byte in 0x80..=0xFF_u8,
    ) {
        let mut broken = value.clone();
        broken.insert(place.index(value.len() + 1), byte);
        prop_assert_eq!(kind_of_value(&broken), "refused");
    }

    #[test]
    fn a_comma_or_a_space_inside_credentials_is_refused(token in TOKEN, rest in TOKEN, comma: bool) {
        let joined = format!("{token}{}{rest}", if comma { "," } else { " " });
        prop_assert_eq!(kind_of_value(format!("Bearer {joined}").as_bytes()), "refused");
        prop_assert_eq!(kind_of_value(format!("Basic {joined}").as_bytes()), "refused");
    }

    #[test]
    fn a_realm_can_be_read_back_and_stays_inside_its_quotes(realm in "[ -~]{0,40}") {
        let challenge = Challenge::bearer().realm(&realm).unwrap().to_string();
        let quoted = challenge.strip_prefix("Bearer realm=\"").unwrap();
        // A quoted string read as RFC 9110 section 5.6.4 says, up to the first quote that is not escaped.
        let mut characters = quoted.chars();
        let mut read = String::new();
        loop {
            match characters.next().unwrap() {
                '"' => break,
                '\\' => read.push(characters.next().unwrap()),
                character => read.push(character),
            }
        }
        prop_assert_eq!(characters.as_str(), "");
        prop_assert_eq!(read, realm);
    }
}
