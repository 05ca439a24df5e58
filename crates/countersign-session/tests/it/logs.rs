//! Canaries go through every path, success and failure, and come out nowhere: not in Debug, Display, a reply, an
//! audit event or a log, and neither plain nor in hex, base64 or percent form.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use countersign_random::DigestKey;
use countersign_session::{
    Account, Admission, ApiKeys, Attempt, AuthMethods, Authenticator, CredentialError, CredentialVerifier,
    Error, ErrorKind, ExternalSession, ExternalSubject, Limit, LoginTokens, MemoryLimiter, NewApiKey,
    RotateApiKey, TestClock, TokenResponse, TracingSink, TrustedIssuer,
};
use countersign_signed::{Algorithm, KeyFormat, KeySet, SigningKey, Verifier, jws};
use pollster::block_on;

use crate::capture::{Events, Shown};
use crate::failing::{CONNECTION, FAULTS, Faults};
use crate::support::{DIGEST_SECRET, HMAC_SECRET, START, Service, URL, basic};

const USER: &str = "canary-user@example";
const PASSWORD: &str = "canary-password";
const SUBJECT: &str = "canary-subject";
const ROLE: &str = "canary-role";
const SCOPE: &str = "canary-scope";
const KEY_NAME: &str = "canary-key-name";
const CLAIM: &str = "canary-claim";

/// The names that another issuer's token has, and a key of ours: a sink is told them if it asks.
const NAMES: [&str; 5] = [SUBJECT, "canary-stranger", "canary-session", "canary-jti", "canary-kid"];
const PARTNER: &str = "https://partner.example";

