//! The reader `mail_test` alone.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| keyway_fuzz::reader("mail_test", text));
