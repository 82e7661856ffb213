use super::{accepted::Accepted, limits::Limits};
use crate::Encoding;

/// The settings of the layer. `Copy`, so a clone of the service costs nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config {
    pub(super) enabled: bool,
    pub(super) accepted: Accepted,
    pub(super) max_codings: usize,
    pub(super) limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            accepted: Accepted::new(Encoding::PREFERENCE),
            max_codings: 2,
            limits: Limits::DEFAULT,
        }
    }
}
