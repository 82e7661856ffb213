//! One request over either version.

use buttress_testing::{h1, h2, wire::Head};
use bytes::Bytes;
use http::Method;
use std::net::SocketAddr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Http1,
    Http2,
}

/// A response as a whole.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) head: Head,
    pub(crate) body: String,
}

impl Response {
    /// The lines of a field, joined.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let lines = self.head.headers.get_all(name).into_iter();
        let lines: Vec<_> = lines
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }
}

/// Sends a request on a connection of its own; `lines` are `name: value`.
pub(crate) async fn send(
    over: Over,
    addr: SocketAddr,
    method: &Method,
    path: &str,
    lines: &[String],
    body: &str,
) -> Response {
    let fields: Vec<_> = lines
        .iter()
        .map(|line| line.split_once(": ").expect("a header line"))
        .collect();
    let (head, received) = match over {
        Over::Http1 => {
            let mut connection = h1::Connection::open(addr).await;
            let head = connection
                .request(method.clone(), path, &fields, body.as_bytes())
                .await;
            (head, connection.body().await)
        }
        Over::Http2 => {
            let mut connection = h2::Connection::open(addr).await;
            // Both versions name the same host, so that they share entries.
            let request = connection.head(method.clone(), path, &fields);
            let (mut parts, ()) = request.into_parts();
            let uri = format!("http://localhost{path}");
            parts.uri = uri.parse().expect("a URI");
            let request = http::Request::from_parts(parts, ());
            let mut exchange = connection.whole(request, body.to_owned()).await;
            (exchange.head.clone(), exchange.body().await)
        }
    };
    let bytes: Bytes = received.complete();
    let body = String::from_utf8(bytes.to_vec()).expect("text");
    Response { head, body }
}
