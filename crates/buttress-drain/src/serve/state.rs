//! What a connection does: told by its socket and its requests, read by its
//! task.

use super::policy::Stage;
use std::{
    sync::atomic::{
        AtomicBool, AtomicU32, AtomicU64,
        Ordering::{AcqRel, Acquire, Relaxed, Release},
    },
    time::Duration,
};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct State {
    epoch: Instant,
    in_flight: AtomicU32,
    /// Whether bytes of a request are awaited or have come.
    is_owing: AtomicBool,
    /// Milliseconds after `epoch`.
    since: AtomicU64,
    is_http2: AtomicBool,
    /// Whether everything that was written has been flushed to the socket.
    is_flushed: AtomicBool,
    /// Whether the last request was read to its end with its head.
    is_head_only: AtomicBool,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            epoch: Instant::now(),
            in_flight: AtomicU32::new(0),
            is_owing: AtomicBool::new(true),
            since: AtomicU64::new(0),
            is_http2: AtomicBool::new(false),
            is_flushed: AtomicBool::new(true),
            is_head_only: AtomicBool::new(true),
        }
    }

    pub(super) fn stage(&self) -> Stage {
        if self.in_flight.load(Acquire) > 0 {
            return Stage::Busy;
        }
        let since = self.epoch + Duration::from_millis(self.since.load(Relaxed));
        if self.is_owing.load(Acquire) {
            Stage::Owing(since)
        } else {
            Stage::Idle(since)
        }
    }

    /// Whether nothing of the last exchange is left in what serves it.
    pub(super) fn can_park(&self) -> bool {
        self.is_flushed.load(Acquire) && self.is_head_only.load(Acquire)
    }

    /// The connection speaks HTTP/2: its bytes are no longer those of a head.
    pub(super) fn speaks_http2(&self) {
        self.is_http2.store(true, Release);
        self.now_idle();
    }

    pub(super) fn has_read(&self) {
        let is_head = self.in_flight.load(Acquire) == 0 && !self.is_http2.load(Acquire);
        if is_head && !self.is_owing.swap(true, AcqRel) {
            self.touch();
        }
    }

    pub(super) fn has_written(&self) {
        self.is_flushed.store(false, Release);
    }

    pub(super) fn has_flushed(&self) {
        self.is_flushed.store(true, Release);
    }

    pub(super) fn begin(&self, is_head_only: bool) {
        self.in_flight.fetch_add(1, AcqRel);
        self.is_owing.store(false, Release);
        self.is_head_only.store(is_head_only, Release);
    }

    pub(super) fn end(&self) {
        if self.in_flight.load(Acquire) == 1 {
            self.touch();
        }
        self.in_flight.fetch_sub(1, AcqRel);
    }

    fn now_idle(&self) {
        self.touch();
        self.is_owing.store(false, Release);
    }

    fn touch(&self) {
        let millis = self.epoch.elapsed().as_millis();
        // 64 bits of milliseconds last longer than any machine.
        self.since
            .store(u64::try_from(millis).unwrap_or(u64::MAX), Relaxed);
    }
}
