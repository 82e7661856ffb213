use crate::environment::Environment;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::templates::Templates;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;

/// What the handlers share, behind one `Arc`.
pub(crate) struct App {
    pub(crate) environment: Environment,
    pub(crate) assets: PathBuf,
    pub(crate) templates: Templates,
    pub(crate) sessions: Sessions,
    /// How often the handler of `/cached/{id}` ran.
    pub(crate) cached_calls: AtomicUsize,
    /// How many `/hold` are waiting now.
    pub(crate) held: AtomicUsize,
}

impl App {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            environment: settings.environment,
            assets: settings.assets.clone(),
            templates: Templates::new(settings.environment),
            sessions: Sessions::default(),
            cached_calls: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
        }
    }
}
