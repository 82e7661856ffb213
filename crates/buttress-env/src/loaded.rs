use crate::{
    de::Row,
    env::Env,
    environment::Environment,
    error::LoadError,
    source::Origin,
    table::Table,
    values::{Pairs, values},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, ops::Deref, sync::Arc};

/// A configuration that was read and found good, with where it came from.
///
/// It derefs to the configuration, and cloning it copies a pointer: keep it in
/// the app's state, and give its parts to layers when they are made.
pub struct Loaded<T> {
    inner: Arc<Inner<T>>,
}

pub(crate) struct Inner<T> {
    value: T,
    environment: Environment,
    rows: Vec<Row>,
    env: Env,
    note: Option<String>,
}

impl<T> Loaded<T> {
    pub(crate) fn new(
        value: T,
        environment: Environment,
        rows: Vec<Row>,
        env: Env,
        note: Option<String>,
    ) -> Self {
        let inner = Arc::new(Inner {
            value,
            environment,
            rows,
            env,
            note,
        });
        Self { inner }
    }

    #[cfg(feature = "reload")]
    pub(crate) const fn from_inner(inner: Arc<Inner<T>>) -> Self {
        Self { inner }
    }

    #[cfg(feature = "reload")]
    pub(crate) fn into_inner(self) -> Arc<Inner<T>> {
        self.inner
    }

    /// Which environment the app runs in.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.inner.environment
    }

    /// Each variable that was asked for, and where its value came from.
    pub fn origins(&self) -> impl Iterator<Item = (&str, &Origin)> {
        let rows = self.inner.rows.iter();
        rows.map(|row| (row.variable.as_str(), &row.origin))
    }

    /// What is not wrong, and yet may surprise: a `.env` that is there and not read,
    /// since the environment is not development.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.inner.note.as_deref()
    }

    /// All of it for people, as `--print-config` prints it: secrets are redacted.
    #[must_use]
    pub fn table(&self) -> Table<'_> {
        self.table_of(Pairs::new())
    }

    /// As above, with the values of `serde(default)` as the type serialises them. A
    /// [`Secret`](crate::Secret) is redacted there as well.
    #[must_use]
    pub fn table_with_defaults(&self) -> Table<'_>
    where
        T: Serialize,
    {
        self.table_of(values(&self.inner.value, self.inner.env.name()))
    }

    fn table_of(&self, defaults: Pairs) -> Table<'_> {
        let inner = &self.inner;
        let (env, rows) = (&inner.env, &inner.rows);
        Table::new(env, inner.environment, rows, defaults, self.note())
    }

    /// Reads all sources again.
    ///
    /// # Errors
    ///
    /// As [`Env::load`].
    pub fn reload(&self) -> Result<Self, LoadError>
    where
        T: DeserializeOwned,
    {
        self.inner.env.load()
    }

    /// The variables that differ between two loads of one [`Env`].
    #[must_use]
    pub fn changes<'a>(&'a self, newer: &'a Self) -> Vec<Change<'a>> {
        let (old, new) = (&self.inner.rows, &newer.inner.rows);
        let differs = |row: &&Row, others: &[Row]| {
            let mut same = others.iter().filter(|other| other.variable == row.variable);
            !same.any(|other| {
                other.fingerprint == row.fingerprint
                    && (other.origin == Origin::Default) == (row.origin == Origin::Default)
            })
        };
        let changed = new.iter().filter(|row| differs(row, old));
        let gone = old.iter().filter(|row| {
            row.origin != Origin::Default && !new.iter().any(|new| new.variable == row.variable)
        });
        let change = |row: &'a Row| Change {
            variable: &row.variable,
            needs_restart: self.inner.env.restarts(&row.variable),
        };
        changed.chain(gone).map(change).collect()
    }
}

/// A variable whose value is another than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change<'a> {
    /// The variable's full name.
    pub variable: &'a str,
    /// Whether it is one of those given to [`Env::needs_restart`].
    pub needs_restart: bool,
}

impl<T> Deref for Loaded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner.value
    }
}

impl<T> AsRef<T> for Loaded<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        let inner = Arc::clone(&self.inner);
        Self { inner }
    }
}

impl<T: fmt::Debug> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("environment", &self.inner.environment)
            .field("value", &self.inner.value)
            .finish_non_exhaustive()
    }
}
