//! Makes the golden file of this version, which `tests/golden` reads:
//!
//! ```text
//! cargo run -p countersign-redb --example golden_file FILE
//! ```
//!
//! Run it once for each version of the tables, and never replace a file of a published version.
#![allow(clippy::unwrap_used, reason = "it says what went wrong by panicking")]

#[path = "../tests/golden/contents.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod contents;

use std::time::Duration;

use countersign_redb::RedbStore;
use countersign_revocation::{RetainUntil, RevocationStore, Target, TokenId};
use countersign_token_store::{Kind, RotationOutcome, TokenStoreExt};
use pollster::block_on;
use time::OffsetDateTime;

use crate::contents::{END, ISSUER, NOW, rotation, secret, session, token};

fn seconds(number: u64) -> OffsetDateTime {
    NOW + Duration::from_secs(number)
}

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let store = RedbStore::open(&path).unwrap();
    block_on(async {
        let (revocations, tokens) = (store.revocations(), store.tokens());
        let end = RetainUntil::at(END);
        revocations.revoke(ISSUER, Target::Token(TokenId::Jti("jti")), end).await.unwrap();
        let input = Target::Token(TokenId::SigningInput([7; 32]));
        revocations.revoke(ISSUER, input, end).await.unwrap();
        revocations.revoke(ISSUER, Target::Session("sid"), end).await.unwrap();
        revocations.revoke(ISSUER, Target::Key("kid"), RetainUntil::FOREVER).await.unwrap();
        revocations.revoke_subject(ISSUER, "bob", end, NOW, Duration::ZERO).await.unwrap();
        let purged = RetainUntil::at(NOW);
        revocations.revoke_subject(ISSUER, "purged", purged, NOW, Duration::ZERO).await.unwrap();
        revocations.purge_expired(seconds(1), 10).await.unwrap();
        tokens.insert_token(token(Kind::ApiKey, "key", None)).await.unwrap();
        tokens.insert_token(token(Kind::AccessToken, "access", Some(END))).await.unwrap();
        tokens.create_session(session("rotated", 1)).await.unwrap();
        let rotated = tokens.rotate(&rotation(&[secret(1)], 2, seconds(10))).await.unwrap();
        assert!(matches!(rotated, RotationOutcome::Rotated(_)));
        tokens.create_session(session("ended", 3)).await.unwrap();
        tokens.end_session("ended").await.unwrap();
    });
    drop(store);
    RedbStore::compact(&path).unwrap();
}
