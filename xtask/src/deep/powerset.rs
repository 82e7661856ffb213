use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "powerset",
    about: "does each crate build with every set of its features, and the facade with each pair?",
    fix: "put the code that the errors name behind the features that need it",
    run,
};

/// Its features only say which crates it shows, and they are so many that all sets would
/// take hours: none, each, each pair and all are looked at.
const FACADE: &str = "buttress";

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let cargo_hack = cx.tool("cargo-hack")?;
    let check = [
        "hack",
        "check",
        "--locked",
        "--keep-going",
        "--feature-powerset",
    ];
    let others = ["--workspace", "--ignore-private", "--exclude", FACADE];
    cmd!(sh, "{cargo_hack} {check...} {others...}").run()?;
    let facade = ["--package", FACADE, "--depth", "2"];
    cmd!(sh, "{cargo_hack} {check...} {facade...}").run()?;
    Ok(Outcome::Passed)
}
