//! The thread that writes.

use super::{
    shared::Shared,
    sink::{Outcome, Sink},
    stats::lines_in,
};
use std::{mem, sync::Arc, time::Duration};

/// So many ticks without a line, and the thread sleeps without one.
const TICKS_TO_SLEEP: u32 = 100;

pub(super) struct Drainer {
    pub(super) shared: Arc<Shared>,
    pub(super) sink: Box<dyn Sink>,
    pub(super) tick: Duration,
}

/// Says that the thread has ended, also when the sink panics.
struct SayStopped(Arc<Shared>);

impl Drop for SayStopped {
    fn drop(&mut self) {
        self.0.shards.close();
        self.0.stopped();
    }
}

impl Drainer {
    pub(super) fn run(mut self) {
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
                let reopened = self.sink.reopen();
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
            let flushed = self.sink.flush();
            self.report(flushed);
        }
        wrote
    }

    fn write(&mut self, lines: &[u8]) {
        self.shared.set_in_hand(lines.len());
        let Outcome { taken, error } = self.sink.write(lines);
        let (written, lost) = lines.split_at(taken);
        self.shared.counters.count_written(lines_in(written));
        self.shared.counters.count_failed(lines_in(lost));
        self.shared.set_in_hand(0);
        self.report(error.map_or(Ok(()), Err));
    }

    fn report(&self, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            self.shared.report(&error);
        }
    }
}
