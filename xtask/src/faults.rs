//! `cargo xtask faults`: the drain under load, more often than a test may take.

use std::process::ExitCode;

use xshell::cmd;

use crate::context::{Context, Result};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// As often as the tests of every commit do
    #[arg(long)]
    short: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let sh = &cx.sh;
    let repetitions = if args.short { "20" } else { "120" };
    cmd!(
        sh,
        "cargo test --locked --package buttress-drain --test storms"
    )
    .env("BUTTRESS_STORMS", repetitions)
    .run()?;
    println!("{repetitions} ends under each load: no request failed that was taken");
    Ok(ExitCode::SUCCESS)
}
