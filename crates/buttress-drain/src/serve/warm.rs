//! How many connections hold buffers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// More than that are many: then those that have nothing to do are parked at
/// once. hyper has some 17 KiB for each, so that these are 17 MiB; without a limit,
/// as many as send a request within the time of [`park`](super::Serve::park).
const MANY: usize = 1_000;

/// Counts the connections that hyper serves over HTTP/1.
#[derive(Clone, Debug, Default)]
pub(super) struct Warm(Arc<AtomicUsize>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct One(Warm);

impl Warm {
    pub(super) fn one_more(&self) -> One {
        self.0.fetch_add(1, Relaxed);
        One(self.clone())
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.0.load(Relaxed) > MANY
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_crowded_while_more_than_many_are_there() {
        let warm = Warm::default();
        let mut all: Vec<_> = (0..MANY).map(|_| warm.one_more()).collect();
        assert!(!warm.is_crowded());
        all.push(warm.one_more());
        assert!(warm.is_crowded());
        all.pop();
        assert!(!warm.is_crowded());
    }
}
