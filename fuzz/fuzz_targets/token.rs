//! Tokens, and what is signed inside them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz_laws::token::hold(data));
