use crate::{
    Encoding,
    layer::Config,
    stats::{Encoded, Outcome},
};
use std::{sync::Arc, time::Duration};

/// Counts one encoded response and reports it once: when its output is whole,
/// or when it is dropped before that.
pub(crate) struct Meter {
    response: Encoded,
    config: Arc<Config>,
    reported: bool,
}

impl Meter {
    pub(crate) fn new(encoding: Encoding, config: Arc<Config>) -> Self {
        Self {
            response: Encoded {
                encoding,
                bytes_in: 0,
                bytes_out: 0,
                busy: Duration::ZERO,
                outcome: Outcome::Aborted,
            },
            config,
            reported: false,
        }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.response.encoding
    }

    pub(crate) fn add_input(&mut self, bytes: usize) {
        self.response.bytes_in += bytes as u64;
    }

    pub(crate) fn add_output(&mut self, bytes: usize) {
        self.response.bytes_out += bytes as u64;
    }

    pub(crate) fn add_time(&mut self, time: Duration) {
        self.response.busy += time;
    }

    pub(crate) fn complete(&mut self) {
        self.response.outcome = Outcome::Complete;
        self.report();
    }

    fn report(&mut self) {
        self.reported = true;
        self.config.report(&self.response);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if !self.reported {
            self.report();
        }
    }
}
