//! The HTML templates. Parsed once at the start, as Express does it when
//! `NODE_ENV` is `production`; in development read and parsed again for each
//! page, so that an edit shows on the next reload. Which of the two is a
//! question to [`Environment::template_cache`].

use axum::response::Html;
use buttress_env::Environment;
use minijinja::{Error, Value};
use std::path::PathBuf;

const HOME: &str = "home.html";
const JOURNAL: &str = "journal.html";

pub(crate) struct Templates {
    parsed: minijinja::Environment<'static>,
    /// Where to read them anew, if they are not cached.
    folder: Option<PathBuf>,
    /// What the journal shows, converted once: cloning a [`Value`] is cheap.
    journal: Value,
}

impl Templates {
    pub(crate) fn new(environment: Environment) -> Self {
        Self::of(
            environment,
            concat!(env!("CARGO_MANIFEST_DIR"), "/templates"),
        )
    }

    fn of(environment: Environment, folder: impl Into<PathBuf>) -> Self {
        Self {
            parsed: embedded(),
            folder: (!environment.template_cache()).then(|| folder.into()),
            journal: journal(),
        }
    }

    /// The page `/`.
    pub(crate) async fn home(&self, context: Value) -> Result<Html<String>, Error> {
        self.render(HOME, context).await
    }

    /// The page `/page`.
    pub(crate) async fn journal(&self) -> Result<Html<String>, Error> {
        self.render(JOURNAL, self.journal.clone()).await
    }

    async fn render(&self, name: &str, context: Value) -> Result<Html<String>, Error> {
        let rendered = match self.edited(name).await {
            Some(source) => minijinja::Environment::new().render_named_str(name, &source, context),
            None => self
                .parsed
                .get_template(name)
                .and_then(|template| template.render(context)),
        };
        rendered.map(Html)
    }

    /// The template's file as it is now, unless it is cached, and where there is
    /// one.
    async fn edited(&self, name: &str) -> Option<String> {
        let folder = self.folder.as_ref()?;
        tokio::fs::read_to_string(folder.join(name)).await.ok()
    }
}

/// The templates that were compiled into the binary.
fn embedded() -> minijinja::Environment<'static> {
    let mut templates = minijinja::Environment::new();
    for (name, source) in [
        (HOME, include_str!("../templates/home.html")),
        (JOURNAL, include_str!("../templates/journal.html")),
    ] {
        // The tests of the routes ask for both, so a broken one never ships.
        templates
            .add_template(name, source)
            .unwrap_or_else(|error| panic!("the template {name} does not parse: {error}"));
    }
    templates
}

/// Made by `generate/generate.py`, which also makes the search index that the
/// page's script uses, so that the two agree.
fn journal() -> Value {
    let json: serde_json::Value = serde_json::from_str(include_str!("../data/journal.json"))
        .unwrap_or_else(|error| panic!("data/journal.json is not JSON: {error}"));
    Value::from_serialize(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_edit_shows_in_development_and_not_in_production() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(JOURNAL);
        let development = Templates::of(Environment::Development, folder.path());
        let production = Templates::of(Environment::Production, folder.path());
        for edit in ["one", "two"] {
            std::fs::write(&file, edit).unwrap();
            assert_eq!(development.journal().await.unwrap().0, edit);
            let cached = production.journal().await.unwrap().0;
            assert!(cached.starts_with("<!doctype html>"), "{cached}");
        }
    }
}
