//! What each crate costs: a file in `benches/` each. `cargo bench` at the workspace's root runs them.
