use std::{collections::BTreeMap, fmt};

/// How much all settings may take together, names included.
const MOST: usize = 8 * 1024;

pub(crate) type Values = BTreeMap<String, String>;

/// Values that change while the workers run, the same in all of them: a log level,
/// the mode of a detector, a switch of the app's own.
///
/// They are set by `buttress set NAME VALUE`, or by
/// [`Cluster::setting`](crate::Cluster::setting) at the start, and last as long as
/// the supervisor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    values: Values,
}

impl Settings {
    pub(crate) fn new(values: Values) -> Self {
        Self { values }
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Changes a value; an empty one takes it away.
pub(crate) fn set(values: &mut Values, name: &str, value: &str) -> Result<(), BadSetting> {
    if name.is_empty() || name.contains(|it: char| it.is_whitespace() || it.is_control()) {
        return Err(BadSetting(
            "a setting's name has no spaces, and is not empty",
        ));
    }
    let others = values.iter().filter(|(other, _)| *other != name);
    let length: usize = others.map(|(name, value)| name.len() + value.len()).sum();
    if length + name.len() + value.len() > MOST {
        return Err(BadSetting("settings take 8 KiB at most"));
    }
    if value.is_empty() {
        values.remove(name);
    } else {
        values.insert(name.to_owned(), value.to_owned());
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct BadSetting(&'static str);

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_bounded_and_can_be_taken_back() {
        let mut values = Values::new();
        set(&mut values, "log", "debug").unwrap();
        assert!(set(&mut values, "big", &"x".repeat(MOST)).is_err());
        assert!(set(&mut values, "a b", "x").is_err());
        assert_eq!(Settings::new(values.clone()).get("log"), Some("debug"));
        set(&mut values, "log", "").unwrap();
        assert!(values.is_empty());
    }
}
