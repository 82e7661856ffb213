//! For tests: a future that blocks fails.
//!
//! ```
//! use buttress_sync_io::testing::forbid_blocking;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // In a `#[tokio::test]`; were there a `std::fs::read` in here, it would fail
//! // and say where.
//! let answer = forbid_blocking(async { 6 * 7 }).await;
//! assert_eq!(answer, 42);
//! # }
//! ```

use std::future::Future;

/// Panics if a poll of the future makes a blocking system call, with its stack,
/// after that poll. What the future spawns is not looked at, and neither is how
/// long it computes.
///
/// It needs what [`Mode::Exact`](crate::Mode::Exact) needs. Elsewhere it only
/// awaits, so that tests pass on each developer's machine:
/// [`assert_detector_works`] is for the one where they have to find something.
pub async fn forbid_blocking<F: Future>(future: F) -> F::Output {
    #[cfg(feature = "detect")]
    return crate::WatchedFuture::new(future, detect::subject()).await;
    #[cfg(not(feature = "detect"))]
    future.await
}

/// Panics if [`forbid_blocking`] would find nothing here: blocks for a moment
/// itself, and looks whether that is found.
///
/// A test that calls this, on the machine that runs the tests, keeps the others
/// honest.
///
/// # Panics
///
/// If the feature `detect` is off, or the kernel or a sandbox does not allow
/// Syscall User Dispatch.
pub fn assert_detector_works() {
    #[cfg(feature = "detect")]
    let works = detect::works();
    #[cfg(not(feature = "detect"))]
    let works = false;
    assert!(
        works,
        "blocking calls are not found here: it needs the feature `detect`, Linux 5.11 or newer on \
         x86-64, and a sandbox that allows prctl(PR_SET_SYSCALL_USER_DISPATCH)"
    );
}

#[cfg(feature = "detect")]
mod detect {
    use crate::{Mode, config::Config, detector::Handle, label::Label, subject::Subject};
    use std::{
        sync::{Arc, OnceLock},
        thread,
        time::Duration,
    };

    pub(super) fn subject() -> Option<Subject> {
        // One for all tests of a process.
        static FORBID: OnceLock<Handle> = OnceLock::new();
        let forbid = FORBID.get_or_init(|| {
            let mut config = Config::new(Mode::Panic);
            // It panics, which says it all; and a slow machine is no bug.
            config.log = false;
            config.budget = Duration::MAX;
            Handle::new(&config, &Arc::default())
        });
        forbid.subject(|_| Label::job("forbid_blocking"))
    }

    pub(super) fn works() -> bool {
        let found = subject().and_then(|subject| {
            let ((), found) = subject.judge(|| thread::sleep(Duration::from_nanos(1)));
            found
        });
        found.is_some_and(|text| text.contains("sleep"))
    }
}
