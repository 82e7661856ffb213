//! What the layer did, counted and told to `tracing`.

use crate::{Encoding, Skipped};
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Totals over all responses of one layer and its clones, from
/// [`CompressionLayer::stats`](crate::CompressionLayer::stats).
///
/// The numbers are read one by one: a snapshot taken under load may hold a
/// response in one number and not yet in another.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    encoded: [u64; Encoding::COUNT],
    skipped: [u64; Skipped::COUNT],
    /// Bytes of encoded responses before they were encoded; those of skipped
    /// ones are not counted.
    pub bytes_in: u64,
    /// Bytes of the same responses after that.
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

/// Names what was counted, and leaves out what did not happen.
impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encodings = Encoding::ALL.iter().map(|e| (e.as_str(), self.encoded(*e)));
        let reasons = Skipped::ALL.iter().map(|s| (s.as_str(), self.skipped(*s)));
        f.debug_struct("Stats")
            .field("encoded", &Counts(encodings))
            .field("skipped", &Counts(reasons))
            .field("bytes_in", &self.bytes_in)
            .field("bytes_out", &self.bytes_out)
            .field("aborted", &self.aborted)
            .field("reused", &self.reused)
            .field("not_acceptable", &self.not_acceptable)
            .field("busy", &self.busy)
            .finish()
    }
}

struct Counts<I>(I);

impl<I: Iterator<Item = (&'static str, u64)> + Clone> fmt::Debug for Counts<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let happened = self.0.clone().filter(|&(_, count)| count > 0);
        f.debug_map().entries(happened).finish()
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
