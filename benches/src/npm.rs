//! Packages of npm, for servers on node.

use crate::Result;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Installs `packages` beside the build, unless that was done before, and answers
/// the folder.
pub fn install(packages: &[&str]) -> Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.parent().and_then(Path::parent);
    let folder = target.ok_or("not in a target folder")?.join("npm");
    fs::create_dir_all(&folder)?;
    let quietly = ["--silent", "--no-audit", "--no-fund", "--prefer-offline"];
    let status = Command::new("npm")
        .arg("install")
        .args(quietly)
        .arg("--prefix")
        .arg(&folder)
        .args(packages)
        .status()?;
    if !status.success() {
        return Err("npm install failed".into());
    }
    Ok(folder)
}

/// The version of node.
pub fn node_version() -> Result<String> {
    let node = Command::new("node").arg("--version").output()?;
    Ok(String::from_utf8(node.stdout)?.trim().to_owned())
}
