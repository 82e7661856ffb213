//! `HTTP-date` (RFC 9110 §5.6.7): three forms to read, one to write.

use super::Timestamp;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const DAY: u64 = 24 * 60 * 60;

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

/// Reads `IMF-fixdate`, and the two obsolete forms of RFC 850 and of `asctime`.
///
/// The grammar is kept to the letter, but for the case of names, and for whether
/// the day of the week is that of the date. A date before 1970 is the first
/// second of it; a leap second is the one before. `now` decides about years of
/// two digits: they never lie more than 50 years ahead.
#[must_use]
pub fn parse_date(value: &[u8], now: Timestamp) -> Option<Timestamp> {
    let value = value.trim_ascii();
    imf_fixdate(value)
        .or_else(|| asctime(value))
        .or_else(|| rfc850(value, now))
}

/// Writes `IMF-fixdate`. From the year 10000 on it is the last second before.
#[must_use]
pub fn format_date(time: Timestamp) -> String {
    let seconds = time.as_secs().min(LAST);
    let (days, second) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = civil(days);
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        // 1970 began on a Thursday.
        DAYS[(days as usize + 4) % 7],
        MONTHS[month],
        second / 3600,
        second / 60 % 60,
        second % 60,
    )
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(value: &[u8]) -> Option<Timestamp> {
    let mut reader = Reader(value);
    reader.name(&DAYS)?;
    reader.literal(b", ")?;
    let day = reader.number(2)?;
    reader.literal(b" ")?;
    let month = reader.name(&MONTHS)?;
    reader.literal(b" ")?;
    let year = reader.number(4)?;
    reader.literal(b" ")?;
    let second = reader.time()?;
    reader.literal(b" GMT")?;
    reader.end()?;
    timestamp(year, month, day, second)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(value: &[u8], now: Timestamp) -> Option<Timestamp> {
    let mut reader = Reader(value);
    reader.name(&LONG_DAYS)?;
    reader.literal(b", ")?;
    let day = reader.number(2)?;
    reader.literal(b"-")?;
    let month = reader.name(&MONTHS)?;
    reader.literal(b"-")?;
    let year = reader.number(2)?;
    reader.literal(b" ")?;
    let second = reader.time()?;
    reader.literal(b" GMT")?;
    reader.end()?;
    let now = now.as_secs().min(LAST);
    let (this_year, ..) = civil(now / DAY);
    let century = this_year - this_year % 100;
    let ahead = timestamp(century + 100 + year, month, day, second)?;
    let candidates = [ahead, timestamp(century + year, month, day, second)?];
    let limit = now + 50 * 365 * DAY + 12 * DAY;
    candidates
        .into_iter()
        .find(|time| time.as_secs() <= limit)
        .or_else(|| timestamp((century + year).saturating_sub(100), month, day, second))
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(value: &[u8]) -> Option<Timestamp> {
    let mut reader = Reader(value);
    reader.name(&DAYS)?;
    reader.literal(b" ")?;
    let month = reader.name(&MONTHS)?;
    reader.literal(b" ")?;
    let day = match reader.literal(b" ") {
        Some(()) => reader.number(1)?,
        None => reader.number(2)?,
    };
    reader.literal(b" ")?;
    let second = reader.time()?;
    reader.literal(b" ")?;
    let year = reader.number(4)?;
    reader.end()?;
    timestamp(year, month, day, second)
}

/// Takes parts off the front of a date.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn literal(&mut self, text: &[u8]) -> Option<()> {
        let (head, rest) = self.0.split_at_checked(text.len())?;
        if !head.eq_ignore_ascii_case(text) {
            return None;
        }
        self.0 = rest;
        Some(())
    }

    /// The place of a name in its list.
    fn name(&mut self, names: &[&str]) -> Option<usize> {
        let place = names.iter().position(|name| {
            let head = self.0.get(..name.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
        })?;
        self.0 = &self.0[names[place].len()..];
        Some(place)
    }

    fn number(&mut self, digits: usize) -> Option<u64> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        head.iter().try_fold(0, |sum, digit| {
            let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
            Some(sum * 10 + u64::from(digit))
        })
    }

    /// `08:49:37`, as the second of the day.
    fn time(&mut self) -> Option<u64> {
        let hour = self.number(2)?;
        self.literal(b":")?;
        let minute = self.number(2)?;
        self.literal(b":")?;
        let second = self.number(2)?;
        let is_valid = hour < 24 && minute < 60 && second <= 60;
        is_valid.then(|| hour * 3600 + minute * 60 + second.min(59))
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// The moment of a date of the Gregorian calendar; `month` and the days of the
/// calendar below are counted from zero, days of a month from one.
fn timestamp(year: u64, month: usize, day: u64, second: u64) -> Option<Timestamp> {
    if day == 0 || day > days_of(year, month) {
        return None;
    }
    if year < 1970 {
        return Some(Timestamp::from_secs(0));
    }
    let whole_years = days_before(year) - days_before(1970);
    let whole_months: u64 = (0..month).map(|month| days_of(year, month)).sum();
    let days = whole_years + whole_months + day - 1;
    Some(Timestamp::from_secs(days * DAY + second))
}

/// Year, month and day of the month of a day since 1970.
fn civil(days: u64) -> (u64, usize, u64) {
    let day = days + days_before(1970);
    // At most one too late, as years have 365 or 366 days.
    let mut year = day / 365 + 1;
    while days_before(year) > day {
        year -= 1;
    }
    let mut rest = day - days_before(year);
    let mut month = 0;
    while rest >= days_of(year, month) {
        rest -= days_of(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

/// The days from the year 1 to the beginning of a later one.
fn days_before(year: u64) -> u64 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

fn days_of(year: u64, month: usize) -> u64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 if is_leap => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_000_000); // November 2026

    fn parse(text: &str) -> Option<u64> {
        parse_date(text.as_bytes(), NOW).map(Timestamp::as_secs)
    }

    #[test]
    fn the_three_forms_are_one_moment() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "SUN, 06 nOv 1994 08:49:37 gmt",
            // Which day of the week that was is not looked up.
            "Mon, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse(text), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_date_is_none() {
        for text in [
            "",
            "0",
            "-1",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun, 06  Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08.49.37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 2025 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn two_digits_are_never_far_ahead() {
        assert_eq!(
            parse("Thursday, 01-Jan-70 00:00:00 GMT"),
            parse("Thu, 01 Jan 2070 00:00:00 GMT")
        );
        assert_eq!(
            parse("Friday, 01-Jan-99 00:00:00 GMT"),
            parse("Fri, 01 Jan 1999 00:00:00 GMT")
        );
        assert_eq!(
            parse("Friday, 01-Jan-26 00:00:00 GMT"),
            parse("Thu, 01 Jan 2026 00:00:00 GMT")
        );
    }

    #[test]
    fn a_clock_beyond_the_calendar_is_at_its_end() {
        let text = b"Sunday, 06-Nov-94 08:49:37 GMT";
        let end = parse_date(text, Timestamp::from_secs(u64::MAX));
        assert_eq!(end, parse_date(text, Timestamp::from_secs(LAST)));
        assert!(end.is_some());
    }

    #[test]
    fn edges_of_the_calendar() {
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse("Wed, 31 Dec 1969 23:59:59 GMT"), Some(0));
        assert_eq!(parse("Mon, 01 Jan 0000 00:00:00 GMT"), Some(0));
        assert_eq!(parse("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(
            parse("Fri, 31 Dec 9999 23:59:59 GMT"),
            Some(253_402_300_799)
        );
        // A leap second.
        assert_eq!(parse("Sat, 31 Dec 2016 23:59:60 GMT"), Some(1_483_228_799));
    }

    #[test]
    fn what_was_written_can_be_read() {
        for seconds in (0..253_402_300_799).step_by(86_399 * 997) {
            let text = format_date(Timestamp::from_secs(seconds));
            assert_eq!(parse(&text), Some(seconds), "{text}");
        }
        assert_eq!(
            format_date(Timestamp::from_secs(u64::MAX)),
            "Fri, 31 Dec 9999 23:59:59 GMT"
        );
    }
}
