use super::{
    Format,
    civil::Civil,
    escape,
    object::{Object, decimal, key, micros},
};
use crate::Record;

/// One JSON object a line. The names of its members are stable.
///
/// | member | what it is, and when it is there |
/// |---|---|
/// | `time` | when the request came, RFC 3339 in UTC, to the microsecond |
/// | `level` | `ERROR`, `WARN`, `INFO`, … |
/// | `method`, `target`, `version` | of the request; `target` is path and query, `*`, or the authority of a `CONNECT` |
/// | `route` | the route it matched, or `unmatched` |
/// | `status` | a number; `null` if the service failed without an answer |
/// | `outcome` | `ok`, `error` or `aborted` |
/// | `bytes` | of the body, handed to the server: on an abort an upper bound of what was sent |
/// | `head_ms` | time to the response's head, in milliseconds; if there was one |
/// | `total_ms` | time to its end |
/// | `request_id` | |
/// | `trace_id`, `parent_id` | of the request's `traceparent`, if it has one |
/// | `grpc_status` | if there is one |
/// | `client` | the address of the client, if it is known |
/// | `peer` | address and port of the connection, where `client` was found otherwise |
/// | `user_agent` | if there is one |
/// | `headers`, `response_headers` | objects of the chosen ones that are there |
/// | `fields` | an object of the app's own |
/// | `sample` | for how many requests the line stands, if for more than one |
/// | `dropped` | how many lines were lost before this one, if any were |
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Format for Json {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let mut line = Object::begin(out);
        line.with(key!("time"), |out| Civil::of(record.time()).rfc3339(out));
        line.plain(key!("level"), record.level().as_str());
        request(&mut line, record);
        response(&mut line, record);
        context(&mut line, record);
        chosen(&mut line, record);
        if record.sample() > 1 {
            line.number(key!("sample"), record.sample());
        }
        if record.dropped() > 0 {
            line.number(key!("dropped"), record.dropped());
        }
        line.end();
    }
}

fn request(line: &mut Object<'_>, record: &Record<'_>) {
    line.plain(key!("method"), record.method().as_str());
    line.with(key!("target"), |out| {
        record.target(|piece| escape::json(piece, out));
    });
    line.plain(key!("version"), record.version());
    line.text(
        key!("route"),
        record.route().unwrap_or("unmatched").as_bytes(),
    );
}

fn response(line: &mut Object<'_>, record: &Record<'_>) {
    match record.status() {
        Some(status) => line.number(key!("status"), status.as_u16()),
        None => line.null(key!("status")),
    }
    line.plain(key!("outcome"), record.outcome().as_str());
    line.number(key!("bytes"), record.bytes());
    if let Some(time) = record.time_to_head() {
        line.with_number(key!("head_ms"), |out| decimal(micros(time), out));
    }
    line.with_number(key!("total_ms"), |out| {
        decimal(micros(record.total_time()), out);
    });
    if let Some(status) = record.grpc_status() {
        line.number(key!("grpc_status"), status);
    }
}

fn context(line: &mut Object<'_>, record: &Record<'_>) {
    line.text(key!("request_id"), record.request_id().as_bytes());
    if let Some(trace) = record.trace() {
        line.plain(key!("trace_id"), trace.trace_id());
        line.plain(key!("parent_id"), trace.parent_id());
    }
    if let Some(client) = record.client() {
        line.address(key!("client"), client);
    }
    if let Some(peer) = record
        .peer()
        .filter(|peer| Some(peer.ip()) != record.client())
    {
        line.plain(key!("peer"), &peer.to_string());
    }
    if let Some(agent) = record.user_agent() {
        line.text(key!("user_agent"), agent);
    }
}

fn chosen(line: &mut Object<'_>, record: &Record<'_>) {
    let mut headers = record.headers().peekable();
    if headers.peek().is_some() {
        line.object(key!("headers"), |object| {
            headers.for_each(|(name, value)| object.header("", name, value));
        });
    }
    let mut headers = record.response_headers().peekable();
    if headers.peek().is_some() {
        line.object(key!("response_headers"), |object| {
            headers.for_each(|(name, value)| object.header("", name, value));
        });
    }
    let mut fields = record.fields().peekable();
    if fields.peek().is_some() {
        line.object(key!("fields"), |object| {
            fields.for_each(|(name, value)| object.value(name, value));
        });
    }
}
