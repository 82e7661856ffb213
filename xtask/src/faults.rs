//! `cargo xtask faults`: what the tests break for seconds, broken for minutes, and a
//! table of what that came to.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use xshell::cmd;

use crate::context::{Context, Result};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// As often, and as long, as the tests of every commit do
    #[arg(long)]
    short: bool,
    /// How long the soak takes
    #[arg(
        long,
        value_name = "MINUTES",
        default_value_t = 10,
        conflicts_with = "short"
    )]
    soak: u64,
    /// Only the runs of the example whose name holds this, such as `redis`
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// By what the long form is longer than the tests.
const LONGER: &str = "20";

/// What the tests write, in this order.
const COLUMNS: [&str; 8] = [
    "run",
    "requests",
    "failed, as they must",
    "failed otherwise",
    "RSS at start, MiB",
    "at most",
    "at end",
    "counted",
];

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let table = cx.target_dir()?.join("faults.tsv");
    // Of the last time, if there is one.
    let _ = fs::remove_file(&table);
    if args.only.is_none() {
        storms(cx, args)?;
    }
    let outcome = runs(cx, args, &table);
    let rows = fs::read_to_string(&table).unwrap_or_default();
    print!("\n{}", markdown(&rows));
    outcome?;
    println!("\nNo request failed but those that a fault must fail.");
    Ok(ExitCode::SUCCESS)
}

/// The server's own: processes that end under load, again and again.
fn storms(cx: &Context, args: &Args) -> Result<()> {
    let sh = &cx.sh;
    let repetitions = if args.short { "20" } else { "120" };
    cmd!(
        sh,
        "cargo test --locked --package buttress-drain --test storms"
    )
    .env("BUTTRESS_STORMS", repetitions)
    .run()?;
    println!("{repetitions} ends under each load: no request failed that was taken");
    Ok(())
}

/// Those of the example, one after another: each wants the machine for itself.
fn runs(cx: &Context, args: &Args, table: &Path) -> Result<()> {
    let sh = &cx.sh;
    let filter = format!("runs::{}", args.only.as_deref().unwrap_or_default());
    let runs = cmd!(
        sh,
        "cargo test --locked --package production --test routes -- {filter} --test-threads 1"
    );
    let runs = runs.env("BUTTRESS_FAULTS_TABLE", table);
    let runs = match args.short {
        true => runs,
        false => runs
            .env("BUTTRESS_FAULTS", LONGER)
            .env("BUTTRESS_SOAK_SECONDS", (args.soak * 60).to_string()),
    };
    runs.run()?;
    Ok(())
}

/// Lines of cells between tabs, as a table of Markdown.
fn markdown(rows: &str) -> String {
    let head = COLUMNS.join(" | ");
    let rule = ["---", "---:", "---:", "---:", "---:", "---:", "---:", "---"].join("|");
    let rows = rows.lines().map(|row| row.replace('\t', " | "));
    let lines = [head, rule].into_iter().chain(rows);
    lines.map(|line| format!("| {line} |\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_row_with_a_cell_for_each_column() {
        let text = markdown("soak\t10\t0\t0\t1.0\t2.0\t1.0\t600 s\n");
        let cells = |line: &str| line.matches('|').count() - 1;
        assert!(
            text.lines().all(|line| cells(line) == COLUMNS.len()),
            "{text}"
        );
        assert!(
            text.ends_with("| soak | 10 | 0 | 0 | 1.0 | 2.0 | 1.0 | 600 s |\n"),
            "{text}"
        );
    }
}
