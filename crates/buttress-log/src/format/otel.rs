use super::{
    Format, escape,
    object::{Object, decimal, key, micros},
};
use crate::{Outcome, Record};
use std::time::UNIX_EPOCH;
use tracing::Level;

/// OpenTelemetry's log data model as JSON, with the attributes of its semantic
/// conventions for HTTP servers.
///
/// `Timestamp` is in nanoseconds since 1970, `http.server.request.duration` in
/// seconds. What the conventions have no name for begins with `buttress.`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Otel;

impl Format for Otel {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let mut line = Object::begin(out);
        let since_epoch = record.time().duration_since(UNIX_EPOCH).unwrap_or_default();
        let nanos = u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX);
        // A string, as 64-bit integers are in OTLP's JSON.
        line.plain(key!("Timestamp"), itoa::Buffer::new().format(nanos));
        line.plain(key!("SeverityText"), record.level().as_str());
        line.number(key!("SeverityNumber"), severity(record.level()));
        if let Some(trace) = record.trace() {
            line.plain(key!("TraceId"), trace.trace_id());
            line.plain(key!("SpanId"), trace.parent_id());
        }
        line.plain(key!("Body"), "request");
        line.object(key!("Attributes"), |attributes| {
            request(attributes, record);
            response(attributes, record);
            more(attributes, record);
        });
        line.end();
    }
}

fn severity(level: Level) -> u8 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    }
}

fn request(attributes: &mut Object<'_>, record: &Record<'_>) {
    attributes.text(
        key!("http.request.method"),
        record.method().as_str().as_bytes(),
    );
    attributes.with(key!("url.path"), |out| escape::json(record.path(), out));
    if record.has_query() {
        attributes.with(key!("url.query"), |out| {
            record.query(|piece| escape::json(piece, out));
        });
    }
    if let Some(route) = record.route_bytes() {
        attributes.text(key!("http.route"), route);
    }
    let version = record.version().trim_start_matches("HTTP/");
    attributes.plain(key!("network.protocol.version"), version);
    if let Some(client) = record.client() {
        attributes.address(key!("client.address"), client);
    }
    if let Some(peer) = record.peer() {
        attributes.address(key!("network.peer.address"), peer.ip());
        attributes.number(key!("network.peer.port"), peer.port());
    }
    if let Some(agent) = record.user_agent() {
        attributes.text(key!("user_agent.original"), agent);
    }
}

fn response(attributes: &mut Object<'_>, record: &Record<'_>) {
    if let Some(status) = record.status() {
        attributes.number(key!("http.response.status_code"), status.as_u16());
    }
    attributes.number(key!("http.response.body.size"), record.bytes());
    let total = micros(record.total_time());
    attributes.with_number(key!("http.server.request.duration"), |out| {
        seconds(total, out)
    });
    if let Some(time) = record.time_to_head() {
        attributes.with_number(key!("buttress.time_to_head"), |out| {
            seconds(micros(time), out)
        });
    }
    if let Some(status) = record.grpc_status() {
        attributes.number(key!("rpc.grpc.status_code"), status);
    }
    let status = record.status().filter(|status| status.is_server_error());
    match (record.outcome(), status) {
        (Outcome::Ok, None) => {}
        (Outcome::Ok, Some(status)) => attributes.plain(key!("error.type"), status.as_str()),
        (outcome, _) => attributes.plain(key!("error.type"), outcome.as_str()),
    }
}

fn more(attributes: &mut Object<'_>, record: &Record<'_>) {
    attributes.text(key!("buttress.request_id"), record.request_id_bytes());
    for (name, value) in record.headers() {
        attributes.listed_header("http.request.header.", name, value);
    }
    for (name, value) in record.response_headers() {
        attributes.listed_header("http.response.header.", name, value);
    }
    for (name, value) in record.fields() {
        attributes.value(name, value);
    }
    if record.sample() > 1 {
        attributes.number(key!("buttress.sample"), record.sample());
    }
    if record.dropped() > 0 {
        attributes.number(key!("buttress.dropped"), record.dropped());
    }
}

/// To the microsecond.
fn seconds(micros: u64, out: &mut Vec<u8>) {
    decimal(micros / 1_000, out);
    let rest = (micros % 1_000) as u16;
    let digit = |unit: u16| b'0' + (rest / unit % 10) as u8;
    out.extend_from_slice(&[digit(100), digit(10), digit(1)]);
}
