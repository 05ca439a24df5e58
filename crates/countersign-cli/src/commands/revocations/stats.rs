//! `countersign stats`.

use clap::Args;
use countersign_revocation::RevocationStore as _;
use countersign_token_store::TokenStore as _;

use crate::failure::Failure;
use crate::sink::print_line;
use crate::store::StoreOptions;

/// Counts what a store holds, expired and not yet purged entries too, as one JSON object.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    store: StoreOptions,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let counts = self.store.with(async |store| {
            let revoked = store.revocations.count().await?;
            let digests = store.tokens.count_by_digest_key().await?;
            Ok(serde_json::json!({
                "revoked": {
                    "keys": revoked.keys,
                    "sessions": revoked.sessions,
                    "subjects": revoked.subjects,
                    "tokens": revoked.tokens,
                },
                // How many random tokens stand under each digest key, by its id: one with none can go.
                "tokens_by_digest_key": digests,
            }))
        })?;
        print_line(&counts.to_string())
    }
}
