//! The reader `request` alone.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| keyway_fuzz::reader("request", text));
