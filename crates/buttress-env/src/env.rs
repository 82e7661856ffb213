mod gather;

use crate::{
    de::{self, Mode, Outcome},
    describe::Field,
    error::{LoadError, Problem},
    loaded::Loaded,
    source::{Entries, Layer, Origin, Process},
    unknown,
};
use gather::Gathered;
use serde::de::DeserializeOwned;
use std::{ffi::OsString, fmt, hash::RandomState, path::PathBuf, rc::Rc};
use zeroize::Zeroizing;

/// Where the configuration comes from. See the [crate docs](crate).
#[derive(Clone)]
#[must_use = "does nothing until it is loaded"]
pub struct Env {
    prefix: String,
    process: Process,
    overrides: Vec<(String, Zeroizing<String>)>,
    fallbacks: Vec<(String, Zeroizing<String>)>,
    aliases: Vec<String>,
    dotenv: bool,
    directory: PathBuf,
    allow_unknown: bool,
    needs_restart: Vec<String>,
    secrets: Vec<String>,
    pub(crate) fields: &'static [Field],
    /// Of this value and its clones, so that fingerprints can be compared.
    hasher: RandomState,
}

impl Env {
    /// Reads the variables that begin with `prefix` and an underscore, which may be
    /// given with it.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        let mut prefix = prefix.into();
        prefix.truncate(prefix.trim_end_matches('_').len());
        Self {
            prefix,
            process: Process::default(),
            overrides: Vec::new(),
            fallbacks: Vec::new(),
            aliases: Vec::new(),
            dotenv: true,
            directory: PathBuf::new(),
            allow_unknown: false,
            needs_restart: Vec::new(),
            secrets: Vec::new(),
            fields: &[],
            hasher: RandomState::new(),
        }
    }

    /// Sets a variable, by its full name, over every other source: for tests.
    pub fn set(mut self, variable: impl Into<String>, value: impl Into<String>) -> Self {
        // The one that was set last shall be found first.
        let pair = (variable.into(), Zeroizing::new(value.into()));
        self.overrides.insert(0, pair);
        self
    }

    /// Gives a variable, by its full name, a value for when no source has one.
    pub fn fallback(mut self, variable: impl Into<String>, value: impl Into<String>) -> Self {
        let pair = (variable.into(), Zeroizing::new(value.into()));
        self.fallbacks.insert(0, pair);
        self
    }

    /// Takes these in place of the process environment.
    pub fn variables<K, V>(self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let all = variables.into_iter();
        let all: Vec<_> = all
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        self.read_with(move || all.clone())
    }

    /// Asks `read` in place of the process environment: once when loading, and
    /// once at each reload.
    pub fn read_with(
        mut self,
        read: impl Fn() -> Vec<(OsString, OsString)> + Send + Sync + 'static,
    ) -> Self {
        self.process = Process::new(read);
        self
    }

    /// Where `PREFIX_ENV` is not set, takes the environment from this variable,
    /// such as `NODE_ENV`. The first of several that is set counts.
    pub fn alias(mut self, variable: impl Into<String>) -> Self {
        self.aliases.push(variable.into());
        self
    }

    /// Whether `.env` files are read in development. They are, by default.
    pub fn dotenv(mut self, read: bool) -> Self {
        self.dotenv = read;
        self
    }

    /// The folder of the `.env` files; by default the one that the process was
    /// started in. No other is searched.
    pub fn dotenv_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Whether variables under the prefix that no field asks for are let pass.
    /// They are errors, by default: most are typing errors.
    pub fn allow_unknown(mut self, allow: bool) -> Self {
        self.allow_unknown = allow;
        self
    }

    /// The variables, by their full names, that a reload cannot apply, such as
    /// the address that is listened on. All that are below them count too.
    pub fn needs_restart<V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = V>,
    ) -> Self {
        let variables = variables.into_iter().map(Into::into);
        self.needs_restart.extend(variables);
        self
    }

    /// The variables, by their full names, that are treated as if their fields were
    /// a [`Secret`](crate::Secret): for types that make one of a `String` themselves.
    pub fn secrets<V: Into<String>>(mut self, variables: impl IntoIterator<Item = V>) -> Self {
        let variables = variables.into_iter().map(Into::into);
        self.secrets.extend(variables);
        self
    }

    /// Reads everything, once, and gives the typed whole or all that is wrong.
    ///
    /// # Errors
    ///
    /// All problems at once: see [`LoadError`].
    pub fn load<T: DeserializeOwned>(&self) -> Result<Loaded<T>, LoadError> {
        let Gathered {
            environment,
            entries,
            mut problems,
            note,
        } = self.gather();
        let outcome: Outcome<T> = de::solve(&entries, &self.prefix, Mode::Load, &self.hasher);
        add_news(&mut problems, outcome.problems);
        if !self.allow_unknown && !outcome.blind {
            problems.extend(unknown::unknown::<T>(&entries, &self.prefix));
        }
        match outcome.value {
            Some(value) if problems.is_empty() => {
                let env = self.clone();
                Ok(Loaded::new(value, environment, outcome.rows, env, note))
            }
            _ => Err(LoadError::new(
                problems,
                outcome.incomplete || outcome.blind,
                note,
            )),
        }
    }

    /// The prefix, which is the name of the whole.
    pub(crate) fn name(&self) -> &str {
        &self.prefix
    }

    /// The name of the variable that tells the environment.
    pub(crate) fn environment_variable(&self) -> String {
        format!("{}_ENV", self.prefix)
    }

    /// Whether the variable is one of those given to [`Env::secrets`].
    pub(crate) fn hides(&self, variable: &str) -> bool {
        let mut groups = self.secrets.iter();
        groups.any(|group| de::is_under(variable, group))
    }

    pub(crate) fn restarts(&self, variable: &str) -> bool {
        let mut groups = self.needs_restart.iter();
        groups.any(|group| de::is_under(variable, group))
    }

    pub(crate) fn fallback_of(&self, variable: &str) -> Option<&str> {
        let mut pairs = self.fallbacks.iter();
        let (_, value) = pairs.find(|(name, _)| name == variable)?;
        Some(value)
    }

    /// Nothing yet.
    pub(crate) fn entries(&self) -> Entries {
        Entries::new(&self.prefix).with_secrets(&self.secrets)
    }

    pub(crate) fn add_fallbacks(&self, entries: &mut Entries) {
        for (name, value) in &self.fallbacks {
            let text = Some(Rc::new(value.clone()));
            entries.add(name.clone(), text, Origin::Fallback, Layer::Fallback);
        }
    }
}

/// Adds those that speak of another variable than what is known already: a file
/// that cannot be read is not missing as well.
fn add_news(problems: &mut Vec<Problem>, more: Vec<Problem>) {
    for problem in more {
        let name = problem.variable();
        if !problems.iter().any(|known| known.variable() == name) {
            problems.push(problem);
        }
    }
}

/// Without the overrides, which may be secrets.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
