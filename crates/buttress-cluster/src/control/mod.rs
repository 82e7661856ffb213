//! What `buttress` says to a supervisor, and how: a line of JSON for each question
//! and each answer, over a Unix socket that is the user's own.

mod client;
mod protocol;
mod server;

pub use client::{Client, default_folder, default_path};
pub use protocol::{Entry, Reply, Request, Scale, Status, WorkerStatus};
pub(crate) use server::Server;

/// The longest question, in bytes: settings are the longest.
pub const MAX_QUESTION: usize = 16 * 1024;
/// The longest answer, in bytes.
pub const MAX_ANSWER: usize = 1024 * 1024;

/// Below how many milliseconds so many in a hundred answers began, given
/// [`latencies`](WorkerStatus::latencies) or a difference of two; to a quarter exact.
#[must_use]
pub fn percentile_ms(latencies: &[u64], percent: u64) -> Option<f64> {
    let time = crate::page::percentile(latencies, percent)?;
    Some(time.as_secs_f64() * 1000.0)
}
