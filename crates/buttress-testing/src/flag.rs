use std::{
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// A thing that happens once, and that anybody can wait for.
#[derive(Clone, Debug, Default)]
pub struct Flag {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    wakers: Vec<Waker>,
}

impl Flag {
    /// A flag that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the flag and wakes all who wait for it.
    pub fn set(&self) {
        let wakers = {
            let mut state = self.lock();
            state.is_set = true;
            mem::take(&mut state.wakers)
        };
        // Outside the lock, because a waker may run the task at once.
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether it was set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.lock().is_set
    }

    /// Ready once the flag is set; the task is woken then.
    pub fn poll_set(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.is_set {
            return Poll::Ready(());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Waits until the flag is set.
    pub async fn wait(&self) {
        poll_fn(|cx| self.poll_set(cx)).await;
    }

    // A panic elsewhere must not hide behind a poisoned lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place where a body or a service stands still until the test lets it go
/// on, and where the test can wait for it to arrive.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    reached: Flag,
    opened: Flag,
}

impl Gate {
    /// A closed gate that nobody has reached.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets through who waits here and who comes later.
    pub fn open(&self) {
        self.opened.set();
    }

    /// Waits until somebody stands before the gate.
    pub async fn reached(&self) {
        self.reached.wait().await;
    }

    /// Whether somebody has come to the gate.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.reached.is_set()
    }

    /// Stands before the gate until it is open.
    pub async fn pass(&self) {
        poll_fn(|cx| self.poll_pass(cx)).await;
    }

    /// As [`pass`](Self::pass), for who is polled.
    pub fn poll_pass(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.reached.set();
        self.opened.poll_set(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[tokio::test]
    async fn a_gate_holds_until_it_is_opened() {
        let gate = Gate::new();
        let held = tokio::spawn({
            let gate = gate.clone();
            async move { gate.pass().await }
        });
        gate.reached().await;
        assert!(!held.is_finished());
        gate.open();
        held.await.unwrap();
    }
}
