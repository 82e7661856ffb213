use crate::{Flush, Level};

/// What a handler, or an inner layer, asks of the layer for one response, put
/// into the response's extensions. With axum that is
/// `(Extension(CompressionHint::skip()), body)`.
///
/// ```
/// use buttress_compression::{CompressionHint, Level};
/// use http::Response;
///
/// let mut response = Response::new("secrets beside what the client sent");
/// response.extensions_mut().insert(CompressionHint::skip());
/// # let mut response = Response::new("a page that is built once a day");
/// response.extensions_mut().insert(CompressionHint::new().level(Level::Exact(9)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CompressionHint {
    pub(crate) skip: bool,
    pub(crate) once: bool,
    pub(crate) level: Option<Level>,
    pub(crate) flush: Option<Flush>,
}

impl CompressionHint {
    /// Asks for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the response as it is, headers included.
    #[must_use]
    pub fn skip() -> Self {
        Self {
            skip: true,
            ..Self::default()
        }
    }

    /// The level for this response, before the layer's own and before what
    /// [`Adaptive`](crate::Adaptive) says.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// When output is handed on, for this response.
    #[must_use]
    pub fn flush(mut self, flush: Flush) -> Self {
        self.flush = Some(flush);
        self
    }

    /// The body is immutable and will be sent again: keep its encoded form in
    /// the layer's compress-once cache, if it has one (feature `compress-once`).
    /// Responses with a strong `ETag` need no hint.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }
}
