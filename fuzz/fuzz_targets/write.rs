//! Claims on their way into a token.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz_laws::write::hold(data));
