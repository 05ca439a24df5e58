//! One request's way, step by step, as `ARCHITECTURE.md` tells it: each crate's part is called by itself
//! and compared with what the authenticator makes of the whole.

use countersign::header::Authorization;
use countersign::random::{DigestKey, DigestKeys, ParsedKey};
use countersign::redb::RedbStore;
use countersign::revocation::{Check, RevocationStore, Scope, SubjectVersion, TokenId, Verdict};
use countersign::session::{
    Account, AuthMethods, Authenticator, CredentialError, CredentialVerifier, ErrorKind, NewApiKey,
    TestClock, TokenFault,
};
use countersign::signed::{Algorithm, KeySet, SigningKey, Verifier};
use countersign::token_store::{Kind, TokenLookup, TokenStoreExt};
use pollster::block_on;
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

const URL: &str = "https://api.example";
const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

/// Users who log in elsewhere.
struct Users;

impl CredentialVerifier for Users {
    async fn verify(&self, _user_id: &str, _password: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }

    async fn account(&self, _subject: &str) -> Result<Option<Account>, CredentialError> {
        Ok(Some(alice()))
    }
}

struct Setup {
    _folder: tempfile::TempDir,
    store: RedbStore,
    key: SigningKey,
    digest_keys: DigestKeys,
    authenticator: Authenticator,
}

fn setup() -> Setup {
    let folder = tempfile::tempdir().unwrap();
    let store = RedbStore::open(folder.path().join("store.redb")).unwrap();
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let digest_keys = DigestKeys::new(DigestKey::keyed(1, &[7; 32]).unwrap());
    let authenticator = Authenticator::builder(URL, URL)
        .signing_key(key.clone())
        .digest_keys(digest_keys.clone())
        .revocation_store(store.revocations())
        .token_store(store.tokens())
        .credentials(Users)
        .clock(TestClock::new(NOW))
        .build()
        .unwrap();
    Setup { _folder: folder, store, key, digest_keys, authenticator }
}

fn alice() -> Account {
    Account { subject: "alice".into(), roles: vec!["admin".into()], scopes: vec!["read".into()] }
}

#[test]
fn a_signed_token_goes_from_the_header_to_the_principal() {
    let setup = setup();
    let issued = block_on(setup.authenticator.issue(&alice())).unwrap();
    let value = format!("Bearer {}", issued.access_token().expose());

    // header: one Authorization value -> Bearer
    let Authorization::Bearer(bearer) = Authorization::from_values([value.as_bytes()]).unwrap() else {
        panic!("a Bearer value")
    };
    // signed: the signature, then the claims
    let keys = KeySet::new([setup.key.verifying_key()]).unwrap();
    let verifier = Verifier::builder(keys).issuer(URL).audience(URL).token_type("at+jwt").build().unwrap();
    let verified = verifier.verify::<Value>(bearer.as_bytes(), NOW).unwrap();
    let claims = verified.claims();
    assert_eq!((claims["sub"].as_str(), claims["scope"].as_str()), (Some("alice"), Some("read")));
    // revocation: one check of everything that the token stands on
    let check = Check::new(URL)
        .token(TokenId::Jti(claims["jti"].as_str().unwrap()))
        .session(claims["sid"].as_str().unwrap())
        .subject("alice", SubjectVersion::Version(claims["generation"].as_u64().unwrap()))
        .key(verified.kid().unwrap());
    let revocations = setup.store.revocations();
    assert_eq!(block_on(revocations.check(&check, NOW).wait()).unwrap(), Verdict::NotRevoked);

    // session: all of it at once
    let authenticate =
        || block_on(setup.authenticator.authenticate([value.as_bytes()], AuthMethods::bearer()));
    let principal = authenticate().unwrap();
    assert_eq!((principal.subject(), principal.session()), ("alice", claims["sid"].as_str()));

    // Revoked by the authenticator, the store's own answer changes, and so does the request's.
    block_on(setup.authenticator.revoke(&principal)).unwrap();
    let verdict = block_on(revocations.check(&check, NOW).wait()).unwrap();
    assert_eq!(verdict, Verdict::Revoked(Scope::Session));
    let refused = authenticate().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidToken(TokenFault::Revoked(Scope::Session)));
    let reply = setup.authenticator.error_response(&refused);
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.challenges(), [r#"Bearer realm="api", error="invalid_token""#]);
}

#[test]
fn an_api_key_goes_from_the_header_to_the_principal() {
    let setup = setup();
    let created = block_on(setup.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let value = format!("Bearer {}", created.key.expose());

    let Authorization::Bearer(bearer) = Authorization::from_values([value.as_bytes()]).unwrap() else {
        panic!("a Bearer value")
    };
    // random: checksum and prefix, then the digest under its kind and issuer
    assert_eq!(ParsedKey::parse(bearer.token()).unwrap().prefix(), "cs_key");
    let digests =
        setup.digest_keys.digests(Kind::ApiKey.domain(), &[URL.as_bytes(), bearer.token().as_bytes()]);
    // token-store: the record under that digest
    let lookup = block_on(setup.store.tokens().find_token(Kind::ApiKey, &digests, NOW)).unwrap();
    let TokenLookup::Found(found) = lookup else { panic!("{lookup:?}") };
    assert_eq!(found.record.owner, "alice");

    let authenticate =
        || block_on(setup.authenticator.authenticate([value.as_bytes()], AuthMethods::bearer()));
    assert_eq!(authenticate().unwrap().subject(), "alice");
    assert!(block_on(setup.authenticator.remove_api_key("alice", &found.record.id)).unwrap());
    let refused = authenticate().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidToken(TokenFault::Unknown));
}

#[test]
fn no_token_and_no_secret_is_in_the_file() {
    let setup = setup();
    let issued = block_on(setup.authenticator.issue(&alice())).unwrap();
    let created = block_on(setup.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let value = format!("Bearer {}", issued.access_token().expose());
    let principal =
        block_on(setup.authenticator.authenticate([value.as_bytes()], AuthMethods::bearer())).unwrap();
    block_on(setup.authenticator.revoke(&principal)).unwrap();
    let path = setup._folder.path().join("store.redb");
    drop(setup.authenticator);
    drop(setup.store);
    let bytes = std::fs::read(path).unwrap();
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"alice"), "the search itself finds what is there");
    let refresh = issued.refresh_token().unwrap().expose();
    let (locator, secret) = ParsedKey::parse(refresh).unwrap().split_body(22).unwrap();
    let body = ParsedKey::parse(created.key.expose()).unwrap().body();
    let signature = issued.access_token().expose().rsplit('.').next().unwrap();
    for secret in [locator, secret, body, signature] {
        assert!(!holds(secret.as_bytes()));
    }
}
