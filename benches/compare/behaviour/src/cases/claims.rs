//! Claims that are absent, of the wrong type, or there twice.

use super::{case, of_claims, of_payload};
use crate::case::{Ask, Case};
use crate::token::claims;

const GROUP: &str = "Claims";

/// In the order in which jsonwebtoken's own struct has them: exp, nbf, sub, iss, aud.
const ARRAY: &str = r#"[4102444800,1700000000,"alice","https://login.example","api"]"#;

pub(super) fn all() -> Vec<Case> {
    let own = |id, label, claims| case(GROUP, id, label, of_claims(&claims));
    vec![
        own("iss-absent", "`iss` absent though configured", claims().without("iss")),
        own("aud-absent", "`aud` absent though configured", claims().without("aud")),
        own("aud-number", "`aud` a number", claims().with("aud", "5")),
        own("aud-object", "`aud` an object", claims().with("aud", r#"{"api":"api"}"#)),
        own("aud-bool", "`aud` a boolean", claims().with("aud", "true")),
        own("aud-null", "`aud` null", claims().with("aud", "null")),
        own("aud-mixed", "`aud` `[\"api\",5]`", claims().with("aud", r#"["api",5]"#)),
        own("iss-list", "`iss` an array that holds the right one", {
            claims().with("iss", r#"["https://login.example"]"#)
        }),
        Case {
            ask: Ask::Role,
            ..own("own-twice", "an own claim twice, read into a map", claims().and("role", r#""admin""#))
        },
        Case {
            ask: Ask::Struct,
            ..own(
                "own-twice-struct",
                "an own claim twice, read into a struct",
                claims().and("role", r#""admin""#),
            )
        },
        own("exp-twice", "`exp` twice", claims().and("exp", "4102444801")),
        own("aud-twice", "`aud` twice, the last one right", {
            claims().with("aud", r#""other""#).and("aud", r#""api""#)
        }),
        own("iss-twice", "`iss` twice, the last one right", {
            claims().with("iss", r#""https://other.example""#).and("iss", r#""https://login.example""#)
        }),
        own("sub-twice", "`sub` twice", claims().and("sub", r#""root""#)),
        case(GROUP, "claims-array", "the claims an array instead of an object", of_payload(ARRAY)),
    ]
}
