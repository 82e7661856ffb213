use crate::{
    de::{self, Mode},
    error::{Kind, Problem},
    name,
    source::Entries,
};
use serde::de::DeserializeOwned;
use std::hash::RandomState;

/// What is under the prefix and no field has asked for.
pub(crate) fn unknown<T: DeserializeOwned>(entries: &Entries, prefix: &str) -> Vec<Problem> {
    let unused: Vec<_> = entries.unused().collect();
    if unused.is_empty() {
        return Vec::new();
    }
    // Also what is inside of an `Option` that is `None`, so asked of the type.
    let empty = Entries::new(prefix);
    let described = de::solve::<T>(&empty, prefix, Mode::Describe, &RandomState::new());
    let mut known: Vec<_> = described.rows.into_iter().map(|row| row.variable).collect();
    known.push(format!("{prefix}_ENV"));

    let problem = |(name, entry): (&str, &crate::source::Entry)| {
        let message = match meant(name, &known) {
            Some(meant) => format!("no field has this name; did you mean {meant}?"),
            None => "no field has this name".to_owned(),
        };
        Problem::new(Kind::Unknown, name, Some(entry.origin.clone()), message)
    };
    unused.into_iter().map(problem).collect()
}

fn meant(name: &str, known: &[String]) -> Option<String> {
    let search = |name| name::did_you_mean(name, known.iter().map(String::as_str));
    if let Some(meant) = search(name) {
        return Some(meant.to_owned());
    }
    if let Some(meant) = name.strip_suffix("_FILE").and_then(search) {
        return Some(format!("{meant}_FILE"));
    }
    // A key of a map, of which only the map is known.
    let upper = name.to_ascii_uppercase();
    let is_known = upper != name && known.iter().any(|known| de::is_under(&upper, known));
    is_known.then_some(upper)
}
