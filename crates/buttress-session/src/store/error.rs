use std::{error::Error, fmt};

type Source = Box<dyn Error + Send + Sync>;

/// Why a store could not do what it was asked to.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: &'static str,
    source: Option<Source>,
}

/// What kind of failure a [`StoreError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store is not there, or does not answer in time: later it may.
    Unavailable,
    /// The record of the session cannot be read. It stays as it is.
    Corrupt,
    /// The session, or one of its values, is larger than the store takes.
    TooLarge,
    /// The store does not have this at all; see
    /// [`Capabilities`](crate::Capabilities).
    Unsupported,
    /// Anything else that the store says no to.
    Backend,
}

impl StoreError {
    /// The store is not there, or does not answer in time.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::new(
            StoreErrorKind::Unavailable,
            "the session store is not available",
        )
        .with(source)
    }

    /// The record of the session cannot be read.
    pub fn corrupt(source: impl Into<Source>) -> Self {
        Self::new(
            StoreErrorKind::Corrupt,
            "the record of the session cannot be read",
        )
        .with(source)
    }

    /// The session, or one of its values, is larger than the store takes.
    #[must_use]
    pub fn too_large(message: &'static str) -> Self {
        Self::new(StoreErrorKind::TooLarge, message)
    }

    /// The store does not have `what`.
    #[must_use]
    pub fn unsupported(what: &'static str) -> Self {
        Self::new(
            StoreErrorKind::Unsupported,
            "the session store does not have this",
        )
        .with(what)
    }

    /// The store says no.
    pub fn backend(source: impl Into<Source>) -> Self {
        Self::new(StoreErrorKind::Backend, "the session store failed").with(source)
    }

    fn new(kind: StoreErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    fn with(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
