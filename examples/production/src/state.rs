use crate::live::Live;
use crate::sample_error::SampleError;
use crate::settings::Settings;
use crate::templates::Templates;
use buttress::drain::Drain;
use buttress_env::Loaded;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// What the handlers share, behind one `Arc`.
pub(crate) struct App {
    pub(crate) settings: Loaded<Settings>,
    pub(crate) templates: Templates,
    pub(crate) sample_error: SampleError,
    pub(crate) live: Arc<Live>,
    pub(crate) drain: Drain,
    /// How often the handler of `/cached/{id}` ran.
    pub(crate) cached_calls: AtomicUsize,
    /// How many `/hold` are waiting now.
    pub(crate) held: AtomicUsize,
}

impl App {
    pub(crate) fn new(settings: Loaded<Settings>, drain: Drain, live: Arc<Live>) -> Self {
        Self {
            templates: Templates::new(settings.environment()),
            settings,
            sample_error: SampleError::new(),
            live,
            drain,
            cached_calls: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
        }
    }
}
