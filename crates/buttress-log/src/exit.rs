//! The ends of a process that run no destructors.

// `atexit` has no safe form.
#![allow(unsafe_code)]

use crate::Writer;
use std::{
    panic,
    sync::{Mutex, Once, PoisonError},
    time::Duration,
};

/// What is to be flushed, and for how long.
static AT_EXIT: Mutex<Vec<(Writer, Duration)>> = Mutex::new(Vec::new());

impl Writer {
    /// Has the process flush this writer when it exits, by `std::process::exit` too,
    /// which runs no destructor and so does not drop the [`Guard`](crate::Guard). It
    /// takes at most `deadline`.
    ///
    /// What no hook can catch is lost, up to a tick's lines: `abort`, a signal that
    /// kills, `_exit`. See the [crate docs](crate#the-end).
    pub fn flush_at_exit(&self, deadline: Duration) {
        static REGISTERED: Once = Once::new();
        let mut writers = AT_EXIT.lock().unwrap_or_else(PoisonError::into_inner);
        writers.push((self.clone(), deadline));
        REGISTERED.call_once(register);
    }

    /// After each panic, and after the hook that was there before, has the lines
    /// written at once; where panics abort the process, waits for it, at most for
    /// `deadline`. Where they unwind nothing waits, since the thread may be a worker.
    pub fn install_panic_hook(&self, deadline: Duration) {
        let writer = self.clone();
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            previous(info);
            if cfg!(panic = "abort") {
                // Whether it works or not, this is the end.
                let _ = writer.flush(deadline);
            } else {
                writer.wake();
            }
        }));
    }
}

#[cfg(unix)]
fn register() {
    extern "C" fn flush_all() {
        // A panic must not leave a function that C calls.
        let _ = panic::catch_unwind(flush_registered);
    }
    // SAFETY: the function is `extern "C"`, takes no arguments and never unwinds. It
    // uses no thread-local with a destructor, as those of this thread may be gone.
    let refused = unsafe { libc::atexit(flush_all) };
    debug_assert_eq!(refused, 0, "32 functions always find room, by POSIX");
}

#[cfg(not(unix))]
fn register() {
    tracing::warn!(target: "buttress_log", "this system has no exit hook: flush before exit");
}

#[cfg(unix)]
fn flush_registered() {
    // If the exit came from under the lock, waiting for it would be for ever.
    let Ok(writers) = AT_EXIT.try_lock() else {
        return;
    };
    for (writer, deadline) in &*writers {
        // Nobody is left to tell.
        let _ = writer.flush(*deadline);
    }
}
