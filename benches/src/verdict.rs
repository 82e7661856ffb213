//! What was aimed at, beside what was measured.

use crate::table::{Table, times};
use std::fmt;

/// The figures of a bench that have a target.
#[derive(Clone, Debug, Default)]
pub struct Verdicts(Vec<Verdict>);

#[derive(Clone, Debug)]
struct Verdict {
    figure: String,
    target: Target,
    measured: f64,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Verdicts {
    /// A figure that should be this or more.
    pub fn at_least(&mut self, figure: impl Into<String>, target: f64, measured: f64) {
        self.push(figure.into(), Target::AtLeast(target), measured);
    }

    /// A figure that should be this or less.
    pub fn at_most(&mut self, figure: impl Into<String>, target: f64, measured: f64) {
        self.push(figure.into(), Target::AtMost(target), measured);
    }

    /// Whether all are.
    pub fn are_reached(&self) -> bool {
        self.0.iter().all(Verdict::is_reached)
    }

    fn push(&mut self, figure: String, target: Target, measured: f64) {
        self.0.push(Verdict {
            figure,
            target,
            measured,
        });
    }
}

impl Verdict {
    fn is_reached(&self) -> bool {
        match self.target {
            Target::AtLeast(target) => self.measured >= target,
            Target::AtMost(target) => self.measured <= target,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(target) => write!(f, "≥ {}", number(*target)),
            Self::AtMost(target) => write!(f, "≤ {}", number(*target)),
        }
    }
}

/// Counts are whole, ratios are not.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value}")
    } else {
        times(value)
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(["figure", "target", "measured", ""]);
        for verdict in &self.0 {
            let word = match verdict.is_reached() {
                true => "reached",
                false => "**not reached**",
            };
            let (target, measured) = (verdict.target.to_string(), number(verdict.measured));
            table.row([verdict.figure.clone(), target, measured, word.to_owned()]);
        }
        table.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_said() {
        let mut verdicts = Verdicts::default();
        verdicts.at_least("speed", 1.8, 1.79);
        verdicts.at_most("memory", 200.0, 196.0);
        let text = verdicts.to_string();
        assert_eq!(text.matches("| **not reached** |").count(), 1, "{text}");
        assert_eq!(text.matches("|         reached |").count(), 1, "{text}");
    }
}
