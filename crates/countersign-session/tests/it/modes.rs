//! Logging in, in each mode.

use std::time::Duration;

use countersign_session::{AuthMethod, AuthMethods, ErrorKind, LoginTokens, TokenFault};
use pollster::block_on;

use crate::support::{Pair, Service, basic};

#[test]
fn a_pair_lets_its_user_in_until_the_access_token_expires() {
    let service = Service::new();
    let issued = service.log_in("alice", "wonderland").unwrap();
    assert_eq!(issued.expires_in(), Duration::from_secs(600));
    assert_eq!(issued.scopes(), ["read", "write"]);
    let pair = Pair::of(issued);
    let alice = service.bearer(&pair.access).unwrap();
    assert_eq!((alice.subject(), alice.method()), ("alice", AuthMethod::SignedToken));
    assert!(alice.scopes().eq(["read", "write"]) && alice.roles() == ["admin"]);
    assert!(alice.has_scope("write") && !alice.has_scope("writ") && !alice.has_scope("read write"));
    assert_eq!(alice.issuer(), crate::support::URL);
    assert!(alice.session().is_some());
    service.advance(599);
    service.bearer(&pair.access).unwrap();
    service.advance(1);
    assert_eq!(service.bearer(&pair.access).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Expired));
}

#[test]
fn the_answer_is_that_of_rfc_6749_section_5_1() {
    let service = Service::new();
    let issued = service.log_in("alice", "wonderland").unwrap();
    let json: serde_json::Value = serde_json::from_str(issued.to_json().expose()).unwrap();
    assert_eq!(json["access_token"], issued.access_token().expose());
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 600);
    assert_eq!(json["refresh_token"], issued.refresh_token().unwrap().expose());
    assert_eq!(json["scope"], "read write");
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_refused_alike() {
    let service = Service::new();
    let wrong = service.log_in("alice", "looking-glass").unwrap_err();
    let unknown = service.log_in("mallory", "wonderland").unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidCredentials);
    assert_eq!(unknown.kind(), ErrorKind::InvalidCredentials);
    let reply = service.authenticator.error_response(&wrong);
    assert_eq!(reply, service.authenticator.error_response(&unknown));
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.challenges(), [r#"Basic realm="api", charset="UTF-8""#]);
    assert_eq!(reply.body(), r#"{"error":"invalid_client"}"#);
}

#[test]
fn the_token_endpoint_takes_one_well_formed_basic_header() {
    let service = Service::new();
    let good = basic("alice", "wonderland");
    for (values, kind) in [
        (vec![], ErrorKind::NoCredentials),
        (vec![good.as_str(), good.as_str()], ErrorKind::MalformedRequest),
        (vec!["Basic !"], ErrorKind::MalformedRequest),
        (vec!["Bearer abc"], ErrorKind::UnacceptedCredentials),
        (vec!["Digest username=alice"], ErrorKind::UnacceptedCredentials),
    ] {
        let values: Vec<&[u8]> = values.into_iter().map(str::as_bytes).collect();
        assert_eq!(block_on(service.authenticator.log_in(values)).unwrap_err().kind(), kind);
    }
}

#[test]
fn a_signed_token_alone_is_answered_as_token_and_has_no_session() {
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Signed));
    let issued = service.log_in("alice", "wonderland").unwrap();
    let token = issued.access_token().expose();
    assert_eq!(issued.to_json().expose(), format!(r#"{{"token":"{token}"}}"#));
    assert!(issued.refresh_token().is_none());
    let alice = service.bearer(token).unwrap();
    assert_eq!(alice.session(), None);
    block_on(service.authenticator.revoke(&alice)).unwrap();
    assert!(matches!(service.bearer(token).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Revoked(_))));
    // Another log-in is another token.
    let again = service.log_in("alice", "wonderland").unwrap();
    service.bearer(again.access_token().expose()).unwrap();
}

#[test]
fn a_random_token_alone_is_looked_up_and_removed() {
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Random));
    let issued = service.log_in("alice", "wonderland").unwrap();
    let token = issued.access_token().expose();
    assert!(token.starts_with("acme_access_"), "its prefix tells what it is");
    let alice = service.bearer(token).unwrap();
    assert_eq!((alice.subject(), alice.method()), ("alice", AuthMethod::RandomToken));
    service.advance(599);
    service.bearer(token).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    assert_eq!(service.bearer(token).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Unknown));
    let again = service.log_in("alice", "wonderland").unwrap();
    service.advance(600);
    let expired = service.bearer(again.access_token().expose()).unwrap_err();
    assert_eq!(expired, ErrorKind::InvalidToken(TokenFault::Expired));
}

#[test]
fn basic_works_on_an_endpoint_that_takes_it_and_nowhere_else() {
    let service = Service::new();
    let value = basic("alice", "wonderland");
    let either = AuthMethods::bearer().or(AuthMethods::basic());
    let alice = service.authenticate(&value, either).unwrap();
    assert_eq!((alice.subject(), alice.method()), ("alice", AuthMethod::Basic));
    service.authenticate(&format!("Bearer {}", service.alice().access), either).unwrap();
    let refused = service.authenticate(&value, AuthMethods::bearer()).unwrap_err();
    assert_eq!(refused, ErrorKind::UnacceptedCredentials);
    let wrong = service.authenticate(&basic("alice", "no"), either).unwrap_err();
    assert_eq!(wrong, ErrorKind::InvalidCredentials);
    let nothing = block_on(service.authenticator.revoke(&alice)).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::UnacceptedCredentials);
}

#[test]
fn random_access_token_keeps_the_roles_of_its_account() {
    let service = Service::with(|builder| builder.login_tokens(LoginTokens::Random));
    let issued = service.log_in("alice", "wonderland").unwrap();
    let alice = service.bearer(issued.access_token().expose()).unwrap();
    assert_eq!(alice.roles(), ["admin"]);
    assert!(alice.require_role("admin").is_ok() && alice.require_role("other").is_err());
}

#[test]
fn a_scope_or_role_that_is_missing_is_403() {
    let service = Service::new();
    let bob = Pair::of(service.log_in("bob", "builder").unwrap());
    let bob = service.bearer(&bob.access).unwrap();
    bob.require_scope("read").unwrap();
    let reply = service.authenticator.error_response(&bob.require_scope("write").unwrap_err());
    assert_eq!(reply.status(), 403);
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="write""#;
    assert_eq!(reply.challenges(), [challenge]);
    let reply = service.authenticator.error_response(&bob.require_role("admin").unwrap_err());
    assert_eq!(reply.status(), 403);
}
