//! Values of `Authorization`, and JOSE headers.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz_laws::header::hold(data));
