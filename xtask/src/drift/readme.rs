//! READMEs: the MSRV, the version to depend on, the table of layers, and that they are tested.

use std::path::{Component, Path, PathBuf};

use super::names;
use crate::workspace::{Package, Workspace};

/// What is wrong in the README at `path`: of the crate `own`, or of the whole without one.
pub(super) fn problems(
    path: &str,
    text: &str,
    workspace: &Workspace,
    own: Option<&Package>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut msrvs = own.into_iter().chain(workspace.publishable());
    if let Some(msrv) = msrvs.find_map(|package| package.rust_version.as_deref()) {
        if !names(text, msrv) {
            problems.push(format!("{path} does not name the MSRV, {msrv}"));
        }
    }
    let wanted = requirements(text);
    for package in workspace.publishable() {
        for (_, version) in wanted.iter().filter(|(name, _)| *name == package.name) {
            if !agrees(version, &package.version) {
                problems.push(format!(
                    "{path} asks for {} {version}, but that is {} now",
                    package.name, package.version
                ));
            }
        }
    }
    let is_shown = |package: &Package| wanted.iter().any(|(name, _)| *name == package.name);
    match own {
        Some(own) if !is_shown(own) && !own.is_macros() => problems.push(format!(
            "{path} does not say how to depend on it: {} = \"{}\"",
            own.name,
            short(&own.version)
        )),
        None if !workspace.publishable().any(is_shown) => {
            problems.push(format!("{path} depends on none of the crates"));
        }
        _ => {}
    }
    problems
}

/// The table of layers names each public crate; the facade is named somewhere.
pub(super) fn table_problems(text: &str, workspace: &Workspace) -> Vec<String> {
    let table: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
    let table = table.join("\n");
    let absent = workspace.publishable().filter(|package| {
        let place = if package.name == "buttress" {
            text
        } else {
            &table
        };
        !names(place, &package.name)
    });
    absent
        .map(|package| format!("README.md: the table of layers lacks {}", package.name))
        .collect()
}

/// Every README that some library includes, so that its examples run as doctests.
pub(super) fn doctested(workspace: &Workspace) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        let src = package.dir().join("src");
        let text = std::fs::read_to_string(src.join("lib.rs")).unwrap_or_default();
        found.extend(included(&text).map(|path| resolved(&src.join(path))));
    }
    found
}

fn included(source: &str) -> impl Iterator<Item = &str> {
    let calls = source.split("include_str!(\"").skip(1);
    calls.filter_map(|rest| rest.split('"').next())
}

/// Takes the `..` out, without asking the file system.
fn resolved(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            result.pop();
        } else {
            result.push(part);
        }
    }
    result
}

/// The lines `name = "version"` and `name = { version = "…" }`, as (name, version).
fn requirements(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter_map(requirement).collect()
}

fn requirement(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let value = value.trim_start();
    let value = match value.strip_prefix('{') {
        Some(table) => table
            .split_once("version")?
            .1
            .trim_start()
            .strip_prefix('=')?,
        None => value,
    };
    let version = value.trim_start().strip_prefix('"')?.split('"').next()?;
    Some((name.trim(), version))
}

/// `0.1` and `0.1.0` agree with the version 0.1.0.
fn agrees(asked: &str, version: &str) -> bool {
    let mut parts = version.split('.');
    asked.split('.').all(|part| parts.next() == Some(part))
}

/// The part of a version that a manifest asks for: `0.1` of 0.1.2, `2` of 2.3.4.
fn short(version: &str) -> String {
    let count = if version.starts_with("0.") { 2 } else { 1 };
    let parts: Vec<_> = version.split('.').take(count).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace::fixture::{package, workspace};

    fn one() -> Workspace {
        let fields = json!({"version": "0.2.3", "rust_version": "1.85"});
        workspace(vec![package("crates", "buttress-x", fields)])
    }

    fn of_crate(text: &str) -> Vec<String> {
        let workspace = one();
        problems("README.md", text, &workspace, Some(&workspace.packages[0]))
    }

    #[test]
    fn a_readme_with_the_msrv_and_the_version_is_fine() {
        assert_eq!(of_crate("Rust 1.85.\nbuttress-x = \"0.2\"\n"), [""; 0]);
        let table = "Rust 1.85.\nbuttress-x = { version = \"0.2\", features = [] }\n";
        assert_eq!(of_crate(table), [""; 0]);
    }

    #[test]
    fn an_old_version_is_found() {
        assert_eq!(
            of_crate("Rust 1.85.\nbuttress-x = \"0.1\"\n"),
            ["README.md asks for buttress-x 0.1, but that is 0.2.3 now"]
        );
    }

    #[test]
    fn an_old_msrv_is_found() {
        assert_eq!(
            of_crate("Rust 1.84.\nbuttress-x = \"0.2\"\n"),
            ["README.md does not name the MSRV, 1.85"]
        );
    }

    #[test]
    fn a_readme_that_names_no_version_is_found() {
        assert_eq!(
            of_crate("Rust 1.85.\n"),
            ["README.md does not say how to depend on it: buttress-x = \"0.2\""]
        );
        assert_eq!(
            problems("README.md", "Rust 1.85.\n", &one(), None),
            ["README.md depends on none of the crates"]
        );
    }

    #[test]
    fn a_crate_of_macros_is_had_through_another() {
        let targets = json!([{"name": "buttress_x_derive", "kind": ["proc-macro"]}]);
        let fields = json!({"version": "0.2.3", "rust_version": "1.85", "targets": targets});
        let workspace = workspace(vec![package("crates", "buttress-x-derive", fields)]);
        let own = Some(&workspace.packages[0]);
        let text = "Rust 1.85.\nbuttress-x = { version = \"0.2\", features = [\"derive\"] }\n";
        assert_eq!(problems("README.md", text, &workspace, own), [""; 0]);
    }

    #[test]
    fn the_table_has_a_line_for_each_public_crate() {
        assert_eq!(
            table_problems("| a | `buttress-x` | done |", &one()),
            [""; 0]
        );
        assert_eq!(
            table_problems("buttress-x is here\n| a | buttress-x-redis |", &one()),
            ["README.md: the table of layers lacks buttress-x"]
        );
    }

    #[test]
    fn an_included_readme_is_found_from_the_source() {
        let source = "#[cfg(doctest)]\n#[doc = include_str!(\"../../README.md\")]\nstruct Readme;";
        let paths: Vec<_> = included(source).collect();
        assert_eq!(paths, ["../../README.md"]);
        assert_eq!(
            resolved(&Path::new("/repo/tests/src").join(paths[0])),
            Path::new("/repo/README.md")
        );
    }
}
