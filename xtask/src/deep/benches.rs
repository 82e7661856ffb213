use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "benches",
    about: "do the comparisons with peers still build?",
    fix: "change benches/ to what the crates' API is now",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let target = cx.target_dir()?.join("benches");
    cmd!(
        sh,
        "cargo build --release --manifest-path benches/Cargo.toml --target-dir {target} --bins"
    )
    .run()?;
    Ok(Outcome::Passed)
}
