//! Both stores keep every law of their traits.

use countersign_test_servers::Redis;

use crate::fixture::{can_run, connect, fresh, runtime};

#[test]
fn the_revocation_store_conforms() {
    if !can_run() {
        return;
    }
    let (server, runtime) = (Redis::start(&[]), runtime());
    let violations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            connect(&server, fresh()).await.revocations()
        });
    assert_eq!(violations, []);
}

#[test]
fn the_token_store_conforms() {
    if !can_run() {
        return;
    }
    let (server, runtime) = (Redis::start(&[]), runtime());
    let violations =
        countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
            connect(&server, fresh()).await.tokens()
        });
    assert_eq!(violations, []);
}
