//! Secrets: how they are compared, and that they are not shown.

use super::classes;
use super::row::{Edit, Row, Target, Test};

const HEADER: &str = "countersign-header";
const PASSWORD: &str = "countersign-password";
const RANDOM: &str = "countersign-random";
const SESSION: &str = "countersign-session";
const SIGNED: &str = "countersign-signed";
const TOKEN_STORE: &str = "countersign-token-store";

/// Time is not measured: a comparison in another way has the same outcome, so its source is what is tested.
const IN_CONSTANT_TIME: Test = Test {
    package: "xtask",
    target: Target::Bin("xtask"),
    name: "defences::sources::tests::secrets_are_compared_in_constant_time",
};

const BEARER: &str = "crates/countersign-header/src/bearer.rs";
const CREDENTIALS: &str = "crates/countersign-session/src/credentials.rs";
const DIGEST: &str = "crates/countersign-random/src/digest.rs";
const HASH: &str = "crates/countersign-password/src/hash.rs";
const HMAC: &str = "crates/countersign-signed/src/algorithm/hmac.rs";
const ISSUED: &str = "crates/countersign-session/src/issued.rs";
const JWS: &str = "crates/countersign-signed/src/jws.rs";
const PEM: &str = "crates/countersign-signed/src/pem.rs";
const SECRET: &str = "crates/countersign-random/src/secret.rs";
const SIGNED_ERROR: &str = "crates/countersign-signed/src/error.rs";
const TABLES: &str = "crates/countersign-token-store/src/memory/tables.rs";
const CLAIMS: &str = "crates/countersign-signed/src/json/claims.rs";

pub(super) fn rows() -> Vec<Row> {
    vec![comparing(), super::leaked::row(), super::leaked::guessable(), showing()]
}

fn comparing() -> Row {
    Row::new(&classes::secrets::COMPARING)
        .defence(
            "digests are compared byte by byte",
            IN_CONSTANT_TIME,
            &[Edit(DIGEST, "self.0.ct_eq(&other.0).into()", "self.0 == other.0")],
        )
        .defence(
            "tags of HMAC are compared byte by byte",
            IN_CONSTANT_TIME,
            &[Edit(HMAC, "    differences.ct_eq(&0).into()", "    tags.starts_with(signatures) && differences == 0")],
        )
        .defence(
            "hashes of passwords are compared byte by byte",
            IN_CONSTANT_TIME,
            &[Edit(HASH, "Ok(tag.ct_eq(self.tag.as_bytes()).into())", "Ok(tag.as_slice() == self.tag.as_bytes())")],
        )
        .defence(
            "only the beginning of a digest is compared",
            Test::lib(RANDOM, "digest::tests::digests_match_only_if_every_bit_is_the_same"),
            &[Edit(DIGEST, "self.0.ct_eq(&other.0).into()", "self.0[..16].ct_eq(&other.0[..16]).into()")],
        )
        .defence(
            "only the beginning of a tag of HMAC is compared",
            Test::lib(SIGNED, "algorithm::hmac::tests::a_tag_that_differs_in_one_bit_or_in_length_is_refused"),
            &[Edit(HMAC, "tags.iter().zip(signatures).fold(", "tags.iter().zip(signatures).take(2).fold(")],
        )
        .defence(
            "only the beginning of a password's hash is compared",
            Test::lib(PASSWORD, "hash::tests::a_tag_that_differs_in_one_bit_does_not_match"),
            &[Edit(
                HASH,
                "Ok(tag.ct_eq(self.tag.as_bytes()).into())",
                "Ok(tag[..16].ct_eq(&self.tag.as_bytes()[..16]).into())",
            )],
        )
        .defence(
            "a look-up takes a token of any kind",
            Test::of(TOKEN_STORE, "conformance", "the_store_in_memory_conforms"),
            &[Edit(
                TABLES,
                "            Some(token) if token.record.kind != kind => Lookup::Unknown,\n",
                "            Some(token) if token.record.kind != kind && token.record.owner.is_empty() => Lookup::Unknown,\n",
            )],
        )
}

