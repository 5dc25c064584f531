//! The reader `address` alone.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| keyway_fuzz::reader("address", text));
