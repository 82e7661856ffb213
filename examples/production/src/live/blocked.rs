//! The places that blocked a worker, as the detector reports them.

use buttress::sync_io::Report;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many are shown, those that were seen last.
const MOST: usize = 6;

#[derive(Default)]
pub(crate) struct Blocked(Mutex<VecDeque<Place>>);

/// One line of code, or what is known in place of it.
#[derive(Clone)]
struct Place {
    stack: u64,
    line: String,
    what: String,
    longest: Duration,
    count: u64,
}

/// The same as a row of the page.
#[derive(Serialize)]
pub(crate) struct Row {
    line: String,
    what: String,
}

impl Blocked {
    /// On the reporter's thread.
    pub(crate) fn record(&self, report: &Report) {
        let mut places = self.places();
        let known = places
            .iter()
            .position(|place| place.stack == report.stack_hash);
        let known = known.and_then(|at| places.remove(at));
        let longest = known.map_or(Duration::ZERO, |place| place.longest);
        if places.len() == MOST {
            places.pop_back();
        }
        places.push_front(Place {
            stack: report.stack_hash,
            line: line(report),
            what: what(report),
            longest: longest.max(report.elapsed.unwrap_or_default()),
            count: report.count,
        });
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.places().iter().map(Place::row).collect()
    }

    fn places(&self) -> MutexGuard<'_, VecDeque<Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn row(&self) -> Row {
        let times = if self.count == 1 { "once" } else { "times" };
        let count = match self.count {
            1 => String::new(),
            count => format!("{count} "),
        };
        let longest = match self.longest.as_micros() {
            0 => String::new(),
            micros => format!(", up to {:.1} ms", micros as f64 / 1000.0),
        };
        Row {
            line: self.line.clone(),
            what: format!("{}, {count}{times}{longest}", self.what),
        }
    }
}

fn line(report: &Report) -> String {
    let Some(frame) = report.location() else {
        return "a line that the binary does not know".to_owned();
    };
    match (frame.file(), frame.line()) {
        (Some(file), Some(line)) => format!("{}:{line}", within_this_package(file)),
        _ => frame.function().to_owned(),
    }
}

/// Line tables have whole paths, of the machine that compiled this.
fn within_this_package(file: &str) -> &str {
    file.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/"))
        .unwrap_or(file)
}

fn what(report: &Report) -> String {
    let mut what = report.kind.as_str().to_owned();
    if let Some(route) = &report.route {
        what.push_str(" in ");
        what.push_str(route);
    }
    what
}
