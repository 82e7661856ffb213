//! The changelog has a place for what comes next, or for the version of the manifests.

use crate::workspace::Workspace;

pub(super) fn problems(text: &str, workspace: &Workspace) -> Vec<String> {
    let is_open = |line: &str| line.starts_with("## [Unreleased]");
    let Some(package) = workspace.publishable().next() else {
        return Vec::new();
    };
    let current = format!("## [{}]", package.version);
    if text
        .lines()
        .any(|line| is_open(line) || line.starts_with(&current))
    {
        return Vec::new();
    }
    vec![format!(
        "CHANGELOG.md has neither a section `## [Unreleased]` nor `{current}`"
    )]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace::fixture::{package, workspace};

    #[test]
    fn an_open_section_or_the_current_version_is_there() {
        let workspace = workspace(vec![package("crates", "buttress-x", json!({}))]);
        assert_eq!(
            problems("# Changelog\n\n## [Unreleased]\n", &workspace),
            [""; 0]
        );
        assert_eq!(problems("## [0.1.0] - 2026-11-23\n", &workspace), [""; 0]);
        assert_eq!(problems("## [0.0.9]\n", &workspace).len(), 1);
    }
}
