//! Both stores keep every law of their traits.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use countersign_redb::RedbStore;
use tempfile::TempDir;

/// Fresh stores, each in a file of its own inside one folder.
struct Files(TempDir, std::cell::Cell<u32>);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap(), std::cell::Cell::new(0))
    }

    fn fresh(&self) -> RedbStore {
        self.1.set(self.1.get() + 1);
        RedbStore::open(self.0.path().join(format!("{}.redb", self.1.get()))).unwrap()
    }
}

#[test]
fn the_revocation_store_conforms() {
    let files = Files::new();
    let violations =
        countersign_revocation::conformance::run(&|future| pollster::block_on(future), async || {
            files.fresh().revocations()
        });
    assert_eq!(violations, []);
}

#[test]
fn the_token_store_conforms() {
    let files = Files::new();
    let violations =
        countersign_token_store::conformance::run(&|future| pollster::block_on(future), async || {
            files.fresh().tokens()
        });
    assert_eq!(violations, []);
}
