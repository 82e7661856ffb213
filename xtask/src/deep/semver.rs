use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "semver",
    about: "does the version say what changed since the last release?",
    fix: "take the change back, or raise the version and mark it **breaking:** in CHANGELOG.md",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let tags = cmd!(sh, "git tag --list v* --sort=-version:refname")
        .quiet()
        .read()?;
    let Some(tag) = tags.lines().next() else {
        return Ok(Outcome::Skipped("there is no release tag v* yet".into()));
    };
    let cargo_semver_checks = cx.tool("cargo-semver-checks")?;
    cmd!(
        sh,
        "{cargo_semver_checks} semver-checks --workspace --baseline-rev {tag}"
    )
    .run()?;
    Ok(Outcome::Passed)
}
