//! `cargo xtask deep`: checks that are too slow for every commit, or need an optional tool.

mod benches;
mod deny;
mod fuzz;
mod machete;
mod powerset;
mod semver;

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;

use crate::context::{Context, Result};
use crate::runner::{self, Step};

const STEPS: &[&Step] = &[
    &benches::STEP,
    &fuzz::STEP,
    &powerset::STEP,
    &deny::STEP,
    &machete::STEP,
    &semver::STEP,
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The steps to run; all of them if none is named
    #[arg(value_name = "STEP", value_parser = PossibleValuesParser::new(STEPS.iter().map(|step| step.name)))]
    steps: Vec<String>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let wanted = |step: &Step| args.steps.is_empty() || args.steps.iter().any(|it| it == step.name);
    let steps: Vec<_> = STEPS.iter().copied().filter(|step| wanted(step)).collect();
    Ok(runner::run(cx, "deep", &steps, Vec::new()))
}
