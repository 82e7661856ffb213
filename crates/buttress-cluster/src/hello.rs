//! What a worker is told at its start, in one environment variable.

use crate::settings::Values;
use rustix::process::getppid;
use serde::{Deserialize, Serialize};
use std::{env, os::fd::RawFd};

pub(crate) const VARIABLE: &str = "BUTTRESS_WORKER";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// Who says it. A grandchild inherits the variable, and is no worker.
    pub(crate) supervisor: i32,
    pub(crate) slot: usize,
    pub(crate) generation: u64,
    /// Its row of the page.
    pub(crate) row: usize,
    pub(crate) page: RawFd,
    pub(crate) channel: RawFd,
    pub(crate) shared: Vec<Inherited>,
    pub(crate) slots: Vec<InheritedSlot>,
    pub(crate) lasting: Lasting,
    pub(crate) settings: Values,
}

/// A listening socket of the address with this index.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Inherited {
    pub(crate) place: usize,
    pub(crate) fd: RawFd,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InheritedSlot {
    pub(crate) listeners: Vec<Inherited>,
    pub(crate) inbox: RawFd,
    pub(crate) outbox: RawFd,
}

/// Whether somebody else keeps the sockets when the supervisor ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Lasting {
    /// What is in their queues would be lost.
    No,
    /// Nobody says. What is in their queues has to be served, and they have to stay as
    /// they are, for a successor may have them.
    Perhaps,
    /// What is in their queues is the successor's.
    Yes,
}

impl Hello {
    /// If this process is a worker.
    pub(crate) fn from_environment() -> Option<Self> {
        let hello: Self = serde_json::from_str(&env::var(VARIABLE).ok()?).ok()?;
        let parent = getppid().map(|pid| pid.as_raw_nonzero().get());
        (parent == Some(hello.supervisor)).then_some(hello)
    }

    /// All descriptors that the worker has to get.
    pub(crate) fn descriptors(&self) -> Vec<RawFd> {
        let slots = self.slots.iter();
        let of_slots = slots.clone().flat_map(|slot| [slot.inbox, slot.outbox]);
        let listeners = slots.flat_map(|slot| &slot.listeners).chain(&self.shared);
        [self.page, self.channel]
            .into_iter()
            .chain(of_slots)
            .chain(listeners.map(|it| it.fd))
            .collect()
    }
}
