//! The same bytes in a text too long to be read whole: blocks, windows, encodings.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyway_fuzz::long(bytes));
