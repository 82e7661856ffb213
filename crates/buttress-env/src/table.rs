use crate::{
    de::{Row, is_under},
    describe::{self, summary},
    env::Env,
    environment::Environment,
    secret::REDACTED,
    source::Origin,
    values::Pairs,
};
use std::{borrow::Cow, fmt};

/// A longer value is cut: the table is to be read.
const MAX_SHOWN: usize = 60;

/// Every variable with its value, or `[redacted]`, where it came from, and what it
/// is if [described](crate::Env::describe). Print it with `Display`.
///
/// What a type's own default is, [`Loaded::table_with_defaults`] tells; else it shows
/// as `(default)`.
///
/// [`Loaded::table_with_defaults`]: crate::Loaded::table_with_defaults
#[derive(Debug)]
pub struct Table<'a> {
    env: &'a Env,
    environment: Environment,
    rows: &'a [Row],
    defaults: Pairs,
    note: Option<&'a str>,
}

impl<'a> Table<'a> {
    pub(crate) const fn new(
        env: &'a Env,
        environment: Environment,
        rows: &'a [Row],
        defaults: Pairs,
        note: Option<&'a str>,
    ) -> Self {
        Self {
            env,
            environment,
            rows,
            defaults,
            note,
        }
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines = vec![Line {
            variable: self.env.environment_variable().into(),
            value: self.environment.as_str().into(),
            origin: String::new(),
            about: String::new(),
        }];
        for row in self.rows {
            let values = self.values(row);
            lines.extend(values.into_iter().map(|(variable, value)| Line {
                about: self.about(variable),
                variable: variable.into(),
                value,
                origin: row.origin.to_string(),
            }));
        }
        lines
    }

    /// One, but for a default of many parts.
    fn values<'t>(&'t self, row: &'t Row) -> Vec<(&'t str, Cow<'t, str>)> {
        let is_default = row.origin == Origin::Default;
        let value = match &row.text {
            _ if is_default && !row.secret => {
                let all = self.defaults.iter();
                let own = all.filter(|(variable, _)| is_under(variable, &row.variable));
                let values = own.map(|(variable, text)| {
                    let secret = self.env.hides(variable);
                    (
                        variable.as_str(),
                        if secret { REDACTED.into() } else { shown(text) },
                    )
                });
                let values: Vec<_> = values.collect();
                if !values.is_empty() {
                    return values;
                }
                "(default)".into()
            }
            _ if is_default => "(default)".into(),
            None => REDACTED.into(),
            Some(text) => shown(text),
        };
        vec![(&row.variable, value)]
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
    value: Cow<'a, str>,
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

/// In one line, and cut.
fn shown(text: &str) -> Cow<'static, str> {
    let start = text.chars().take(MAX_SHOWN);
    let mut shown: String = start.flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown.into()
}
