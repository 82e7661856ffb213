//! What the app can be told, for the people who tell it.

mod example;
mod help;

use crate::{
    de::{self, Mode, Row},
    describe::{self, Describe, Field},
    env::Env,
    environment::Environment,
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeSet, hash::RandomState};

impl Env {
    /// Takes the doc comments of `T` for [`example`](Self::example),
    /// [`help`](Self::help) and [`Loaded::table`](crate::Loaded::table).
    pub fn describe<T: Describe>(mut self) -> Self {
        self.fields = T::FIELDS;
        self
    }

    /// A `.env.example` for `T`: every variable, with its doc comment if it is
    /// [described](Self::describe), what it expects, and its [fallback](Self::fallback)
    /// if that is no secret.
    #[must_use]
    pub fn example<T: DeserializeOwned>(&self) -> String {
        example::write(&self.environment_setting(), &self.settings::<T>())
    }

    /// As above in one line for each variable, for what `--help` prints at its end.
    #[must_use]
    pub fn help<T: DeserializeOwned>(&self) -> String {
        help::write(&self.environment_setting(), &self.settings::<T>())
    }

    fn settings<T: DeserializeOwned>(&self) -> Vec<Setting<'_>> {
        let hasher = RandomState::new();
        let empty = self.entries();
        let described = de::solve::<T>(&empty, self.name(), Mode::Describe, &hasher);
        // What is missing when only the fallbacks are there is what is needed.
        let mut bare = self.entries();
        self.add_fallbacks(&mut bare);
        let bare = de::solve::<T>(&bare, self.name(), Mode::Load, &hasher);
        let missing = bare.problems.iter().map(|problem| problem.variable());
        let missing: BTreeSet<&str> = missing.collect();
        let rows = described.rows.into_iter();
        rows.map(|row| self.setting(row, &missing)).collect()
    }

    fn setting(&self, row: Row, missing: &BTreeSet<&str>) -> Setting<'_> {
        let field = describe::find(self.fields, self.name(), true, &row.variable);
        let default = self.fallback_of(&row.variable);
        let need = match default {
            Some(_) if row.secret => Need::Optional,
            Some(default) => Need::Default(default),
            None if missing.contains(row.variable.as_str()) => Need::Needed,
            None => Need::Optional,
        };
        let expected = if row.expected.is_empty() {
            "a value"
        } else {
            &row.expected
        };
        Setting {
            expected: expected.lines().collect::<Vec<_>>().join(" "),
            secret: row.secret,
            variable: row.variable,
            need,
            doc: field.map_or("", |field| field.doc),
            // Only a struct has fields below it, and it is no setting itself.
            choices: field.map_or(&[], |field| (field.inner)()),
        }
    }

    fn environment_setting(&self) -> Setting<'_> {
        let variable = self.environment_variable();
        let words = Environment::ALL.map(Environment::as_str).join(", ");
        let default = self.fallback_of(&variable);
        Setting {
            variable,
            expected: format!("one of {words}"),
            secret: false,
            need: Need::Default(default.unwrap_or(Environment::default().as_str())),
            doc: "",
            choices: &[],
        }
    }
}

/// One variable.
struct Setting<'e> {
    variable: String,
    expected: String,
    secret: bool,
    need: Need<'e>,
    doc: &'static str,
    /// The variants of an enum.
    choices: &'static [Field],
}

enum Need<'e> {
    Needed,
    Optional,
    Default(&'e str),
}
