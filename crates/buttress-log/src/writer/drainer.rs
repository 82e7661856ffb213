//! The thread that writes.

use super::{
    shared::Shared,
    sink::{Outcome, Sink},
    stats::lines_in,
};
use std::{
    cell::Cell,
    convert::identity,
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

thread_local! {
    static WRITES: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is one that writes, so that nothing may wait in it for room.
pub(super) fn is_this_thread() -> bool {
    WRITES.get()
}

/// So many ticks without a line, and the thread sleeps without one.
const TICKS_TO_SLEEP: u32 = 100;

pub(super) struct Drainer {
    pub(super) shared: Arc<Shared>,
    pub(super) sink: Box<dyn Sink>,
    pub(super) tick: Duration,
}

/// Says that the thread has ended, however it does.
struct SayStopped(Arc<Shared>);

impl Drop for SayStopped {
    fn drop(&mut self) {
        self.0.shards.close();
        self.0.stopped();
    }
}

impl Drainer {
    pub(super) fn run(mut self) {
        WRITES.set(true);
        let _said = SayStopped(Arc::clone(&self.shared));
        let mut spare = Vec::new();
        let mut quiet_ticks = 0;
        loop {
            let order = if quiet_ticks < TICKS_TO_SLEEP {
                self.shared.next_order(self.tick)
            } else {
                self.shared.next_order_asleep()
            };
            if order.reopen {
                let reopened = guarded(|| self.sink.reopen()).and_then(identity);
                self.report(reopened);
            }
            if order.stop {
                self.shared.shards.close();
            }
            let wrote = self.write_all(&mut spare);
            self.shared.done(order);
            if order.stop {
                return;
            }
            quiet_ticks = if wrote { 0 } else { quiet_ticks + 1 };
        }
    }

    /// Writes what is in the buffers now. False if there was nothing.
    fn write_all(&mut self, spare: &mut Vec<u8>) -> bool {
        let mut wrote = false;
        for index in self.shared.shards.indices() {
            let full = self.shared.shards.take(index, mem::take(spare));
            if !full.is_empty() {
                wrote = true;
                self.write(&full);
            }
            *spare = full;
            spare.clear();
        }
        if wrote {
            let flushed = guarded(|| self.sink.flush()).and_then(identity);
            self.report(flushed);
        }
        wrote
    }

    fn write(&mut self, lines: &[u8]) {
        self.shared.set_in_hand(lines.len());
        let outcome = guarded(|| self.sink.write(lines));
        let Outcome { taken, error } = outcome.unwrap_or_else(|error| Outcome {
            taken: 0,
            error: Some(error),
        });
        let (written, lost) = lines.split_at(taken);
        self.shared.counters.count_written(lines_in(written));
        self.shared.counters.count_failed(lines_in(lost));
        self.shared.set_in_hand(0);
        self.report(error.map_or(Ok(()), Err));
    }

    fn report(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            self.shared.report(&error);
        }
    }
}

/// A panic of the sink is an error of it: the lines are lost and counted, and the next
/// ones are tried again.
fn guarded<T>(call: impl FnOnce() -> T) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| io::Error::other("the sink panicked"))
}
