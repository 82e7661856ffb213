//! Backtraces whose symbols are looked up late.

use std::{backtrace::Backtrace, fmt, sync::OnceLock};

/// Addresses that were taken when it happened, and their names once somebody
/// asked for them.
pub(crate) struct Trace {
    raw: Backtrace,
    text: OnceLock<String>,
}

impl Trace {
    /// Takes the addresses alone, which is a thousandth of the work.
    pub(crate) fn capture() -> Self {
        Self {
            raw: Backtrace::force_capture(),
            text: OnceLock::new(),
        }
    }

    pub(crate) fn raw(&self) -> &Backtrace {
        &self.raw
    }

    /// The text, looked up now if it was not before: up to 200 ms in a process
    /// that has never done so.
    pub(crate) fn resolve(&self) -> &str {
        self.text
            .get_or_init(|| without_machinery(&self.raw.to_string()).to_owned())
    }

    pub(crate) fn resolved(&self) -> Option<&str> {
        self.text.get().map(String::as_str)
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the frames: a Debug that takes 200 ms would be a trap.
        f.debug_struct("Trace")
            .field("resolved", &self.resolved().is_some())
            .finish()
    }
}

/// Leaves out the frames above the panic, which are those of the hook and of
/// the standard library. Their names are no promise: where none is found,
/// everything stays.
fn without_machinery(text: &str) -> &str {
    const STARTS: [&str; 2] = ["core::panicking::", "std::panicking::begin_panic"];
    let Some(last) = STARTS.iter().filter_map(|start| text.rfind(start)).max() else {
        return text;
    };
    // The frame may have a second line, `at FILE:LINE`; the next frame starts
    // with its number.
    let mut offset = last;
    for line in text[last..].split_inclusive('\n') {
        let is_frame = line.trim_start().starts_with(|c: char| c.is_ascii_digit());
        if offset > last && is_frame {
            return &text[offset..];
        }
        offset += line.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_panic_itself_are_left_out() {
        let text = "   0: hook\n   1: core::panicking::panic_fmt\n             at /rustc/x.rs:1\n   \
                    2: app::handler\n             at ./src/main.rs:7\n";
        let rest = "   2: app::handler\n             at ./src/main.rs:7\n";
        assert_eq!(without_machinery(text), rest);
        assert_eq!(without_machinery("   0: main\n"), "   0: main\n");
        assert_eq!(
            without_machinery("0: core::panicking::x"),
            "0: core::panicking::x"
        );
    }

    #[test]
    fn names_are_looked_up_when_they_are_asked_for() {
        let trace = Trace::capture();
        assert_eq!(trace.resolved(), None);
        assert!(trace.resolve().contains("names_are_looked_up"));
        assert!(trace.resolved().is_some());
    }
}
