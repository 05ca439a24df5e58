//! Random tokens: what stands in a table in their place, and whether they can be guessed.

use super::classes;
use super::row::{Edit, Row, Test};

const RANDOM: &str = "countersign-random";

const fn session(name: &'static str) -> Test {
    Test::of("countersign-session", "it", name)
}

const BUILDER: &str = "crates/countersign-session/src/builder.rs";
const DIGEST: &str = "crates/countersign-random/src/digest.rs";
const DIGESTS: &str = "crates/countersign-session/src/digests.rs";
const DIGEST_KEYS: &str = "crates/countersign-random/src/digest_keys.rs";
const KEY: &str = "crates/countersign-random/src/key.rs";
const TOKEN: &str = "crates/countersign-random/src/token.rs";

pub(super) fn row() -> Row {
    Row::new(&classes::secrets::LEAKED_TABLE)
        .defence(
            "the secret of a digest key goes into no digest",
            Test::of(RANDOM, "it", "vectors::digests_are_over_the_framed_domain_and_parts"),
            &[Edit(
                DIGEST,
                "                let mut mac = Hmac::clone(prepared);
                absorb(&mut mac, domain, parts);
                LookupDigest(mac.finalize().into_bytes().into())",
                "                let mut hash = Sha256::new();
                let _ = prepared;
                absorb(&mut hash, domain, parts);
                LookupDigest(hash.finalize().into())",
            )],
        )
        .defence(
            "what is digested can be read in several ways",
            Test::of(RANDOM, "it", "properties::nothing_moves_between_domain_and_parts"),
            &[Edit(DIGEST, "        hash.update(&(bytes.len() as u64).to_be_bytes());\n", "")],
        )
        .defence(
            "one digest is good for every purpose",
            Test::of(RANDOM, "it", "vectors::digests_are_over_the_framed_domain_and_parts"),
            &[Edit(
                DIGEST,
                "    one(domain.as_bytes());\n",
                "    one(domain.get(..0).unwrap_or_default().as_bytes());\n",
            )],
        )
        .defence(
            "one issuer's random token is good for another's",
            session("races::tokens_of_one_issuer_are_unknown_at_another_over_the_same_store_and_keys"),
            &[Edit(
                DIGESTS,
                "[self.issuer.as_bytes(), text.as_bytes()]",
                "[self.prefixes.api_key.as_str().as_bytes(), text.as_bytes()]",
            )],
        )
        .defence(
            "a plain digest key stands beside a keyed one, unasked",
            Test::lib(
                RANDOM,
                "digest_keys::tests::a_plain_key_stands_beside_a_keyed_primary_only_where_that_is_named",
            ),
            &[Edit(
                DIGEST_KEYS,
                "if self.primary.is_keyed() && !key.is_keyed() {",
                "if self.primary.is_keyed() && self.primary.id() == key.id() {",
            )],
        )
        .defence(
            "refresh tokens are derived without a secret",
            session("building::refresh_tokens_need_a_secret_to_be_derived_with"),
            &[Edit(
                BUILDER,
                "if self.issuance == Issuance::Pair && plain {",
                "if self.issuance != Issuance::Pair && plain {",
            )],
        )
}

/// Random tokens that can be guessed.
pub(super) fn guessable() -> Row {
    const NO_RANDOMNESS_NO_TOKEN: Test =
        Test::of(RANDOM, "it", "tokens::a_source_that_fails_gives_no_token_and_its_cause_is_kept");
    Row::new(&classes::secrets::GUESSABLE)
        .defence(
            "a source of randomness that fails gives a token of zeros",
            NO_RANDOMNESS_NO_TOKEN,
            &[Edit(TOKEN, "    source.fill(&mut bytes)?;\n", "    let _ = source.fill(&mut bytes);\n")],
        )
        .defence(
            "a source of randomness that fails gives a key of zeros",
            NO_RANDOMNESS_NO_TOKEN,
            &[Edit(KEY, "        source.fill(bytes)?;\n", "        let _ = source.fill(bytes);\n")],
        )
        .defence(
            "a key may have one random byte",
            Test::of(RANDOM, "it", "tokens::a_key_has_16_to_64_random_bytes"),
            &[Edit(KEY, "pub const MIN_KEY_BYTES: usize = 16;", "pub const MIN_KEY_BYTES: usize = 1;")],
        )
}
