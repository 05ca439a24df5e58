//! What the drivers write to the log, at its most talkative.

use std::sync::Mutex;
use std::time::Duration;

use countersign_revocation::{Check, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId};
use countersign_token_store::{Kind, RecordKind, TokenStore, TokenStoreExt};
use log::{LevelFilter, Log, Metadata, Record};

use crate::common::{NOW, fresh, runtime, server};
use crate::records::{keyed, rotate, session, token};

/// Keeps what is written.
struct Kept(Mutex<String>);

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        *self.0.lock().unwrap() += &format!("{}\n", record.args());
    }

    fn flush(&self) {}
}

static KEPT: Kept = Kept(Mutex::new(String::new()));

#[test]
fn no_name_no_digest_and_no_record_is_written_to_the_log() {
    let Some(server) = server() else { return };
    log::set_logger(&KEPT).unwrap();
    log::set_max_level(LevelFilter::Trace);
    runtime().block_on(async {
        let store = fresh(server).await;
        let (revocations, tokens) = (store.revocations(), store.tokens());
        let canary = "canary";
        for target in [Target::Token(TokenId::Jti(canary)), Target::Session(canary), Target::Key(canary)] {
            revocations.revoke(canary, target, RetainUntil::FOREVER).await.unwrap();
        }
        revocations.revoke_subject(canary, canary, RetainUntil::FOREVER, NOW, Duration::ZERO).await.unwrap();
        revocations.subject_version(canary, canary).await.unwrap();
        let check = Check::new(canary)
            .token(TokenId::Jti(canary))
            .session(canary)
            .subject(canary, SubjectVersion::Version(0))
            .key(canary);
        let _ = revocations.check(&check, NOW).wait().await.unwrap();

        // The digest of this number is eight bytes 0xca and zeros.
        let number = u64::from_be_bytes([0xca; 8]);
        let mut token = token(number);
        token.record.id = canary.to_owned();
        token.record.owner = canary.to_owned();
        tokens.insert_token(token.clone()).await.unwrap();
        assert!(tokens.insert_token(token).await.is_err());
        tokens.find_token(Kind::ApiKey, &[keyed(number)], NOW).await.unwrap();
        tokens.list_tokens(Kind::ApiKey, canary).await.unwrap();
        tokens.record_use(Kind::ApiKey, canary, NOW).await.unwrap();
        tokens.redigest(Kind::ApiKey, canary, keyed(number), keyed(number)).await.unwrap();
        tokens.remove(RecordKind::ApiKey, canary, canary).await.unwrap();
        tokens.remove_by_owner(RecordKind::ApiKey, canary).await.unwrap();
        let mut session = session(number);
        session.record.id = canary.to_owned();
        session.record.subject = canary.to_owned();
        tokens.create_session(session).await.unwrap();
        tokens.find_session(&keyed(number).digest).await.unwrap();
        let _ = rotate(&tokens, number, number, number).await.unwrap();
        tokens.session(canary, NOW).await.unwrap();
        tokens.end_session(canary).await.unwrap();
        tokens.end_sessions(canary).await.unwrap();
    });
    log::set_max_level(LevelFilter::Off);
    let kept = KEPT.0.lock().unwrap();
    assert!(kept.contains("executing statement"), "the driver writes what it does");
    // As text, as the numbers of its bytes, and in hexadecimal; the same of the digest.
    for shown in ["canary", "99, 97, 110, 97, 114, 121", "63616e617279", "202, 202, 202", "cacacaca"] {
        assert!(!kept.contains(shown), "{shown} is in the log");
    }
}
