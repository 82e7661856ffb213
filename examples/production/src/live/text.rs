//! Numbers as people read them.

use std::time::Duration;

pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn bytes(value: u64) -> String {
    let value = value as f64;
    match value {
        0.0..1e3 => format!("{value} B"),
        1e3..1e6 => format!("{:.1} kB", value / 1e3),
        1e6..1e9 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.1} GB", value / 1e9),
    }
}

pub(super) fn time(value: Duration) -> String {
    let millis = value.as_secs_f64() * 1e3;
    match millis {
        ..10.0 => format!("{millis:.2} ms"),
        10.0..1000.0 => format!("{millis:.0} ms"),
        _ => format!("{:.1} s", millis / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(number),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0, 999, 1500, 2_000_000].map(bytes),
            ["0 B", "999 B", "1.5 kB", "2.0 MB"]
        );
        let times = [42, 9_990, 21_000, 1_500_000].map(Duration::from_micros);
        assert_eq!(times.map(time), ["0.04 ms", "9.99 ms", "21 ms", "1.5 s"]);
    }
}
