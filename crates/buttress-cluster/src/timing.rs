use buttress_drain::Drain;
use std::time::Duration;

/// How the end of a worker goes; see [`Drain`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) linger: Duration,
    pub(crate) first_request: Duration,
    pub(crate) deadline: Duration,
}

impl Default for Timing {
    /// Those of [`Drain`].
    fn default() -> Self {
        Self {
            linger: Duration::from_secs(1),
            first_request: Duration::from_secs(3),
            deadline: Duration::from_secs(25),
        }
    }
}

impl Timing {
    pub(crate) fn drain(self) -> Drain {
        Drain::new()
            .linger(self.linger)
            .first_request(self.first_request)
            .deadline(self.deadline)
    }
}
