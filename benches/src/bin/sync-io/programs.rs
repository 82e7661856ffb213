//! This program, and the same with the detector compiled out.

use buttress_benches::Result;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Both, built.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) with: PathBuf,
    pub(crate) without: PathBuf,
}

/// What is put before a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Nothing.
    None,
    /// A layer that does nothing: what `Router::layer` costs of itself.
    Identity,
    /// Our layer, without the feature `detect`.
    CompiledOut,
    Off,
    Watch,
    Exact,
}

impl Subject {
    pub(crate) const ALL: [Self; 6] = [
        Self::None,
        Self::Identity,
        Self::CompiledOut,
        Self::Off,
        Self::Watch,
        Self::Exact,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "no layer",
            Self::Identity => "one that does nothing",
            Self::CompiledOut => "compiled out",
            Self::Off => "off",
            Self::Watch => "watch",
            Self::Exact => "exact",
        }
    }

    /// The argument that stands for it.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Identity => "identity",
            // There is nothing else that it could be.
            Self::CompiledOut => "exact",
            mode => mode.name(),
        }
    }

    pub(crate) fn program(self, programs: &Programs) -> &Path {
        match self {
            Self::CompiledOut => &programs.without,
            _ => &programs.with,
        }
    }

    /// What it may take, in thousandths of what no layer takes.
    pub(crate) fn target(self) -> Option<f64> {
        match self {
            Self::None | Self::Identity => None,
            Self::CompiledOut | Self::Off => Some(1005.0),
            Self::Watch => Some(1010.0),
            Self::Exact => Some(1030.0),
        }
    }
}

impl Programs {
    /// Builds the other one in the place of this one, which moves aside: two target
    /// folders would build all peers twice. The system follows a running program that
    /// is moved, so that what else starts this one finds it.
    pub(crate) fn build() -> Result<Self> {
        let this = env::current_exe()?;
        let aside = |name: &str| -> Result<PathBuf> {
            let path = this.with_file_name(name);
            fs::rename(&this, &path)?;
            Ok(path)
        };
        let with = aside("sync-io-with")?;
        let folders = this.parent().and_then(Path::parent);
        eprintln!("building without the detector …");
        let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--quiet", "--release", "--no-default-features"])
            .args(["--package", env!("CARGO_PKG_NAME"), "--bin", "sync-io"])
            .args([
                "--manifest-path",
                concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            ])
            .arg("--target-dir")
            .arg(folders.ok_or("not in a target folder")?)
            .status()?;
        if !status.success() {
            return Err("the second build failed".into());
        }
        let without = aside("sync-io-without")?;
        Ok(Self { with, without })
    }
}
