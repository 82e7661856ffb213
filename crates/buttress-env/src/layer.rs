use crate::{loaded::Loaded, service::WithConfig};
use std::fmt;
use tower_layer::Layer;

/// Puts the configuration into the extensions of each request, as a [`Loaded`],
/// which is one pointer.
///
/// Most handlers have it from the app's state for nothing; an insert costs about
/// as much as reading a variable would. So put this only around the routes that
/// ask for it, or where one request must see one snapshot of a configuration
/// that is reloaded.
pub struct EnvLayer<T> {
    source: Source<T>,
    enabled: bool,
}

/// Where requests have it from.
pub(crate) enum Source<T> {
    Fixed(Loaded<T>),
    #[cfg(feature = "reload")]
    Watched(crate::watch::Watched<T>),
}

impl<T> EnvLayer<T> {
    /// Gives this configuration to every request.
    #[must_use]
    pub const fn new(config: Loaded<T>) -> Self {
        Self {
            source: Source::Fixed(config),
            enabled: true,
        }
    }

    /// Gives every request the configuration that is current when it comes.
    #[must_use]
    #[cfg(feature = "reload")]
    #[cfg_attr(docsrs, doc(cfg(feature = "reload")))]
    pub const fn watched(config: crate::watch::Watched<T>) -> Self {
        Self {
            source: Source::Watched(config),
            enabled: true,
        }
    }

    /// Whether it does anything; it does, by default.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
}

impl<S, T> Layer<S> for EnvLayer<T> {
    type Service = WithConfig<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        WithConfig::new(inner, self.enabled.then(|| self.source.clone()))
    }
}

impl<T> Source<T> {
    pub(crate) fn current(&self) -> Loaded<T> {
        match self {
            Self::Fixed(config) => config.clone(),
            #[cfg(feature = "reload")]
            Self::Watched(config) => config.current(),
        }
    }
}

// Derived, these would ask the same of `T`.
impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Fixed(config) => Self::Fixed(config.clone()),
            #[cfg(feature = "reload")]
            Self::Watched(config) => Self::Watched(config.clone()),
        }
    }
}

impl<T> Clone for EnvLayer<T> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            enabled: self.enabled,
        }
    }
}

impl<T> fmt::Debug for EnvLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvLayer")
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}
