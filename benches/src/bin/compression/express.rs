//! Express with its compression middleware, as another stack's server.

use crate::sample::Sample;
use buttress_benches::{Result, npm, worker::Worker};
use std::{
    fmt, fs,
    path::{Path, PathBuf},
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
        let node = npm::node_version()?;
        let folder = npm::install(&PACKAGES)?;
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
