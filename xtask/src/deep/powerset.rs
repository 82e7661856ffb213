use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "powerset",
    about: "does each crate build with every set of its features?",
    fix: "put the code that the errors name behind the features that need it",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let cargo_hack = cx.tool("cargo-hack")?;
    cmd!(
        sh,
        "{cargo_hack} hack check --locked --workspace --ignore-private --feature-powerset --keep-going"
    )
    .run()?;
    Ok(Outcome::Passed)
}
