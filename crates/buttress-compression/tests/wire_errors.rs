//! A body that fails is cut on the wire: chunks without an end over HTTP/1, a
//! reset over HTTP/2, after all that came before it.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding};
use buttress_testing::{
    Gate, ScriptedBody, Server, h1, h2,
    wire::{Piece, Received},
};
use bytes::Bytes;
use http_body_util::Full;
use support_body::{
    answer, assert_cut_off, assert_same, codings, content_coding, decoded, decoded_so_far, html,
    once, page, service_of,
};

/// RFC 9113 §7.
const INTERNAL_ERROR: u32 = 2;

/// Bodies that fail while they are collected or later, each with its data.
fn failing() -> [(ScriptedBody, Bytes); 4] {
    let page = page(30_000);
    let whole = ScriptedBody::new().data(page.clone());
    let chunks = page.chunks(5000).map(|chunk| page.slice_ref(chunk));
    let slow = chunks.fold(ScriptedBody::new(), |body, chunk| body.data(chunk).pause());
    [
        (whole.error("gone"), page.clone()),
        (
            ScriptedBody::new().data("tiny").error("gone"),
            "tiny".into(),
        ),
        (slow.error("gone"), page),
        (ScriptedBody::new().pause().error("gone"), Bytes::new()),
    ]
}

fn assert_cut_after(data: &[u8], coding: Encoding, body: &Received) {
    assert!(body.cut.is_some(), "the framing says that it is whole");
    assert_same(&decoded_so_far(coding, &body.bytes()), data, coding);
    assert_cut_off(coding, &body.bytes());
}

async fn fails_over_h1(coding: Encoding, body: ScriptedBody, data: &[u8]) {
    let server = Server::h1(once(&CompressionLayer::new(), html(body))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let head = client
        .get("/", &[("accept-encoding", coding.as_str())])
        .await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-encoding"), Some(coding.as_str()));
    assert_eq!(head.header("content-length"), None);
    assert_cut_after(data, coding, &client.body().await);
    server.stop().await;
}

async fn fails_over_h2(coding: Encoding, body: ScriptedBody, data: &[u8]) {
    let server = Server::h2(once(&CompressionLayer::new(), html(body))).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let mut exchange = client
        .get("/", &[("accept-encoding", coding.as_str())])
        .await;
    assert_eq!(exchange.head.status, 200);
    let body = exchange.body().await;
    let reset = body.cut.as_ref().and_then(|cut| cut.reset);
    assert_eq!(reset.map(u32::from), Some(INTERNAL_ERROR));
    assert_cut_after(data, coding, &body);
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn over_h1_the_chunks_have_no_end() {
    for coding in codings() {
        for (body, data) in failing() {
            fails_over_h1(coding, body, &data).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_h1_the_chunks_have_no_end_on_several_threads() {
    for coding in codings() {
        for (body, data) in failing() {
            fails_over_h1(coding, body, &data).await;
        }
    }
}

// On one thread, where the order of things is certain: over HTTP/2 the
// connection is written by a task of its own.
#[tokio::test]
async fn over_h2_the_stream_is_reset() {
    for coding in codings() {
        for (body, data) in failing() {
            fails_over_h2(coding, body, &data).await;
        }
    }
}

#[tokio::test]
async fn a_body_that_panics_is_cut_and_the_next_request_is_answered() {
    for coding in codings() {
        let layer = CompressionLayer::new();
        let gate = Gate::new();
        let body = ScriptedBody::new().data(page(5000)).hold(&gate);
        let body = body.panic("boom");
        let server = Server::h1(once(&layer, html(body))).await;
        let mut client = h1::Connection::open(server.addr()).await;
        client
            .get("/", &[("accept-encoding", coding.as_str())])
            .await;
        let Piece::Data(start) = client.piece().await else {
            panic!("no data before the panic");
        };
        gate.open();
        let rest = client.body().await;
        assert!(rest.cut.is_some());
        assert_cut_off(coding, &[start, rest.bytes()].concat());
        assert_eq!(server.stop_after_panics().await, ["boom"]);

        let response = answer(&layer, coding, html(Full::new(page(5000))));
        assert_eq!(content_coding(&response), coding.as_str());
        let body = buttress_testing::collect(response.into_body()).await;
        assert_same(&decoded(coding, &body.complete()), &page(5000), coding);
    }
}

#[tokio::test]
async fn a_client_that_leaves_harms_nobody_else() {
    for coding in codings() {
        let layer = CompressionLayer::new().idle_encoders(1);
        let noise = Bytes::from(buttress_testing::corpus::random(4 << 20, 1));
        let served = noise.clone();
        let service = service_of(&layer, move |_| {
            let chunks = served.chunks(50_000).map(|chunk| served.slice_ref(chunk));
            html(ScriptedBody::new().chunks(chunks))
        });
        let server = Server::auto(service).await;
        let fields = [("accept-encoding", coding.as_str())];
        for _ in 0..3 {
            let mut client = h1::Connection::open(server.addr()).await;
            client.get("/", &fields).await;
            client.piece().await;
            drop(client);
            let mut client = h2::Connection::open(server.addr()).await;
            let mut exchange = client.get("/", &fields).await;
            exchange.piece().await;
            drop(exchange);
            let whole = client.get("/", &fields).await.body().await.complete();
            assert_same(&decoded(coding, &whole), &noise, coding);
        }
        server.stop().await;
    }
}
