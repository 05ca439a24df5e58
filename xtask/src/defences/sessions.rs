//! Sessions and stores: revocation, refresh, purging.

use super::classes;
use super::row::{Edit, Row, Test};

const POSTGRES: &str = "countersign-postgres";
const REDB: &str = "countersign-redb";
const REDIS: &str = "countersign-redis";
const REVOCATION: &str = "countersign-revocation";
const SESSION: &str = "countersign-session";
const SIGNED: &str = "countersign-signed";
const TOKEN_STORE: &str = "countersign-token-store";

const fn session(name: &'static str) -> Test {
    Test::of(SESSION, "it", name)
}

const fn rotation(name: &'static str) -> Test {
    Test::lib(TOKEN_STORE, name)
}

const AUTHENTICATE: &str = "crates/countersign-session/src/authenticate.rs";
const BASE64URL: &str = "crates/countersign-signed/src/base64url.rs";
const CACHED: &str = "crates/countersign-signed/src/jwt/cached.rs";
const CACHED_PARTING: &str = "crates/countersign-signed/src/jwt/cached/parting.rs";
const CACHED_TABLE: &str = "crates/countersign-signed/src/jwt/cached/table.rs";
const COMPACT: &str = "crates/countersign-signed/src/compact.rs";
const POSTGRES_SQL: &str = "crates/countersign-postgres/src/sql.rs";
const PURGE: &str = "crates/countersign-session/src/purge.rs";
const REDB_SESSIONS: &str = "crates/countersign-redb/src/sessions.rs";
const REDIS_ROTATE: &str = "crates/countersign-redis/src/lua/rotate.lua";
const REFRESH: &str = "crates/countersign-session/src/refresh.rs";
const ROTATION: &str = "crates/countersign-token-store/src/rotation.rs";
const ENTRIES: &str = "crates/countersign-revocation/src/memory/entries.rs";
const FINGERPRINT: &str = "crates/countersign-revocation/src/memory/fingerprint.rs";
const PLACES: &str = "crates/countersign-revocation/src/memory/places.rs";
const REVOCATION_TABLE: &str = "crates/countersign-revocation/src/memory/table.rs";
const TABLES: &str = "crates/countersign-token-store/src/memory/tables.rs";
const TARGET: &str = "crates/countersign-revocation/src/target.rs";

pub(super) fn rows() -> Vec<Row> {
    vec![spelling(), races(), grace(), super::outlived::row(), purging(), super::outages::row()]
}

fn spelling() -> Row {
    Row::new(&classes::sessions::SPELLING)
        .defence(
            "base64url of short texts may be padded and end in any bits",
            Test::lib(SIGNED, "base64url::tests::every_other_spelling_is_refused"),
            &[Edit(
                BASE64URL,
                "const PLAIN: GeneralPurpose = URL_SAFE_NO_PAD;",
                "const PLAIN: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    base64::engine::general_purpose::NO_PAD_INDIFFERENT.with_decode_allow_trailing_bits(true),
);",
            )],
        )
        .defence(
            "base64url of long texts may be padded",
            Test::lib(SIGNED, "base64url::tests::every_other_spelling_is_refused"),
            &[Edit(
                BASE64URL,
                "VECTORS.decode_slice(text, target) };",
                "VECTORS.decode_slice(text.split(|byte| *byte == b'=').next().unwrap_or(text), target) };",
            )],
        )
        .defence(
            "white space in a token is skipped",
            Test::of(SIGNED, "it", "attacks::a_token_has_one_spelling"),
            &[Edit(
                COMPACT,
                "    if token.len() > max_len {",
                "    let token: &[u8] = Vec::leak(token.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
    if token.len() > max_len {",
            )],
        )
        .defence(
            "a token is revoked by its text",
            session("revoking::the_other_half_of_an_ecdsa_signature_is_revoked_with_it"),
            &[Edit(
                AUTHENTICATE,
                "signed.verifier.verify(token, now, SignedToken::ours)",
                "signed.verifier.verify(token, now, |verified| {
                let signing_input = Some(<sha2::Sha256 as sha2::Digest>::digest(token).into());
                let foreign = crate::signed_token::Foreign { signing_input, leeway: Default::default(), subject: None };
                let origin = crate::signed_token::Origin::Foreign(Box::new(foreign));
                SignedToken::ours(verified).map(|ours| SignedToken { origin, ..ours })
            })",
            )],
        )
        .defence(
            "a remembered token is found by its signature",
            Test::of(SIGNED, "it", "cached::no_other_spelling_of_a_remembered_token_is_found"),
            &[Edit(
                CACHED_TABLE,
                "if *self.front != *front {",
                "if self.front.len() != front.len() {",
            )],
        )
        .defence(
            "a remembered token is found without its signature",
            Test::of(SIGNED, "it", "cached::no_other_spelling_of_a_remembered_token_is_found"),
            &[Edit(CACHED_PARTING, "(front, sha256(rest))", "(front, sha256(front))")],
        )
        .defence(
            "a remembered token outlives the keys that verified it",
            Test::of(SIGNED, "it", "cached::a_replaced_set_finds_nothing_of_the_former_one"),
            &[Edit(CACHED_TABLE, "own.is_the_same(keys)", "own.is_the_same(keys) || keys.len() > 0")],
        )
        .defence(
            "a remembered token is good for ever",
            Test::of(
                SIGNED,
                "it",
                "cached::times_are_judged_each_time_with_the_outcome_of_a_verifier_without_memory",
            ),
            &[Edit(
                CACHED,
                "checks::run_again(&verifier.policy, &times, now)?;",
                "let _ = checks::run_again(&verifier.policy, &times, now);",
            )],
        )
        .defence(
            "an issuer and a name run into each other",
            Test::lib(
                REVOCATION,
                "target::tests::moving_a_character_between_issuer_and_name_changes_the_bytes",
            ),
            &[Edit(TARGET, "    write(&(issuer.len() as u64).to_be_bytes());\n", "")],
        )
        .defence(
            "a name is revoked under every issuer",
            Test::of(REVOCATION, "conformance", "the_store_in_memory_conforms"),
            &[Edit(
                FINGERPRINT,
                "with_text(&self.issuer, issuer.as_bytes())",
                "with_text(&self.issuer, b\"\")",
            )],
        )
}

