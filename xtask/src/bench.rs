//! `cargo xtask bench NAME`: a comparison of benches/, a workspace of its own.

mod record;

use std::process::ExitCode;

use xshell::cmd;

use crate::context::{Context, Result};

/// Keeps the last table of each comparison.
const RECORD: &str = "BENCHMARKS.md";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The comparison, or `all`; without one, their names are printed
    name: Option<String>,
    /// Puts what it prints into its section of BENCHMARKS.md; `all` does so by itself
    #[arg(long)]
    record: bool,
    /// Passed on to the comparison; with some, `all` records nothing unless it is told to
    #[arg(last = true)]
    args: Vec<String>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let workspace = cx.workspace_in("benches")?;
    let programs = workspace.programs();
    let Some(name) = args.name.as_deref() else {
        println!("{}", programs.join("\n"));
        return Ok(ExitCode::SUCCESS);
    };
    if name == "all" {
        return run_all(cx, &programs, args);
    }
    if !programs.contains(&name) {
        let known = programs.join(", ");
        return Err(format!("no bench is called {name}; there are: {known}").into());
    }
    run_one(cx, name, &args.args, args.record)?;
    Ok(ExitCode::SUCCESS)
}

/// Goes on after a failure: what ran before it took its time.
fn run_all(cx: &Context, programs: &[&str], args: &Args) -> Result<ExitCode> {
    let is_recorded = args.record || args.args.is_empty();
    let mut failed = Vec::new();
    for program in programs {
        if let Err(error) = run_one(cx, program, &args.args, is_recorded) {
            eprintln!("error: {program}: {error}");
            failed.push(*program);
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("these failed: {}", failed.join(", ")).into())
}

fn run_one(cx: &Context, program: &str, args: &[String], is_recorded: bool) -> Result<()> {
    let sh = &cx.sh;
    // A target directory of its own: its peers switch on other features of what we share.
    let target = cx.target_dir()?.join("benches");
    let command = cmd!(
        sh,
        "cargo run --release --manifest-path benches/Cargo.toml --target-dir {target}
            --bin {program} -- {args...}"
    );
    if !is_recorded {
        return Ok(command.run()?);
    }
    let section = command.read()?;
    println!("{section}");
    let document = sh.read_file(RECORD)?;
    Ok(sh.write_file(RECORD, record::replace(&document, program, &section)?)?)
}
