//! Keys in PEM and DER.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz_laws::pem::hold(data));
