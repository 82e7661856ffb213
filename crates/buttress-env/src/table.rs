use crate::{de::Row, environment::Environment, secret::REDACTED, source::Origin};
use std::{borrow::Cow, fmt};

/// A longer value is cut: the table is to be read.
const MAX_SHOWN: usize = 60;

/// Every variable with its value, or `[redacted]`, and where it came from. Print
/// it with `Display`.
///
/// What a type's own default is, the type does not tell: it shows as `(default)`.
#[derive(Debug)]
pub struct Table<'a> {
    own: String,
    environment: Environment,
    rows: &'a [Row],
}

impl<'a> Table<'a> {
    pub(crate) const fn new(own: String, environment: Environment, rows: &'a [Row]) -> Self {
        Self {
            own,
            environment,
            rows,
        }
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.rows.iter().map(shown).collect();
        let names = self.rows.iter().map(|row| row.variable.len());
        let name = names.max().unwrap_or(0).max(self.own.len());
        let values = shown.iter().map(|value| value.chars().count());
        let value = values.max().unwrap_or(0).max("development".len());

        write!(f, "{:name$}  {:value$}", self.own, self.environment)?;
        for (row, shown) in self.rows.iter().zip(&shown) {
            write!(
                f,
                "\n{:name$}  {shown:value$}  {}",
                row.variable, row.origin
            )?;
        }
        Ok(())
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
