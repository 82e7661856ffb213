//! The part of `cargo metadata` that the checks read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::context::Result;

#[derive(Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) readme: Option<PathBuf>,
    pub(crate) rust_version: Option<String>,
    pub(crate) manifest_path: PathBuf,
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    /// The registries it may go to: absent means any, an empty list none.
    pub(crate) publish: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
    #[serde(default)]
    pub(crate) metadata: serde_json::Value,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) rename: Option<String>,
    /// `dev` or `build`; absent for a plain one.
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

impl Workspace {
    pub(crate) fn parse(json: &str) -> Result<Self> {
        Ok(serde_json::from_str(json)?)
    }

    pub(crate) fn publishable(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_public())
    }

    /// The names of all programs of the workspace.
    pub(crate) fn programs(&self) -> Vec<&str> {
        let targets = self.packages.iter().flat_map(|package| &package.targets);
        targets
            .filter(|target| target.kind.iter().any(|kind| kind == "bin"))
            .map(|target| target.name.as_str())
            .collect()
    }
}

impl Package {
    pub(crate) fn is_public(&self) -> bool {
        self.publish.as_ref().is_none_or(|to| !to.is_empty())
    }

    /// Whether it holds macros alone, which others have through the crate that they are for.
    pub(crate) fn is_macros(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind == "proc-macro")
    }

    pub(crate) fn dir(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new(""))
    }
}

impl Dependency {
    pub(crate) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }

    /// The name that the manifest's features use for it.
    pub(crate) fn key(&self) -> &str {
        self.rename.as_deref().unwrap_or(&self.name)
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    use serde_json::{Value, json};

    use super::{Package, Workspace};

    pub(crate) fn workspace(packages: Vec<Package>) -> Workspace {
        Workspace {
            packages,
            workspace_root: "/repo".into(),
            target_directory: "/repo/target".into(),
        }
    }

    /// A package in `folder`, with whatever `fields` adds or replaces.
    pub(crate) fn package(folder: &str, name: &str, fields: Value) -> Package {
        let mut whole = json!({
            "name": name,
            "version": "0.1.0",
            "manifest_path": format!("/repo/{folder}/{name}/Cargo.toml"),
        });
        let Value::Object(fields) = fields else {
            panic!("fields of a package are an object");
        };
        for (key, value) in fields {
            whole[key] = value;
        }
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_package_is_private_when_it_may_go_to_no_registry() {
        assert!(package("crates", "a", json!({})).is_public());
        assert!(package("crates", "a", json!({"publish": null})).is_public());
        assert!(!package("crates", "a", json!({"publish": []})).is_public());
    }
}
