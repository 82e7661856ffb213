use crate::Kind;
#[cfg(feature = "detect")]
use crate::guard::{Allowance, Pause};
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// Runs what may block here, and nothing of it is reported, in neither tier.
///
/// For what is known to be short and cannot be otherwise. What takes its time
/// belongs into [`block_in_place`] or tokio's `spawn_blocking`.
///
/// ```
/// let hosts = buttress_sync_io::allow(|| std::fs::read_to_string("/etc/hosts"));
/// # let _ = hosts;
/// ```
pub fn allow<T>(blocking: impl FnOnce() -> T) -> T {
    #[cfg(feature = "detect")]
    let _pause = Pause::new();
    blocking()
}

/// As [`allow`] the first time that it is called with this key in the process:
/// for what is read once and then kept. Later calls are guarded as ever, so that
/// a cache that does not work shows.
pub fn allow_once<T>(key: &'static str, blocking: impl FnOnce() -> T) -> T {
    static SEEN: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = seen.get_or_insert_default().insert(key);
    drop(seen);
    if is_first {
        allow(blocking)
    } else {
        blocking()
    }
}

/// Runs something in which one kind of call is allowed.
pub fn allow_kind<T>(kind: Kind, blocking: impl FnOnce() -> T) -> T {
    #[cfg(feature = "detect")]
    let _allowance = Allowance::new(kind);
    #[cfg(not(feature = "detect"))]
    let _ = kind;
    blocking()
}

/// tokio's `block_in_place`, for which nothing is reported: the other tasks of
/// the worker move to another thread.
///
/// On a runtime of one thread and outside of tokio, where tokio's own panics or
/// has nothing to do, it just runs what it is given.
#[cfg(feature = "tokio")]
pub fn block_in_place<T>(blocking: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};

    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    allow(|| match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(blocking),
        _ => blocking(),
    })
}
