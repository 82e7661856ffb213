use std::{mem, ops::Range, ptr};

/// The kernel's number of the calling thread.
pub(crate) fn thread_id() -> i32 {
    // SAFETY: it takes nothing and cannot fail.
    unsafe { libc::gettid() }
}

/// Where the stack of the calling thread lies; empty if that cannot be learned.
pub(crate) fn stack_of_this_thread() -> Range<u64> {
    // SAFETY: an attribute object of zeroes is what `pthread_getattr_np` fills
    // in; it is read only after that succeeded, and destroyed once.
    unsafe {
        let mut attributes: libc::pthread_attr_t = mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return 0..0;
        }
        let (mut start, mut size) = (ptr::null_mut(), 0);
        let got = libc::pthread_attr_getstack(&attributes, &mut start, &mut size);
        libc::pthread_attr_destroy(&mut attributes);
        if got != 0 {
            return 0..0;
        }
        let start = start as usize as u64;
        start..start + size as u64
    }
}

/// The stack of the thread that made this, to be read by it alone.
#[derive(Clone, Debug)]
pub(crate) struct OwnStack {
    range: Range<u64>,
    _not_send: std::marker::PhantomData<*const ()>,
}

// SAFETY: it moves with what belongs to its thread, and `read` asks whether the
// stack pointer lies in it.
unsafe impl Send for OwnStack {}

impl OwnStack {
    pub(crate) fn of_this_thread() -> Self {
        Self {
            range: stack_of_this_thread(),
            _not_send: std::marker::PhantomData,
        }
    }

    /// A word of it, if it is one.
    pub(crate) fn read(&self, address: u64) -> Result<u64, ()> {
        let here = ptr::from_ref(&address) as usize as u64;
        let is_in_use = self.range.contains(&here) && (here..self.range.end - 7).contains(&address);
        if !is_in_use || address % 8 != 0 {
            return Err(());
        }
        // SAFETY: between this frame and the end of the stack that this thread
        // runs on: mapped, aligned, and nobody else's to write. Volatile, for it
        // may be any function's variable.
        Ok(unsafe { ptr::read_volatile(address as usize as *const u64) })
    }
}
