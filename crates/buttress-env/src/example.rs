use crate::{
    de::{self, Mode, Row},
    environment::Environment,
    source::Entries,
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeSet, fmt::Write, hash::RandomState};

/// A `.env.example`: what is needed is there to be filled in, the rest is a
/// comment.
pub(crate) fn example<T: DeserializeOwned>(prefix: &str) -> String {
    let hasher = RandomState::new();
    let empty = Entries::new(prefix);
    let described = de::solve::<T>(&empty, prefix, Mode::Describe, &hasher);
    // What is missing when nothing is there is what is needed.
    let bare = de::solve::<T>(&empty, prefix, Mode::Load, &hasher);
    let needed: BTreeSet<&str> = bare
        .problems
        .iter()
        .map(|problem| problem.variable())
        .collect();

    let words = Environment::ALL.map(Environment::as_str).join(", ");
    let mut text = format!("# one of {words}\n# {prefix}_ENV=production\n");
    for row in &described.rows {
        add(&mut text, row, needed.contains(row.variable.as_str()));
    }
    text
}

fn add(text: &mut String, row: &Row, needed: bool) {
    let expected = if row.expected.is_empty() {
        "a value"
    } else {
        row.expected.as_str()
    };
    let secret = if row.secret { ", secret" } else { "" };
    let (word, comment) = if needed {
        ("needed", "")
    } else {
        ("optional", "# ")
    };
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "\n# {expected}, {word}{secret}\n{comment}{}=",
        row.variable
    );
}
