//! Where it panicked last. How often, the budget knows.

use buttress::error::{Kind, Report};
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(crate) struct Panics(Mutex<Option<String>>);

impl Panics {
    pub(crate) fn record(&self, report: &Report) {
        if report.kind() != Kind::Panic {
            return;
        }
        // The place, and not the message: this page is for everybody.
        let place = report.location().unwrap_or("an unknown place");
        let place = place.strip_prefix("examples/production/").unwrap_or(place);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(place.to_owned());
    }

    pub(crate) fn last(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
