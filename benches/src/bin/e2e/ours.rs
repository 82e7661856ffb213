//! The production example.

use crate::stacks::Started;
use buttress_benches::{Result, process::Process};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Builds it, and answers where it is.
pub(crate) fn build() -> Result<PathBuf> {
    eprintln!("building the production example …");
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--locked", "--package", "production"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("the production example does not build".into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let programs = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    Ok(programs.last().ok_or("cargo built no program")?)
}

pub(crate) fn start(program: &Path, redis: &str) -> Result<Started> {
    let mut command = Command::new(program);
    command.args(["--listen", "127.0.0.1:0", "--sessions", redis]);
    command.env("APP_ENV", "production");
    Ok(Process::serve(&mut command)?.into())
}
