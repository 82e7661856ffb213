//! The one-way rule: which crate may depend on which. See ARCHITECTURE.md.

use std::path::Path;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};
use crate::workspace::{Dependency, Package};

pub(crate) const STEP: Step = Step {
    name: "deps",
    about: "do the crates depend on each other one way only?",
    fix: "take the dependency out: crates share facts through http and std types alone",
    run,
};

const FACADE: &str = "buttress";
const TESTING: &str = "buttress-testing";
/// The client of clusters, under the name of its program.
const CLI: &str = "buttress-cli";
const CLUSTER: &str = "buttress-cluster";
/// No layers, but servers: they end as drain's does.
const SERVERS: [&str; 2] = [CLUSTER, "buttress-proxy"];

fn run(cx: &Context) -> Result<Outcome> {
    let workspace = cx.workspace()?;
    let problems = problems(&workspace.workspace_root, &workspace.packages);
    if problems.is_empty() {
        println!("{} packages looked at", workspace.packages.len());
        return Ok(Outcome::Passed);
    }
    Err(problems.join("\n").into())
}

fn problems(root: &Path, packages: &[Package]) -> Vec<String> {
    let names: Vec<_> = packages.iter().map(|it| it.name.as_str()).collect();
    let mut problems = Vec::new();
    for package in packages {
        let role = Role::of(root, package, &names);
        for dependency in &package.dependencies {
            if names.contains(&dependency.name.as_str()) {
                problems.extend(forbidden(&role, package, dependency));
            } else if is_axum(&dependency.name) && matches!(role, Role::Layer | Role::Adapter(_)) {
                problems.extend(axum_problem(package, dependency));
            }
        }
    }
    problems
}

/// What a package is, from where it stands and what it is called.
enum Role<'a> {
    Facade,
    Layer,
    /// `buttress-x-y`, on top of the crate `buttress-x`.
    Adapter(&'a str),
    Testing,
    /// Examples, tests and benches: they see everything.
    User,
    /// xtask: it reads the tree, and none of the crates.
    Tool,
}

