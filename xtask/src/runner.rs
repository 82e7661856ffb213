//! Runs named steps one after another, and sums them up at the end.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::context::{Context, Result};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// What it looks at, in a few words.
    pub(crate) about: &'static str,
    /// What a person does when it fails.
    pub(crate) fix: &'static str,
    pub(crate) run: fn(&Context) -> Result<Outcome>,
}

pub(crate) enum Outcome {
    Passed,
    Skipped(String),
}

/// A line of the summary.
pub(crate) struct Row {
    name: String,
    verdict: &'static str,
    took: Duration,
    note: String,
}

impl Row {
    pub(crate) fn skipped(name: &str, why: &str) -> Self {
        Self {
            name: name.to_owned(),
            verdict: SKIPPED,
            took: Duration::ZERO,
            note: why.to_owned(),
        }
    }
}

const PASS: &str = "PASS";
const FAIL: &str = "FAIL";
const SKIPPED: &str = "SKIPPED";

/// Runs all of `steps`, also after a failure, so that one run shows every problem.
///
/// `rows` holds what the caller has already decided; it opens the summary.
pub(crate) fn run(cx: &Context, task: &str, steps: &[&Step], mut rows: Vec<Row>) -> ExitCode {
    let start = Instant::now();
    for (index, step) in steps.iter().enumerate() {
        println!(
            "\n==> [{}/{}] {}: {}",
            index + 1,
            steps.len(),
            step.name,
            step.about
        );
        let row = run_one(cx, step);
        println!(
            "<== {} {} after {:.1} s",
            row.name,
            row.verdict,
            row.took.as_secs_f64()
        );
        rows.push(row);
    }
    print!("\n{}", summary(task, steps, &rows, start.elapsed()));
    if rows.iter().any(|row| row.verdict == FAIL) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn run_one(cx: &Context, step: &Step) -> Row {
    let start = Instant::now();
    let (verdict, note) = match (step.run)(cx) {
        Ok(Outcome::Passed) => (PASS, String::new()),
        Ok(Outcome::Skipped(why)) => (SKIPPED, why),
        Err(error) => {
            println!("error: {error}");
            (FAIL, String::new())
        }
    };
    Row {
        name: step.name.to_owned(),
        verdict,
        took: start.elapsed(),
        note,
    }
}

fn summary(task: &str, steps: &[&Step], rows: &[Row], took: Duration) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = format!(
        "{:width$}  RESULT   SECONDS\n",
        "STEP",
        width = width.max(4)
    );
    for row in rows {
        let line = format!(
            "{:width$}  {:7}  {:7.1}  {}",
            row.name,
            row.verdict,
            row.took.as_secs_f64(),
            row.note,
            width = width.max(4),
        );
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let failed: Vec<_> = rows.iter().filter(|row| row.verdict == FAIL).collect();
    if failed.is_empty() {
        let _ = writeln!(text, "Nothing failed, {:.0} s in all.", took.as_secs_f64());
        return text;
    }
    let _ = writeln!(text, "\nWhat to do:");
    for row in &failed {
        let fix = steps.iter().find(|step| step.name == row.name);
        let fix = fix.map_or("", |step| step.fix);
        let _ = writeln!(text, "- {}: {fix}", row.name);
    }
    let names: Vec<_> = failed.iter().map(|row| row.name.as_str()).collect();
    let _ = writeln!(
        text,
        "What failed, once more: cargo xtask {task} {}",
        names.join(" ")
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, verdict: &'static str, note: &str) -> Row {
        Row {
            name: name.to_owned(),
            verdict,
            took: Duration::from_millis(1260),
            note: note.to_owned(),
        }
    }

    const FMT: Step = Step {
        name: "fmt",
        about: "formatting",
        fix: "run `cargo fmt`",
        run: |_| Ok(Outcome::Passed),
    };

    #[test]
    fn a_summary_lists_every_step_with_its_time() {
        let rows = [row("fmt", PASS, ""), row("redis", SKIPPED, "not asked for")];
        let text = summary("ci", &[&FMT], &rows, Duration::from_secs(3));
        assert_eq!(
            text,
            "STEP   RESULT   SECONDS\n\
             fmt    PASS         1.3\n\
             redis  SKIPPED      1.3  not asked for\n\
             Nothing failed, 3 s in all.\n"
        );
    }

    #[test]
    fn a_summary_says_what_to_do_about_each_failure() {
        let rows = [row("fmt", FAIL, "")];
        let text = summary("ci", &[&FMT], &rows, Duration::from_secs(3));
        assert!(text.contains("- fmt: run `cargo fmt`\n"), "{text}");
        assert!(text.ends_with("cargo xtask ci fmt\n"), "{text}");
    }
}
