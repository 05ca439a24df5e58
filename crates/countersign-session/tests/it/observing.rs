//! What an operator is told: audit events and spans, in words of closed sets.

use std::sync::Arc;
use std::time::Duration;

use countersign_session::{
    Account, ApiKeys, AuditEvent, AuditSink, AuthMethods, CredentialError, CredentialVerifier, ErrorKind,
    GrantFault, LoginTokens, NewApiKey, RotateApiKey, TracingSink,
};
use pollster::block_on;

use crate::capture::{Events, Shown};
use crate::support::{Service, basic};

fn audited() -> (Service, Events) {
    let events = Events::default();
    (Service::with(|builder| builder.audit(events.clone())), events)
}

#[test]
fn a_log_in_is_told_with_whom_it_let_in_and_a_refused_one_with_why() {
    let (service, events) = audited();
    service.alice();
    assert_eq!(events.take(), ["log_in done +subject +session"]);
    service.log_in("alice", "wrong").unwrap_err();
    service.log_in("mallory", "wrong").unwrap_err();
    assert_eq!(events.take(), ["log_in refused invalid_credentials"; 2], "both alike, and nobody's name");
    block_on(service.authenticator.log_in([b"Basic !".as_slice()])).unwrap_err();
    block_on(service.authenticator.log_in([])).unwrap_err();
    assert_eq!(events.take(), ["log_in refused malformed_request", "log_in refused no_credentials"]);
    let alice = service.users.lock().unwrap()[0].0.clone();
    block_on(service.authenticator.issue(&alice)).unwrap();
    assert_eq!(events.take(), ["issue done +subject +session"]);
}

#[test]
fn a_request_is_told_if_and_only_if_it_is_refused() {
    let (service, events) = audited();
    let pair = service.alice();
    events.take();
    let alice = service.bearer(&pair.access).unwrap();
    service.authenticate(&basic("alice", "wonderland"), AuthMethods::basic()).unwrap();
    block_on(service.authenticator.authenticate_token(&pair.access, AuthMethods::bearer())).unwrap();
    assert!(events.take().is_empty());
    service.bearer("x").unwrap_err();
    service.bearer(&pair.refresh).unwrap_err();
    service.authenticate(&basic("alice", "wonderland"), AuthMethods::bearer()).unwrap_err();
    service.authenticate(&basic("alice", "wrong"), AuthMethods::basic()).unwrap_err();
    block_on(service.authenticator.authenticate([], AuthMethods::bearer())).unwrap_err();
    block_on(service.authenticator.authenticate_token("x", AuthMethods::bearer())).unwrap_err();
    assert_eq!(
        events.take(),
        [
            "authenticate refused invalid_token.refused",
            "authenticate refused invalid_token.refused",
            "authenticate refused unaccepted_credentials",
            "authenticate refused invalid_credentials",
            "authenticate refused no_credentials",
            "authenticate refused invalid_token.refused",
        ]
    );
    block_on(service.authenticator.revoke(&alice)).unwrap();
    service.bearer(&pair.access).unwrap_err();
    service.advance(600);
    service.bearer(&pair.access).unwrap_err();
    assert_eq!(
        events.take(),
        [
            "revoke_session done +subject +session",
            "authenticate refused invalid_token.session_revoked",
            "authenticate refused invalid_token.expired",
        ]
    );
}

#[test]
fn each_outcome_of_a_refresh_is_told() {
    let (service, events) = audited();
    let first = service.alice();
    events.take();
    let second = service.refresh(&first.refresh).unwrap();
    service.refresh(&first.refresh).unwrap();
    service.advance(30);
    service.refresh(&first.refresh).unwrap_err();
    service.refresh(&second.refresh).unwrap_err();
    service.refresh("x").unwrap_err();
    service.refresh(&Service::new().alice().refresh).unwrap_err();
    let idle = service.alice();
    service.advance(14 * 24 * 60 * 60);
    service.refresh(&idle.refresh).unwrap_err();
    let gone = service.alice();
    service.users.lock().unwrap().clear();
    service.refresh(&gone.refresh).unwrap_err();
    assert_eq!(
        events.take(),
        [
            "refresh done +subject +session",
            "refresh within_grace +subject +session",
            "refresh refused invalid_grant.reused +subject +session",
            "refresh refused invalid_grant.revoked +subject +session",
            "refresh refused invalid_grant.malformed",
            "refresh refused invalid_grant.unknown",
            "log_in done +subject +session",
            "refresh refused invalid_grant.expired +subject +session",
            "log_in done +subject +session",
            "refresh refused invalid_grant.account_gone +subject +session",
        ]
    );
}

