//! Both stores keep every law of their traits, on Redis and on Valkey.

use countersign_test_servers::Redis;

use crate::fixture::{can_run, can_run_valkey, connect, fresh, runtime};

fn expect_revocation_laws(server: &Redis) {
    let runtime = runtime();
    let violations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            connect(server, fresh()).await.revocations()
        });
    assert_eq!(violations, []);
}

fn expect_token_laws(server: &Redis) {
    let runtime = runtime();
    let violations =
        countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
            connect(server, fresh()).await.tokens()
        });
    assert_eq!(violations, []);
}

#[test]
fn the_revocation_store_conforms() {
    if can_run() {
        expect_revocation_laws(&Redis::start(&[]));
    }
}

#[test]
fn the_token_store_conforms() {
    if can_run() {
        expect_token_laws(&Redis::start(&[]));
    }
}

#[test]
fn both_stores_conform_on_valkey() {
    if can_run_valkey() {
        let server = Redis::start_valkey(&[]);
        expect_revocation_laws(&server);
        expect_token_laws(&server);
    }
}
