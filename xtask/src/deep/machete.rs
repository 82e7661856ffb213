use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "machete",
    about: "is there a dependency that nothing uses?",
    fix: "take it out of the manifest, or tell machete why it stays",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let cargo_machete = cx.tool("cargo-machete")?;
    cmd!(sh, "{cargo_machete} --skip-target-dir").run()?;
    Ok(Outcome::Passed)
}
