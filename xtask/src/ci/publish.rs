use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

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
    forget_what_was_unpacked(cx)?;
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

/// Cargo unpacks the packages that others are checked against as if they came from a registry,
/// where a version never changes: what an earlier run left would be used instead of today's.
fn forget_what_was_unpacked(cx: &Context) -> Result<()> {
    let workspace = cx.workspace()?;
    remove(&workspace.target_directory.join("package"))?;
    let Some(sources) = cargo_home().map(|home| home.join("registry/src")) else {
        return Ok(());
    };
    let registries = match fs::read_dir(&sources) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        registries => registries?,
    };
    for registry in registries {
        let registry = registry?.path();
        for package in workspace.publishable() {
            remove(&registry.join(format!("{}-{}", package.name, package.version)))?;
        }
    }
    Ok(())
}

fn cargo_home() -> Option<PathBuf> {
    let user = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(user)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
