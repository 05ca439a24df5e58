//! Both stores keep every law of their traits.

use super::{fresh, pool, runtime, server};

#[test]
fn postgres_revocation_store_conforms() {
    let Some(server) = server() else { return };
    let runtime = runtime();
    let pool = runtime.block_on(pool(server));
    let violations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            fresh(&pool).await.revocations()
        });
    assert_eq!(violations, []);
}

#[test]
fn postgres_token_store_conforms() {
    let Some(server) = server() else { return };
    let runtime = runtime();
    let pool = runtime.block_on(pool(server));
    let violations =
        countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
            fresh(&pool).await.tokens()
        });
    assert_eq!(violations, []);
}
