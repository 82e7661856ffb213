//! What was traced, for a test to look at.

mod record;

pub use record::{Event, Span};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::{Dispatch, Level, subscriber::DefaultGuard};
use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt};

/// Records events and spans; clones share the record.
#[derive(Clone, Debug)]
pub struct Capture {
    dispatch: Dispatch,
    records: Arc<Mutex<Records>>,
}

#[derive(Debug, Default)]
struct Records {
    events: Vec<Event>,
    spans: Vec<Span>,
}

impl Capture {
    /// A capture of every level, which records nothing before it is installed.
    #[must_use]
    pub fn new() -> Self {
        Self::at_most(Level::TRACE)
    }

    /// A capture that leaves out what is more verbose than `level`, and tells
    /// the code under test so.
    #[must_use]
    pub fn at_most(level: Level) -> Self {
        let records = Arc::default();
        let layer = record::RecordLayer::new(Arc::clone(&records));
        let subscriber = tracing_subscriber::registry()
            .with(LevelFilter::from_level(level))
            .with(layer);
        Self {
            dispatch: Dispatch::new(subscriber),
            records,
        }
    }

    /// Records what this thread traces until the guard is dropped.
    #[must_use]
    pub fn install(&self) -> DefaultGuard {
        tracing::dispatcher::set_default(&self.dispatch)
    }

    /// For `WithSubscriber`: records what a future traces on any thread.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// All events so far, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.lock().events.clone()
    }

    /// All spans so far, in the order in which they were made.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.lock().spans.clone()
    }

    /// The events of `target` and of the modules in it.
    #[must_use]
    pub fn events_of(&self, target: &str) -> Vec<Event> {
        let mut events = self.events();
        events.retain(|event| event.is_of(target));
        events
    }

    /// The only event of `target`.
    ///
    /// # Panics
    ///
    /// If there is none or more than one.
    #[must_use]
    pub fn only_event_of(&self, target: &str) -> Event {
        let mut events = self.events_of(target);
        assert_eq!(events.len(), 1, "events of {target}: {events:#?}");
        events.remove(0)
    }

    /// Forgets what was recorded.
    pub fn clear(&self) {
        *self.lock() = Records::default();
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_keep_level_target_message_fields_and_spans() {
        let capture = Capture::new();
        let guard = capture.install();
        tracing::info_span!("request", id = 7).in_scope(|| {
            tracing::debug!(target: "mine::body", bytes = 3_u64, ok = true, name = "x", "sent");
        });
        drop(guard);
        tracing::error!(target: "mine", "nobody listens any more");

        let event = capture.only_event_of("mine");
        assert_eq!(event.level, Level::DEBUG);
        assert_eq!(event.target, "mine::body");
        assert_eq!(event.message, "sent");
        assert_eq!(event.field("bytes"), Some("3"));
        assert_eq!(event.field("ok"), Some("true"));
        assert_eq!(event.field("name"), Some("x"));
        assert_eq!(event.field("other"), None);
        assert_eq!(event.spans, ["request"]);
        assert_eq!(capture.spans()[0].field("id"), Some("7"));
    }

    #[test]
    fn a_target_is_matched_by_whole_modules() {
        let capture = Capture::new();
        let _guard = capture.install();
        tracing::info!(target: "minefield", "other");
        assert!(capture.events_of("mine").is_empty());
        assert_eq!(capture.events().len(), 1);
    }

    #[test]
    fn what_is_too_verbose_is_left_out() {
        let capture = Capture::at_most(Level::INFO);
        let _guard = capture.install();
        assert!(!tracing::enabled!(Level::DEBUG));
        tracing::debug!("no");
        tracing::info!("yes");
        assert_eq!(capture.events().len(), 1);
        capture.clear();
        assert!(capture.events().is_empty());
    }

    #[test]
    #[should_panic(expected = "events of mine")]
    fn the_only_event_must_be_there() {
        let _ = Capture::new().only_event_of("mine");
    }
}
