//! Express with its compression middleware, as another stack's server.

use crate::sample::Sample;
use buttress_benches::{Result, worker::Worker};
use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

const PACKAGES: [&str; 2] = ["express@5.3.0", "compression@1.8.2"];

/// The packages, installed beside the build.
#[derive(Debug)]
pub(crate) struct Express {
    folder: PathBuf,
    node: String,
}

impl Express {
    /// Installs them from npm, unless that was done before.
    pub(crate) fn install() -> Result<Self> {
        let node = Command::new("node").arg("--version").output()?;
        let node = String::from_utf8(node.stdout)?.trim().to_owned();
        let program = env::current_exe()?;
        let target = program.parent().and_then(Path::parent);
        let folder = target.ok_or("not in a target folder")?.join("npm");
        fs::create_dir_all(&folder)?;
        let status = Command::new("npm")
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--prefer-offline",
            ])
            .arg("--prefix")
            .arg(&folder)
            .args(PACKAGES)
            .status()?;
        if !status.success() {
            return Err("npm install failed".into());
        }
        fs::write(folder.join("server.js"), include_str!("express.js"))?;
        Ok(Self { folder, node })
    }

    /// A server of the sample at `/`.
    pub(crate) fn serve(&self, sample: Sample) -> Result<Worker> {
        let path = |name: &str| format!("{}/{name}", self.folder.display());
        let body = path("body");
        fs::write(&body, sample.bytes())?;
        Worker::start(
            Path::new("node"),
            &[&path("server.js"), &body, sample.content_type()],
        )
    }
}

impl fmt::Display for Express {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on node {}", PACKAGES.join(" and "), self.node)
    }
}
