//! Everything: any bytes, as a file that is explained.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyway_fuzz::explain(bytes));
