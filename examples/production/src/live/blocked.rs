//! The places that blocked a worker, as the detector reports them.

use super::text::{number, time};
use buttress::sync_io::{Counters, Kind, Report};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many are shown, those that were seen last.
const MOST: usize = 6;

#[derive(Default)]
pub(crate) struct Blocked(Mutex<VecDeque<Place>>);

/// One line of code, or what is known in place of it.
struct Place {
    stack: u64,
    line: String,
    kind: Kind,
    route: Option<String>,
    longest: Duration,
}

/// The same as a row of the page.
#[derive(Serialize)]
pub(crate) struct Row {
    line: String,
    what: String,
}

impl Blocked {
    /// On the reporter's thread, once for each stack and then as it comes again.
    pub(crate) fn record(&self, report: &Report) {
        let mut places = self.places();
        let known = places
            .iter()
            .position(|place| place.stack == report.stack_hash);
        let known = known.and_then(|at| places.remove(at));
        let longest = known.map_or(Duration::ZERO, |place| place.longest);
        places.truncate(MOST - 1);
        places.push_front(Place {
            stack: report.stack_hash,
            line: line(report),
            kind: report.kind,
            route: report.route.clone(),
            longest: longest.max(report.elapsed.unwrap_or_default()),
        });
    }

    /// With how often each happened, which the detector counts by kind and route.
    pub(crate) fn rows(&self, counters: &Counters) -> Vec<Row> {
        let places = self.places();
        if places.is_empty() {
            return Vec::new();
        }
        let counts = counters.by_kind_and_route();
        let count = |place: &Place| {
            let is_it = |kind, route| kind == place.kind && route == &place.route;
            let found = counts.iter().find(|(kind, route, _)| is_it(*kind, route));
            found.map_or(1, |(_, _, count)| *count)
        };
        places.iter().map(|place| place.row(count(place))).collect()
    }

    fn places(&self) -> MutexGuard<'_, VecDeque<Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn row(&self, count: u64) -> Row {
        let mut what = self.kind.as_str().to_owned();
        if let Some(route) = &self.route {
            what.push_str(" in ");
            what.push_str(route);
        }
        what.push_str(&match count {
            1 => ", once".to_owned(),
            count => format!(", {} times", number(count)),
        });
        if !self.longest.is_zero() {
            what.push_str(", up to ");
            what.push_str(&time(self.longest));
        }
        Row {
            line: self.line.clone(),
            what,
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
