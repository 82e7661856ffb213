use crate::store::StoreKey;
use std::{cmp::Reverse, collections::BinaryHeap};
use tokio::time::Instant;

/// Which record ends next.
///
/// A record has one place in here. When its life is prolonged the place stays
/// where it is, and is found to be too early when its turn comes: so that a
/// reading of a session costs nothing here.
#[derive(Default)]
pub(super) struct Expiry(BinaryHeap<Reverse<(Instant, StoreKey)>>);

impl Expiry {
    pub(super) fn push(&mut self, ends: Instant, key: StoreKey) {
        self.0.push(Reverse((ends, key)));
    }

    /// The place that is next, whether the record still ends then or not.
    pub(super) fn pop(&mut self) -> Option<(Instant, StoreKey)> {
        self.0.pop().map(|Reverse(place)| place)
    }

    /// As [`pop`](Self::pop), for those before `now` alone.
    pub(super) fn pop_until(&mut self, now: Instant) -> Option<StoreKey> {
        if !self.has_until(now) {
            return None;
        }
        self.pop().map(|(_, key)| key)
    }

    pub(super) fn has_until(&self, now: Instant) -> bool {
        self.0.peek().is_some_and(|Reverse((ends, _))| *ends <= now)
    }

    /// Gives back the places of records that were deleted, once they are the
    /// larger part.
    pub(super) fn keep_within<'a>(
        &mut self,
        live: usize,
        records: impl Iterator<Item = (Instant, &'a StoreKey)>,
    ) {
        if self.0.len() > 2 * live + 64 {
            self.0 = records
                .map(|(ends, key)| Reverse((ends, key.clone())))
                .collect();
        }
    }
}
