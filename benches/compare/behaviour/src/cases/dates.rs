//! `exp` and `nbf`.

use super::{case, of_claims};
use crate::case::{Ask, Case};
use crate::token::claims;

const GROUP: &str = "Dates";

pub(super) fn all() -> Vec<Case> {
    let exp = |id, label, value: &str| case(GROUP, id, label, of_claims(&claims().with("exp", value)));
    vec![
        case(GROUP, "exp-missing", "`exp` missing", of_claims(&claims().without("exp"))),
        exp("exp-text", "`exp` a numeric string", r#""4102444800""#),
        exp("exp-1e30", "`exp` 1e30", "1e30"),
        exp("exp-2-63", "`exp` 2^63", "9223372036854775808"),
        exp("exp-1e400", "`exp` 1e400", "1e400"),
        case(GROUP, "nbf-future", "`nbf` in the future", of_claims(&claims().with("nbf", "4102444000"))),
        Case {
            ask: Ask::Words,
            ..exp("exp-malformed", "`exp` `\"soon\"`: what the refusal says", r#""soon""#)
        },
    ]
}
