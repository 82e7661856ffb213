//! Each event reaches the client before the next one exists.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding};
use buttress_testing::{
    Gate, ScriptedBody, Server, h1, h2,
    wire::{Head, Piece},
};
use bytes::Bytes;
use http::Response;
use support_body::{assert_same, codings, decoded, decoded_so_far, events, html, once};

const EVENTS: usize = 3;

fn event(number: usize) -> String {
    format!("data: tick {number}\n\n")
}

fn first(events: usize) -> String {
    (0..events).map(event).collect()
}

/// The events, each but the first behind a gate.
fn ticks(gates: &[Gate]) -> ScriptedBody {
    let body = ScriptedBody::new().data(event(0));
    let gated = gates.iter().enumerate();
    gated.fold(body, |body, (number, gate)| {
        body.hold(gate).data(event(number + 1))
    })
}

fn gates() -> Vec<Gate> {
    (1..EVENTS).map(|_| Gate::new()).collect()
}

/// What a client has read so far.
struct Reader {
    coding: Encoding,
    received: Vec<u8>,
}

impl Reader {
    fn of(head: &Head, coding: Encoding) -> Self {
        assert_eq!(head.header("content-encoding"), Some(coding.as_str()));
        assert_eq!(head.header("content-length"), None);
        Self {
            coding,
            received: Vec::new(),
        }
    }

    /// Takes a piece; `true` once the text can be read.
    fn has(&mut self, text: &str, piece: Piece) -> bool {
        let Piece::Data(data) = piece else {
            panic!("{piece:?} instead of {text:?}");
        };
        self.received.extend_from_slice(&data);
        decoded_so_far(self.coding, &self.received) == text
    }

    fn end(mut self, rest: &Bytes) {
        self.received.extend_from_slice(rest);
        let whole = decoded(self.coding, &self.received);
        assert_same(&whole, first(EVENTS).as_bytes(), self.coding);
    }
}

async fn over_h1(coding: Encoding, response: Response<ScriptedBody>, gates: &[Gate]) {
    let server = Server::h1(once(&CompressionLayer::new(), response)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let head = client
        .get("/", &[("accept-encoding", coding.as_str())])
        .await;
    let mut reader = Reader::of(&head, coding);
    for (number, gate) in gates.iter().enumerate() {
        while !reader.has(&first(number + 1), client.piece().await) {}
        gate.open();
    }
    reader.end(&client.body().await.complete());
    drop(client);
    server.stop().await;
}

async fn over_h2(coding: Encoding, response: Response<ScriptedBody>, gates: &[Gate]) {
    let server = Server::h2(once(&CompressionLayer::new(), response)).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let mut exchange = client
        .get("/", &[("accept-encoding", coding.as_str())])
        .await;
    let mut reader = Reader::of(&exchange.head, coding);
    for (number, gate) in gates.iter().enumerate() {
        while !reader.has(&first(number + 1), exchange.piece().await) {}
        gate.open();
    }
    reader.end(&exchange.body().await.complete());
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn an_event_is_read_over_h1_before_the_next_exists() {
    for coding in codings() {
        let gates = gates();
        over_h1(coding, events(ticks(&gates)), &gates).await;
    }
}

#[tokio::test]
async fn an_event_is_read_over_h2_before_the_next_exists() {
    for coding in codings() {
        let gates = gates();
        over_h2(coding, events(ticks(&gates)), &gates).await;
    }
}

/// By the timer of `Flush::Auto`.
#[tokio::test]
async fn a_chunk_of_a_page_is_read_before_the_next_exists() {
    for coding in codings() {
        let gates = gates();
        over_h1(coding, html(ticks(&gates)), &gates).await;
        let gates = self::gates();
        over_h2(coding, html(ticks(&gates)), &gates).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_flushes_over_the_wire() {
    use buttress_compression::{Flush, FlushHandle};
    for coding in codings() {
        let (handle, gate) = (FlushHandle::new(), Gate::new());
        let mut response = html(ScriptedBody::new().data("now").hold(&gate).data(" then"));
        response.extensions_mut().insert(handle.clone());
        let layer = CompressionLayer::new().flush(Flush::Never);
        let server = Server::h1(once(&layer, response)).await;
        let mut client = h1::Connection::open(server.addr()).await;
        let head = client
            .get("/", &[("accept-encoding", coding.as_str())])
            .await;
        let mut reader = Reader::of(&head, coding);
        gate.reached().await;
        handle.flush();
        while !reader.has("now", client.piece().await) {}
        gate.open();
        let rest = client.body().await.complete();
        let whole = [&reader.received[..], &rest].concat();
        assert_same(&decoded(coding, &whole), b"now then", coding);
        drop(client);
        server.stop().await;
    }
}