#[test]
fn what_is_revoked_is_told_by_its_scope() {
    let (service, events) = audited();
    let pair = service.alice();
    let session = service.bearer(&pair.access).unwrap().session().unwrap().to_owned();
    events.take();
    block_on(service.authenticator.revoke_session(&session)).unwrap();
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Remove)).unwrap();
    block_on(service.authenticator.revoke_key("test")).unwrap();
    block_on(service.authenticator.revoke_key("")).unwrap_err();
    let basic = service.authenticate(&basic("alice", "wonderland"), AuthMethods::basic()).unwrap();
    block_on(service.authenticator.revoke(&basic)).unwrap_err();
    assert_eq!(
        events.take(),
        [
            "revoke_session done +session",
            "revoke_subject done +subject",
            "revoke_key done +key",
            "revoke_key refused invalid_configuration +key",
            "revoke_token refused unaccepted_credentials +subject",
        ]
    );
    for login_tokens in [LoginTokens::Signed, LoginTokens::Random] {
        let service = Service::with(|builder| builder.login_tokens(login_tokens).audit(events.clone()));
        let issued = service.log_in("alice", "wonderland").unwrap();
        let alice = service.bearer(issued.access_token().expose()).unwrap();
        block_on(service.authenticator.revoke(&alice)).unwrap();
        let token = if login_tokens == LoginTokens::Random { " +token" } else { "" };
        let told = events.take();
        assert_eq!(told, [&format!("log_in done +subject{token}"), "revoke_token done +subject +token"]);
    }
}

#[test]
fn api_keys_and_purges_are_told() {
    let (service, events) = audited();
    let alice = service.bearer(&service.alice().access).unwrap();
    events.take();
    let new = NewApiKey::default();
    let created = block_on(service.authenticator.create_api_key(&alice, &new)).unwrap();
    block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    let hour = Duration::from_secs(3600);
    block_on(
        service
            .authenticator
            .rotate_api_key("alice", RotateApiKey { id: &created.record.id, lifetime: None, overlap: hour }),
    )
    .unwrap()
    .unwrap();
    block_on(service.authenticator.remove_api_key("alice", &created.record.id)).unwrap();
    assert_eq!(block_on(service.authenticator.remove_api_keys("alice")).unwrap(), 2);
    service.advance(31 * 24 * 60 * 60);
    block_on(service.authenticator.purge_expired(10)).unwrap();
    assert_eq!(
        events.take(),
        [
            "create_api_key done +subject +token",
            "create_api_key done +subject +token",
            "create_api_key done +subject +token",
            "rotate_api_key done +subject +token",
            "remove_api_key done +subject +token",
            "remove_api_key done +subject",
            "purge done removed=1",
        ]
    );
}

/// A sink that dies of every event.
struct Dying;

impl AuditSink for Dying {
    fn record(&self, _: &AuditEvent<'_>) {
        panic!("on purpose");
    }
}

#[test]
fn a_sink_that_panics_changes_no_outcome() {
    let service = Service::with(|builder| builder.audit(Arc::new(Dying)));
    let pair = service.alice();
    let alice = service.bearer(&pair.access).unwrap();
    let pair = service.refresh(&pair.refresh).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    assert!(service.bearer(&pair.access).is_err());
    let revoked = ErrorKind::InvalidGrant(GrantFault::Revoked);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), revoked);
}

#[test]
fn each_operation_runs_in_a_span_that_ends_with_its_outcome() {
    let events = Events::default();
    let service = Service::with(|builder| builder.audit(events));
    let shown = Shown::default();
    shown.during(|| {
        let pair = service.alice();
        let alice = service.bearer(&pair.access).unwrap();
        service.bearer("x").unwrap_err();
        service.refresh(&pair.refresh).unwrap();
        block_on(service.authenticator.create_api_key(&alice, &NewApiKey::default())).unwrap();
        block_on(service.authenticator.revoke(&alice)).unwrap();
        block_on(service.authenticator.purge_expired(1)).unwrap();
    });
    let expected = [
        ("INFO log_in", "done", None),
        ("DEBUG authenticate", "done", None),
        ("DEBUG authenticate", "refused", Some("invalid_token.refused")),
        ("INFO refresh", "done", None),
        ("INFO api_key", "done", None),
        ("INFO revoke", "done", None),
        ("INFO purge", "done", None),
    ];
    let lines = expected.iter().flat_map(|(span, outcome, reason)| {
        let name = span.split_once(' ').unwrap().1;
        let reason = reason.map(|reason| format!("{name}: reason={reason:?}"));
        [format!("span {span}"), format!("{name}: outcome={outcome:?}")].into_iter().chain(reason)
    });
    assert_eq!(shown.take(), lines.collect::<Vec<_>>());
}

fn written(sink: Option<TracingSink>) -> Vec<String> {
    let service = Service::with(|builder| match sink {
        Some(sink) => builder.audit(sink),
        None => builder,
    });
    let shown = Shown::default();
    shown.during(|| {
        let pair = service.alice();
        service.log_in("alice", "wrong").unwrap_err();
        let next = service.refresh(&pair.refresh).unwrap();
        service.refresh(&next.refresh).unwrap();
        service.refresh(&pair.refresh).unwrap_err();
        block_on(service.authenticator.purge_expired(1)).unwrap();
        block_on(service.authenticator.revoke_key("test")).unwrap();
    });
    shown.take().into_iter().filter(|line| line.starts_with("event")).collect()
}

