use super::{
    Format,
    civil::rfc3339,
    escape,
    members::{Member, Members},
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
/// | `grpc_status` | if there is one |
/// | `request_id` | |
/// | `trace_id`, `parent_id` | of the request's `traceparent`, if it has one |
/// | `client` | the address of the client, if it is known |
/// | `peer` | address and port of the connection, where `client` was found otherwise |
/// | `user_agent` | if there is one |
/// | `headers`, `response_headers` | objects of the chosen ones that are there |
/// | `fields` | an object of the app's own |
/// | `sample` | for how many requests the line stands, if for more than one |
/// | `dropped` | how many lines were lost before this one, if any were |
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Json {
    /// Lines with some of the members, in the order of the table. The last five rows are
    /// not to be chosen: they are there if there is something to say.
    ///
    /// ```
    /// use buttress_log::{Json, Member};
    ///
    /// let short = Json::only([
    ///     Member::Time,
    ///     Member::Method,
    ///     Member::Target,
    ///     Member::Status,
    ///     Member::Outcome,
    ///     Member::TotalTime,
    /// ]);
    /// # let _ = short;
    /// ```
    #[must_use]
    pub fn only(members: impl IntoIterator<Item = Member>) -> JsonMembers {
        JsonMembers(members.into_iter().collect())
    }
}

/// [`Json`] with [some of its members](Json::only).
#[derive(Clone, Copy, Debug)]
pub struct JsonMembers(Members);

impl Format for Json {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        encode(Members::ALL, record, out);
    }
}

impl Format for JsonMembers {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        encode(self.0, record, out);
    }

    fn shows_user_agent(&self) -> bool {
        self.0.has(Member::UserAgent)
    }
}

#[inline]
fn encode(shown: Members, record: &Record<'_>, out: &mut Vec<u8>) {
    let mut line = Object::begin(out);
    if shown.has(Member::Time) {
        line.with(key!("time"), |out| rfc3339(record.time(), out));
    }
    if shown.has(Member::Level) {
        line.plain(key!("level"), record.level().as_str());
    }
    request(shown, &mut line, record);
    response(shown, &mut line, record);
    context(shown, &mut line, record);
    chosen(&mut line, record);
    if record.sample() > 1 {
        line.number(key!("sample"), record.sample());
    }
    if record.dropped() > 0 {
        line.number(key!("dropped"), record.dropped());
    }
    line.end();
}

#[inline]
fn request(shown: Members, line: &mut Object<'_>, record: &Record<'_>) {
    if shown.has(Member::Method) {
        line.text(key!("method"), record.method().as_str().as_bytes());
    }
    if shown.has(Member::Target) {
        line.with(key!("target"), |out| {
            record.target(|piece| escape::json(piece, out));
        });
    }
    if shown.has(Member::Version) {
        line.plain(key!("version"), record.version());
    }
    if shown.has(Member::Route) {
        let route = record.route_bytes();
        line.text(key!("route"), route.unwrap_or(b"unmatched"));
    }
}

#[inline]
fn response(shown: Members, line: &mut Object<'_>, record: &Record<'_>) {
    if shown.has(Member::Status) {
        // Three digits, as text and as a number.
        let status = record.status();
        let status = status.as_ref().map_or("null", |status| status.as_str());
        line.bare(key!("status"), status);
    }
    if shown.has(Member::Outcome) {
        line.plain(key!("outcome"), record.outcome().as_str());
    }
    if shown.has(Member::Bytes) {
        line.number(key!("bytes"), record.bytes());
    }
    if let Some(time) = record
        .time_to_head()
        .filter(|_| shown.has(Member::HeadTime))
    {
        line.with_number(key!("head_ms"), |out| decimal(micros(time), out));
    }
    if shown.has(Member::TotalTime) {
        let total = micros(record.total_time());
        line.with_number(key!("total_ms"), |out| decimal(total, out));
    }
    if let Some(status) = record
        .grpc_status()
        .filter(|_| shown.has(Member::GrpcStatus))
    {
        line.number(key!("grpc_status"), status);
    }
}

#[inline]
fn context(shown: Members, line: &mut Object<'_>, record: &Record<'_>) {
    if shown.has(Member::RequestId) {
        line.text(key!("request_id"), record.request_id_bytes());
    }
    if let Some(trace) = record.trace().filter(|_| shown.has(Member::Trace)) {
        line.plain(key!("trace_id"), trace.trace_id());
        line.plain(key!("parent_id"), trace.parent_id());
    }
    let client = record.client();
    if let Some(client) = client.filter(|_| shown.has(Member::Client)) {
        line.address(key!("client"), client);
    }
    if let Some(peer) = record.peer().filter(|_| shown.has(Member::Peer)) {
        if Some(peer.ip()) != client {
            line.plain(key!("peer"), &peer.to_string());
        }
    }
    if let Some(agent) = record.user_agent().filter(|_| shown.has(Member::UserAgent)) {
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
