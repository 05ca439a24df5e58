//! What an engine writes is pinned: a changed form would lose every session of a service on upgrade.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    Kind, Previous, Replays, Salt, SessionRecord, StoredSession, StoredToken, TokenRecord,
};
use time::macros::datetime;

fn zeros() -> String {
    vec!["0"; 32].join(",")
}

fn digest(key_id: u32) -> KeyedDigest {
    KeyedDigest { key_id, digest: LookupDigest::from_bytes([0; 32]) }
}

#[test]
fn roles_of_a_token_are_written_and_read() {
    let mut record = serde_json::json!({"id": "k", "kind": "access-token", "owner": "alice", "name": "", "hint": "h",
        "scopes": [], "created_at": 0, "expires_at": null, "last_used_at": null});
    let before: TokenRecord = serde_json::from_value(record.clone()).unwrap();
    assert!(before.roles.is_empty(), "a record that was written before there were roles");
    record["roles"] = serde_json::json!(["admin"]);
    let record: TokenRecord = serde_json::from_value(record).unwrap();
    assert_eq!(record.roles, ["admin"]);
    assert!(serde_json::to_string(&record).unwrap().contains(r#""roles":["admin"]"#));
}

#[test]
fn a_token_is_written_as_pinned() {
    let token = StoredToken {
        record: TokenRecord {
            id: "k".into(),
            kind: Kind::ApiKey,
            owner: "alice".into(),
            name: "deploy".into(),
            hint: "acme_8fKq".into(),
            scopes: vec!["read".into()],
            roles: vec![],
            created_at: datetime!(1970-01-01 00:00:01.5 UTC),
            expires_at: None,
            last_used_at: Some(datetime!(1970-01-01 00:00:02 UTC)),
        },
        digest: digest(3),
    };
    let expected = format!(
        r#"{{"record":{{"id":"k","kind":"api-key","owner":"alice","name":"deploy","hint":"acme_8fKq","scopes":["read"],"created_at":1500,"expires_at":null,"last_used_at":2000}},"digest":[3,[{}]]}}"#,
        zeros()
    );
    assert_eq!(serde_json::to_string(&token).unwrap(), expected);
    let back: StoredToken = serde_json::from_str(&expected).unwrap();
    assert_eq!(back.record, token.record);
    assert_eq!(back.digest.key_id, 3);
}

#[test]
fn a_session_is_written_as_pinned() {
    let at = datetime!(1970-01-01 00:00:01 UTC);
    let session = StoredSession {
        record: SessionRecord {
            id: "s".into(),
            subject: "alice".into(),
            subject_version: 4,
            scopes: vec![],
            name: String::new(),
            created_at: at,
            last_refreshed_at: None,
            idle_expires_at: at,
            expires_at: at,
        },
        locator: digest(1).digest,
        current: digest(1),
        previous: Some(Previous {
            digest: digest(1),
            salt: Salt([0; 16]),
            derivation_key_id: 9,
            rotated_at: at,
            replays: Replays::default(),
        }),
        ended: true,
    };
    let (zeros, salt) = (zeros(), vec!["0"; 16].join(","));
    let expected = format!(
        r#"{{"record":{{"id":"s","subject":"alice","generation":4,"scopes":[],"created_at":1000,"idle_expires_at":1000,"expires_at":1000}},"locator":[{zeros}],"current":[1,[{zeros}]],"previous":{{"digest":[1,[{zeros}]],"salt":[{salt}],"derivation_key_id":9,"rotated_at":1000}},"ended":true}}"#
    );
    assert_eq!(serde_json::to_string(&session).unwrap(), expected);
    let back: StoredSession = serde_json::from_str(&expected).unwrap();
    assert_eq!(back.record, session.record);
    assert!(back.ended);
    // Replays are written once there are any; a record without them is one of an earlier version, or has none.
    let mut replayed = session;
    let replays = Replays { before: 2, is_replayed: true };
    replayed.previous.as_mut().unwrap().replays = replays;
    let expected = expected
        .replace(r#""rotated_at":1000}"#, r#""rotated_at":1000,"replays":{"before":2,"is_replayed":true}}"#);
    assert_eq!(serde_json::to_string(&replayed).unwrap(), expected);
    let back: StoredSession = serde_json::from_str(&expected).unwrap();
    assert_eq!(back.previous.unwrap().replays, replays);
}
