//! What becomes of a service whose `poll_ready` failed.

use crate::{Phase, Report, cause::Cause, guard, reporter::Reporter};
use std::{error::Error as StdError, fmt};

/// The state of a service, of which tower says that after a failed `poll_ready`
/// it has to be thrown away: it is not called again, and is ready for ever, so
/// that every request gets an answer.
#[derive(Debug, Default)]
pub(crate) enum Readiness {
    #[default]
    Usable,
    Failed(Stash),
}

/// The failure, until a call answers with it.
pub(crate) struct Stash {
    cause: Option<Cause>,
    /// Absent where the layer is switched off.
    reporter: Option<Reporter>,
}

impl Readiness {
    #[cold]
    pub(crate) fn fail(&mut self, cause: Cause, reporter: Option<&Reporter>) {
        if let Some(reporter) = reporter {
            reporter.trip();
        }
        *self = Self::Failed(Stash {
            cause: Some(cause),
            reporter: reporter.cloned(),
        });
    }

    /// What the next call is answered with, if the service may not be called.
    #[inline]
    pub(crate) fn take_failure(&mut self) -> Option<Cause> {
        match self {
            Self::Usable => None,
            Self::Failed(stash) => Some(stash.take()),
        }
    }
}

impl Stash {
    #[cold]
    fn take(&mut self) -> Cause {
        let again = || Cause::Error(Box::new(ServiceFailed));
        self.cause.take().unwrap_or_else(again)
    }
}

/// Nobody called after the failure, which has to be reported all the same.
impl Drop for Stash {
    fn drop(&mut self) {
        if let (Some(cause), Some(reporter)) = (self.cause.take(), &self.reporter) {
            // Both the text of the cause and its drop are the app's code, and the
            // one may not run while the other unwinds.
            let sent = guard::catch(|| reporter.send(Report::new(Phase::Ready, &cause, None)));
            let dropped = guard::catch(|| drop(cause));
            drop((sent, dropped));
        }
    }
}

impl fmt::Debug for Stash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stash")
    }
}

/// The service failed at an earlier request. The first answer had the reason.
#[derive(Debug)]
pub(crate) struct ServiceFailed;

impl fmt::Display for ServiceFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service failed to become ready before, and is not called again")
    }
}

impl StdError for ServiceFailed {}