#[test]
fn events_go_to_tracing_by_themselves_and_without_ids() {
    assert_eq!(
        written(None),
        [
            r#"event INFO action="log_in" outcome="done""#,
            r#"event INFO action="log_in" outcome="refused" reason="invalid_credentials""#,
            r#"event INFO action="refresh" outcome="done""#,
            r#"event INFO action="refresh" outcome="done""#,
            r#"event WARN action="refresh" outcome="refused" reason="invalid_grant.reused""#,
            r#"event DEBUG action="purge" outcome="done" removed=0"#,
            r#"event INFO action="revoke_key" outcome="done""#,
        ]
    );
}

#[test]
fn level_of_a_refusal_says_whether_someone_has_to_look() {
    let service = Service::new();
    let pair = service.alice();
    let shown = Shown::default();
    shown.during(|| {
        let request = |values: &[&str], accept| {
            let values: Vec<_> = values.iter().map(|value| value.as_bytes()).collect();
            block_on(service.authenticator.authenticate(values, accept)).unwrap_err();
        };
        let bearer = format!("Bearer {}", pair.access);
        // What any client does now and then.
        request(&[], AuthMethods::bearer());
        request(&[&basic("alice", "wonderland")], AuthMethods::bearer());
        service.advance(600);
        request(&[&bearer], AuthMethods::bearer());
        // What a faulty client does, or an attacker who tries.
        request(&["Bearer x"], AuthMethods::bearer());
        // What a stolen token looks like.
        block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
        service.refresh(&pair.refresh).unwrap_err();
    });
    let lines = shown.take();
    let refusals = lines.iter().filter(|line| line.contains("refused"));
    let levels: Vec<_> = refusals.filter_map(|line| line.strip_prefix("event ")?.split(' ').next()).collect();
    assert_eq!(levels, ["DEBUG", "DEBUG", "DEBUG", "INFO", "WARN"]);
    shown.during(|| {
        let down = Service::with(|builder| builder.credentials(Down));
        down.log_in("alice", "wonderland").unwrap_err();
    });
    assert!(shown.take().iter().any(|line| line.starts_with("event ERROR")));
}

#[test]
fn ids_are_written_where_they_are_asked_for() {
    let lines = written(Some(TracingSink::new().with_ids()));
    let log_in = r#"event INFO action="log_in" outcome="done" subject="alice" session=""#;
    assert!(lines[0].starts_with(log_in), "{}", lines[0]);
    assert!(lines[1].ends_with(r#"reason="invalid_credentials""#), "{}", lines[1]);
    assert!(lines[6].ends_with(r#" key="test""#), "{}", lines[6]);
}

/// Users who are out of reach.
struct Down;

impl CredentialVerifier for Down {
    async fn verify(&self, _: &str, _: &str) -> Result<Option<Account>, CredentialError> {
        Err(CredentialError::unavailable("canary"))
    }

    async fn account(&self, _: &str) -> Result<Option<Account>, CredentialError> {
        Err(CredentialError::unavailable("canary"))
    }
}

#[test]
fn an_outage_is_told_as_one_and_the_token_it_came_upon_is_not_spent() {
    let (service, events) = audited();
    let pair = service.alice();
    let down = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| {
        builder.credentials(Down).audit(events.clone())
    });
    events.take();
    down.log_in("alice", "wonderland").unwrap_err();
    down.refresh(&pair.refresh).unwrap_err();
    service.refresh(&pair.refresh).unwrap();
    assert_eq!(
        events.take(),
        [
            "log_in refused unavailable",
            "refresh refused unavailable +subject +session",
            "refresh done +subject +session",
        ]
    );
}

#[test]
fn the_futures_can_be_sent() {
    fn sent<T: Send>(_: T) {}
    let service = Service::new();
    let alice = service.bearer(&service.alice().access).unwrap();
    let (authenticator, new) = (&service.authenticator, NewApiKey::default());
    let account = service.users.lock().unwrap()[0].0.clone();
    let header = basic("alice", "wonderland");
    sent(authenticator.log_in([header.as_bytes()]));
    sent(authenticator.log_in_from([header.as_bytes()], None));
    sent(authenticator.issue(&account));
    sent(authenticator.authenticate([header.as_bytes()], AuthMethods::basic()));
    sent(authenticator.authenticate_token("x", AuthMethods::bearer()));
    sent(authenticator.refresh("x"));
    sent(authenticator.revoke(&alice));
    sent(authenticator.revoke_session("x"));
    sent(authenticator.revoke_subject("x", ApiKeys::Remove));
    sent(authenticator.revoke_key("x"));
    sent(authenticator.create_api_key(&alice, &new));
    sent(authenticator.create_api_key_for("x", &new));
    sent(
        authenticator.rotate_api_key("x", RotateApiKey { id: "x", lifetime: None, overlap: Duration::ZERO }),
    );
    sent(authenticator.remove_api_key("x", "x"));
    sent(authenticator.remove_api_keys("x"));
    sent(authenticator.purge_expired(1));
}
