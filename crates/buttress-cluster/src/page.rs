//! A page of shared memory: who serves which slot, and how each worker fares.

use crate::exec;
use rustix::{
    fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create},
    time::{ClockId, clock_gettime},
};
use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use crate::policy::MAX_WORKERS as SLOTS;

/// Old and new workers of a reload, and as many that still drain.
const ROWS: usize = 4 * SLOTS;
const ROW: usize = 192;
/// Where in a row the last words begin: when, how long, and what.
const WORDS_SAID: usize = 128;
/// Where the number of slots is.
const SLOT_COUNT: usize = 2 * SLOTS;
const HEADER: usize = SLOT_COUNT + 1;
const WORDS: usize = HEADER + ROWS * ROW;

/// A worker that has not said anything for so long is blocked: its peers take the
/// connections that wait for it.
pub(crate) const STALE: Duration = Duration::from_millis(20);

/// Who serves and who owns each slot, then a row for each worker. Numbers are
/// relaxed: each stands for itself, and a stale one is late by nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    words: &'static [AtomicU64],
    memory: Arc<OwnedFd>,
}

/// A worker's own part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row(&'static [AtomicU64]);

#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(crate) enum Count {
    /// Nanoseconds of the monotonic clock, when it last said that it runs.
    Beat,
    /// Connections taken, from whatever socket.
    Accepted,
    /// Connections open now.
    Open,
    /// Requests whose answers are not complete.
    InFlight,
    Requests,
    /// Connections that it gave to a peer that had fewer.
    HandedOn,
    /// Connections that it took from a peer that was blocked or gone.
    Rescued,
    /// The process that does the work, if it is not the worker itself.
    Program,
}

/// Where in a row the latencies begin.
const LATENCIES: usize = 16;

impl Page {
    /// A page of its own.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let memory = memfd_create("buttress-cluster", flags)?;
        ftruncate(&memory, (WORDS * size_of::<AtomicU64>()) as u64)?;
        fcntl_add_seals(&memory, SealFlags::SHRINK | SealFlags::GROW)?;
        let page = Self::of(memory)?;
        for slot in 0..SLOTS {
            page.own(slot, slot);
        }
        Ok(page)
    }

    /// The page that the supervisor has made.
    pub(crate) fn of(memory: OwnedFd) -> io::Result<Self> {
        let words = exec::map(memory.as_fd(), WORDS)?;
        Ok(Self {
            words,
            memory: Arc::new(memory),
        })
    }

    pub(crate) fn memory(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }

    pub(crate) fn row(&self, row: usize) -> Row {
        let start = HEADER + (row % ROWS) * ROW;
        Row(&self.words[start..start + ROW])
    }

    /// An unused row, zeroed.
    pub(crate) fn free_row(&self, is_used: impl Fn(usize) -> bool) -> Option<usize> {
        let row = (0..ROWS).find(|row| !is_used(*row))?;
        for word in self.row(row).0 {
            word.store(0, Relaxed);
        }
        Some(row)
    }

    /// The worker of `row` serves the slot from now on, or nobody does.
    pub(crate) fn serve(&self, slot: usize, row: Option<usize>) {
        let row = row.map_or(0, |row| row as u64 + 1);
        self.words[slot % SLOTS].store(row, Relaxed);
    }

    pub(crate) fn serving(&self, slot: usize) -> Option<usize> {
        let row = self.words[slot % SLOTS].load(Relaxed).checked_sub(1)?;
        usize::try_from(row).ok()
    }

    pub(crate) fn is_served_by(&self, slot: usize, row: Row) -> bool {
        let serving = self.serving(slot).map(|row| self.row(row));
        serving.is_some_and(|serving| std::ptr::eq(serving.0, row.0))
    }

    /// The sockets of `slot` are those of the worker in slot `by`.
    pub(crate) fn own(&self, slot: usize, by: usize) {
        self.words[SLOTS + slot % SLOTS].store(by as u64, Relaxed);
    }

    pub(crate) fn owner(&self, slot: usize) -> usize {
        // Written by `own` alone.
        self.words[SLOTS + slot % SLOTS].load(Relaxed) as usize % SLOTS
    }

    pub(crate) fn count_slots(&self, slots: usize) {
        self.words[SLOT_COUNT].store(slots as u64, Relaxed);
    }

    /// Whether there is one slot only, and so nobody to look after.
    pub(crate) fn is_alone(&self) -> bool {
        self.words[SLOT_COUNT].load(Relaxed) < 2
    }

    /// The worker that serves the slot, if it has shown lately that it runs.
    pub(crate) fn fresh(&self, slot: usize, now: u64) -> Option<Row> {
        let row = self.row(self.serving(slot)?);
        let age = now.saturating_sub(row.get(Count::Beat));
        (u128::from(age) < STALE.as_nanos()).then_some(row)
    }
}

/// Nanoseconds of a clock that all processes share.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    // Since the machine was started, and so positive.
    let nanos = Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_nanos();
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

impl Row {
    pub(crate) fn get(self, count: Count) -> u64 {
        self.0[count as usize].load(Relaxed)
    }

    pub(crate) fn set(self, count: Count, value: u64) {
        self.0[count as usize].store(value, Relaxed);
    }

