//! No Debug, error or reply shows what it should not.

use countersign_session::{Accept, NewApiKey};
use pollster::block_on;

use crate::support::{Pair, Service, basic};

#[test]
fn nothing_secret_or_personal_is_shown() {
    let service = Service::new();
    let issued = service.log_in("alice", "wonderland").unwrap();
    let mut shown = format!("{issued:?} {:?}", service.authenticator);
    let pair = Pair::of(issued);
    let scopes = ["read".to_owned()];
    let new = NewApiKey { name: "canary-name", scopes: &scopes, lifetime: None };
    let created = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    let alice = service.bearer(&pair.access).unwrap();
    shown += &format!(" {created:?} {alice:?} {:?}", created.record);

    block_on(service.authenticator.revoke(&alice)).unwrap();
    let values = [
        format!("Bearer {}", pair.access),
        format!("Bearer {}x", pair.access),
        format!("Bearer {}", pair.refresh),
        format!("Bearer {}", &created.key.expose()[1..]),
        format!("Canary {}", pair.access),
        basic("alice", "wonderland-wrong"),
    ];
    for value in &values {
        for accept in [Accept::bearer(), Accept::basic(), Accept::bearer().or(Accept::basic())] {
            let Err(error) = block_on(service.authenticator.authenticate([value.as_bytes()], accept)) else {
                panic!("refused")
            };
            shown += &format!(" {error} {error:?} {:?}", service.authenticator.reply(&error));
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                shown += &format!(" {cause} {cause:?}");
                source = cause.source();
            }
        }
    }
    let error = block_on(service.authenticator.refresh(&pair.refresh)).unwrap_err();
    shown += &format!(" {error} {error:?}");
    let signature = pair.access.rsplit('.').next().unwrap();
    for secret in [
        "alice",
        "wonderland",
        "canary",
        "Canary",
        signature,
        &pair.refresh[13..],
        &created.key.expose()[13..],
    ] {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
}
