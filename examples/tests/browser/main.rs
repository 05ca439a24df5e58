//! The examples with pages, each started as a process and used in a real browser: a headless Chromium, told what
//! to do over WebDriver. What it saw is in `target/screenshots` afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod accessibility;
mod api_keys;
mod application;
mod driver;
#[path = "../small/http.rs"]
mod http;
mod other_site;
mod page;
