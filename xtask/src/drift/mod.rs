//! What people read, held against what the manifests say.

mod changelog;
mod machine;
mod manifest;
mod readme;
mod size;

use std::path::{Path, PathBuf};

use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "drift",
    about: "do READMEs, changelog and manifests say the same?",
    fix: "each line above names the file and what it has to say",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let workspace = cx.workspace()?;
    let files = tracked_files(cx)?;
    let mut problems = manifest::problems(&workspace);
    problems.extend(readme_problems(&workspace));
    problems.extend(file(&cx.root, "CHANGELOG.md", |text| {
        changelog::problems(text, &workspace)
    }));
    let places = machine::paths(&workspace);
    for path in &files {
        // What is not text, or is deleted but not yet committed, says nothing.
        if let Ok(text) = std::fs::read_to_string(cx.root.join(path)) {
            problems.extend(machine::problems(path, &text, &places));
            problems.extend(size::problem(path, &text));
        }
    }
    if problems.is_empty() {
        println!("{} files looked at", files.len());
        return Ok(Outcome::Passed);
    }
    Err(format!("{} findings\n{}", problems.len(), problems.join("\n")).into())
}

fn readme_problems(workspace: &Workspace) -> Vec<String> {
    let root = &workspace.workspace_root;
    let tested = readme::doctested(workspace);
    let mut problems = file(root, "README.md", |text| {
        let mut problems = readme::problems("README.md", text, workspace, None);
        problems.extend(readme::table_problems(text, workspace));
        problems
    });
    if !tested.contains(&root.join("README.md")) {
        problems.push(
            "README.md is no doctest: include_str! it under cfg(doctest) in tests/src/lib.rs"
                .into(),
        );
    }
    for package in workspace.publishable() {
        let path = package.dir().join("README.md");
        let shown = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        problems.extend(file(root, &shown, |text| {
            readme::problems(&shown, text, workspace, Some(package))
        }));
        if !tested.contains(&path) {
            problems.push(format!(
                "{shown} is no doctest: put #[cfg(doctest)] #[doc = include_str!(\"../README.md\")] \
                 on a struct in src/lib.rs"
            ));
        }
    }
    problems
}

/// What `check` finds in a file, or that the file is not there.
fn file(root: &Path, path: &str, check: impl FnOnce(&str) -> Vec<String>) -> Vec<String> {
    match std::fs::read_to_string(root.join(path)) {
        Ok(text) => check(&text),
        Err(error) => vec![format!("{path}: {error}")],
    }
}

/// Every file that is committed, or that would be with `git add --all`.
fn tracked_files(cx: &Context) -> Result<Vec<PathBuf>> {
    let sh = &cx.sh;
    let list = cmd!(sh, "git ls-files --cached --others --exclude-standard")
        .quiet()
        .read()?;
    Ok(list.lines().map(PathBuf::from).collect())
}

/// Whether `word` stands in `text` by itself: `buttress-cache` not within `buttress-cache-redis`.
fn names(text: &str, word: &str) -> bool {
    let within = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let mut after = text[start + word.len()..].chars();
        let next = after.next();
        // A full stop ends a sentence, but between digits it makes another number.
        let longer_number = next == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit());
        !before.is_some_and(|c| within(c) || c == '.')
            && !next.is_some_and(within)
            && !longer_number
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_word_is_not_found_within_a_longer_one() {
        assert!(names("| `buttress-cache` |", "buttress-cache"));
        assert!(!names("| buttress-cache-redis |", "buttress-cache"));
        assert!(names(
            "buttress-cache-redis, buttress-cache",
            "buttress-cache"
        ));
    }

    #[test]
    fn a_version_is_not_found_within_a_longer_one() {
        assert!(names("needs Rust 1.85.", "1.85"));
        assert!(!names("needs Rust 1.85.1", "1.85"));
        assert!(!names("needs Rust 1.850", "1.85"));
        assert!(!names("needs 0.1.85", "1.85"));
    }
}