/// The forms in which a text could come out: plain, hex, base64 at each of the three places that it can begin at,
/// percent-encoded, and as a list of bytes.
fn forms(canary: &str) -> Vec<String> {
    let bytes = canary.as_bytes();
    let each =
        |format: &dyn Fn(&u8) -> String, between| bytes.iter().map(format).collect::<Vec<_>>().join(between);
    let mut forms = vec![
        canary.to_owned(),
        each(&|byte| format!("{byte:02x}"), ""),
        each(&|byte| format!("{byte:02X}"), ""),
        each(&|byte| format!("%{byte:02x}"), ""),
        each(&|byte| format!("%{byte:02X}"), ""),
        each(
            &|byte| {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
                    char::from(*byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
            "",
        ),
        each(&ToString::to_string, ", "),
        canary.escape_debug().to_string(),
    ];
    for offset in 0..3 {
        let mut text = vec![0; offset];
        text.extend_from_slice(bytes);
        // Without the characters that depend on what stands before and after.
        let (start, cut) = ([0, 2, 3][offset], usize::from(text.len() % 3 != 0));
        for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            forms.push(encoded[start..encoded.len() - cut].to_owned());
        }
    }
    forms
}

/// The canary that a text shows, in any form.
fn shown_in(text: &str, canaries: &BTreeSet<String>) -> Option<String> {
    let shows = |canary: &&String| forms(canary).iter().any(|form| text.contains(form));
    canaries.iter().find(shows).cloned()
}

#[test]
fn a_canary_is_found_in_each_form() {
    let canaries = BTreeSet::from(["canary/secret+".to_owned()]);
    for form in [
        "canary/secret+",
        "63616e6172792f7365637265742b",
        "63616E6172792F7365637265742B",
        "%63%61%6e%61%72%79%2f%73%65%63%72%65%74%2b",
        "canary%2Fsecret%2B",
        "[99, 97, 110, 97, 114, 121, 47, 115, 101, 99, 114, 101, 116, 43]",
        // base64 of it, and behind "x" and "xx".
        "Y2FuYXJ5L3NlY3JldCs=",
        "eGNhbmFyeS9zZWNyZXQr",
        "eHhjYW5hcnkvc2VjcmV0Kw",
    ] {
        assert!(shown_in(&format!("before {form} after"), &canaries).is_some(), "{form}");
    }
    assert!(shown_in("canary/secre", &canaries).is_none());
}

/// What has been shown, and what must not have been.
struct Watch {
    /// Most of them come again and again.
    lines: BTreeSet<String>,
    canaries: BTreeSet<String>,
}

impl Watch {
    fn new(pem: &str) -> Self {
        let body = pem.lines().find(|line| !line.starts_with('-')).unwrap().to_owned();
        let secrets = [HMAC_SECRET, DIGEST_SECRET].map(|secret| String::from_utf8(secret.to_vec()).unwrap());
        let claims = [ROLE, SCOPE, USER, PASSWORD, KEY_NAME, CLAIM, CONNECTION, "canary-db-password"];
        let texts = claims.into_iter().chain(NAMES).map(str::to_owned);
        let canaries = texts.chain(secrets).chain([body]).collect();
        Self { lines: BTreeSet::new(), canaries }
    }

    fn debug(&mut self, value: &impl Debug) {
        self.lines.insert(format!("{value:?} {value:#?}"));
    }

    fn display(&mut self, value: &impl Display) {
        self.lines.insert(format!("{value} {value:#}"));
    }

    /// A token: what of it is secret, each part by itself. The start of a random one may be seen in lists.
    fn token(&mut self, token: &str) {
        if let Some((head, signature)) = token.rsplit_once('.') {
            let payload = head.split_once('.').unwrap().1;
            self.canaries.extend([signature.to_owned(), payload.to_owned()]);
        } else {
            let body = &token[token.rfind('_').unwrap() + 1..];
            self.canaries.extend([body[8..22].to_owned(), body[22..body.len() - 6].to_owned()]);
        }
    }

    fn issued(&mut self, issued: &TokenResponse) {
        self.debug(issued);
        self.debug(&issued.to_json());
        self.debug(issued.access_token());
        self.token(issued.access_token().expose());
        if let Some(refresh) = issued.refresh_token() {
            self.debug(refresh);
            self.token(refresh.expose());
        }
    }

    fn error(&mut self, authenticator: &Authenticator, error: &Error) {
        self.debug(error);
        self.display(error);
        self.display(&error.kind().as_str());
        let reply = authenticator.error_response(error);
        self.debug(&reply);
        self.display(&reply.body());
        self.display(&reply.challenges().join(" "));
        // Behind an outage stands a driver's own error, which may say what it likes, and which nobody shows. Any
        // other cause is ours.
        let may_be_external = error.kind() == ErrorKind::Unavailable;
        let mut cause = std::error::Error::source(error);
        while let Some(ours) = cause.filter(|cause| !may_be_external || is_ours(*cause)) {
            self.debug(&ours);
            self.display(&ours);
            cause = ours.source();
        }
    }

    /// Notes an error; success is the caller's business.
    fn result<T>(&mut self, authenticator: &Authenticator, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.error(authenticator, &error)).ok()
    }

    fn check<'a>(&self, what: &str, lines: impl Iterator<Item = &'a String>) {
        let lines: BTreeSet<_> = lines.map(String::as_str).collect();
        let text = lines.into_iter().collect::<Vec<_>>().join("\n");
        assert!(!text.is_empty(), "nothing was shown at all");
        if let Some(canary) = shown_in(&text, &self.canaries) {
            panic!("{what} shows {canary}");
        }
    }
}

fn is_ours(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<countersign_header::Error>()
        || cause.is::<countersign_random::Error>()
        || cause.is::<countersign_revocation::Error>()
        || cause.is::<countersign_signed::Error>()
        || cause.is::<countersign_token_store::Error>()
        || cause.is::<CredentialError>()
}

/// One user, whom the database can be asked about as long as it is there.
struct Users(Faults);

impl CredentialVerifier for Users {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        self.account(SUBJECT).await.map(|found| found.filter(|_| user_id == USER && password == PASSWORD))
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        self.0.pass().map_err(CredentialError::unavailable)?;
        let account =
            Account { subject: SUBJECT.into(), roles: vec![ROLE.into()], scopes: vec![SCOPE.into()] };
        Ok(Some(account).filter(|account| account.subject == subject))
    }
}

