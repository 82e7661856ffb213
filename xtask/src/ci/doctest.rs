use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "doctest",
    about: "do the examples in docs and READMEs run?",
    fix: "mend the example named above: it stands in the docs of that line, or in a README",
    run,
};

// A step of its own, for nextest runs no doctests.
fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    cmd!(
        sh,
        "cargo test --locked --workspace --all-features --doc --no-fail-fast"
    )
    .run()?;
    Ok(Outcome::Passed)
}
