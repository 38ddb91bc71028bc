#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ringlog_fuzz::pattern(bytes));
