//! What the header demands, and members of it that are there twice.

use super::{case, of_header};
use crate::case::Case;
use crate::token::header;

const GROUP: &str = "Header";

const DEPTH: usize = 100_000;

pub(super) fn all() -> Vec<Case> {
    let own = |id, label, header| case(GROUP, id, label, of_header(&header));
    vec![
        own("crit-unknown", "`crit` `[\"x\"]`", header().with("crit", r#"["x"]"#).with("x", "1")),
        own("crit-empty", "`crit` `[]`", header().with("crit", "[]")),
        own("crit-null", "`crit` null", header().with("crit", "null")),
        own("b64-critical", "`b64` false, with `crit`", {
            header().with("b64", "false").with("crit", r#"["b64"]"#)
        }),
        own("b64", "`b64` false, without `crit`", header().with("b64", "false")),
        own("alg-twice", "`alg` twice, the last one right", {
            header().with("alg", r#""HS384""#).and("alg", r#""HS256""#)
        }),
        Case {
            kid: Some("b"),
            ..own("kid-twice", "`kid` twice, the last one right", {
                header().and("kid", r#""a""#).and("kid", r#""b""#)
            })
        },
        own("member-twice", "an unknown member twice", header().and("note", "1").and("note", "2")),
        own("header-deep", "a member nested 100,000 deep", {
            header().with("note", "[".repeat(DEPTH) + &"]".repeat(DEPTH))
        }),
    ]
}
