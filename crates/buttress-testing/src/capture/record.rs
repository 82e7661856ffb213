use super::Records;
use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    layer::{Context, Layer},
    registry::LookupSpan,
};

/// An event as it was traced.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Its level.
    pub level: Level,
    /// Its target: the module, if the code named no other.
    pub target: String,
    /// Its message, empty if it has none.
    pub message: String,
    /// Its other fields with their values as text, in order.
    pub fields: Vec<(&'static str, String)>,
    /// The names of the spans around it, the outermost first.
    pub spans: Vec<&'static str>,
}

impl Event {
    /// The value of a field as text.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.fields, name)
    }

    /// Whether it comes from `target` or a module in it.
    #[must_use]
    pub fn is_of(&self, target: &str) -> bool {
        let rest = self.target.strip_prefix(target);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// A span as it was made, with what was recorded on it later.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Span {
    /// Its name.
    pub name: &'static str,
    /// Its level.
    pub level: Level,
    /// Its target.
    pub target: String,
    /// Its fields with their values as text; one recorded again stands twice.
    pub fields: Vec<(&'static str, String)>,
}

impl Span {
    /// The last value of a field as text.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.fields, name)
    }
}

fn find<'a>(fields: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    let mut latest_first = fields.iter().rev();
    latest_first
        .find(|(field, _)| *field == name)
        .map(|(_, value)| value.as_str())
}

/// The layer that fills the record.
pub(super) struct RecordLayer {
    records: Arc<Mutex<Records>>,
}

impl RecordLayer {
    pub(super) fn new(records: Arc<Mutex<Records>>) -> Self {
        Self { records }
    }

    fn with(&self, change: impl FnOnce(&mut Records)) {
        change(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Where a span stands in the record.
struct Place(usize);

impl<S> Layer<S> for RecordLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &tracing::Event<'_>, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let scope = cx.event_scope(event);
        let spans = scope.map(|scope| scope.from_root().map(|span| span.name()).collect());
        let event = Event {
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            message: fields.message,
            fields: fields.rest,
            spans: spans.unwrap_or_default(),
        };
        self.with(|records| records.events.push(event));
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = Span {
            name: attributes.metadata().name(),
            level: *attributes.metadata().level(),
            target: attributes.metadata().target().to_owned(),
            fields: fields.rest,
        };
        let mut place = 0;
        self.with(|records| {
            place = records.spans.len();
            records.spans.push(span);
        });
        if let Some(span) = cx.span(id) {
            span.extensions_mut().insert(Place(place));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let Some(span) = cx.span(id) else { return };
        let extensions = span.extensions();
        let Some(&Place(place)) = extensions.get() else {
            return;
        };
        self.with(|records| {
            // The record may have been cleared since the span was made.
            if let Some(span) = records.spans.get_mut(place) {
                span.fields.extend(fields.rest);
            }
        });
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    rest: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to a String cannot fail.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.rest.push((field.name(), format!("{value:?}")));
        }
    }
}
