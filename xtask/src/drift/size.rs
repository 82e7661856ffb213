//! Files of the crates stay small enough to be read in one go.

use std::path::Path;

const MOST: usize = 400;

pub(super) fn problem(file: &Path, text: &str) -> Option<String> {
    let parts: Vec<_> = file.iter().filter_map(|part| part.to_str()).collect();
    let is_source = matches!(parts[..], ["crates", _, "src", .., name] if name.ends_with(".rs"));
    let lines = lines_of_code(text);
    (is_source && lines > MOST).then(|| {
        format!(
            "{} has {lines} lines of code, {MOST} at most: split it by idea",
            file.display()
        )
    })
}

/// Neither blank lines nor comments, for more docs are no fault.
fn lines_of_code(text: &str) -> usize {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_do_not_count() {
        assert_eq!(lines_of_code("//! docs\n\n    // why\nfn f() {}\n"), 1);
    }

    #[test]
    fn only_a_long_source_of_a_crate_is_a_problem() {
        let long = "x;\n".repeat(MOST + 1);
        let of = |path: &str, text: &str| problem(Path::new(path), text);
        assert!(of("crates/buttress-x/src/body/mod.rs", &long).is_some());
        assert_eq!(of("crates/buttress-x/src/lib.rs", &long[3..]), None);
        assert_eq!(of("crates/buttress-x/tests/wire.rs", &long), None);
        assert_eq!(of("xtask/src/main.rs", &long), None);
    }
}
