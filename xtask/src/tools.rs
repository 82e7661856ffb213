//! `cargo xtask tools`: what `deep` and `fuzz` need, at versions that are known to work.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use xshell::cmd;

use crate::context::{Context, Result};

/// The names and exact versions. On two cores they take from half a minute to eight to build.
const TOOLS: &[(&str, &str)] = &[
    ("cargo-hack", "0.6.46"),
    ("cargo-machete", "0.9.2"),
    ("cargo-fuzz", "0.13.2"),
    ("cargo-deny", "0.20.2"),
    ("cargo-semver-checks", "0.51.0"),
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The tools to install; all of them if none is named
    #[arg(value_name = "TOOL", value_parser = PossibleValuesParser::new(TOOLS.iter().map(|tool| tool.0)))]
    names: Vec<String>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let sh = &cx.sh;
    let root = cx.tools_dir()?;
    // One build directory, for the tools have many dependencies in common.
    let build = root.join("build");
    let is_wanted = |name: &str| args.names.is_empty() || args.names.iter().any(|it| it == name);
    for (name, version) in TOOLS.iter().filter(|tool| is_wanted(tool.0)) {
        cmd!(
            sh,
            "cargo install --locked --root {root} --target-dir {build} --version ={version} {name}"
        )
        .run()?;
    }
    Ok(ExitCode::SUCCESS)
}
