//! A type's own message may hold the value that it refused, as it stood or written
//! anew: trimmed, escaped, with its digits grouped, as a number, a duration, a size.

use std::collections::HashSet;

/// So many letters in a row are taken for a part of the value.
const SHARED: usize = 4;

/// Longer than any number, duration or size that somebody writes.
const MAX_ANEW: usize = 64;

/// The message if it shares nothing with any of the values.
pub(super) fn harmless<'m>(message: &'m str, values: &[impl AsRef<str>]) -> Option<&'m str> {
    let shown = values.iter().any(|value| shows(message, value.as_ref()));
    (!shown).then_some(message)
}

fn shows(message: &str, value: &str) -> bool {
    let lower_message = lower(message);
    let as_text = |form: &str| shares(&lower_message, &lower(form));
    let escaped = value.escape_debug().to_string();
    if as_text(value) || as_text(value.trim()) || (escaped != value && as_text(&escaped)) {
        return true;
    }
    // What is left of a short one is in many a word.
    let letters = letters(value);
    if letters.len() >= SHARED && shares(&self::letters(message), &letters) {
        return true;
    }
    let parts = value.split(',').map(str::trim);
    let parts = || parts.clone().filter(|part| part.len() <= MAX_ANEW);
    let mut anew = parts().filter_map(written_anew);
    let numbers: Vec<f64> = parts().flat_map(numbers).collect();
    let mut in_message = numbers_in(message);
    anew.any(|form| as_text(&form)) || in_message.any(|number| numbers.contains(&number))
}

/// Letter by letter, for `str::to_lowercase` looks at a letter's neighbours.
fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Without all that groups, quotes and pads.
fn letters(text: &str) -> Vec<char> {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn shares(message: &[char], value: &[char]) -> bool {
    let window = SHARED.min(value.len());
    if window == 0 {
        return false;
    }
    // From the message's side: a value may be a megabyte, a message is a line.
    let parts: HashSet<&[char]> = message.windows(window).collect();
    value.windows(window).any(|part| parts.contains(part))
}

/// A duration or a size, as their own types show it.
fn written_anew(part: &str) -> Option<String> {
    let duration = humantime::parse_duration(part).ok();
    let duration = duration.map(|duration| humantime::format_duration(duration).to_string());
    let size = || part.parse::<bytesize::ByteSize>().ok();
    duration.or_else(|| size().map(|size| size.to_string()))
}

/// All that the text may be as a number: itself, a duration in each unit, a size.
fn numbers(part: &str) -> Vec<f64> {
    let mut numbers: Vec<f64> = part.parse().into_iter().collect();
    if let Ok(duration) = humantime::parse_duration(part) {
        let seconds = duration.as_secs_f64();
        numbers.extend([1.0, 1e3, 1e6, 1e9].map(|per_second| (seconds * per_second).round()));
        numbers.push(seconds);
    }
    if let Ok(size) = part.parse::<bytesize::ByteSize>() {
        // Beyond 2^53 both sides are rounded alike.
        #[allow(clippy::cast_precision_loss)]
        numbers.push(size.as_u64() as f64);
    }
    numbers
}

fn numbers_in(message: &str) -> impl Iterator<Item = f64> {
    let parts = message.split(|c: char| !c.is_ascii_digit() && c != '.');
    parts.filter_map(|part| part.trim_matches('.').parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_that_repeats_part_of_a_value_is_not_shown() {
        assert_eq!(harmless("bad scheme `ftpx`", &["ftpx://host"]), None);
        assert_eq!(harmless("BAD HUNTER", &["hunter2"]), None);
        assert_eq!(harmless("no 12 here", &["12"]), None);
        assert_eq!(harmless("must be even", &["13"]), Some("must be even"));
        assert_eq!(harmless("is empty", &[""]), Some("is empty"));
    }

    #[test]
    fn nor_is_one_that_writes_the_value_anew() {
        for (message, value) in [
            ("no card 4111-1111", "41 11 11 11"),
            ("1,234,567 is too large", "1234567"),
            ("bad \"a\\tb\\tc\"", "a\tb\tc"),
            ("7 is odd", "007"),
            ("1000 is too large", "1e3"),
            ("5400s is too long", "90m"),
            ("1h 30m is too long", "90m"),
            ("250 ms is too short", "250000us"),
            ("2097152 is too large", "2MiB"),
            ("2.0 MiB is too large", "2048KiB"),
            ("2.5 is no size", "1, 2.50"),
        ] {
            assert_eq!(harmless(message, &[value]), None, "{message}");
        }
        for (message, value) in [
            ("expected at most 10", "12"),
            ("expected 1 to 5 words", "a b c"),
            ("expected a, b or c", "d-e"),
        ] {
            assert_eq!(harmless(message, &[value]), Some(message));
        }
    }

    proptest! {
        #[test]
        fn no_message_around_a_value_is_shown(a in ".{0,9}", value in ".{1,30}", b in ".{0,9}") {
            let message = format!("{a}{value}{b}");
            prop_assert_eq!(harmless(&message, &[&value]), None);
        }

        #[test]
        fn nor_around_a_value_that_is_quoted_or_trimmed(value in ".{1,30}") {
            for shown in [format!("{value:?}"), format!("<{}>", value.trim())] {
                // Of blanks alone nothing is left.
                if value.chars().any(char::is_alphanumeric) {
                    prop_assert_eq!(harmless(&shown, &[&value]), None);
                }
            }
        }

        #[test]
        fn nor_around_a_number_in_any_form(value: u64) {
            for shown in [format!("{value} is bad"), format!("{:.1}", value as f64)] {
                prop_assert_eq!(harmless(&shown, &[format!("+00{value}")]), None);
            }
        }
    }
}
