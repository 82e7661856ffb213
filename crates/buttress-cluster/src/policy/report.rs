//! What the supervisor has to say.

use super::event::{Exit, Id};
use std::{fmt, time::Duration};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Serving {
        id: Id,
        slot: usize,
        generation: u64,
        after: Duration,
    },
    Ended {
        id: Id,
        slot: usize,
        exit: Exit,
        uptime: Duration,
        was_asked: bool,
        /// Why it was ended by force, if it was.
        doom: Option<&'static str>,
    },
    Leaving {
        id: Id,
        slot: usize,
    },
    Retry {
        slot: usize,
        failures: u32,
        delay: Duration,
    },
    GivenUp {
        slot: usize,
        failures: u32,
    },
    Late {
        id: Id,
        slot: usize,
    },
    Hangs {
        id: Id,
        slot: usize,
        silence: Duration,
    },
    Unhealthy {
        id: Id,
        slot: usize,
        why: String,
    },
    Overdue {
        id: Id,
        slot: usize,
    },
    Reloading {
        generation: u64,
    },
    Reloaded {
        generation: u64,
    },
    ReloadFailed {
        generation: u64,
        why: String,
    },
    Recycling {
        slot: usize,
        why: &'static str,
    },
    RecycleFailed {
        slot: usize,
        why: String,
    },
    Scaled {
        from: usize,
        to: usize,
    },
    Stopping,
    BadConfiguration {
        slot: usize,
    },
    NeverServed {
        failures: u32,
    },
}

impl Report {
    /// Whether somebody should look at it.
    pub(crate) fn is_trouble(&self) -> bool {
        match self {
            Self::Ended {
                was_asked, exit, ..
            } => !was_asked || !exit.is_clean(),
            Self::GivenUp { .. }
            | Self::Late { .. }
            | Self::Hangs { .. }
            | Self::Unhealthy { .. }
            | Self::Overdue { .. }
            | Self::ReloadFailed { .. }
            | Self::RecycleFailed { .. }
            | Self::BadConfiguration { .. }
            | Self::NeverServed { .. } => true,
            _ => false,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serving {
                slot,
                generation,
                after,
                ..
            } => {
                write!(
                    f,
                    "worker {slot} serves, generation {generation}, after {after:.1?}"
                )
            }
            Self::Ended {
                slot,
                exit,
                uptime,
                was_asked,
                doom,
                ..
            } => {
                write!(f, "worker {slot} ended")?;
                match doom {
                    Some(doom) => write!(f, " by force, for {doom}")?,
                    None if *was_asked => {}
                    None => f.write_str(" unasked")?,
                }
                write!(f, ": {exit}, after {uptime:.1?}")
            }
            Self::Leaving { slot, .. } => write!(f, "worker {slot} drains by itself"),
            Self::Retry {
                slot,
                failures,
                delay,
            } => {
                write!(f, "worker {slot} failed {failures} times in a row, ")?;
                match *delay {
                    Duration::ZERO => f.write_str("restarts at once"),
                    delay => write!(f, "restarts in {delay:.1?}"),
                }
            }
            Self::GivenUp { slot, failures } => {
                write!(
                    f,
                    "worker {slot} failed {failures} times in a row and is not restarted"
                )
            }
            Self::Late { slot, .. } => write!(f, "worker {slot} was not ready in time"),
            Self::Hangs { slot, silence, .. } => {
                write!(
                    f,
                    "worker {slot} hangs: no sign of life for {silence:.1?}, so it is aborted"
                )
            }
            Self::Unhealthy { slot, why, .. } => {
                write!(f, "worker {slot} failed its health check: {why}")
            }
            Self::Overdue { slot, .. } => write!(f, "worker {slot} did not end in time: killed"),
            Self::Reloading { generation } => {
                write!(f, "reloading: starting generation {generation}")
            }
            Self::Reloaded { generation } => write!(f, "reloaded: generation {generation} serves"),
            Self::ReloadFailed { generation, why } => {
                write!(
                    f,
                    "reload failed, the old workers go on: generation {generation}: {why}"
                )
            }
            Self::Recycling { slot, why } => write!(f, "recycling worker {slot} for its {why}"),
            Self::RecycleFailed { slot, why } => {
                write!(f, "worker {slot} goes on, for its successor failed: {why}")
            }
            Self::Scaled { from, to } => write!(f, "scaled from {from} to {to} workers"),
            Self::Stopping => f.write_str("stopping"),
            Self::BadConfiguration { slot } => {
                write!(
                    f,
                    "worker {slot} ended with code 78: its configuration is bad, so it is not restarted"
                )
            }
            Self::NeverServed { failures } => {
                write!(
                    f,
                    "no worker has ever served, after {failures} starts each: giving up"
                )
            }
        }
    }
}
