use crate::{Kind, kind::Kinds};
use std::{sync::Arc, time::Duration};

/// The calls of one poll that may have blocked.
#[derive(Clone, Debug)]
pub(crate) struct Hits {
    pub(crate) worker: Arc<str>,
    pub(crate) hits: Vec<Hit>,
    /// Those for which there was no room.
    pub(crate) lost: u64,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) call: &'static str,
    /// How often it was made.
    pub(crate) count: u32,
    pub(crate) kind: Kind,
    /// The kinds that were allowed when it was made.
    pub(crate) allowed: Kinds,
    pub(crate) target: Option<String>,
    /// How long it took, all times together.
    pub(crate) took: Option<Duration>,
    pub(crate) frames: Vec<u64>,
}
