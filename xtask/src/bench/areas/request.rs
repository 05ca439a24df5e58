//! Whole requests, against what people put together.

use super::{Area, Effort, Row, Section};

const RUST: &[&str] = &["rust_crypto"];
const EITHER: &[&str] = &["rust_crypto", "aws_lc_rs"];

const OURS: &str = "countersign";
const REMEMBERED: &str = "countersign, remembered";
const BY_HAND: &str = "by hand";

pub(super) const AREA: Area = Area {
    name: "request",
    title: "A whole request, compared",
    sections: &[Section {
        heading: "Over the same put together by hand",
        other: "by hand",
        rows: &[
            Row::told("HS256 token", "HS256 request", OURS, BY_HAND).under(RUST).at_most(0.65),
            Row::told("EdDSA token, over its better back end", "EdDSA request", OURS, BY_HAND).under(EITHER),
            Row::told("EdDSA token, remembered by ours alone", "EdDSA request", REMEMBERED, BY_HAND)
                .under(EITHER),
            Row::told("EdDSA token, remembered by both", "EdDSA request", REMEMBERED, "by hand, with moka")
                .under(EITHER)
                .at_most(1.8),
            Row::told("API key", "API key request", OURS, BY_HAND).under(RUST),
        ],
    }],
    notes: "From the value of `Authorization` to the principal, with the same 1,000,000 tokens, 10,000 \
            sessions and 1,000 subjects revoked; 64 clients take turns. Ours is `Authenticator::authenticate` \
            over the stores in memory. By hand means: `headers` reads the header, jsonwebtoken verifies the \
            token, and three maps of texts behind locks hold the revocations. With moka, a cache from the \
            token's text to its claims comes before jsonwebtoken; it keeps the tokens in memory, and ours \
            keeps digests. By hand an API key is looked up by its SHA-256 in a map behind a lock; ours checks \
            form and checksum and uses a keyed digest.",
    crates: &["jsonwebtoken", "headers", "moka", "aws-lc-rs"],
    runs: &[&["rust_crypto"], &["aws_lc_rs"]],
    scripts: &[],
    full: Effort { processes: 5, rounds: 30 },
    quick: Effort { processes: 1, rounds: 6 },
};
