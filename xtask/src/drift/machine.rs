//! Nothing that is committed names a place on the machine where it was written.

use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// The places of this machine that a log or a generated file gives away.
pub(super) fn paths(workspace: &Workspace) -> Vec<PathBuf> {
    let variables = ["HOME", "CARGO_HOME", "RUSTUP_HOME"];
    let mut paths: Vec<_> = variables
        .iter()
        .filter_map(std::env::var_os)
        .map(PathBuf::from)
        .collect();
    // A checkout or a home right under `/` is a word of its own: `/app`, `/root`. Only a file
    // below it gives it away, so the slash after it counts.
    paths.push(workspace.workspace_root.clone());
    paths.push(workspace.target_directory.clone());
    paths.retain(|path| path.components().count() > 1);
    paths
}

pub(super) fn problems(file: &Path, text: &str, paths: &[PathBuf]) -> Vec<String> {
    let needles: Vec<_> = paths
        .iter()
        .map(|path| format!("{}/", path.display()))
        .collect();
    let lines = text.lines().zip(1..);
    let hits = lines.filter(|(line, _)| needles.iter().any(|needle| contains(line, needle)));
    hits.map(|(_, number)| format!("{}:{number} names a path of this machine", file.display()))
        .collect()
}

/// Whether a path starts with `needle` here, and not only goes through a folder of that name.
fn contains(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        problems(Path::new("a.md"), text, &[PathBuf::from("/home/ann")])
    }

    #[test]
    fn a_path_below_the_home_is_found_with_its_line() {
        assert_eq!(
            found("ok\n  --> \"/home/ann/x.rs\"\n"),
            ["a.md:2 names a path of this machine"]
        );
    }

    #[test]
    fn a_longer_path_and_the_bare_word_are_no_finding() {
        assert_eq!(found("srv/home/ann/x"), [""; 0]);
        assert_eq!(found("/home/anna/x"), [""; 0]);
        assert_eq!(found("at /home/ann."), [""; 0]);
    }
}
