//! A pattern and a text, both from elsewhere.

#![no_main]

libfuzzer_sys::fuzz_target!(|both: (&str, &str)| keyway_fuzz::phrase(both.0, both.1));
