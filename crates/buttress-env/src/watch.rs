use crate::{
    error::LoadError,
    loaded::{Change, Loaded},
};
use arc_swap::ArcSwap;
use serde::de::DeserializeOwned;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// A configuration that can be read again while the app runs.
///
/// Clones share it. Who takes [`current`](Self::current) once and passes it on
/// sees one snapshot, whatever is reloaded meanwhile; `EnvLayer` does so for each
/// request.
///
/// A process's own environment does not change from outside. What does is what
/// variables point to: `VAR_FILE`, credentials and, in development, `.env`.
pub struct Watched<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    current: ArcSwap<crate::loaded::Inner<T>>,
    /// What the app was started with, and so what needs a restart still has.
    started: Loaded<T>,
    /// One reload at a time, so that an older one never replaces a newer one.
    reloading: Mutex<()>,
}

impl<T> Loaded<T> {
    /// Makes it a configuration that can be reloaded.
    #[must_use]
    #[cfg_attr(docsrs, doc(cfg(feature = "reload")))]
    pub fn watch(&self) -> Watched<T> {
        Watched {
            shared: Arc::new(Shared {
                current: ArcSwap::new(self.clone().into_inner()),
                started: self.clone(),
                reloading: Mutex::new(()),
            }),
        }
    }
}

impl<T> Watched<T> {
    /// The configuration as it is now.
    #[must_use]
    pub fn current(&self) -> Loaded<T> {
        Loaded::from_inner(self.shared.current.load_full())
    }
}

impl<T: DeserializeOwned> Watched<T> {
    /// Reads all sources again and, if all is well, puts the whole in place of
    /// the old one, in one step. This reads files: on a worker of a runtime, call
    /// it by `spawn_blocking`, as `reload_on_hangup` does.
    ///
    /// # Errors
    ///
    /// As [`Env::load`](crate::Env::load); then the old one stays.
    pub fn reload(&self) -> Result<Reloaded<T>, LoadError> {
        let reloading = self.shared.reloading.lock();
        // What it guards is order alone, which a panic cannot spoil.
        let _reloading = reloading.unwrap_or_else(PoisonError::into_inner);
        let new = self.shared.started.reload()?;
        let old = self.shared.current.swap(new.clone().into_inner());
        Ok(Reloaded {
            started: self.shared.started.clone(),
            old: Loaded::from_inner(old),
            new,
        })
    }
}

/// What a reload did.
#[derive(Clone)]
pub struct Reloaded<T> {
    started: Loaded<T>,
    old: Loaded<T>,
    new: Loaded<T>,
}

impl<T> Reloaded<T> {
    /// The variables that have another value than before.
    #[must_use]
    pub fn changes(&self) -> Vec<Change<'_>> {
        self.old.changes(&self.new)
    }

    /// The variables that have another value than at the start, and that only a
    /// restart applies: see [`Env::needs_restart`](crate::Env::needs_restart).
    #[must_use]
    pub fn needs_restart(&self) -> Vec<&str> {
        let changes = self.started.changes(&self.new).into_iter();
        let restart = changes.filter(|change| change.needs_restart);
        restart.map(|change| change.variable).collect()
    }
}

impl<T> fmt::Debug for Reloaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloaded")
            .field("changes", &self.changes())
            .field("needs_restart", &self.needs_restart())
            .finish_non_exhaustive()
    }
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        Self { shared }
    }
}

impl<T: fmt::Debug> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.current()).finish()
    }
}