fn showing() -> Row {
    let it = |name| Test::of(SIGNED, "it", name);
    Row::new(&classes::secrets::SHOWING)
        .defence(
            "Debug shows a Bearer token",
            Test::of(HEADER, "redaction", "debug_of_what_was_parsed_shows_no_part_of_it"),
            &[Edit(BEARER, "f.write_str(\"Bearer([redacted])\")", "f.debug_tuple(\"Bearer\").field(&self.token).finish()")],
        )
        .defence(
            "Debug shows a secret text",
            Test::lib(RANDOM, "secret::tests::debug_shows_neither_content_nor_length"),
            &[Edit(
                SECRET,
                "f.write_str(\"SecretString([redacted])\")",
                "f.debug_tuple(\"SecretString\").field(&*self.0).finish()",
            )],
        )
        .defence(
            "Debug shows the digest of a token",
            Test::lib(RANDOM, "digest::tests::debug_shows_ids_and_neither_secret_nor_digest"),
            &[Edit(
                DIGEST,
                "f.write_str(\"LookupDigest([redacted])\")",
                "f.debug_tuple(\"LookupDigest\").field(&self.0).finish()",
            )],
        )
        .defence(
            "Debug shows a verified payload",
            it("secrets::verified_tokens_show_no_claim"),
            &[Edit(
                JWS,
                ".field(\"payload\", &\"[redacted]\")",
                ".field(\"payload\", &String::from_utf8_lossy(&self.payload))",
            )],
        )
        .defence(
            "what serde says of claims is the source of an error",
            it("secrets::errors_of_tokens_show_neither_what_came_nor_what_was_expected"),
            &[Edit(
                CLAIMS,
                "crate::error::Error::detailed(ErrorKind::UnfitClaims, &error)",
                "crate::error::Error::caused(ErrorKind::UnfitClaims, error)",
            )],
        )
        .defence(
            "an error says what a claim should have been",
            it("secrets::errors_of_tokens_show_neither_what_came_nor_what_was_expected"),
            &[Edit(
                SIGNED_ERROR,
                "            write!(f, \" (`{claim}`)\")?;",
                "            write!(f, \" (`{claim}`, not {:?})\", self.expected().map(Redacted::expose))?;",
            )],
        )
        .defence(
            "an error repeats the label of a PEM block",
            it("secrets::errors_of_keys_and_signing_show_nothing_of_the_input"),
            &[Edit(
                PEM,
                "found.map_or_else(|| \"another label\".to_owned(), |label| format!(\"`{label}`\"));",
                "found.map_or_else(|| block.lines().next().unwrap_or_default().to_owned(), |label| format!(\"`{label}`\"));",
            )],
        )
        .defence(
            "Debug shows whose account it is",
            Test::of(SESSION, "it", "laws::an_account_shows_nothing_of_itself"),
            &[Edit(CREDENTIALS, "f.write_str(\"Account(..)\")", "write!(f, \"Account({})\", self.subject)")],
        )
        .defence(
            "an error of the session shows what the client sent",
            Test::of(SESSION, "it", "logs::canaries_go_through_every_path_and_come_out_nowhere"),
            &[
                Edit(
                    "crates/countersign-session/src/log_in.rs",
                    "account.ok_or_else(|| Error::new(ErrorKind::InvalidCredentials))",
                    "account.ok_or_else(|| Error::caused(ErrorKind::InvalidCredentials, credentials.user_id()))",
                ),
            ],
        )
        .defence(
            "the log says whom it is about, unasked",
            Test::of(SESSION, "it", "logs::canaries_go_through_every_path_and_come_out_nowhere"),
            &[Edit(
                "crates/countersign-session/src/tracing_sink.rs",
                "id.filter(|_| self.with_ids)",
                "id.filter(|_| self.with_ids || true)",
            )],
        )
        .defence(
            "an audit event shows whom it is about in Debug",
            Test::of(SESSION, "it", "logs::canaries_go_through_every_path_and_come_out_nowhere"),
            &[Edit(
                "crates/countersign-session/src/audit.rs",
                ".field(\"action\", &self.trail.action)",
                ".field(\"action\", &self.trail.subject)",
            )],
        )
        .defence(
            "Debug of what was issued shows the token",
            Test::of(SESSION, "it", "logs::canaries_go_through_every_path_and_come_out_nowhere"),
            &[Edit(
                ISSUED,
                ".field(\"expires_in\", &self.expires_in)",
                ".field(\"access_token\", &self.access_token.expose())",
            )],
        )
}
