//! What crates.io and docs.rs want from the manifest of a public crate.

use std::collections::BTreeMap;

use crate::workspace::{Package, Workspace};

pub(super) fn problems(workspace: &Workspace) -> Vec<String> {
    let mut problems: Vec<_> = workspace.publishable().flat_map(of_package).collect();
    problems.extend(lockstep_problem(workspace));
    problems
}

fn of_package(package: &Package) -> Vec<String> {
    let mut lacks = Vec::new();
    if package.description.as_deref().unwrap_or("").is_empty() {
        lacks.push("has no description");
    }
    if package.license.is_none() {
        lacks.push("has no license");
    }
    if package.rust_version.is_none() {
        lacks.push("has no rust-version");
    }
    if !(1..=5).contains(&package.keywords.len()) {
        lacks.push("needs one to five keywords");
    }
    if !(1..=5).contains(&package.categories.len()) {
        lacks.push("needs one to five categories");
    }
    if package.readme.is_none() {
        lacks.push("names no readme");
    }
    if !builds_whole_docs(package) {
        lacks.push(
            "needs [package.metadata.docs.rs] with all-features = true and --cfg docsrs in \
             rustdoc-args",
        );
    }
    let name = &package.name;
    lacks
        .iter()
        .map(|lack| format!("{name}: the manifest {lack}"))
        .collect()
}

fn builds_whole_docs(package: &Package) -> bool {
    let docs = &package.metadata["docs"]["rs"];
    let args = docs["rustdoc-args"].as_array();
    docs["all-features"] == true && args.is_some_and(|args| args.iter().any(|it| it == "docsrs"))
}

/// Layer crates go in lockstep; adapters (`buttress-x-y` beside `buttress-x`) have versions of
/// their own.
fn lockstep_problem(workspace: &Workspace) -> Option<String> {
    let mut by_version = BTreeMap::<_, Vec<_>>::new();
    for package in workspace.publishable() {
        if !is_adapter(workspace, &package.name) {
            let names = by_version.entry(package.version.as_str()).or_default();
            names.push(package.name.as_str());
        }
    }
    (by_version.len() > 1).then(|| format!("the versions of layer crates differ: {by_version:?}"))
}

fn is_adapter(workspace: &Workspace, name: &str) -> bool {
    let layers = workspace.publishable().filter(|it| it.name != "buttress");
    let mut rests = layers.filter_map(|layer| name.strip_prefix(layer.name.as_str()));
    rests.any(|rest| rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::workspace::fixture::{package, workspace};

    fn whole() -> Value {
        json!({
            "description": "d",
            "license": "MIT",
            "readme": "README.md",
            "rust_version": "1.85",
            "keywords": ["tower"],
            "categories": ["asynchronous"],
            "metadata": {"docs": {"rs": {
                "all-features": true,
                "rustdoc-args": ["--cfg", "docsrs"],
            }}},
        })
    }

    #[test]
    fn a_whole_manifest_has_no_problem() {
        let package = package("crates", "buttress-x", whole());
        assert_eq!(problems(&workspace(vec![package])), [""; 0]);
    }

    #[test]
    fn each_missing_field_is_named() {
        let bare = package("crates", "buttress-x", json!({}));
        assert_eq!(of_package(&bare).len(), 7);
    }

    #[test]
    fn six_keywords_are_too_many() {
        let mut fields = whole();
        fields["keywords"] = json!(["a", "b", "c", "d", "e", "f"]);
        assert_eq!(
            of_package(&package("crates", "buttress-x", fields)),
            ["buttress-x: the manifest needs one to five keywords"]
        );
    }

    #[test]
    fn private_crates_need_none_of_it() {
        let private = package("crates", "buttress-testing", json!({"publish": []}));
        assert_eq!(problems(&workspace(vec![private])), [""; 0]);
    }

    #[test]
    fn layers_go_in_lockstep_and_adapters_alone() {
        let at = |name, version: &str| {
            let mut fields = whole();
            fields["version"] = json!(version);
            package("crates", name, fields)
        };
        let adapter = vec![at("buttress-x", "0.2.0"), at("buttress-x-redis", "0.3.1")];
        assert_eq!(problems(&workspace(adapter)), [""; 0]);
        let layers = vec![at("buttress-x", "0.2.0"), at("buttress-y", "0.3.1")];
        assert_eq!(problems(&workspace(layers)).len(), 1);
    }
}
