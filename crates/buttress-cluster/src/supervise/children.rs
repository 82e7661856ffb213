//! The processes of the workers.

use crate::{
    channel::{self, Channel},
    exec,
    hello::{self, Hello},
    listeners::Listeners,
    page::Page,
    policy::{Exit, Id},
    settings::Values,
};
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait};
use std::{collections::BTreeMap, io, os::fd::AsRawFd, process::Command, sync::Arc};

#[derive(Debug)]
pub(super) struct Child {
    pub(super) pid: Pid,
    pub(super) slot: usize,
    /// Of the page.
    pub(super) row: usize,
    pub(super) channel: Arc<Channel>,
}

#[derive(Debug, Default)]
pub(super) struct Children(BTreeMap<Id, Child>);

/// Who a process is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) id: Id,
    pub(super) slot: usize,
    pub(super) generation: u64,
}

/// Of our service manager, and not for workers.
const NOT_FOR_WORKERS: [&str; 6] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
];

impl Children {
    /// Starts a worker, and answers our end of the channel to it.
    pub(super) fn start(
        &mut self,
        mut command: Command,
        place: Place,
        page: &Page,
        listeners: &Listeners,
        values: &Values,
    ) -> io::Result<Arc<Channel>> {
        let row = page.free_row(|row| self.0.values().any(|child| child.row == row));
        let row = row.ok_or_else(|| io::Error::other("too many workers are still ending"))?;
        let (ours, theirs) = channel::pair()?;
        let (shared, slots) = listeners.inherited();
        let hello = Hello {
            supervisor: getpid().as_raw_nonzero().get(),
            slot: place.slot,
            generation: place.generation,
            row,
            page: page.memory().as_raw_fd(),
            channel: theirs.as_raw_fd(),
            shared,
            slots,
            lasting: listeners.lasting,
            settings: values.clone(),
        };
        command.env(hello::VARIABLE, serde_json::to_string(&hello)?);
        for variable in NOT_FOR_WORKERS {
            command.env_remove(variable);
        }
        let channel = Arc::new(Channel::new(ours)?);
        let child = exec::start(&mut command, hello.descriptors())?;
        let pid = Pid::from_child(&child);
        let child = Child {
            pid,
            slot: place.slot,
            row,
            channel: channel.clone(),
        };
        self.0.insert(place.id, child);
        Ok(channel)
    }

    pub(super) fn get(&self, id: Id) -> Option<&Child> {
        self.0.get(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Id, &Child)> {
        self.0.iter()
    }

    pub(super) fn remove(&mut self, id: Id) {
        self.0.remove(&id);
    }

    pub(super) fn signal(&self, id: Id, signal: Signal) {
        if let Some(child) = self.0.get(&id) {
            // It has ended, then, and will be reaped.
            let _ = kill_process(child.pid, signal);
        }
    }

    /// Those that have ended. They stay in here until they are removed.
    pub(super) fn reap(&self) -> Vec<(Id, Exit)> {
        let mut ended = Vec::new();
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            let signal = status.terminating_signal().map(Exit::Signal);
            let exit = signal.or_else(|| status.exit_status().map(Exit::Code));
            let child = self.0.iter().find(|(_, child)| child.pid == pid);
            if let (Some((id, _)), Some(exit)) = (child, exit) {
                ended.push((*id, exit));
            }
        }
        ended
    }
}
