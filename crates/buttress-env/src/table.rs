use crate::{
    de::Row,
    describe::{self, summary},
    env::Env,
    environment::Environment,
    secret::REDACTED,
    source::Origin,
};
use std::{borrow::Cow, fmt};

/// A longer value is cut: the table is to be read.
const MAX_SHOWN: usize = 60;

/// Every variable with its value, or `[redacted]`, where it came from, and what it
/// is if [described](crate::Env::describe). Print it with `Display`.
///
/// What a type's own default is, the type does not tell: it shows as `(default)`. A
/// value of [`Env::fallback`](crate::Env::fallback) shows as it is.
#[derive(Debug)]
pub struct Table<'a> {
    env: &'a Env,
    environment: Environment,
    rows: &'a [Row],
    note: Option<&'a str>,
}

impl<'a> Table<'a> {
    pub(crate) const fn new(
        env: &'a Env,
        environment: Environment,
        rows: &'a [Row],
        note: Option<&'a str>,
    ) -> Self {
        Self {
            env,
            environment,
            rows,
            note,
        }
    }

    fn lines(&self) -> Vec<Line<'a>> {
        let environment = Line {
            variable: self.env.environment_variable().into(),
            value: self.environment.as_str().into(),
            origin: String::new(),
            about: String::new(),
        };
        let rows = self.rows.iter().map(|row| Line {
            variable: row.variable.as_str().into(),
            value: shown(row),
            origin: row.origin.to_string(),
            about: self.about(&row.variable),
        });
        std::iter::once(environment).chain(rows).collect()
    }

    fn about(&self, variable: &str) -> String {
        let field = describe::find(self.env.fields, self.env.name(), true, variable);
        let summary = field.map(|field| summary(field.doc)).unwrap_or_default();
        if summary.is_empty() {
            summary
        } else {
            format!("# {summary}")
        }
    }
}

/// The cells of a line.
struct Line<'a> {
    variable: Cow<'a, str>,
    value: Cow<'static, str>,
    origin: String,
    about: String,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let width = |cell: fn(&Line<'_>) -> usize| lines.iter().map(cell).max().unwrap_or(0);
        let variable = width(|line| line.variable.chars().count());
        let value = width(|line| line.value.chars().count());
        let origin = width(|line| line.origin.chars().count());
        let mut separator = "";
        for line in &lines {
            let text = format!(
                "{:variable$}  {:value$}  {:origin$}  {}",
                line.variable, line.value, line.origin, line.about
            );
            write!(f, "{separator}{}", text.trim_end())?;
            separator = "\n";
        }
        match self.note {
            Some(note) => write!(f, "\nnote: {note}"),
            None => Ok(()),
        }
    }
}

fn shown(row: &Row) -> Cow<'static, str> {
    match &row.text {
        _ if row.origin == Origin::Default => "(default)".into(),
        _ if row.secret => REDACTED.into(),
        None => "".into(),
        Some(text) => {
            let mut shown: String = text
                .chars()
                .take(MAX_SHOWN)
                .flat_map(char::escape_debug)
                .collect();
            if text.chars().nth(MAX_SHOWN).is_some() {
                shown.push('…');
            }
            shown.into()
        }
    }
}
