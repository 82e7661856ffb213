use super::{Format, civil::Civil, escape, object::Object};
use crate::{Outcome, Record};

/// Elastic Common Schema 8.11, as JSON with dotted names.
///
/// `event.duration` is in nanoseconds. The app's own fields are in `labels`, and what
/// the schema has no name for begins with `buttress.`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ecs;

impl Format for Ecs {
    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let mut line = Object::begin(out);
        line.with("@timestamp", |out| Civil::of(record.time()).rfc3339(out));
        line.plain("log.level", &record.level().as_str().to_ascii_lowercase());
        line.plain("ecs.version", "8.11");
        line.plain("event.kind", "event");
        line.plain("event.outcome", outcome(record));
        let nanos = u64::try_from(record.total_time().as_nanos()).unwrap_or(u64::MAX);
        line.number("event.duration", nanos);
        request(&mut line, record);
        response(&mut line, record);
        more(&mut line, record);
        line.end();
    }
}

fn outcome(record: &Record<'_>) -> &'static str {
    let has_failed = record.status().is_none_or(|status| status.as_u16() >= 400);
    match record.outcome() {
        Outcome::Ok if !has_failed => "success",
        _ => "failure",
    }
}

fn request(line: &mut Object<'_>, record: &Record<'_>) {
    line.plain("http.request.method", record.method().as_str());
    line.text("http.request.id", record.request_id().as_bytes());
    line.plain("http.version", record.version().trim_start_matches("HTTP/"));
    line.with("url.path", |out| escape::json(record.path(), out));
    if record.has_query() {
        line.with("url.query", |out| {
            record.query(|piece| escape::json(piece, out))
        });
    }
    if let Some(trace) = record.trace() {
        line.plain("trace.id", trace.trace_id());
    }
    if let Some(client) = record.client() {
        let client = client.to_string();
        line.plain("client.address", &client);
        line.plain("client.ip", &client);
    }
    if let Some(peer) = record.peer() {
        line.plain("source.ip", &peer.ip().to_string());
        line.number("source.port", peer.port());
    }
    if let Some(agent) = record.user_agent() {
        line.text("user_agent.original", agent);
    }
}

fn response(line: &mut Object<'_>, record: &Record<'_>) {
    if let Some(status) = record.status() {
        line.number("http.response.status_code", status.as_u16());
    }
    line.number("http.response.body.bytes", record.bytes());
    line.plain("buttress.outcome", record.outcome().as_str());
    if let Some(time) = record.time_to_head() {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        line.number("buttress.time_to_head", nanos);
    }
    if let Some(status) = record.grpc_status() {
        line.number("buttress.grpc_status", status);
    }
}

fn more(line: &mut Object<'_>, record: &Record<'_>) {
    if let Some(route) = record.route() {
        line.text("buttress.route", route.as_bytes());
    }
    for (name, value) in record.headers() {
        line.text(&format!("buttress.request.headers.{name}"), value);
    }
    for (name, value) in record.response_headers() {
        line.text(&format!("buttress.response.headers.{name}"), value);
    }
    if record.fields().next().is_some() {
        line.object("labels", |labels| {
            record
                .fields()
                .for_each(|(name, value)| labels.value(name, value));
        });
    }
    if record.sample() > 1 {
        line.number("buttress.sample", record.sample());
    }
    if record.dropped() > 0 {
        line.number("buttress.dropped", record.dropped());
    }
}
