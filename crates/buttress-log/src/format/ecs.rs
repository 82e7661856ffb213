use super::{
    Format,
    civil::rfc3339,
    escape,
    object::{Object, key},
};
use crate::{Outcome, Record};

/// Elastic Common Schema 8.11, as JSON with dotted names.
///
/// `event.duration` is in nanoseconds. The app's own fields are in `labels`, and what
/// the schema has no name for begins with `buttress.`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ecs;

impl Format for Ecs {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let mut line = Object::begin(out);
        line.with(key!("@timestamp"), |out| rfc3339(record.time(), out));
        line.plain(
            key!("log.level"),
            &record.level().as_str().to_ascii_lowercase(),
        );
        line.plain(key!("ecs.version"), "8.11");
        line.plain(key!("event.kind"), "event");
        line.plain(key!("event.outcome"), outcome(record));
        let nanos = u64::try_from(record.total_time().as_nanos()).unwrap_or(u64::MAX);
        line.number(key!("event.duration"), nanos);
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
    line.text(
        key!("http.request.method"),
        record.method().as_str().as_bytes(),
    );
    line.text(key!("http.request.id"), record.request_id_bytes());
    line.plain(
        key!("http.version"),
        record.version().trim_start_matches("HTTP/"),
    );
    line.with(key!("url.path"), |out| escape::json(record.path(), out));
    if record.has_query() {
        line.with(key!("url.query"), |out| {
            record.query(|piece| escape::json(piece, out))
        });
    }
    if let Some(trace) = record.trace() {
        line.plain(key!("trace.id"), trace.trace_id());
    }
    if let Some(client) = record.client() {
        line.address(key!("client.address"), client);
        line.address(key!("client.ip"), client);
    }
    if let Some(peer) = record.peer() {
        line.address(key!("source.ip"), peer.ip());
        line.number(key!("source.port"), peer.port());
    }
    if let Some(agent) = record.user_agent() {
        line.text(key!("user_agent.original"), agent);
    }
}

fn response(line: &mut Object<'_>, record: &Record<'_>) {
    if let Some(status) = record.status() {
        line.number(key!("http.response.status_code"), status.as_u16());
    }
    line.number(key!("http.response.body.bytes"), record.bytes());
    line.plain(key!("buttress.outcome"), record.outcome().as_str());
    if let Some(time) = record.time_to_head() {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        line.number(key!("buttress.time_to_head"), nanos);
    }
    if let Some(status) = record.grpc_status() {
        line.number(key!("buttress.grpc_status"), status);
    }
}

fn more(line: &mut Object<'_>, record: &Record<'_>) {
    if let Some(route) = record.route_bytes() {
        line.text(key!("buttress.route"), route);
    }
    for (name, value) in record.headers() {
        line.header("buttress.request.headers.", name, value);
    }
    for (name, value) in record.response_headers() {
        line.header("buttress.response.headers.", name, value);
    }
    if record.fields().next().is_some() {
        line.object(key!("labels"), |labels| {
            record
                .fields()
                .for_each(|(name, value)| labels.value(name, value));
        });
    }
    if record.sample() > 1 {
        line.number(key!("buttress.sample"), record.sample());
    }
    if record.dropped() > 0 {
        line.number(key!("buttress.dropped"), record.dropped());
    }
}
