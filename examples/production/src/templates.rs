//! The HTML templates. Parsed once at the start, as Express does it when
//! `NODE_ENV` is `production`; in development read and parsed again for each
//! page, so that an edit shows on the next reload. Which of the two is a
//! question to [`Environment::template_cache`].

use axum::response::Html;
use buttress_env::Environment;
use minijinja::{Error, Value};
use std::path::Path;

const HOME: &str = "home.html";
const JOURNAL: &str = "journal.html";

pub(crate) struct Templates {
    parsed: minijinja::Environment<'static>,
    is_cached: bool,
    /// What the journal shows, converted once: cloning a [`Value`] is cheap.
    journal: Value,
}

impl Templates {
    pub(crate) fn new(environment: Environment) -> Self {
        Self {
            parsed: embedded(),
            is_cached: environment.template_cache(),
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
        if self.is_cached {
            return None;
        }
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"));
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
