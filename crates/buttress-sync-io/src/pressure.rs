//! Whether the host is short of CPU. Then a lock may be held for long by a thread
//! that was put aside while it had it: nobody blocks, and everybody waits.

use std::time::Duration;

/// From which share of the time on, in which some thread had to wait for a CPU,
/// locks may be waited for how many times longer.
const PATIENCE: [(f64, u32); 2] = [(50.0, 100), (10.0, 10)];

/// How long a lock may be waited for now, where it may be `usually`.
pub(crate) fn patience(usually: Duration) -> Duration {
    let pressure = std::fs::read_to_string("/proc/pressure/cpu").ok();
    let share = pressure.as_deref().and_then(share).unwrap_or_default();
    let times = PATIENCE.iter().find(|(from, _)| share >= *from);
    usually.saturating_mul(times.map_or(1, |(_, times)| *times))
}

/// The percentage of the last ten seconds in the kernel's account of pressure.
fn share(text: &str) -> Option<f64> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let mut fields = some.split_ascii_whitespace();
    fields
        .find_map(|field| field.strip_prefix("avg10="))?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_kernels_account_is_understood() {
        let text = "some avg10=98.70 avg60=98.50 avg300=98.68 total=3180423835\nfull avg10=0.00";
        assert_eq!(share(text), Some(98.7));
        assert_eq!(share("full avg10=1.00"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            share(&text);
        }
    }
}