    pub(crate) fn add(self, count: Count) {
        self.0[count as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn subtract(self, count: Count) {
        self.0[count as usize].fetch_sub(1, Relaxed);
    }

    /// Counts an answer that took so long.
    pub(crate) fn took(self, time: Duration) {
        self.0[LATENCIES + bucket(time)].fetch_add(1, Relaxed);
    }

    pub(crate) fn latencies(self) -> Vec<u64> {
        self.0[LATENCIES..WORDS_SAID]
            .iter()
            .map(|word| word.load(Relaxed))
            .collect()
    }
}

impl Row {
    /// Keeps the beginning of a text, in place of what was said before. Two at once
    /// can mix, which garbles a line of a log.
    pub(crate) fn say(self, text: &str, now: u64) {
        let (head, space) = self.0[WORDS_SAID..].split_at(2);
        let bytes = &text.as_bytes()[..text.len().min(space.len() * size_of::<u64>())];
        for (word, chunk) in space.iter().zip(bytes.chunks(size_of::<u64>())) {
            let mut whole = [0; size_of::<u64>()];
            whole[..chunk.len()].copy_from_slice(chunk);
            word.store(u64::from_ne_bytes(whole), Relaxed);
        }
        head[1].store(bytes.len() as u64, Relaxed);
        head[0].store(now, Relaxed);
    }

    /// What was said last, if anything was, and when.
    pub(crate) fn said(self) -> Option<(String, u64)> {
        let (head, space) = self.0[WORDS_SAID..].split_at(2);
        let (then, length) = (head[0].load(Relaxed), head[1].load(Relaxed));
        let words = space.iter().map(|word| word.load(Relaxed).to_ne_bytes());
        // Written by a worker, which may have gone mad: no length is believed.
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let bytes: Vec<u8> = words.flatten().take(length).collect();
        (then > 0).then(|| (String::from_utf8_lossy(&bytes).into_owned(), then))
    }
}

/// Four a doubling, of microseconds; the last is for all above some four minutes.
fn bucket(time: Duration) -> usize {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    if micros < 4 {
        return micros as usize;
    }
    let octave = micros.ilog2() as usize;
    let quarter = (micros >> (octave - 2)) as usize & 3;
    ((octave - 1) * 4 + quarter).min(WORDS_SAID - LATENCIES - 1)
}

/// The upper end of a bucket.
fn upper(bucket: usize) -> Duration {
    if bucket < 4 {
        return Duration::from_micros(bucket as u64 + 1);
    }
    let (octave, quarter) = (bucket / 4 + 1, bucket % 4);
    Duration::from_micros((quarter as u64 + 5) << (octave - 2))
}

/// Below which so many in a hundred of the latencies are, to a quarter exact.
pub(crate) fn percentile(latencies: &[u64], percent: u64) -> Option<Duration> {
    let all: u64 = latencies.iter().sum();
    let wanted = (all * percent).div_ceil(100);
    let mut seen = 0;
    let at = latencies.iter().position(|count| {
        seen += count;
        seen >= wanted.max(1)
    });
    at.map(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_a_quarter_exact_at_most() {
        for micros in (0..2000).chain((11..27).map(|power| (1 << power) + 12345)) {
            let time = Duration::from_micros(micros);
            let upper = upper(bucket(time));
            assert!(upper >= time, "{time:?} in a bucket up to {upper:?}");
            assert!(micros < 8 || upper.as_micros() * 4 <= u128::from(micros) * 5 + 4);
        }
        assert!(bucket(Duration::MAX) < WORDS_SAID - LATENCIES);
    }

    #[test]
    fn words_are_kept_as_far_as_there_is_room() {
        let page = Page::new().unwrap();
        let row = page.row(7);
        assert_eq!(row.said(), None);
        row.say("panicked: no more", 5);
        assert_eq!(row.said(), Some(("panicked: no more".to_owned(), 5)));
        row.say(&"ä".repeat(1000), 6);
        let (text, _) = row.said().unwrap();
        assert_eq!(text, "ä".repeat(248));
        row.say("", 7);
        assert_eq!(row.said(), Some((String::new(), 7)));
        assert_eq!(page.row(8).said(), None, "it is in its own row");
    }

    #[test]
    fn a_percentile_of_nothing_is_none() {
        let mut latencies = vec![0; WORDS_SAID - LATENCIES];
        assert_eq!(percentile(&latencies, 99), None);
        latencies[bucket(Duration::from_millis(1))] = 99;
        latencies[bucket(Duration::from_secs(1))] = 1;
        assert!(percentile(&latencies, 99) < Some(Duration::from_millis(2)));
        assert!(percentile(&latencies, 100) > Some(Duration::from_millis(900)));
    }

    #[test]
    fn a_worker_is_fresh_while_its_heart_beats() {
        let page = Page::new().unwrap();
        assert!(page.fresh(3, now()).is_none(), "nobody serves");
        let row = page.free_row(|_| false).unwrap();
        page.serve(3, Some(row));
        page.row(row).set(Count::Beat, 1_000_000_000);
        assert!(page.fresh(3, 1_019_000_000).is_some());
        assert!(page.fresh(3, 1_020_000_000).is_none());
        page.serve(3, None);
        assert!(page.fresh(3, 1_001_000_000).is_none());
    }
}
