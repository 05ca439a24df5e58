//! Both stores keep every law of their traits.

use crate::common::{fresh, runtime, server};

#[test]
fn the_revocation_store_conforms() {
    let Some(server) = server() else { return };
    let runtime = runtime();
    let violations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            fresh(server).await.revocations()
        });
    assert_eq!(violations, []);
}

#[test]
fn the_token_store_conforms() {
    let Some(server) = server() else { return };
    let runtime = runtime();
    let violations =
        countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
            fresh(server).await.tokens()
        });
    assert_eq!(violations, []);
}
