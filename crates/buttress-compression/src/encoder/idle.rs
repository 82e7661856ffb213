//! Things that wait for their next use.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// At most `max` idle things, each with what it can be used for.
pub(super) struct Idle<K, T> {
    max: usize,
    /// The one that was used last is at the end.
    entries: Mutex<Vec<(K, T)>>,
}

impl<K: PartialEq, T> Idle<K, T> {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            entries: Mutex::default(),
        }
    }

    /// The one that was used last is taken: its memory is the most likely to be
    /// in the processor's cache.
    pub(super) fn take(&self, key: &K) -> Option<T> {
        let mut entries = self.lock();
        let at = entries.iter().rposition(|(k, _)| k == key)?;
        Some(entries.remove(at).1)
    }

    /// Where there is no room, the one that was not used for longest makes
    /// some, so that what nobody asks for any more does not stay for ever.
    pub(super) fn put(&self, key: K, value: T) {
        if self.max == 0 {
            return;
        }
        let mut entries = self.lock();
        let evicted = (entries.len() >= self.max).then(|| entries.remove(0));
        entries.push((key, value));
        drop(entries);
        // Freeing takes its time: not under the lock.
        drop(evicted);
    }

    /// A panic under the lock leaves the list whole, so poison says nothing.
    fn lock(&self) -> MutexGuard<'_, Vec<(K, T)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }
}

#[cfg(test)]
mod tests {
    use super::Idle;
    use std::panic;

    #[test]
    fn the_one_used_last_is_taken_and_the_one_not_used_for_longest_leaves() {
        let idle = Idle::new(2);
        for (key, value) in [('a', 1), ('b', 2), ('b', 3)] {
            idle.put(key, value);
        }
        assert_eq!(idle.take(&'a'), None);
        assert_eq!(idle.take(&'b'), Some(3));
        assert_eq!(idle.take(&'b'), Some(2));
        assert_eq!(idle.take(&'b'), None);
    }

    #[test]
    fn a_panic_under_the_lock_does_not_end_the_use() {
        #[derive(Clone, Copy)]
        struct Key(bool);
        impl PartialEq for Key {
            fn eq(&self, other: &Self) -> bool {
                if self.0 || other.0 {
                    panic::resume_unwind(Box::new("a panic"));
                }
                true
            }
        }
        let idle = Idle::new(2);
        idle.put(Key(false), 1);
        let look = panic::AssertUnwindSafe(|| idle.take(&Key(true)));
        assert!(panic::catch_unwind(look).is_err());
        idle.put(Key(false), 2);
        assert_eq!(idle.take(&Key(false)), Some(2));
        assert_eq!(idle.len(), 1);
    }
}
