//! The reader `bearing` alone.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| keyway_fuzz::reader("bearing", text));
