use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "deny",
    about: "are the dependencies' licences and sources those of deny.toml?",
    fix: "take another dependency, or add its licence to deny.toml and say why in the commit",
    run,
};

// Not the advisories: they need a database from outside.
fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let cargo_deny = cx.tool("cargo-deny")?;
    cmd!(
        sh,
        "{cargo_deny} --locked --all-features check --hide-inclusion-graph bans licenses sources"
    )
    .run()?;
    Ok(Outcome::Passed)
}
