//! `cargo xtask ci`: what a commit has to pass, here as on the CI machine.

mod clippy;
mod deps;
mod doc;
mod doctest;
mod features;
mod fmt;
mod optimised;
mod publish;
mod services;
mod test;

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;

use crate::context::{Context, Result};
use crate::drift;
use crate::runner::{self, Row, Step};

/// The cheap ones first. The unit tests come after the doctests, so that the last count of tests
/// in the log is the big one.
const STEPS: &[&Step] = &[
    &services::STEP,
    &fmt::STEP,
    &drift::STEP,
    &deps::STEP,
    &clippy::STEP,
    &features::STEP,
    &doc::STEP,
    &doctest::STEP,
    &test::STEP,
    &optimised::STEP,
    &publish::STEP,
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The steps to run; all of them if none is named
    #[arg(value_name = "STEP", value_parser = PossibleValuesParser::new(STEPS.iter().map(|step| step.name)))]
    steps: Vec<String>,
    /// Do not install the programs that tests need, and say so in the summary
    #[arg(long)]
    skip_services: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let mut steps = select(&args.steps);
    let mut rows = Vec::new();
    if args.skip_services {
        steps.retain(|step| step.name != services::STEP.name);
        let programs = services::programs();
        rows.extend(programs.map(|program| Row::skipped(program, "--skip-services")));
    }
    Ok(runner::run(cx, "ci", &steps, rows))
}

/// The named steps in their usual order. Tests bring along what they need.
fn select(names: &[String]) -> Vec<&'static Step> {
    let named = |step: &Step| names.iter().any(|name| name == step.name);
    let wanted = |step: &Step| {
        names.is_empty() || named(step) || (step.name == services::STEP.name && named(&test::STEP))
    };
    STEPS.iter().copied().filter(|step| wanted(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(names: &[&str]) -> Vec<&'static str> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        select(&names).iter().map(|step| step.name).collect()
    }

    #[test]
    fn without_names_every_step_runs() {
        assert_eq!(selected(&[]).len(), STEPS.len());
    }

    #[test]
    fn named_steps_run_in_their_usual_order() {
        assert_eq!(selected(&["doc", "fmt"]), ["fmt", "doc"]);
    }

    #[test]
    fn tests_bring_their_services_along() {
        assert_eq!(selected(&["test"]), ["services", "test"]);
    }
}
