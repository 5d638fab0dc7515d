#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| grantflow_fuzz::wire::metadata(bytes));
