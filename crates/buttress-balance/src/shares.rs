use crate::{load::Load, policy::Classes, snapshot::Shared};
use std::sync::Arc;

/// What policies compare of the endpoints that are ready, side by side: to follow a
/// pointer to each of them takes longer than the comparison.
pub(crate) struct Shares {
    pub(crate) ids: Box<[u64]>,
    /// When all have started; above zero.
    pub(crate) weights: Box<[f64]>,
    pub(crate) sum: f64,
    pub(crate) classes: Classes,
    pub(crate) loads: Box<[Arc<Load>]>,
}

impl Shares {
    pub(crate) fn of<K, S>(ready: &[Shared<K, S>]) -> Self {
        let weights: Box<[f64]> = ready.iter().map(|it| share(it.weight)).collect();
        Self {
            ids: ready.iter().map(|it| it.id).collect(),
            sum: weights.iter().sum(),
            classes: Classes::of(&weights),
            loads: ready.iter().map(|it| Arc::clone(&it.load)).collect(),
            weights,
        }
    }
}

/// A spare, which stands in for others, has no weight of its own.
pub(crate) fn share(weight: f64) -> f64 {
    if weight > 0.0 { weight } else { 1.0 }
}
