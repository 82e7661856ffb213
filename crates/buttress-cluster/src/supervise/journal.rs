//! What happened: to the app's log, and kept for `buttress logs`.

use crate::{control::Entry, policy::Report};
use rustix::process::Pid;
use std::{
    cell::RefCell,
    collections::VecDeque,
    time::{SystemTime, UNIX_EPOCH},
};

/// How many entries are kept.
const KEPT: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct Journal(RefCell<Kept>);

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Journal {
    pub(super) fn report(&self, report: &Report) {
        let message = report.to_string();
        if report.is_trouble() {
            self.warn(&message);
        } else {
            self.info(&message);
        }
    }

    /// With the last words of the worker, if it had any.
    pub(super) fn ended(
        &self,
        report: &Report,
        pid: Option<Pid>,
        in_flight: u64,
        said: Option<String>,
    ) {
        let pid = pid.map_or(0, |pid| pid.as_raw_nonzero().get());
        let said = said.map_or_else(String::new, |said| format!("; {said}"));
        let message = format!("{report}, pid {pid}, {in_flight} in flight{said}");
        if report.is_trouble() {
            self.warn(&message);
        } else {
            self.info(&message);
        }
    }

    pub(super) fn warn(&self, message: &str) {
        if has_log() {
            tracing::warn!("{message}");
        } else {
            eprintln!("cluster: {message}");
        }
        self.keep("warn", message);
    }

    pub(super) fn info(&self, message: &str) {
        if has_log() {
            tracing::info!("{message}");
        } else {
            eprintln!("cluster: {message}");
        }
        self.keep("info", message);
    }

    fn keep(&self, level: &str, message: &str) {
        let mut kept = self.0.borrow_mut();
        kept.last += 1;
        if kept.entries.len() == KEPT {
            kept.entries.pop_front();
        }
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let entry = Entry {
            number: kept.last,
            unix_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            level: level.to_owned(),
            message: message.to_owned(),
        };
        kept.entries.push_back(entry);
    }

    /// The next entries after this number, as many as fit into an answer.
    pub(super) fn after(&self, number: u64) -> Vec<Entry> {
        let kept = self.0.borrow();
        kept.entries
            .iter()
            .filter(|entry| entry.number > number)
            .take(100)
            .cloned()
            .collect()
    }
}

/// Whether the app has set up a log; else it is stderr's.
fn has_log() -> bool {
    tracing::dispatcher::has_been_set()
}
