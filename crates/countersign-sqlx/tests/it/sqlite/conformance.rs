//! Both stores keep every law of their traits.

use super::{fresh, runtime};

#[test]
fn sqlite_revocation_store_conforms() {
    let (runtime, mut folders) = (runtime(), Vec::new());
    let folders = std::cell::RefCell::new(&mut folders);
    let violations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            let folder = tempfile::tempdir().unwrap();
            let store = fresh(&folder).await.revocations();
            folders.borrow_mut().push(folder);
            store
        });
    assert_eq!(violations, []);
}

#[test]
fn sqlite_token_store_conforms() {
    let (runtime, mut folders) = (runtime(), Vec::new());
    let folders = std::cell::RefCell::new(&mut folders);
    let violations =
        countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
            let folder = tempfile::tempdir().unwrap();
            let store = fresh(&folder).await.tokens();
            folders.borrow_mut().push(folder);
            store
        });
    assert_eq!(violations, []);
}
