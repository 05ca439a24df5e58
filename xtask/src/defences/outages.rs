//! Stores that do not answer, that have lost what they held, and that are behind.

use super::classes;
use super::row::{Edit, Row, Test};

const REVOCATION: &str = "countersign-revocation";
const POSTGRES: &str = "countersign-postgres";
const REDB: &str = "countersign-redb";
const REDIS: &str = "countersign-redis";
const SESSION: &str = "countersign-session";

const fn session(name: &'static str) -> Test {
    Test::of(SESSION, "it", name)
}

const fn outage(name: &'static str) -> Test {
    Test::of(REVOCATION, "outage", name)
}

const AUTHENTICATE: &str = "crates/countersign-session/src/authenticate.rs";
const DRIVER: &str = "crates/countersign-postgres/src/replica/driver.rs";
const EPOCH: &str = "crates/countersign-redis/src/epoch.rs";
const ERROR: &str = "crates/countersign-session/src/error.rs";
const FEED: &str = "crates/countersign-revocation/src/replica/feed.rs";
const LINK: &str = "crates/countersign-redis/src/link/mod.rs";
const OPEN_DOOR: &str = "crates/countersign-revocation/src/open_door.rs";
const POSTGRES_SCHEMA: &str = "crates/countersign-postgres/src/schema.rs";
const REDB_OPEN: &str = "crates/countersign-redb/src/open.rs";
const REDB_WRITER: &str = "crates/countersign-redb/src/writer.rs";
const REDIS_STORE: &str = "crates/countersign-redis/src/store.rs";
const REFRESH: &str = "crates/countersign-session/src/refresh.rs";
const REPLICA: &str = "crates/countersign-revocation/src/replica/mod.rs";
const REPLY: &str = "crates/countersign-session/src/reply.rs";
const REVOKE: &str = "crates/countersign-session/src/revoke.rs";
const SUBJECTS: &str = "crates/countersign-revocation/src/memory/subjects.rs";

pub(super) fn row() -> Row {
    Row::new(&classes::sessions::OUTAGES)
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
            outage("replica::a_copy_answers_up_to_its_bound_and_the_engine_afterwards"),
            &[Edit(
                REPLICA,
                "self.shared.age().is_some_and(|age| age <= self.bound)",
                "self.shared.age().is_some()",
            )],
        )
        .defence(
            "a replica's age runs from when it has read, and not from when it asked",
            outage("replica::a_revocation_is_seen_after_at_most_the_bound"),
            &[Edit(FEED, "self.shared.proved(round.0);", "self.shared.proved(self.shared.now().max(round.0));")],
        )
        .defence(
            "a replica takes an older state for the newer one",
            outage("replica::the_same_change_twice_or_an_older_one_after_a_newer_does_no_harm"),
            &[Edit(
                SUBJECTS,
                "        subject.generation = generation.max(subject.generation);\n",
                "        subject.generation = generation;\n",
            )],
        )
        .defence(
            "a door that is left open stays open",
            outage("open_door::the_door_is_open_from_the_first_failure_for_the_bound_and_closed_afterwards"),
            &[Edit(OPEN_DOOR, ".saturating_sub(since) < self.bound", ".saturating_sub(since) < u64::MAX")],
        )
        .defence(
            "nobody counts whom an open door lets in",
            outage("open_door::the_door_is_open_from_the_first_failure_for_the_bound_and_closed_afterwards"),
            &[Edit(OPEN_DOOR, "        self.let_in.fetch_add(1, Ordering::Relaxed);\n", "")],
        )
        .defence(
            "an emptied Redis server has revoked nothing",
            Test::of(REDIS, "it", "faults::an_emptied_server_is_noticed_until_it_is_acknowledged"),
            &[Edit(EPOCH, "            _ => Err(self.emptied()),", "            _ => Ok(()),")],
        )
        .defence(
            "a Redis server that evicts is as good as another",
            Test::of(REDIS, "it", "faults::a_server_that_may_evict_is_refused_unless_it_is_accepted_by_name"),
            &[Edit(REDIS_STORE, "&& shared.may_evict().await? {", "&& shared.may_evict().await.is_err() {")],
        )
        .defence(
            "a PostgreSQL server may acknowledge what is not on its disk",
            Test::of(POSTGRES, "it", "schemas::a_server_that_acknowledges_what_is_not_on_its_disk_is_refused"),
            &[Edit(
                POSTGRES_SCHEMA,
                "|| is_standby || is_careless {",
                "|| is_standby || (is_careless && is_standby) {",
            )],
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
