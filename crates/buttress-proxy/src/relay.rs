//! A waker that knows when nobody need be woken.

use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
};

/// Stands between a connection and the task that polls it.
///
/// hyper's body wakes its connection for each frame that is taken out of it, since
/// others have the connection in a task of its own. Here that is the task that has just
/// taken the frame, and it would be polled once more for nothing. And that a connection
/// was not woken says of an idle one, without polling it, that nothing came.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    task: Mutex<Option<Waker>>,
    is_woken: AtomicBool,
}

thread_local! {
    /// Whether wakes on this thread are none.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

impl Relay {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let relay = Arc::new(Self::default());
        let waker = Waker::from(relay.clone());
        (relay, waker)
    }

    /// Wakes this one from now on; what woke before is being looked at.
    pub(crate) fn watch(&self, waker: &Waker) {
        self.is_woken.store(false, Ordering::Release);
        let mut task = self.task();
        if !task.as_ref().is_some_and(|task| task.will_wake(waker)) {
            *task = Some(waker.clone());
        }
    }

    /// Wakes nobody from now on, and only notes it.
    pub(crate) fn rest(&self) {
        // Dropped without the lock: it may be the last of its task.
        let task = self.task().take();
        drop(task);
    }

    /// Whether there was something since it was told to [watch](Self::watch).
    pub(crate) fn is_woken(&self) -> bool {
        self.is_woken.load(Ordering::Acquire)
    }

    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what wakes a relay that need not be woken. Of other threads' wakes none is lost.
pub(crate) fn quietly<T>(act: impl FnOnce() -> T) -> T {
    /// Also if it panics.
    struct Loud(bool);

    impl Drop for Loud {
        fn drop(&mut self) {
            IS_QUIET.set(self.0);
        }
    }

    let _loud = Loud(IS_QUIET.replace(true));
    act()
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // While a thread ends there is no such value, and nothing that would be quiet.
        if IS_QUIET.try_with(Cell::get).unwrap_or(false) {
            return;
        }
        self.is_woken.store(true, Ordering::Release);
        let task = self.task().clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::atomic::AtomicUsize, thread};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_wake_reaches_who_watches_but_for_quiet_ones_of_the_same_thread() {
        let count = Arc::<Count>::default();
        let times = || count.0.load(Ordering::SeqCst);
        let (relay, waker) = Relay::new();
        relay.watch(&Waker::from(count.clone()));
        quietly(|| waker.wake_by_ref());
        assert!(!relay.is_woken() && times() == 0);
        quietly(|| thread::scope(|scope| scope.spawn(|| waker.wake_by_ref()).join().expect("ok")));
        assert!(relay.is_woken() && times() == 1);
        relay.watch(&Waker::from(count.clone()));
        assert!(!relay.is_woken());
        waker.wake_by_ref();
        assert!(relay.is_woken() && times() == 2);
    }

    #[test]
    fn at_rest_a_wake_is_noted_and_nobody_is_held() {
        let count = Arc::<Count>::default();
        let (relay, waker) = Relay::new();
        relay.watch(&Waker::from(count.clone()));
        relay.rest();
        assert_eq!(Arc::strong_count(&count), 1);
        waker.wake_by_ref();
        assert!(relay.is_woken());
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
    }
}
