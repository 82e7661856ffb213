use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "optimised",
    about: "does sync-io name the app's lines in an optimised build as well?",
    fix: "mend it; `cargo test -p buttress-sync-io --config profile.dev.package.buttress-sync-io.opt-level=3 --test lines` runs it",
    run,
};

// That crate alone is optimised, with the one program of its tests that looks at lines. What it
// depends on is taken from the step `test`, for which the features have to be the workspace's.
fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    cmd!(
        sh,
        "cargo test --locked --workspace --all-features --no-fail-fast
            --config profile.dev.package.buttress-sync-io.opt-level=3 --test lines"
    )
    .run()?;
    Ok(Outcome::Passed)
}
