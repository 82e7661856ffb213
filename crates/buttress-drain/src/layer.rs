use crate::{Drain, Drained};
use tower_layer::Layer;

/// Makes a drain see the requests of the service inside.
///
/// For servers other than [`serve`](crate::serve()), which does the same for
/// each connection: with both, every request counts twice. See the
/// [crate docs](crate).
#[derive(Clone, Debug)]
pub struct DrainLayer {
    drain: Drain,
    enabled: bool,
}

impl DrainLayer {
    /// A layer whose services belong to `drain`.
    #[must_use]
    pub fn new(drain: Drain) -> Self {
        Self {
            drain,
            enabled: true,
        }
    }

    /// Off, the layer passes everything through and counts nothing.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
}

impl<S> Layer<S> for DrainLayer {
    type Service = Drained<S>;

    fn layer(&self, inner: S) -> Drained<S> {
        Drained::new(inner, self.enabled.then(|| self.drain.clone()))
    }
}
