//! The two builds of this program, and which backend the peer has in each.

use crate::job::Job;
use buttress_benches::{Result, worker::Worker};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
const FEATURE: &str = "peer-zlib-rs";

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// tower-http as everybody gets it.
    Stock,
    /// tower-http with flate2 on zlib-rs.
    ZlibRs,
}

/// The programs, built.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    stock: PathBuf,
    zlib_rs: PathBuf,
}

impl Programs {
    /// Builds the second one beside this one.
    pub(crate) fn build() -> Result<Self> {
        if cfg!(feature = "peer-zlib-rs") {
            return Err(format!("run the bench without --features {FEATURE}").into());
        }
        let stock = env::current_exe()?;
        let folders = stock.parent().and_then(Path::parent);
        let target = folders.ok_or("not in a target folder")?.join(FEATURE);
        eprintln!("building with tower-http on zlib-rs …");
        let status = cargo()
            .args([
                "build",
                "--quiet",
                "--release",
                "--package",
                env!("CARGO_PKG_NAME"),
            ])
            .args(["--bin", "compression"])
            .args(["--manifest-path", MANIFEST, "--features", FEATURE])
            .arg("--target-dir")
            .arg(&target)
            .status()?;
        if !status.success() {
            return Err("the second build failed".into());
        }
        let zlib_rs = target.join("release/compression");
        Ok(Self { stock, zlib_rs })
    }

    pub(crate) fn path(&self, build: Build) -> &Path {
        match build {
            Build::Stock => &self.stock,
            Build::ZlibRs => &self.zlib_rs,
        }
    }

    /// A worker of each build, with nothing behind them.
    pub(crate) fn crew(&self) -> Result<Crew> {
        Ok(Crew {
            stock: Worker::start(&self.stock, &["worker"])?,
            zlib_rs: Worker::start(&self.zlib_rs, &["worker"])?,
        })
    }
}

/// A worker of each build.
#[derive(Debug)]
pub(crate) struct Crew {
    stock: Worker,
    zlib_rs: Worker,
}

impl Crew {
    pub(crate) fn ask(
        &mut self,
        build: Build,
        probe: &str,
        job: Job,
        count: u64,
    ) -> Result<Vec<u64>> {
        let worker = match build {
            Build::Stock => &mut self.stock,
            Build::ZlibRs => &mut self.zlib_rs,
        };
        worker.ask(&format!("{probe} {job} {count}"))
    }

    pub(crate) fn ask_one(
        &mut self,
        build: Build,
        probe: &str,
        job: Job,
        count: u64,
    ) -> Result<u64> {
        let answer = self.ask(build, probe, job, count)?;
        answer
            .first()
            .copied()
            .ok_or_else(|| format!("{job}: no number").into())
    }
}

/// Makes sure that the peer is what the tables call it, and says so.
pub(crate) fn peers() -> Result<Vec<String>> {
    let peer = resolved("tower-http", &[])?;
    check(&peer, "tower-http v0.7.1", &[])?;
    let stock = resolved("flate2", &[])?;
    check(&stock, "miniz_oxide", &["any_zlib", "zlib"])?;
    let rebuilt = resolved("flate2", &["--features", FEATURE])?;
    check(&rebuilt, "zlib-rs", &["any_c_zlib"])?;
    // A feature of somebody's would give the peer another brotli or zstd.
    let codecs = resolved("compression-codecs", &[])?;
    check(&codecs, "brotli", &["brotli-mbrotli", "zstd-mzstd"])?;
    Ok(vec![
        name(&peer),
        format!("{stock} (miniz_oxide)"),
        format!("{rebuilt} (zlib-rs) in the second build"),
        codecs,
        name(&resolved("brotli", &[])?),
        name(&resolved("zstd-safe", &[])?),
    ])
}

/// A package as `cargo tree` has it: name, version and features.
fn resolved(package: &str, features: &[&str]) -> Result<String> {
    let output = cargo()
        .args(["tree", "--manifest-path", MANIFEST, "--edges", "no-dev"])
        .args(["--package", env!("CARGO_PKG_NAME")])
        .args(["--invert", package, "--depth", "0", "--format", "{p} [{f}]"])
        .args(features)
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(text.trim().to_owned())
}

fn check(package: &str, wanted: &str, unwanted: &[&str]) -> Result<()> {
    let words = |word: &&&str| {
        package
            .split(['[', ',', ']'])
            .any(|feature| feature == **word)
    };
    if let Some(word) = unwanted.iter().find(words) {
        return Err(format!("{package}: has {word}").into());
    }
    match package.contains(wanted) {
        true => Ok(()),
        false => Err(format!("{package}: is not {wanted}").into()),
    }
}

fn name(package: &str) -> String {
    package.split(" [").next().unwrap_or(package).to_owned()
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
