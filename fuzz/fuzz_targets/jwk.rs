//! JWKs and JWK sets.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz_laws::jwk::hold(data));
