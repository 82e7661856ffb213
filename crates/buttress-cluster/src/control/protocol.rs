use serde::{Deserialize, Serialize};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Request {
    /// How all workers fare: [`Reply::Status`].
    List,
    /// Replaces all workers; answered when that is done, or has failed.
    Reload,
    /// Starts or ends workers.
    Scale {
        /// How many there should be.
        workers: Scale,
    },
    /// Ends all workers and the supervisor; a second time, at once.
    Stop,
    /// What happened after the entry of this number, 100 entries at most:
    /// [`Reply::Logs`].
    Logs {
        /// 0 for all that is kept.
        after: u64,
    },
    /// Sets a value in all workers; an empty one takes it away. `workers` scales.
    Set {
        /// Its name.
        name: String,
        /// What it should be.
        value: String,
    },
}

/// How many workers there should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// So many.
    To(usize),
    /// So many more, or fewer if it is negative.
    By(i32),
}

impl Scale {
    pub(crate) fn of(self, now: usize) -> usize {
        match self {
            Self::To(workers) => workers,
            Self::By(more) => now.saturating_add_signed(more as isize),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reply {
    /// It was done.
    Done {
        /// What.
        message: String,
    },
    /// It was not done.
    Failed {
        /// Why.
        message: String,
    },
    /// How all workers fare.
    Status(Status),
    /// What happened.
    Logs {
        /// The oldest first.
        entries: Vec<Entry>,
    },
}

/// How a cluster fares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// The executable's path.
    pub program: String,
    /// The supervisor's process.
    pub pid: u32,
    /// The supervisor's memory, in bytes.
    pub memory: u64,
    /// Where it listens: addresses and paths.
    pub listening: Vec<String>,
    /// How many workers there should be.
    pub wanted: usize,
    /// Whether others are taking over.
    pub is_reloading: bool,
    /// Whether the end has begun.
    pub is_stopping: bool,
    /// All processes, those that end as well.
    pub workers: Vec<WorkerStatus>,
}

/// How a worker fares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkerStatus {
    /// Its place.
    pub slot: usize,
    /// Its process.
    pub pid: u32,
    /// Which version of the app it is.
    pub generation: u64,
    /// `starting`, `checking`, `waiting`, `serving`, `draining`, `aborted` or `killed`.
    pub state: String,
    /// Milliseconds since it was started.
    pub uptime_ms: u64,
    /// How often a worker of this place has failed.
    pub restarts: u64,
    /// Bytes in memory.
    pub memory: u64,
    /// Milliseconds of processor time.
    pub cpu_ms: u64,
    /// Requests since its start.
    pub requests: u64,
    /// Requests whose answers are not complete.
    pub in_flight: u64,
    /// Open connections.
    pub connections: u64,
    /// Connections since its start.
    pub accepted: u64,
    /// Connections that it gave to a peer with fewer.
    pub handed_on: u64,
    /// Connections that it took from a peer that was blocked or gone.
    pub rescued: u64,
    /// Half of the answers began within so many milliseconds.
    pub p50_ms: Option<f64>,
    /// And 99 of 100.
    pub p99_ms: Option<f64>,
    /// How many answers took how long: four buckets a doubling of microseconds.
    pub latencies: Vec<u64>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Counts up from 1.
    pub number: u64,
    /// Milliseconds since 1970.
    pub unix_ms: u64,
    /// `info` or `warn`.
    pub level: String,
    /// What.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn questions_are_lines_that_can_be_typed() {
        for (line, request) in [
            (r#"{"command":"list"}"#, Request::List),
            (
                r#"{"command":"scale","workers":{"by":-2}}"#,
                Request::Scale {
                    workers: Scale::By(-2),
                },
            ),
            (
                r#"{"command":"logs","after":0}"#,
                Request::Logs { after: 0 },
            ),
        ] {
            assert_eq!(serde_json::from_str::<Request>(line).unwrap(), request);
            assert_eq!(serde_json::to_string(&request).unwrap(), line);
        }
    }

    proptest! {
        #[test]
        fn garbage_is_refused_without_a_panic(line in ".{0,200}") {
            let _ = serde_json::from_str::<Request>(&line);
        }

        #[test]
        fn a_scale_never_wraps(now in 0..200_usize, more: i32) {
            let scaled = Scale::By(more).of(now);
            prop_assert_eq!(scaled as i64, (now as i64 + i64::from(more)).max(0));
        }
    }
}
