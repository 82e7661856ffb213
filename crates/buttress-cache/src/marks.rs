use crate::policy::Timestamp;
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// The keys whose responses could not be shared of late: who asks for one asks
/// the origin at once, and waits for nobody ("hit for miss").
///
/// A table by hash, so that a look costs one load, on a hit as well. Two keys in one
/// place push each other out, and are shared as if nothing was known of them; two
/// with one hash would at worst be asked for apart.
pub(crate) struct Marks(Box<[AtomicU64]>);

/// What is remembered of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The first second in which it does not hold any more.
    pub(crate) until: Timestamp,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing was stored under the key when the mark was made.
    Bare,
    /// There were other variants, which may be hits.
    Beside,
    /// Something came under it that could have been stored. The next such response
    /// will be, so those who ask take what that needs along.
    Mixed,
}

impl Marks {
    /// How many are remembered at most.
    const MOST: usize = 16 * 1024;

    pub(crate) fn new() -> Self {
        Self((0..Self::MOST).map(|_| AtomicU64::new(0)).collect())
    }

    /// The mark of the key with this hash, if it has one that holds.
    pub(crate) fn find(&self, hash: u64, now: Timestamp) -> Option<Mark> {
        let word = self.place(hash).load(Ordering::Relaxed);
        let mark = Mark::unpack(word);
        (word >> 34 == hash >> 34 && now < mark.until).then_some(mark)
    }

    /// Marks a key after a response that could not be shared.
    pub(crate) fn set(&self, hash: u64, now: Timestamp, mark: Mark) {
        let known = self.find(hash, now);
        let kind = match known {
            Some(Mark { kind, .. }) if kind == Kind::Mixed => kind,
            _ => mark.kind,
        };
        self.put(hash, Mark { kind, ..mark });
    }

    /// A response came that could have been stored, and was not because of the
    /// mark.
    pub(crate) fn mix(&self, hash: u64, until: Timestamp) {
        let kind = Kind::Mixed;
        self.put(hash, Mark { until, kind });
    }

    pub(crate) fn remove(&self, hash: u64) {
        let place = self.place(hash);
        let word = place.load(Ordering::Relaxed);
        if word != 0 && word >> 34 == hash >> 34 {
            place.store(0, Ordering::Relaxed);
        }
    }

    fn put(&self, hash: u64, mark: Mark) {
        let word = hash >> 34 << 34 | mark.pack();
        self.place(hash).store(word, Ordering::Relaxed);
    }

    fn place(&self, hash: u64) -> &AtomicU64 {
        &self.0[hash as usize % self.0.len()]
    }
}

/// In the lower 34 bits: 32 of the time, and two of the kind.
impl Mark {
    fn pack(self) -> u64 {
        // Until 2106 there is room.
        let until = self.until.as_secs().min(u64::from(u32::MAX));
        let kind = match self.kind {
            Kind::Bare => 0,
            Kind::Beside => 1,
            Kind::Mixed => 2,
        };
        until << 2 | kind
    }

    fn unpack(word: u64) -> Self {
        let kind = match word & 3 {
            0 => Kind::Bare,
            1 => Kind::Beside,
            _ => Kind::Mixed,
        };
        let until = word >> 2 & u64::from(u32::MAX);
        Self {
            until: Timestamp::from_secs(until),
            kind,
        }
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

    fn kind() -> impl Strategy<Value = Kind> {
        prop::sample::select(&[Kind::Bare, Kind::Beside, Kind::Mixed][..])
    }

    proptest! {
        #[test]
        fn a_mark_is_found_until_it_has_expired(hash: u64, kind in kind(), left in 1..1000_u64) {
            let marks = Marks::new();
            let until = Timestamp::from_secs(NOW.as_secs() + left);
            let mark = Mark { until, kind };
            marks.set(hash, NOW, mark);
            prop_assert_eq!(marks.find(hash, NOW), Some(mark));
            let last = Timestamp::from_secs(until.as_secs() - 1);
            prop_assert_eq!(marks.find(hash, last), Some(mark));
            prop_assert_eq!(marks.find(hash, until), None);
            // Another key in the same place, and one in another.
            prop_assert_eq!(marks.find(hash ^ 1 << 40, NOW), None);
            prop_assert_eq!(marks.find(hash ^ 1, NOW), None);
            marks.remove(hash ^ 1 << 40);
            prop_assert_eq!(marks.find(hash, NOW), Some(mark));
            marks.remove(hash);
            prop_assert_eq!(marks.find(hash, NOW), None);
        }

        #[test]
        fn no_time_and_no_hash_makes_one_out_of_nothing(hash: u64, now: u64) {
            prop_assert_eq!(Marks::new().find(hash, Timestamp::from_secs(now)), None);
        }
    }

    #[test]
    fn a_mixed_mark_stays_mixed() {
        let marks = Marks::new();
        let until = Timestamp::from_secs(NOW.as_secs() + 10);
        marks.mix(7, until);
        let kind = Kind::Bare;
        marks.set(7, NOW, Mark { until, kind });
        assert_eq!(marks.find(7, NOW).map(|mark| mark.kind), Some(Kind::Mixed));
        // Once it has expired it is forgotten.
        let later = Timestamp::from_secs(until.as_secs() + 10);
        marks.set(7, until, Mark { until: later, kind });
        assert_eq!(marks.find(7, until).map(|mark| mark.kind), Some(kind));
    }
}
