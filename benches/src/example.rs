//! Programs of examples/, which are of the workspace beside this one.

use crate::Result;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the workspace that is measured.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Builds an example for release, with line tables, and answers its program.
pub fn build(package: &str) -> Result<PathBuf> {
    let target = Path::new(ROOT).join("target");
    eprintln!("building examples/{package} …");
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--locked", "--release"])
        .args(["--package", package])
        .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
        .arg("--manifest-path")
        .arg(Path::new(ROOT).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()?;
    match built.success() {
        true => Ok(target.join("release").join(package)),
        false => Err(format!("examples/{package} does not build").into()),
    }
}
