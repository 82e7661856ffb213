use xshell::cmd;

use crate::context::{Context, Result, in_ci};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "publish",
    about: "could every public crate be published now?",
    fix: "see the error above; if a file of a package is not committed, commit or ignore it",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let mut args = Vec::new();
    // In CI the tree is a clean clone, so what is dirty there was written by a step: a fault.
    if !in_ci() && is_dirty(cx) {
        println!("note: the tree has changes that are not committed; this packs them too");
        args.push("--allow-dirty");
    }
    cmd!(sh, "cargo publish --locked --workspace --dry-run {args...}").run()?;
    Ok(Outcome::Passed)
}

fn is_dirty(cx: &Context) -> bool {
    let sh = &cx.sh;
    let status = cmd!(sh, "git status --porcelain").quiet().read();
    status.is_ok_and(|text| !text.is_empty())
}
