use super::backoff::Backoff;
use std::time::Duration;

/// What the supervisor goes by.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) workers: usize,
    /// Whether a worker that is ready is asked whether it is well.
    pub(crate) checks: bool,
    pub(crate) ready_timeout: Duration,
    pub(crate) pre_stop: Duration,
    /// How long a worker that serves may show no sign of life, if that is bounded.
    pub(crate) hang_timeout: Option<Duration>,
    /// How long a worker may take to end before it is killed.
    pub(crate) kill_after: Duration,
    pub(crate) backoff: Backoff,
    /// After which time of serving earlier failures are forgotten.
    pub(crate) healthy_after: Duration,
    /// Failures in a row after which a slot is given up, if others serve.
    pub(crate) crash_limit: u32,
    pub(crate) limits: Limits,
}

/// Beyond which a worker is recycled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) memory: Option<u64>,
    pub(crate) age: Option<Duration>,
    pub(crate) requests: Option<u64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            workers: 1,
            checks: false,
            ready_timeout: Duration::from_secs(30),
            pre_stop: Duration::ZERO,
            hang_timeout: Some(Duration::from_secs(30)),
            kill_after: Duration::from_secs(30),
            backoff: Backoff {
                first: Duration::from_millis(100),
                most: Duration::from_secs(30),
            },
            healthy_after: Duration::from_secs(10),
            crash_limit: 10,
            limits: Limits::default(),
        }
    }
}
