//! Dates, in UTC.

use std::{
    cell::Cell,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A moment of the proleptic Gregorian calendar, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    year: u64,
    /// From 1.
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    micros: u32,
}

type Second = [u8; 27];

/// `2026-11-25T22:48:32.123456Z` (RFC 3339). A thread works it out once a second, and
/// then counts microseconds.
pub(super) fn rfc3339(time: SystemTime, out: &mut Vec<u8>) {
    thread_local! {
        static LAST: Cell<(u64, Second)> = const { Cell::new((u64::MAX, [0; 27])) };
    }
    let since_epoch = possible(time);
    let (second, mut text) = LAST.get();
    if second != since_epoch.as_secs() {
        text = Civil::since_epoch(since_epoch).second();
        LAST.set((since_epoch.as_secs(), text));
    }
    digits(&mut text[20..26], since_epoch.subsec_micros());
    out.extend_from_slice(&text);
}

/// In the years from 1970 to 9999.
fn possible(time: SystemTime) -> Duration {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since_epoch = time.duration_since(UNIX_EPOCH);
    since_epoch.unwrap_or_default().min(LAST)
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

impl Civil {
    /// What lies before 1970 is taken for its first moment, as only a clock that is
    /// wrong shows it; what lies after 9999 for the last that four digits can name.
    pub(super) fn of(time: SystemTime) -> Self {
        Self::since_epoch(possible(time))
    }

    fn since_epoch(since_epoch: Duration) -> Self {
        let seconds = since_epoch.as_secs();
        let (year, month, day) = date_of(seconds / 86_400);
        let in_day = seconds % 86_400;
        Self {
            year,
            month,
            day,
            hour: (in_day / 3_600) as u8,
            minute: (in_day / 60 % 60) as u8,
            second: (in_day % 60) as u8,
            micros: since_epoch.subsec_micros(),
        }
    }

    /// As [`rfc3339`], but for what is less than a second.
    fn second(&self) -> Second {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        digits(&mut text[0..4], self.year as u32);
        digits(&mut text[5..7], self.month.into());
        digits(&mut text[8..10], self.day.into());
        self.clock(&mut text[11..19]);
        text
    }

    /// `25/Nov/2026:22:48:32 +0000`, of the Common Log Format.
    pub(super) fn common(&self, out: &mut Vec<u8>) {
        let mut text = *b"00/Jan/0000:00:00:00 +0000";
        digits(&mut text[0..2], self.day.into());
        text[3..6].copy_from_slice(MONTHS[usize::from(self.month) - 1]);
        digits(&mut text[7..11], self.year as u32);
        self.clock(&mut text[12..20]);
        out.extend_from_slice(&text);
    }

    /// `22:48:32.123`.
    pub(super) fn time_of_day(&self, out: &mut Vec<u8>) {
        let mut text = *b"00:00:00.000";
        self.clock(&mut text[0..8]);
        digits(&mut text[9..12], self.micros / 1_000);
        out.extend_from_slice(&text);
    }

    fn clock(&self, text: &mut [u8]) {
        digits(&mut text[0..2], self.hour.into());
        digits(&mut text[3..5], self.minute.into());
        digits(&mut text[6..8], self.second.into());
    }
}

fn digits(text: &mut [u8], mut number: u32) {
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The date of a day, counted from 1970-01-01. Years begin with March here, so that
/// the day that leap years have more is the last of them; eras are of 400 years.
fn date_of(days: u64) -> (u64, u8, u8) {
    const DAYS_TO_1970: u64 = 719_468;
    const DAYS_OF_ERA: u64 = 146_097;
    let days = days + DAYS_TO_1970;
    let (era, in_era) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * months_from_march + 2) / 5 + 1;
    let month = (months_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month as u8, day as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_micros(1_234)
    }

    fn shown(seconds: u64, show: fn(&Civil, &mut Vec<u8>)) -> String {
        let mut text = Vec::new();
        show(&Civil::of(at(seconds)), &mut text);
        String::from_utf8(text).unwrap()
    }

    fn shown_rfc3339(seconds: u64) -> String {
        let mut text = Vec::new();
        rfc3339(at(seconds), &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn each_form_is_as_its_standard_has_it() {
        let leap_day = 951_827_696;
        // Of the same second and of another one.
        for (seconds, text) in [
            (leap_day, "2000-02-29T12:34:56.001234Z"),
            (leap_day, "2000-02-29T12:34:56.001234Z"),
            (leap_day + 4, "2000-02-29T12:35:00.001234Z"),
            (0, "1970-01-01T00:00:00.001234Z"),
        ] {
            assert_eq!(shown_rfc3339(seconds), text);
        }
        assert_eq!(shown(leap_day, Civil::common), "29/Feb/2000:12:34:56 +0000");
        assert_eq!(shown(leap_day, Civil::time_of_day), "12:34:56.001");
    }

    #[test]
    fn what_four_digits_cannot_name_does_not_panic() {
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(Civil::of(before), Civil::of(UNIX_EPOCH));
        assert!(shown_rfc3339(u64::from(u32::MAX) * 1_000).starts_with("9999-12-31T23:59:59"));
    }

    proptest! {
        #[test]
        fn dates_are_those_of_an_independent_library(seconds in 0_u64..253_402_300_800) {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            // As `Sun, 06 Nov 1994 08:49:37 GMT`.
            let theirs = httpdate::fmt_http_date(time);
            let ours = shown(seconds, Civil::common);
            prop_assert_eq!(&ours[0..2], &theirs[5..7]);
            prop_assert_eq!(&ours[3..6], &theirs[8..11]);
            prop_assert_eq!(&ours[7..11], &theirs[12..16]);
            prop_assert_eq!(&ours[12..20], &theirs[17..25]);
        }
    }
}
