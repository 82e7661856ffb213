//! Counts what is allocated, by C libraries too.
//!
//! zstd and libdeflate call `malloc` past Rust's allocator, so the program's
//! own `malloc` family takes the place of glibc's, counts while it is asked to,
//! and hands on. While it is not, all it costs is reading a flag.

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
};

/// What was allocated during some work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that got memory; growing counts as one.
    pub allocations: u64,
    /// Bytes asked for; growing counts what was added.
    pub bytes: u64,
    /// Bytes got and not given back, as the allocator rounds them up.
    pub live: i64,
}

static COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

/// Counts what the process allocates during `work`.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    let (boxed, check) = count(|| black_box(Box::new(0_u8)));
    assert_eq!(check.allocations, 1, "malloc is not ours");
    drop(boxed);
    count(work)
}

fn count<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    ALLOCATIONS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    LIVE.store(0, Relaxed);
    COUNTING.store(true, Relaxed);
    let output = work();
    COUNTING.store(false, Relaxed);
    let counts = Counts {
        allocations: ALLOCATIONS.load(Relaxed),
        bytes: BYTES.load(Relaxed),
        live: LIVE.load(Relaxed),
    };
    (output, counts)
}

fn got(asked: usize, got: usize) {
    ALLOCATIONS.fetch_add(1, Relaxed);
    BYTES.fetch_add(asked as u64, Relaxed);
    LIVE.fetch_add(got as i64, Relaxed);
}

/// The one place that needs `unsafe`: C's allocator has no safe form.
#[allow(unsafe_code)]
mod family {
    use super::{COUNTING, LIVE, Relaxed, got};
    use std::ffi::{c_int, c_void};

    // SAFETY: glibc exports these, with these signatures; the first five are
    // what its own `malloc` family is an alias of.
    unsafe extern "C" {
        fn __libc_malloc(size: usize) -> *mut c_void;
        fn __libc_calloc(items: usize, size: usize) -> *mut c_void;
        fn __libc_realloc(old: *mut c_void, size: usize) -> *mut c_void;
        fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
        fn __libc_free(old: *mut c_void);
        fn malloc_usable_size(block: *mut c_void) -> usize;
    }

    /// The block's real size, 0 for a null pointer.
    fn usable(block: *mut c_void) -> usize {
        // SAFETY: every caller has the block from `__libc_*`, and has not
        // given it back.
        unsafe { malloc_usable_size(block) }
    }

    fn counted(block: *mut c_void, asked: usize) -> *mut c_void {
        if COUNTING.load(Relaxed) {
            got(asked, usable(block));
        }
        block
    }

    // SAFETY, for all below: each hands its arguments to glibc's function of
    // the same contract and returns its answer. Counting neither allocates nor
    // unwinds.

    #[unsafe(no_mangle)]
    unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
        // SAFETY: see above.
        counted(unsafe { __libc_malloc(size) }, size)
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn calloc(items: usize, size: usize) -> *mut c_void {
        // SAFETY: see above.
        counted(unsafe { __libc_calloc(items, size) }, items * size)
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
        if !COUNTING.load(Relaxed) {
            // SAFETY: see above.
            return unsafe { __libc_realloc(old, size) };
        }
        let before = usable(old);
        LIVE.fetch_sub(before as i64, Relaxed);
        // SAFETY: see above.
        let block = unsafe { __libc_realloc(old, size) };
        got(size.saturating_sub(before), usable(block));
        block
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
        // SAFETY: see above.
        counted(unsafe { __libc_memalign(align, size) }, size)
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
        // SAFETY: see above; glibc's `aligned_alloc` is its `memalign`.
        counted(unsafe { __libc_memalign(align, size) }, size)
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn posix_memalign(
        place: *mut *mut c_void,
        align: usize,
        size: usize,
    ) -> c_int {
        const ENOMEM: c_int = 12;
        // SAFETY: see above.
        let block = counted(unsafe { __libc_memalign(align, size) }, size);
        if block.is_null() {
            return ENOMEM;
        }
        // SAFETY: the caller's `place` may be written to.
        unsafe { *place = block };
        0
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn free(old: *mut c_void) {
        if COUNTING.load(Relaxed) {
            LIVE.fetch_sub(usable(old) as i64, Relaxed);
        }
        // SAFETY: see above.
        unsafe { __libc_free(old) }
    }
}
