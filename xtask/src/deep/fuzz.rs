use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "fuzz",
    about: "do the fuzz targets still build?",
    fix: "change fuzz/ to what the crates' API is now",
    run,
};

// A check needs neither the nightly compiler nor cargo-fuzz; running them does.
fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let target = cx.target_dir()?.join("fuzz");
    cmd!(
        sh,
        "cargo check --manifest-path fuzz/Cargo.toml --target-dir {target} --bins"
    )
    .run()?;
    Ok(Outcome::Passed)
}
