//! Good tokens. The bad ones are made of these by one change each.

use super::{case, keys, of_claims, of_header};
use crate::case::{Ask, Case, Key};
use crate::token::{self, claims, header};

const GROUP: &str = "Good tokens";

pub(super) fn all() -> Vec<Case> {
    let good = of_claims(&claims());
    let controls = [
        case(GROUP, "good", "the good token", good.clone()),
        Case { ask: Ask::Struct, ..case(GROUP, "good-struct", "the good token, read into a struct", good) },
        case(
            GROUP,
            "good-list",
            "`aud` an array of strings that holds the right one",
            of_claims(&claims().with("aud", r#"["other","api"]"#)),
        ),
        case(GROUP, "good-nbf", "`nbf` in the past", of_claims(&claims().with("nbf", "1700000000"))),
        Case {
            kid: Some("b"),
            ..case(GROUP, "good-kid", "a `kid` in the header", of_header(&header().with("kid", r#""b""#)))
        },
        case(
            GROUP,
            "good-member",
            "a header member that nobody knows",
            of_header(&header().with("note", "1")),
        ),
        Case {
            key: Key::Jwk(keys::jwk("")),
            ..case(GROUP, "good-jwk", "EdDSA, the key from a JWK", token::ed25519())
        },
        Case {
            key: Key::Jwk(keys::jwk(r#","use":"sig","key_ops":["verify"]"#)),
            ..case(
                GROUP,
                "good-jwk-use",
                "EdDSA, the key from a JWK with `use` and `key_ops` for verifying",
                token::ed25519(),
            )
        },
    ];
    controls.into_iter().map(|case| Case { control: true, ..case }).collect()
}
