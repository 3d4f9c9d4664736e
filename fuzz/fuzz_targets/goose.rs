#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    flightdeck_fuzz::goose(input);
});
