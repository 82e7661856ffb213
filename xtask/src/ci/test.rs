use xshell::{Shell, cmd};

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "test",
    about: "all tests but those in docs",
    fix: "mend what the failed tests above name; `cargo test -p CRATE NAME` runs one of them",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    if has_nextest(sh) {
        cmd!(
            sh,
            "cargo nextest run --locked --workspace --all-features --no-fail-fast"
        )
        .run()?;
    } else {
        println!("cargo-nextest is not installed, so cargo test runs them");
        cmd!(
            sh,
            "cargo test --locked --workspace --all-targets --all-features --no-fail-fast"
        )
        .run()?;
    }
    // What only a build without the feature `interpose` does, all features leave out.
    cmd!(
        sh,
        "cargo test --locked --package buttress-sync-io --test refused"
    )
    .run()?;
    Ok(Outcome::Passed)
}

fn has_nextest(sh: &Shell) -> bool {
    let version = cmd!(sh, "cargo nextest --version").quiet();
    version.ignore_stdout().ignore_stderr().run().is_ok()
}
