//! Express with the middleware that its guide names.

use crate::stacks::Started;
use buttress_benches::{
    Result, npm,
    process::{Process, place},
};
use std::{path::PathBuf, process::Command};

pub(crate) const PACKAGES: [&str; 8] = [
    "express@5.3.0",
    "compression@1.8.2",
    "express-session@1.19",
    "connect-redis@9",
    "redis@5",
    "pino@10",
    "pino-http@11",
    "nunjucks@3.2",
];

/// The packages, installed beside the build.
pub(crate) struct Express {
    folder: PathBuf,
}

impl Express {
    /// Installs them from npm, unless that was done before.
    pub(crate) fn install() -> Result<Self> {
        let folder = npm::install(&PACKAGES)?;
        Ok(Self { folder })
    }

    pub(crate) fn start(&self, redis: &str, workers: usize) -> Result<Started> {
        // The packages are found beside the script, wherever that is.
        let script = place(&self.folder, "e2e.js", include_str!("express.js"))?;
        let production = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/production");
        let mut command = Command::new("node");
        command.args([&script, redis, production, &workers.to_string()]);
        command.env("NODE_ENV", "production");
        Ok(Process::serve(&mut command)?.into())
    }
}
