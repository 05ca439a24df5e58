//! Tests that cross crates: a request's way through all of them, what each crate pulls in, and tokens that
//! go to and fro between here and other implementations.