impl<'a> Role<'a> {
    fn of(root: &Path, package: &Package, names: &[&'a str]) -> Self {
        let folder = package.manifest_path.strip_prefix(root).ok();
        let folder = folder.and_then(|path| path.iter().next()?.to_str());
        if folder != Some("crates") {
            return match folder {
                Some("xtask") => Self::Tool,
                _ => Self::User,
            };
        }
        match package.name.as_str() {
            FACADE => Self::Facade,
            TESTING => Self::Testing,
            name => Self::of_layer(name, names),
        }
    }

    fn of_layer(name: &str, names: &[&'a str]) -> Self {
        let extends = |base: &str| {
            base != FACADE
                && name
                    .strip_prefix(base)
                    .is_some_and(|rest| rest.starts_with('-'))
        };
        if name == CLI {
            return Self::Adapter(CLUSTER);
        }
        let base = names.iter().find(|base| extends(base));
        base.map_or(Self::Layer, |base| Self::Adapter(base))
    }
}

fn forbidden(role: &Role<'_>, package: &Package, dependency: &Dependency) -> Option<String> {
    let (from, to) = (&package.name, &dependency.name);
    if to == TESTING && dependency.is_dev() {
        return None;
    }
    let why = match role {
        Role::User => return None,
        _ if to == TESTING => "it is private, so it can be a dev-dependency only".to_owned(),
        Role::Facade => return None,
        _ if to == FACADE => "only examples, tests and benches see the facade".to_owned(),
        Role::Adapter(base) if to == base => return None,
        Role::Adapter(base) => format!("an adapter sees {base} alone"),
        // Rust wants macros in a crate of their own.
        Role::Layer if is_derive_of(to, from) => return None,
        Role::Layer if SERVERS.contains(&from.as_str()) && to == "buttress-drain" => return None,
        Role::Layer => "a layer crate sees no other layer crate".to_owned(),
        Role::Testing => "every crate may use it, so it sees none of them".to_owned(),
        Role::Tool => "xtask has to build when they do not".to_owned(),
    };
    Some(format!("{from} depends on {to}: {why}"))
}

fn is_derive_of(name: &str, base: &str) -> bool {
    name.strip_prefix(base) == Some("-derive")
}

fn is_axum(name: &str) -> bool {
    name == "axum" || name.starts_with("axum-")
}

/// Only the feature `axum` may switch axum on, and not by default.
fn axum_problem(package: &Package, dependency: &Dependency) -> Option<String> {
    if dependency.is_dev() {
        return None;
    }
    let (from, to) = (&package.name, &dependency.name);
    if !dependency.optional {
        return Some(format!(
            "{from} depends on {to}: make it optional, behind the feature `axum`"
        ));
    }
    let by = package.features.iter().find(|(feature, enables)| {
        *feature != "axum" && enables.iter().any(|it| switches_on(it, dependency.key()))
    });
    if let Some((feature, _)) = by {
        return Some(format!(
            "{from}: the feature `{feature}` switches {to} on; only `axum` may"
        ));
    }
    reaches(package, "default", "axum")
        .then(|| format!("{from}: the feature `axum` is on by default"))
}

/// Whether the line `entry` of a feature brings in the optional dependency `key`.
fn switches_on(entry: &str, key: &str) -> bool {
    let entry = entry.strip_prefix("dep:").unwrap_or(entry);
    // `axum/macros` brings axum in, while `axum?/macros` waits for it.
    entry.split('/').next() == Some(key)
}

/// Whether `feature` switches `goal` on, directly or through others. Cargo allows no cycles.
fn reaches(package: &Package, feature: &str, goal: &str) -> bool {
    let enables = package.features.get(feature);
    enables.is_some_and(|list| {
        list.iter()
            .any(|it| it == goal || reaches(package, it, goal))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::workspace::fixture::package;

    /// What is wrong when `name` in `folder` has `dependencies`, among a usual set of crates.
    fn found(folder: &str, name: &str, dependencies: Value) -> Vec<String> {
        found_with(folder, name, json!({"dependencies": dependencies}))
    }

    fn found_with(folder: &str, name: &str, fields: Value) -> Vec<String> {
        let others = [FACADE, TESTING, "buttress-cache", "buttress-session"];
        let mut packages: Vec<_> = others
            .iter()
            .filter(|other| **other != name)
            .map(|other| package("crates", other, json!({})))
            .collect();
        packages.push(package(folder, name, fields));
        problems(Path::new("/repo"), &packages)
    }

    #[test]
    fn a_layer_crate_sees_no_other_layer_crate() {
        let problems = found(
            "crates",
            "buttress-cache",
            json!([{"name": "buttress-session"}, {"name": "bytes"}]),
        );
        assert_eq!(
            problems,
            ["buttress-cache depends on buttress-session: a layer crate sees no other layer crate"]
        );
    }

    #[test]
    fn a_layer_crate_sees_its_own_derive_macros() {
        let names = ["buttress-cache-derive", "buttress-session-derive"];
        let [own, other] = names.map(|name| {
            let dependencies = json!({"dependencies": [{"name": name}]});
            let layer = package("crates", "buttress-cache", dependencies);
            let macros = package("crates", name, json!({}));
            problems(Path::new("/repo"), &[layer, macros])
        });
        assert_eq!(own, [""; 0]);
        assert_eq!(other.len(), 1);
    }

    #[test]
    fn a_dev_dependency_on_another_layer_is_no_better() {
        let dev = json!([{"name": "buttress-session", "kind": "dev"}]);
        assert_eq!(found("crates", "buttress-cache", dev).len(), 1);
    }

    #[test]
    fn the_testing_crate_is_for_dev_dependencies() {
        let dev = json!([{"name": TESTING, "kind": "dev"}]);
        assert_eq!(found("crates", "buttress-cache", dev), [""; 0]);
        let plain = json!([{"name": TESTING}]);
        assert_eq!(found("crates", "buttress-cache", plain.clone()).len(), 1);
        assert_eq!(found("crates", FACADE, plain).len(), 1);
    }

    #[test]
    fn an_adapter_sees_its_trait_crate_alone() {
        let own = json!([{"name": "buttress-cache"}]);
        assert_eq!(found("crates", "buttress-cache-redis", own), [""; 0]);
        let other = json!([{"name": "buttress-session"}]);
        assert_eq!(
            found("crates", "buttress-cache-redis", other),
            [
                "buttress-cache-redis depends on buttress-session: an adapter sees buttress-cache alone"
            ]
        );
    }

    #[test]
    fn a_name_with_a_dash_is_no_adapter_without_its_trait_crate() {
        let base = json!([{"name": "buttress-cache"}]);
        assert_eq!(
            found("crates", "buttress-sync-io", base),
            ["buttress-sync-io depends on buttress-cache: a layer crate sees no other layer crate"]
        );
    }

    #[test]
    fn only_examples_and_tests_see_the_facade() {
        let facade = json!([{"name": FACADE}]);
        assert_eq!(
            found("crates", "buttress-cache", facade.clone()),
            ["buttress-cache depends on buttress: only examples, tests and benches see the facade"]
        );
        assert_eq!(found("crates", TESTING, facade.clone()).len(), 1);
        assert_eq!(found("xtask", "xtask", facade.clone()).len(), 1);
        assert_eq!(found("examples", "production", facade.clone()), [""; 0]);
        assert_eq!(found("tests", "buttress-tests", facade), [""; 0]);
    }

    #[test]
    fn the_facade_sees_every_layer() {
        let all = json!([{"name": "buttress-cache"}, {"name": "buttress-session"}]);
        assert_eq!(found("crates", FACADE, all), [""; 0]);
    }

    #[test]
    fn axum_is_behind_the_feature_of_its_name() {
        let fields = |features: Value| {
            json!({
                "dependencies": [{"name": "axum-core", "optional": true}],
                "features": features,
            })
        };
        let of = |features| found_with("crates", "buttress-cache", fields(features));
        assert_eq!(of(json!({"axum": ["dep:axum-core"]})), [""; 0]);
        assert_eq!(
            of(json!({"axum": ["dep:axum-core"], "x": ["axum-core?/y"]})),
            [""; 0]
        );
        assert_eq!(
            of(json!({"axum-core": ["dep:axum-core"]})),
            ["buttress-cache: the feature `axum-core` switches axum-core on; only `axum` may"]
        );
        assert_eq!(
            of(json!({"axum": ["dep:axum-core"], "x": ["axum-core/y"]})).len(),
            1
        );
        assert_eq!(
            of(json!({"axum": ["dep:axum-core"], "all": ["axum"], "default": ["all"]})),
            ["buttress-cache: the feature `axum` is on by default"]
        );
    }

    #[test]
    fn axum_is_optional_but_for_tests() {
        let plain = json!([{"name": "axum"}]);
        assert_eq!(
            found("crates", "buttress-cache", plain.clone()),
            ["buttress-cache depends on axum: make it optional, behind the feature `axum`"]
        );
        assert_eq!(found("crates", FACADE, plain), [""; 0]);
        let dev = json!([{"name": "axum", "kind": "dev"}]);
        assert_eq!(found("crates", "buttress-cache", dev), [""; 0]);
    }
}
