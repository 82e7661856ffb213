use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What is on its way to Redis, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Writes {
    bytes: Arc<AtomicUsize>,
    most: usize,
}

/// Room for one entry, given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    bytes: Arc<AtomicUsize>,
    taken: usize,
}

impl Writes {
    pub(crate) fn of(most: usize) -> Self {
        Self {
            bytes: Arc::default(),
            most,
        }
    }

    /// Room for so many bytes, unless others have taken it.
    pub(crate) fn room(&self, bytes: usize) -> Option<Room> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let room = Room {
            bytes: self.bytes.clone(),
            taken: bytes,
        };
        (before + bytes <= self.most).then_some(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.bytes.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_and_comes_back() {
        let writes = Writes::of(10);
        let room = writes.room(6).unwrap();
        assert!(writes.room(5).is_none());
        let other = writes.room(4).unwrap();
        drop((room, other));
        assert!(writes.room(10).is_some());
    }
}