fn partner_key() -> SigningKey {
    SigningKey::ed25519(&[9; 32]).unwrap()
}

/// Another issuer, whose tokens are remembered, and refused by the application where they say so.
fn partner() -> TrustedIssuer {
    let keys = KeySet::new([partner_key().verifying_key()]).unwrap();
    let verifier = Verifier::builder(keys).issuer(PARTNER).audience(URL).build().unwrap();
    TrustedIssuer::new(verifier).cache_verified_tokens(10).map(|claims, mut grants| {
        grants.roles.push(ROLE.to_owned());
        (claims.jti() != Some("canary-jti-refused")).then_some(grants)
    })
}

/// Tokens of the partner's: good ones, and one for each way of being none.
fn external_tokens() -> Vec<String> {
    let now = START.unix_timestamp();
    let claims = |change: serde_json::Value| {
        let mut claims = serde_json::json!({
            "iss": PARTNER, "aud": URL, "sub": "canary-stranger", "sid": "canary-session", "jti": "canary-jti",
            "exp": now + 86_400, "scope": SCOPE, "private": CLAIM,
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    let changes = [
        serde_json::json!({}),
        serde_json::json!({"jti": null}),
        serde_json::json!({"jti": "canary-jti-refused"}),
        serde_json::json!({"exp": now}),
        serde_json::json!({"aud": CLAIM}),
        serde_json::json!({"iss": CLAIM}),
        serde_json::json!({"sub": [CLAIM]}),
    ];
    // Two of them are claims that no signer of tokens signs.
    let sign = |key: SigningKey, claims: serde_json::Value| {
        jws::sign(&key, &jws::Header::without_type(), claims.to_string().as_bytes()).unwrap()
    };
    let mut tokens: Vec<_> = changes.map(|change| sign(partner_key(), claims(change))).into();
    tokens.push(sign(SigningKey::ed25519(&[8; 32]).unwrap(), claims(serde_json::json!({}))));
    tokens
}

/// What an operator does with keys, each once, and once where it is refused.
fn keys(watch: &mut Watch, authenticator: &Authenticator) {
    let key = || SigningKey::ed25519(&[7; 32]).unwrap().with_kid("canary-kid").unwrap();
    let nameless = key().without_kid();
    watch.result(authenticator, authenticator.publish_signing_key(key().verifying_key()));
    watch.result(authenticator, authenticator.publish_signing_key(nameless.verifying_key()));
    watch.result(authenticator, authenticator.rotate_signing_key(nameless));
    watch.result(authenticator, authenticator.rotate_signing_key(key()));
    watch.result(authenticator, authenticator.retire_signing_key("canary-kid"));
    watch.result(authenticator, block_on(authenticator.revoke_key("canary-kid")));
    let jwks = authenticator.jwks().unwrap();
    let digest_key = || DigestKey::keyed(2, DIGEST_SECRET).unwrap();
    for key in [digest_key(), digest_key()] {
        watch.debug(&key);
        watch.result(authenticator, authenticator.announce_digest_key(key));
    }
    watch.result(authenticator, authenticator.rotate_digest_key(digest_key()));
    watch.result(authenticator, block_on(authenticator.retire_unused_digest_keys()));
    // A `kid` is for everybody to see, there; a private key is not.
    watch.display(&jwks.replace("canary-kid", ""));
}

/// Every operation once, each as far as it gets.
fn story(watch: &mut Watch, service: &Service) {
    let (authenticator, address) = (&service.authenticator, Some(IpAddr::from([192, 0, 2, 1])));
    let right = basic(USER, PASSWORD);
    let log_in = |watch: &mut Watch, header: &str| {
        let issued = block_on(authenticator.log_in_from([header.as_bytes()], address));
        watch.result(authenticator, issued)
    };
    for header in ["Basic !", "Bearer x", &basic(USER, "canary-password-wrong"), &basic(SUBJECT, PASSWORD)] {
        log_in(watch, header);
    }
    let account = block_on(Users(Faults::default()).account(SUBJECT)).unwrap().unwrap();
    watch.debug(&account);
    let by_hand = block_on(authenticator.issue(&account));
    let by_hand = watch.result(authenticator, by_hand);
    by_hand.iter().for_each(|issued| watch.issued(issued));
    let mut shown =
        vec!["Basic !".to_owned(), right.clone(), basic(USER, "canary-password-wrong"), String::new()];
    let logged_in = log_in(watch, &right);
    for issued in logged_in.iter().chain(&by_hand) {
        watch.issued(issued);
        let token = issued.access_token().expose();
        shown.extend([
            format!("Bearer {token}"),
            format!("Bearer {token}x"),
            format!("canary-scheme {token}"),
        ]);
    }
    let refreshes = logged_in.iter().chain(&by_hand).filter_map(TokenResponse::refresh_token);
    let refreshes: Vec<_> = refreshes.map(|token| token.expose().to_owned()).collect();
    for refresh in &refreshes {
        shown.push(format!("Bearer {refresh}"));
        // Traded, replayed within the grace, and used twice.
        for seconds in [0, 0, 60] {
            service.advance(seconds);
            let traded = block_on(authenticator.refresh(refresh));
            let traded = watch.result(authenticator, traded);
            traded.iter().for_each(|issued| watch.issued(issued));
        }
        let other = block_on(authenticator.refresh(&refresh.replace("acme", "canary")));
        watch.result(authenticator, other);
    }
    let scopes = [SCOPE.to_owned()];
    let new = NewApiKey { name: KEY_NAME, scopes: &scopes, ..NewApiKey::default() };
    watch.debug(&new);
    let created = block_on(authenticator.create_api_key_for(SUBJECT, &new));
    let created = watch.result(authenticator, created);
    let bad = NewApiKey { scopes: &["canary scope".to_owned()], ..new.clone() };
    watch.result(authenticator, block_on(authenticator.create_api_key_for(SUBJECT, &bad)));
    if let Some(created) = &created {
        watch.debug(created);
        watch.debug(&created.record);
        watch.token(created.key.expose());
        shown.extend([
            format!("Bearer {}", created.key.expose()),
            format!("Bearer {}x", created.key.expose()),
        ]);
    }
    if let Some(created) = &created {
        let rotated = authenticator.rotate_api_key(
            SUBJECT,
            RotateApiKey { id: &created.record.id, lifetime: None, overlap: Duration::from_secs(60) },
        );
        if let Some(next) = watch.result(authenticator, block_on(rotated)).flatten() {
            watch.debug(&next);
            watch.token(next.key.expose());
        }
    }
    let listed = watch.result(authenticator, block_on(authenticator.api_keys(SUBJECT)));
    watch.debug(&listed);
    for token in external_tokens() {
        watch.token(&token);
        shown.push(format!("Bearer {token}"));
    }
    let mut principals = Vec::new();
    for value in &shown {
        for accept in
            [AuthMethods::bearer(), AuthMethods::basic(), AuthMethods::bearer().or(AuthMethods::basic())]
        {
            let principal = block_on(authenticator.authenticate([value.as_bytes()], accept));
            principals.extend(watch.result(authenticator, principal));
        }
        let twice = block_on(authenticator.authenticate([value.as_bytes(); 2], AuthMethods::bearer()));
        watch.result(authenticator, twice);
    }
    for principal in &principals {
        watch.debug(principal);
        watch.debug(&principal.claims());
        watch.result(authenticator, principal.require_scope("other"));
        watch.result(authenticator, principal.require_role("canary-role-other"));
        watch.result(authenticator, block_on(authenticator.create_api_key(principal, &new)));
        watch.result(authenticator, block_on(authenticator.revoke(principal)));
        watch.result(authenticator, block_on(authenticator.create_api_key(principal, &new)));
    }
    for value in &shown {
        watch.result(
            authenticator,
            block_on(authenticator.authenticate([value.as_bytes()], AuthMethods::bearer())),
        );
    }
    for issuer in [PARTNER, "canary-issuer"] {
        watch.result(
            authenticator,
            block_on(
                authenticator.revoke_external_session(ExternalSession { issuer, sid: "canary-session" }),
            ),
        );
        watch.result(
            authenticator,
            block_on(
                authenticator.revoke_external_subject(ExternalSubject { issuer, subject: "canary-stranger" }),
            ),
        );
    }
    watch.result(authenticator, block_on(authenticator.revoke_session("canary-session")));
    watch.result(authenticator, block_on(authenticator.remove_api_key(SUBJECT, "canary-id")));
    watch.result(authenticator, block_on(authenticator.remove_api_keys(SUBJECT)));
    watch.result(authenticator, block_on(authenticator.revoke_subject(SUBJECT, ApiKeys::Remove)));
    watch.result(authenticator, block_on(authenticator.purge_expired(10)));
    for _ in 0..12 {
        log_in(watch, &basic(USER, "canary-password-wrong"));
    }
    let task = authenticator.purge_task(Duration::from_secs(60));
    watch.debug(&(authenticator, &task, task.status()));
    keys(watch, authenticator);
}

#[test]
fn canaries_go_through_every_path_and_come_out_nowhere() {
    let pem = SigningKey::generate(Algorithm::EdDSA).unwrap().to_pem(KeyFormat::Pkcs8).unwrap();
    // As it should be, then with the first, second, ... call failing, once or for good.
    for nth in 0..10 {
        for login_tokens in [LoginTokens::AccessAndRefresh, LoginTokens::Signed, LoginTokens::Random] {
            for (hmac, traced) in [(true, nth % 2 == 0), (false, nth % 2 == 1)] {
                let key = || SigningKey::from_pem(Algorithm::EdDSA, pem.expose()).unwrap();
                let mut watch = Watch::new(pem.expose());
                let (logs, events, faults) = (Shown::default(), Events::default(), Faults::default());
                let (revocations, tokens) = faults.stores();
                let service = Service::over(revocations, tokens, |builder| {
                    let builder = builder.login_tokens(login_tokens).credentials(Users(faults.clone()));
                    let builder = builder.limiter(MemoryLimiter::new()).cache_verified_tokens(100);
                    watch.debug(&partner());
                    let builder = builder.trust_issuer(partner());
                    let builder = if hmac { builder } else { builder.signing_key(key()) };
                    let builder = if traced { builder } else { builder.audit(events.clone()) };
                    watch.debug(&builder);
                    builder
                });
                if nth > 0 {
                    faults.arm(nth, FAULTS[if hmac { 0 } else { 2 }]);
                }
                logs.during(|| story(&mut watch, &service));
                faults.disarm();
                watch.check("Debug, Display or a reply", watch.lines.iter());
                watch.check("a log", logs.take().iter());
                if !traced {
                    let (shown, ids) = events.take_all();
                    watch.check("an audit event", shown.iter());
                    // Whom it is about, for whoever asks: that, and nothing else.
                    let told = NAMES.iter().filter(|name| ids.contains(**name));
                    assert!(told.count() == NAMES.len() || nth > 0, "{ids:?}");
                    watch.canaries.retain(|canary| !NAMES.contains(&canary.as_str()));
                    watch.check("an id of an audit event", ids.iter());
                }
            }
        }
    }
}

#[test]
fn what_a_limiter_and_a_clock_show_is_settings_only() {
    let address = "192.0.2.77".parse().unwrap();
    let attempt = Attempt { user_id: USER, address, now: START };
    let limit = Limit::new(1, Duration::from_secs(1)).unwrap();
    let limiter = MemoryLimiter::with(limit, limit);
    let text = format!(
        "{attempt:?} {limiter:?} {limit:?} {:?} {:?} {:?}",
        Admission::Refused { retry_after: Duration::ZERO },
        TracingSink::new(),
        TestClock::new(START),
    );
    assert!(!text.contains("canary") && !text.contains("192.0.2"), "{text}");
}
