//! What the layer did, counted and told to `tracing`.

use crate::{Encoding, Skipped};
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Totals over all responses of one layer and its clones, from
/// [`CompressionLayer::stats`](crate::CompressionLayer::stats).
///
/// The numbers are read one by one: a snapshot taken under load may hold a
/// response in one number and not yet in another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    encoded: [u64; Encoding::COUNT],
    skipped: [u64; Skipped::COUNT],
    /// Bytes of responses before they were encoded.
    pub bytes_in: u64,
    /// What became of them.
    pub bytes_out: u64,
    /// Encoded bodies that were dropped before their end: the client left, or
    /// the inner body failed.
    pub aborted: u64,
    /// Responses whose encoded form came from the compress-once cache.
    pub reused: u64,
    /// Requests that were answered with 406.
    pub not_acceptable: u64,
    /// Time spent encoding, on the workers.
    pub busy: Duration,
}

impl Stats {
    /// How many responses went out in this coding. For identity this is 0:
    /// see [`skipped`](Self::skipped).
    #[must_use]
    pub fn encoded(&self, encoding: Encoding) -> u64 {
        self.encoded[encoding.index()]
    }

    /// How many responses were left as they were, for this reason.
    #[must_use]
    pub fn skipped(&self, reason: Skipped) -> u64 {
        self.skipped[reason as usize]
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    encoded: [AtomicU64; Encoding::COUNT],
    skipped: [AtomicU64; Skipped::COUNT],
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    aborted: AtomicU64,
    reused: AtomicU64,
    not_acceptable: AtomicU64,
    busy_nanos: AtomicU64,
}

/// One response that was encoded, wholly or up to where it was cut off.
pub(crate) struct Encoded {
    pub(crate) encoding: Encoding,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) busy: Duration,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Complete,
    Reused,
    Aborted,
}

impl Counters {
    pub(crate) fn skipped(&self, reason: Skipped) {
        self.skipped[reason as usize].fetch_add(1, Relaxed);
        tracing::debug!(reason = reason.as_str(), "response not compressed");
    }

    pub(crate) fn not_acceptable(&self) {
        self.not_acceptable.fetch_add(1, Relaxed);
        tracing::debug!("no acceptable content coding");
    }

    pub(crate) fn encoded(&self, response: &Encoded) {
        self.encoded[response.encoding.index()].fetch_add(1, Relaxed);
        self.bytes_in.fetch_add(response.bytes_in, Relaxed);
        self.bytes_out.fetch_add(response.bytes_out, Relaxed);
        let nanos = u64::try_from(response.busy.as_nanos()).unwrap_or(u64::MAX);
        self.busy_nanos.fetch_add(nanos, Relaxed);
        match response.outcome {
            Outcome::Complete => {}
            Outcome::Reused => drop(self.reused.fetch_add(1, Relaxed)),
            Outcome::Aborted => drop(self.aborted.fetch_add(1, Relaxed)),
        }
        tracing::debug!(
            encoding = response.encoding.as_str(),
            bytes_in = response.bytes_in,
            bytes_out = response.bytes_out,
            busy_us = nanos / 1000,
            outcome = ?response.outcome,
            "response compressed"
        );
    }

    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            encoded: self.encoded.each_ref().map(|count| count.load(Relaxed)),
            skipped: self.skipped.each_ref().map(|count| count.load(Relaxed)),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
            aborted: self.aborted.load(Relaxed),
            reused: self.reused.load(Relaxed),
            not_acceptable: self.not_acceptable.load(Relaxed),
            busy: Duration::from_nanos(self.busy_nanos.load(Relaxed)),
        }
    }
}
