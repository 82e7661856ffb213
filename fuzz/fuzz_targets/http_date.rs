//! The first eight bytes are now, the rest is a date. What is read can be written
//! and is the same then; years of two digits lie at most 50 years ahead.
#![no_main]

use buttress_cache::policy::{Timestamp, format_date, parse_date};
use libfuzzer_sys::fuzz_target;

const LAST: u64 = 253_402_300_799;

fuzz_target!(|data: &[u8]| {
    let Some((now, text)) = data.split_first_chunk() else {
        return;
    };
    let now = Timestamp::from_secs(u64::from_be_bytes(*now));
    let written = format_date(now);
    let expected = Timestamp::from_secs(now.as_secs().min(LAST));
    assert_eq!(parse_date(written.as_bytes(), now), Some(expected));
    let Some(time) = parse_date(text, now) else {
        return;
    };
    // Two digits can lie beyond the last year that four digits write.
    let written = Timestamp::from_secs(time.as_secs().min(LAST));
    assert_eq!(parse_date(format_date(time).as_bytes(), now), Some(written));
    assert_eq!(
        parse_date(&text.to_ascii_uppercase(), now),
        Some(time),
        "case matters"
    );
    let padded = [b"  ", text, b" "].concat();
    assert_eq!(
        parse_date(&padded, now),
        Some(time),
        "spaces around it matter"
    );
});
