//! Sessions and stores: revocation, refresh, purging, and stores that do not answer.

use super::row::{Edit, Note, Row, Test};

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

const fn replica(name: &'static str) -> Test {
    Test::of(REVOCATION, "replica", name)
}

const fn rotation(name: &'static str) -> Test {
    Test::lib(TOKEN_STORE, name)
}

const AUTHENTICATE: &str = "crates/countersign-session/src/authenticate.rs";
const BASE64URL: &str = "crates/countersign-signed/src/base64url.rs";
const CACHED: &str = "crates/countersign-signed/src/jwt/cached.rs";
const CACHED_TABLE: &str = "crates/countersign-signed/src/jwt/cached/table.rs";
const COMPACT: &str = "crates/countersign-signed/src/compact.rs";
const ERROR: &str = "crates/countersign-session/src/error.rs";
const PURGE: &str = "crates/countersign-session/src/purge.rs";
const DRIVER: &str = "crates/countersign-postgres/src/replica/driver.rs";
const EPOCH: &str = "crates/countersign-redis/src/epoch.rs";
const LINK: &str = "crates/countersign-redis/src/link/mod.rs";
const REDB_SESSIONS: &str = "crates/countersign-redb/src/sessions.rs";
const REDB_OPEN: &str = "crates/countersign-redb/src/open.rs";
const REDB_WRITER: &str = "crates/countersign-redb/src/writer.rs";
const REFRESH: &str = "crates/countersign-session/src/refresh.rs";
const REPLY: &str = "crates/countersign-session/src/reply.rs";
const REVOKE: &str = "crates/countersign-session/src/revoke.rs";
const ROTATION: &str = "crates/countersign-token-store/src/rotation.rs";
const REPLICA: &str = "crates/countersign-revocation/src/replica/mod.rs";
const FEED: &str = "crates/countersign-revocation/src/replica/feed.rs";
const ENTRIES: &str = "crates/countersign-revocation/src/memory/entries.rs";
const FINGERPRINT: &str = "crates/countersign-revocation/src/memory/fingerprint.rs";
const SUBJECTS: &str = "crates/countersign-revocation/src/memory/subjects.rs";
const PLACES: &str = "crates/countersign-revocation/src/memory/places.rs";
const TABLES: &str = "crates/countersign-token-store/src/memory/tables.rs";
const TARGET: &str = "crates/countersign-revocation/src/target.rs";

pub(super) fn rows() -> Vec<Row> {
    vec![spelling(), races(), grace(), purging(), outages()]
}

fn spelling() -> Row {
    Row::new("revocation or cache keyed by the token's text or signature")
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
                "VECTORS.decode_slice(text.trim_end_matches('='), target) };",
            )],
        )
        .defence(
            "white space in a token is skipped",
            Test::of(SIGNED, "it", "attacks::a_token_has_one_spelling"),
            &[Edit(
                COMPACT,
                "    if token.len() > max_len {",
                "    let token = &*String::leak(token.split_ascii_whitespace().collect());
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
                CACHED,
                "Sha256::digest(token)",
                "Sha256::digest(token.rsplit('.').next().unwrap_or_default())",
            )],
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
    Row::new("refresh races: two successors from one token")
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
    Row::new("false reuse alarms: a lost response or a second tab logs the user out")
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
    Row::new("purge on the request path; a purge error that ends the task; unbounded delete")
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
}

