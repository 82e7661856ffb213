//! Counts what a piece of code allocates.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering},
};

/// The system's allocator with counters. A test binary installs it:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: buttress_testing::alloc::CountingAllocator =
///     buttress_testing::alloc::CountingAllocator;
///
/// let (numbers, counts) = buttress_testing::alloc::measure(|| vec![0_u8; 100]);
/// assert_eq!((counts.allocations, counts.bytes), (1, 100));
/// drop(numbers);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

/// What one thread allocated meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that got memory; growing counts as one.
    pub allocations: usize,
    /// Bytes asked for; growing counts what was added.
    pub bytes: usize,
    /// Bytes given back, by whatever thread had asked for them.
    pub freed: usize,
}

impl Counts {
    /// Bytes asked for and not given back; negative where more was given back.
    #[must_use]
    pub fn live(&self) -> isize {
        self.bytes as isize - self.freed as isize
    }
}

static LIVE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // Constant and without a destructor, so that reading it allocates nothing
    // and works until the thread is gone.
    static COUNTS: Cell<Counts> = const {
        Cell::new(Counts { allocations: 0, bytes: 0, freed: 0 })
    };
}

/// Runs `work` and counts what this thread allocates in it.
///
/// # Panics
///
/// If the binary did not install [`CountingAllocator`].
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    assert!(
        is_installed(),
        "CountingAllocator is not the global allocator"
    );
    let before = COUNTS.get();
    let output = work();
    let after = COUNTS.get();
    let counts = Counts {
        allocations: after.allocations - before.allocations,
        bytes: after.bytes - before.bytes,
        freed: after.freed - before.freed,
    };
    (output, counts)
}

/// Bytes that all threads together hold now.
///
/// # Panics
///
/// If the binary did not install [`CountingAllocator`].
#[must_use]
pub fn live_bytes() -> usize {
    assert!(
        is_installed(),
        "CountingAllocator is not the global allocator"
    );
    LIVE.load(Ordering::SeqCst)
}

fn is_installed() -> bool {
    let before = COUNTS.get().allocations;
    drop(black_box(Box::new(0_u8)));
    COUNTS.get().allocations > before
}

fn count_grown(bytes: usize) {
    LIVE.fetch_add(bytes, Ordering::SeqCst);
    let mut counts = COUNTS.get();
    counts.allocations += 1;
    counts.bytes += bytes;
    COUNTS.set(counts);
}

fn count_freed(bytes: usize) {
    LIVE.fetch_sub(bytes, Ordering::SeqCst);
    let mut counts = COUNTS.get();
    counts.freed += bytes;
    COUNTS.set(counts);
}

/// The one place that needs `unsafe`: the trait has no safe form.
#[allow(unsafe_code)]
mod global {
    use super::*;

    // SAFETY: each method hands its arguments unchanged to `System`, which keeps
    // the contract of the trait, and returns what that returned. The counters
    // are atomics and constant thread-locals without a destructor: they neither
    // allocate nor panic nor unwind.
    unsafe impl GlobalAlloc for CountingAllocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            count_grown(layout.size());
            // SAFETY: the caller keeps the contract of `alloc`.
            unsafe { System.alloc(layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            count_grown(layout.size());
            // SAFETY: the caller keeps the contract of `alloc_zeroed`.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            count_freed(layout.size());
            // SAFETY: the caller keeps the contract of `dealloc`, and `pointer`
            // came from `System`, since every method here asks that.
            unsafe { System.dealloc(pointer, layout) }
        }

        unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            if size >= layout.size() {
                count_grown(size - layout.size());
            } else {
                count_freed(layout.size() - size);
            }
            // SAFETY: as for `dealloc`; the caller keeps the contract of `realloc`.
            unsafe { System.realloc(pointer, layout, size) }
        }
    }
}
