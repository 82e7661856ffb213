//! Buffers that threads seldom have to share.

use std::{
    cell::Cell,
    mem,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// More would only split the memory up.
const MOST_SHARDS: usize = 16;
/// What a buffer has at first; it grows up to its limit.
const FIRST_BYTES: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct Shards {
    shards: Box<[Shard]>,
    limit: usize,
}

// Two shards in one cache line would make their threads wait for each other.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    buffer: Mutex<Buffer>,
    has_room: Condvar,
}

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// Behind the lock, so that no line can come in after the last look.
    is_closed: bool,
}

/// What came of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Yes,
    /// It made a buffer half full.
    YesAndHalfFull,
    NoRoom,
}

impl Shards {
    /// Buffers that together hold `capacity` bytes, what is being written included.
    pub(super) fn new(capacity: usize) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let count = threads.clamp(1, MOST_SHARDS);
        Self {
            shards: (0..count).map(|_| Shard::default()).collect(),
            // Of each shard one buffer fills up while another one is written.
            limit: capacity / (2 * count),
        }
    }

    pub(super) fn push(&self, line: &[u8]) -> Taken {
        self.append(&mut self.mine().lock(), line)
    }

    /// Waits a little for room. False if there will never be any for this line.
    pub(super) fn wait_for_room(&self, line: &[u8]) -> bool {
        let shard = self.mine();
        let buffer = shard.lock();
        if buffer.is_closed || line.len() > self.limit {
            return false;
        }
        if buffer.bytes.len() + line.len() > self.limit {
            // With a timeout, so that a wake-up that went elsewhere costs no more.
            let a_moment = Duration::from_millis(50);
            drop(shard.has_room.wait_timeout(buffer, a_moment));
        }
        true
    }

    /// Takes all lines of one shard, and leaves `empty` to it.
    pub(super) fn take(&self, index: usize, empty: Vec<u8>) -> Vec<u8> {
        let shard = &self.shards[index];
        let full = mem::replace(&mut shard.lock().bytes, empty);
        shard.has_room.notify_all();
        full
    }

    /// Lets no more line in.
    pub(super) fn close(&self) {
        for shard in &self.shards {
            shard.lock().is_closed = true;
            shard.has_room.notify_all();
        }
    }

    pub(super) fn indices(&self) -> std::ops::Range<usize> {
        0..self.shards.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shards
            .iter()
            .all(|shard| shard.lock().bytes.is_empty())
    }

    pub(super) fn bytes(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().bytes.len())
            .sum()
    }

    fn append(&self, buffer: &mut Buffer, line: &[u8]) -> Taken {
        let bytes = &mut buffer.bytes;
        let before = bytes.len();
        let after = before + line.len();
        if buffer.is_closed || after > self.limit {
            return Taken::NoRoom;
        }
        if after > bytes.capacity() {
            let capacity = (2 * bytes.capacity()).max(FIRST_BYTES).max(after);
            bytes.reserve_exact(capacity.min(self.limit) - before);
        }
        bytes.extend_from_slice(line);
        let half = self.limit / 2;
        if before < half && after >= half {
            return Taken::YesAndHalfFull;
        }
        Taken::Yes
    }

    /// The shard of this thread.
    fn mine(&self) -> &Shard {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static MINE: Cell<Option<usize>> = const { Cell::new(None) };
        }
        let mine = MINE.get().unwrap_or_else(|| {
            let mine = NEXT.fetch_add(1, Ordering::Relaxed);
            MINE.set(Some(mine));
            mine
        });
        &self.shards[mine % self.shards.len()]
    }
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        // Nothing panics while it holds the lock but for want of memory.
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_one(limit: usize) -> Shards {
        Shards {
            shards: Box::new([Shard::default()]),
            limit,
        }
    }

    #[test]
    fn the_limit_is_met_to_the_byte() {
        let shards = of_one(10);
        assert_eq!(shards.push(b"1234"), Taken::Yes);
        assert_eq!(shards.push(b"5"), Taken::YesAndHalfFull);
        assert_eq!(shards.push(b"67890"), Taken::Yes);
        assert_eq!(shards.push(b"x"), Taken::NoRoom);
        let full = shards.take(0, Vec::new());
        assert_eq!(full, b"1234567890");
        assert!(full.capacity() <= 10);
    }

    #[test]
    fn a_line_longer_than_a_buffer_does_not_wait_for_ever() {
        assert!(!of_one(4).wait_for_room(b"12345"));
    }

    #[test]
    fn a_closed_shard_takes_nothing_and_lets_nobody_wait() {
        let shards = of_one(4);
        shards.close();
        assert_eq!(shards.push(b"1"), Taken::NoRoom);
        assert!(!shards.wait_for_room(b"1"));
    }

    #[test]
    fn half_of_the_capacity_is_for_what_is_being_written() {
        let shards = Shards::new(1 << 20);
        assert_eq!(2 * shards.limit * shards.shards.len(), 1 << 20);
    }
}
