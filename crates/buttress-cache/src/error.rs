use std::{error::Error, fmt, sync::Arc};

/// Any error, as the bodies of this crate give it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A reader fell out of the window that it shared with others.
///
/// Requests for one response read it together. One that reads so slowly that a
/// window's worth of bytes is kept for it alone is given up, since neither memory
/// nor the others may wait for it without bounds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LaggedError;

impl fmt::Display for LaggedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fell behind the other readers of a response that is too large to keep")
    }
}

impl Error for LaggedError {}

/// What another reader of the same body met.
#[derive(Clone, Debug)]
pub(crate) struct SharedError(Arc<str>);

impl SharedError {
    pub(crate) fn new(text: Arc<str>) -> Self {
        Self(text)
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body of a shared response failed: {}", self.0)
    }
}

impl Error for SharedError {}
