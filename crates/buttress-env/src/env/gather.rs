//! All that is known before the type is asked.

use super::Env;
use crate::{
    environment::Environment,
    error::Problem,
    source::{Entries, Layer, Origin, add_credentials, add_dotenv, unread_dotenv},
    start,
};
use std::rc::Rc;

/// What the sources have.
pub(super) struct Gathered {
    pub(super) environment: Environment,
    pub(super) entries: Entries,
    pub(super) problems: Vec<Problem>,
    pub(super) note: Option<String>,
}

impl Env {
    pub(super) fn gather(&self) -> Gathered {
        let snapshot = self.process.snapshot();
        let own = self.environment_variable();
        let mut problems = Vec::new();
        let start = start::read(
            &snapshot,
            &self.overrides,
            &self.fallbacks,
            &own,
            &self.aliases,
        );
        let (environment, note) = match start.environment {
            Ok(environment) => (environment, self.unread(environment)),
            Err(problem) => {
                problems.push(problem);
                (Environment::Production, None)
            }
        };

        let mut entries = self.entries();
        for (name, value) in &self.overrides {
            let text = Some(Rc::new(value.clone()));
            entries.add(name.clone(), text, Origin::Override, Layer::Override);
        }
        snapshot.add_to(&mut entries);
        if let Some(directory) = start.credentials {
            add_credentials(&mut entries, &directory);
        }
        if self.dotenv && environment.reads_dotenv() {
            add_dotenv(&mut entries, &self.directory, environment.as_str());
        }
        self.add_fallbacks(&mut entries);
        entries.take(&own);
        problems.append(&mut entries.problems);
        Gathered {
            environment,
            entries,
            problems,
            note,
        }
    }

    /// Says that there is a `.env` file which is not read: whoever wrote it may think
    /// that it is, the more so if it holds `APP_ENV=development`.
    fn unread(&self, environment: Environment) -> Option<String> {
        if !self.dotenv || environment.reads_dotenv() {
            return None;
        }
        let path = unread_dotenv(&self.directory, environment.as_str())?;
        let (path, own) = (path.display(), self.environment_variable());
        Some(format!(
            "{path} is not read, since the environment is {environment}; \
             {own}=development in the process environment, not in a file, has it read"
        ))
    }
}
