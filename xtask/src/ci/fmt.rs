use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "fmt",
    about: "is every file formatted?",
    fix: "run `cargo fmt --all` and commit what it changed",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    cmd!(sh, "cargo fmt --all --check").run()?;
    Ok(Outcome::Passed)
}