fn races() -> Row {
    Row::new(&classes::sessions::RACES)
        .defence(
            "the token before the current one is traded too",
            rotation(
                "rotation::tests::the_current_token_is_traded_once_and_its_replay_gets_the_winners_salt",
            ),
            &[Edit(
                ROTATION,
                "        if is_presented(&self.current, rotation.presented) {",
                "        let previous = self.previous.as_ref().map(|previous| previous.digest);
        if is_presented(&self.current, rotation.presented)
            || previous.is_some_and(|previous| is_presented(&previous, rotation.presented))
        {",
            )],
        )
        .defence(
            "a token that was traded long ago is only unknown",
            rotation("rotation::tests::any_other_secret_under_the_locator_is_reuse"),
            &[Edit(
                ROTATION,
                "        self.ended = true;
        RotationOutcome::Reused(self.record.clone())",
                "        RotationOutcome::Unknown",
            )],
        )
        .defence(
            "a trade is not written to the file",
            Test::of(REDB, "files", "concurrent_rotations_of_one_token_yield_one_successor"),
            &[Edit(
                REDB_SESSIONS,
                "id.as_str()), ())?;
            write(transaction, &session)?;
        }
        RotationOutcome::Reused(_)",
                "id.as_str()), ())?;
        }
        RotationOutcome::Reused(_)",
            )],
        )
        .defence(
            "reuse is not written to the file",
            Test::of(REDB, "conformance", "the_token_store_conforms"),
            &[Edit(
                REDB_SESSIONS,
                "RotationOutcome::Reused(_) => write(transaction, &session)?,",
                "RotationOutcome::Reused(_) => {}",
            )],
        )
        .defence(
            "PostgreSQL reads the record of a rotation without locking it",
            Test::of(POSTGRES, "it", "locks::a_rotation_decides_on_what_it_finds_once_it_has_the_row"),
            &[Edit(POSTGRES_SQL, "sessions WHERE locator = $1 FOR UPDATE", "sessions WHERE locator = $1")],
        )
        .defence(
            "Redis trades the token before the current one too",
            Test::of(REDIS, "it", "records::the_script_decides_as_the_function_does"),
            &[Edit(
                REDIS_ROTATE,
                "if is_current then",
                "if is_current or (previous and compare(previous)) then",
            )],
        )
        .defence(
            "access tokens outlive the session that reuse has ended",
            session("refreshing::a_replay_after_grace_ends_the_session_and_its_access_tokens"),
            &[Edit(
                REFRESH,
                "                self.revoke_session_entry(&session.id, session.expires_at).await?;
                return Err(GrantFault::Reused.into());",
                "                drop(session);
                return Err(GrantFault::Reused.into());",
            )],
        )
        .defence(
            "reuse is told though its revocation could not be written",
            session("failing_stores::reuse_is_answered_only_once_the_access_tokens_are_dead"),
            &[Edit(
                REFRESH,
                "                self.revoke_session_entry(&session.id, session.expires_at).await?;
                return Err(GrantFault::Reused.into());",
                "                let _ = self.revoke_session_entry(&session.id, session.expires_at).await;
                return Err(GrantFault::Reused.into());",
            )],
        )
}

