//! What a comparison printed, in the file that keeps the last of each.
//!
//! It stands between two comments. What people wrote about it stands behind the
//! second one, and stays.

use crate::context::Result;

/// The document with this section in the place of its last one, or at its end.
pub(crate) fn replace(document: &str, name: &str, section: &str) -> Result<String> {
    // Anything else would make a document that the next run cannot find its way in.
    if !section.trim_start().starts_with(&format!("## {name}\n")) {
        return Err(format!("what {name} printed does not open with its heading").into());
    }
    let (begin, end) = markers(name);
    let marked = format!("{begin}\n\n{}\n\n{end}", section.trim());
    match document.split_once(&begin) {
        None => Ok(format!("{}\n\n{marked}\n", document.trim_end())),
        Some((before, rest)) => {
            let (_, after) = rest
                .split_once(&end)
                .ok_or_else(|| format!("the section of {name} has no end: {end}"))?;
            Ok(format!("{before}{marked}{after}"))
        }
    }
}

fn markers(name: &str) -> (String, String) {
    (
        format!("<!-- begin of what `cargo xtask bench {name}` prints -->"),
        format!("<!-- end of what `cargo xtask bench {name}` prints -->"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_last_one_and_leaves_its_notes() {
        let first = replace("# Benchmarks\n", "log", "## log\n\nold").unwrap();
        let noted = format!("{first}\nA note.\n");
        let both = replace(&noted, "session", "## session\n\nother").unwrap();
        let again = replace(&both, "log", "## log\n\nnew\n").unwrap();
        assert_eq!(again, both.replace("old", "new"));
        assert!(again.contains("\n\nA note.\n\n"), "{again}");
    }

    #[test]
    fn what_is_no_section_is_refused() {
        assert!(replace("", "log", "error").is_err());
        assert!(replace("", "log", "## logs\n").is_err());
        let (begin, _) = markers("log");
        assert!(replace(&begin, "log", "## log\n").is_err());
    }
}
