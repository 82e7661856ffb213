use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "clippy",
    about: "lints of all targets with all features",
    fix: "change the code that the warnings above point at; an `#[expect]` needs a reason",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    cmd!(
        sh,
        "cargo clippy --locked --workspace --all-targets --all-features --keep-going -- -D warnings"
    )
    .run()?;
    Ok(Outcome::Passed)
}