fn outages() -> Row {
    Row::new("store down, store empty after a restore, replica behind")
        .defence(
            "what redb has acknowledged is not on the disk",
            Test::of(
                REDB,
                "crash",
                "power::what_was_acknowledged_outlives_the_loss_of_what_was_not_synced",
            ),
            &[Edit(
                REDB_WRITER,
                "let transaction = database.begin_write()?;",
                "let mut transaction = database.begin_write()?;
    let _ = transaction.set_durability(redb::Durability::None);",
            )],
        )
        .defence(
            "a check on redb reads what was before the last commit",
            Test::of(REDB, "conformance", "the_revocation_store_conforms"),
            &[Edit(REDB_WRITER, "Ok(true) => latest.advance(),", "Ok(true) => {}")],
        )
        .defence(
            "an emptied file of redb is taken for a new one",
            Test::of(REDB, "opening", "an_empty_file_is_refused_and_left_alone"),
            &[Edit(REDB_OPEN, ".set_check_integrity_on_open(true).open(path)?", ".create(path)?")],
        )
        .defence(
            "a store that is down has revoked nothing",
            session("failing_stores::a_store_that_is_down_lets_nobody_in_and_is_answered_with_503"),
            &[Edit(
                AUTHENTICATE,
                "Ok(self.inner().revocations()?.check(&check, now).wait().await?)",
                "Ok(self.inner().revocations()?.check(&check, now).wait().await.unwrap_or(Verdict::NotRevoked))",
            )],
        )
        .defence(
            "a refresh does not need the store of revocations",
            session("failing_stores::reuse_while_the_store_is_down_changes_nothing"),
            &[Edit(
                REFRESH,
                "match (inner.revocations()?.check(&check, now).wait().await?, ended) {",
                "match (inner.revocations()?.check(&check, now).wait().await.unwrap_or(Verdict::NotRevoked), ended) {",
            )],
        )
        .defence(
            "a store that is down is answered like a bad token",
            session("failing_stores::a_store_that_is_down_lets_nobody_in_and_is_answered_with_503"),
            &[Edit(
                ERROR,
                "    fn from(error: countersign_revocation::Error) -> Self {
        Self::caused(ErrorKind::Unavailable, error)",
                "    fn from(error: countersign_revocation::Error) -> Self {
        Self::caused(ErrorKind::InvalidToken(TokenFault::Refused), error)",
            )],
        )
        .defence(
            "an outage is answered with 401",
            Test::lib(SESSION, "reply::tests::what_is_out_of_reach_is_503_with_retry_after"),
            &[Edit(REPLY, "Self::plain(503, \"temporarily_unavailable\")", "Self::plain(401, \"temporarily_unavailable\")")],
        )
        .defence(
            "a session is ended before its access tokens are revoked",
            session("crashes::a_logout"),
            &[Edit(
                REVOKE,
                "        self.revoke_session_entry(sid, end).await?;
        self.inner().tokens()?.end_session(sid).await?;
        Ok(())",
                "        self.inner().tokens()?.end_session(sid).await?;
        self.revoke_session_entry(sid, end).await",
            )],
        )
        .defence(
            "a logout everywhere is told though it could not be written",
            session("crashes::a_logout_everywhere_with_and_without_api_keys"),
            &[Edit(
                REVOKE,
                "            revocations.revoke_subject(",
                "            let _ = revocations.revoke_subject(",
            ), Edit(
                REVOKE,
                "until, now, inner.policy.leeway).await?;",
                "until, now, inner.policy.leeway).await;",
            )],
        )
        .defence(
            "a logout is told though it could not be written",
            session("failing_stores::a_logout_that_could_not_be_recorded_is_an_error"),
            &[Edit(
                REVOKE,
                "        self.revoke_session_entry(sid, end).await?;
",
                "        let _ = self.revoke_session_entry(sid, end).await;
",
            )],
        )
        .defence(
            "a replica answers from its copy however old that is",
            replica("a_copy_answers_up_to_its_bound_and_the_engine_afterwards"),
            &[Edit(
                REPLICA,
                "self.shared.age().is_some_and(|age| age <= self.bound)",
                "self.shared.age().is_some()",
            )],
        )
        .defence(
            "a replica's age runs from when it has read, and not from when it asked",
            replica("a_revocation_is_seen_after_at_most_the_bound"),
            &[Edit(FEED, "self.shared.proved(round.0);", "self.shared.proved(self.shared.now().max(round.0));")],
        )
        .defence(
            "a replica takes an older state for the newer one",
            replica("the_same_change_twice_or_an_older_one_after_a_newer_does_no_harm"),
            &[Edit(
                SUBJECTS,
                "        subject.generation = generation.max(subject.generation);\n",
                "        subject.generation = generation;\n",
            )],
        )
        .note(Note::Later, "a door left open for a while, bounded and counted: there is no such choice yet, all is closed")
        .defence(
            "an emptied Redis server has revoked nothing",
            Test::of(REDIS, "it", "faults::an_emptied_server_is_noticed_until_it_is_acknowledged"),
            &[Edit(EPOCH, "            _ => Err(self.emptied()),", "            _ => Ok(()),")],
        )
        .defence(
            "a primary that became a replica is believed",
            Test::of(REDIS, "it", "faults::a_primary_that_became_a_replica_is_believed_no_more"),
            &[Edit(LINK, "if single::is_demotion(&guard) {", "if single::is_demotion(&guard) && false {")],
        )
        .defence(
            "a PostgreSQL server that was restored is followed from where the replica was",
            Test::of(POSTGRES, "it", "feed::a_server_that_was_restored_from_an_older_backup_is_read_anew"),
            &[Edit(
                DRIVER,
                "if !self.is_continued_by(client).await? {",
                "if !self.is_continued_by(client).await? && false {",
            )],
        )
        .defence(
            "a transaction that commits late is passed over",
            Test::of(POSTGRES, "it", "feed::transactions_that_commit_out_of_order_are_both_seen"),
            &[Edit(
                DRIVER,
                "self.feed.caught_up(round, horizon.min(next));",
                "self.feed.caught_up(round, horizon.max(next));",
            )],
        )
}