fn grace() -> Row {
    Row::new(&classes::sessions::GRACE)
        .defence(
            "the first replay is reuse",
            rotation(
                "rotation::tests::the_current_token_is_traded_once_and_its_replay_gets_the_winners_salt",
            ),
            &[Edit(
                ROTATION,
                "&& rotation.now < saturating_add(previous.rotated_at, rotation.grace)",
                "&& rotation.now < previous.rotated_at",
            )],
        )
        .defence(
            "the grace never ends",
            rotation("rotation::tests::the_window_runs_from_the_first_rotation_and_is_never_extended"),
            &[Edit(
                ROTATION,
                "&& rotation.now < saturating_add(previous.rotated_at, rotation.grace)",
                "&& rotation.now < saturating_add(previous.rotated_at, rotation.grace.saturating_mul(1000))",
            )],
        )
        .defence(
            "a replay within the grace gets a successor of its own",
            session("refreshing::a_replay_within_grace_gets_the_same_successor_and_a_good_access_token"),
            &[Edit(
                REFRESH,
                "token.successor(inner, salt, derivation_key_id)?\n",
                "token.successor(inner, salt, derivation_key_id).and(Ok(candidate))?\n",
            )],
        )
        .defence(
            "the token is spent before it is known that it can be answered",
            session("races::an_outage_longer_than_the_grace_does_not_look_like_a_stolen_token"),
            &[Edit(
                REFRESH,
                "        self.check_session(&found, now).await?;
",
                "        let (candidate, successor) = token.candidate(inner)?;
        let (grace, idle_lifetime) = (inner.policy.grace, inner.policy.idle_lifetime);
        let early = Rotation { locator, presented, successor, now, grace, idle_lifetime };
        let _ = (inner.tokens()?.rotate(&early).await?, candidate);
        self.check_session(&found, now).await?;
",
            )],
        )
}

fn purging() -> Row {
    Row::new(&classes::sessions::PURGING)
        .defence(
            "a request purges",
            session("purging::no_request_purges"),
            &[Edit(
                AUTHENTICATE,
                "        let check = token.check();
",
                "        let check = token.check();
        let _ = self.purge_expired(100).await;
",
            )],
        )
        .defence(
            "an error ends the task",
            session("failing_stores::a_purge_that_fails_is_counted_and_tried_again"),
            &[
                Edit(
                    PURGE,
                    "    async fn round<S, F>(&self, sleep: &S)\n",
                    "    async fn round<S, F>(&self, sleep: &S) -> bool\n",
                ),
                Edit(
                    PURGE,
                    "            if is_first(shutdown.as_mut(), self.round(&sleep)).await {
                return;
            }",
                    "            let ended = std::cell::Cell::new(false);
            if is_first(shutdown.as_mut(), async { ended.set(self.round(&sleep).await) }).await || ended.get() {
                return;
            }",
                ),
                Edit(
                    PURGE,
                    "                    if !purged.more {
                        return;",
                    "                    if !purged.more {
                        return false;",
                ),
                Edit(
                    PURGE,
                    "status.failures.saturating_add(1));
                    return;",
                    "status.failures.saturating_add(1));
                    return true;",
                ),
            ],
        )
        .defence(
            "one store that is down keeps the other from being purged",
            session("failing_stores::a_store_that_is_down_does_not_keep_the_other_from_being_purged"),
            &[Edit(
                PURGE,
                "        let (revocations, tokens) = (revocations.await, tokens.await);
        let ((revocations, more_revocations), (tokens, more_tokens)) = (revocations?, tokens?);",
                "        let (revocations, more_revocations) = revocations.await?;
        let (tokens, more_tokens) = tokens.await?;",
            )],
        )
        .defence(
            "the task removes all at once",
            session("purging::the_task_purges_every_interval_and_stops_when_told"),
            &[Edit(PURGE, "const BATCH: usize = 1000;", "const BATCH: usize = usize::MAX;")],
        )
        .defence(
            "the store of tokens removes more than it was told",
            Test::of(TOKEN_STORE, "conformance", "the_store_in_memory_conforms"),
            &[Edit(TABLES, "while removed < limit {", "while removed < usize::MAX {")],
        )
        .defence(
            "each shard of the store of revocations removes as much as all may",
            Test::of(REVOCATION, "conformance", "the_store_in_memory_conforms"),
            &[Edit(PLACES, "limit.saturating_sub(done.steps).min(BATCH)", "limit.min(BATCH)")],
        )
        .defence(
            "a shard of the store of revocations removes more than it was told",
            Test::lib(REVOCATION, "memory::entries::tests::a_purge_is_bounded_within_one_shard"),
            &[Edit(ENTRIES, "while work.steps < limit {", "while work.steps < limit.max(usize::MAX) {")],
        )
        .defence(
            "an entry that is purged hides those that had to go beyond it",
            Test::lib(
                REVOCATION,
                "memory::table::tests::entries_lie_in_the_first_group_with_room_and_leave_a_trace_where_others_have_passed",
            ),
            &[Edit(REVOCATION_TABLE, "if is_empty { EMPTY } else { DELETED }", "EMPTY")],
        )
        .defence(
            "a table that has grown is kept from the readers",
            Test::lib(
                REVOCATION,
                "memory::places::tests::a_reader_finds_what_stays_while_tables_are_replaced_beside_it",
            ),
            &[Edit(PLACES, "self.tables.rcu(|tables| tables.with(shard, entries.table()));", "")],
        )
        .defence(
            "a purge of subjects hides those that stay",
            Test::lib(REVOCATION, "memory::places::tests::a_purge_of_subjects_hides_none_that_stays"),
            &[Edit(PLACES, ".keep(subjects.fingerprints())", ".keep(std::iter::empty())")],
        )
}
