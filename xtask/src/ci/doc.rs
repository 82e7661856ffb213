use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "doc",
    about: "do the docs build without a warning?",
    fix: "mend the links and the markup that rustdoc names above",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    cmd!(
        sh,
        "cargo doc --locked --workspace --all-features --no-deps --keep-going"
    )
    .env("RUSTDOCFLAGS", "-D warnings")
    .run()?;
    Ok(Outcome::Passed)
}
