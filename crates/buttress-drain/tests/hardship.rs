//! What clients, callers and machines do that they should not.

mod support;

use buttress_drain::{Drain, Listener, Phase, serve};
use buttress_testing::{Gate, h1, h2, within};
use futures_util::StreamExt;
use http::Method;
use std::{io, net::SocketAddr, time::Duration};
use support::{Running, app, patient, prompt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn a_drain_that_began_before_the_server_serves_the_queue_and_ends() {
    let (listener, drain) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), patient());
    let addr = listener.local_addr().unwrap();
    let mut queued = h1::Connection::open(addr).await;
    queued
        .send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    drain.trigger();
    let server = serve(listener, app(&Gate::new())).drain(drain.clone());
    let server = Running::spawn(addr, drain, server);
    assert_eq!(queued.head().await.header("connection"), Some("close"));
    assert_eq!(queued.body().await.complete(), "hello");
    assert!(server.outcome().await.is_clean());
}

/// Cannot take what its queue holds: the first time, or for ever.
struct OutOfFiles(TcpListener, usize);

impl Listener for OutOfFiles {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        std::future::pending().await
    }

    fn close(self, take: impl FnMut(TcpStream, SocketAddr)) -> Result<(), (Self, io::Error)> {
        let Self(listener, failures) = self;
        if let Some(failures) = failures.checked_sub(1) {
            let error = io::Error::other("too many open files");
            return Err((Self(listener, failures), error));
        }
        let closed = listener.close(take);
        closed.map_err(|(listener, error)| (Self(listener, 0), error))
    }

    fn peer(addr: &SocketAddr) -> Option<SocketAddr> {
        Some(*addr)
    }
}

#[tokio::test]
async fn a_queue_that_cannot_be_emptied_at_once_is_emptied_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (addr, drain) = (listener.local_addr().unwrap(), patient());
    let server = serve(OutOfFiles(listener, 3), app(&Gate::new())).drain(drain.clone());
    let server = Running::spawn(addr, drain, server);
    let mut queued = h1::Connection::open(addr).await;
    server.drain.trigger();
    assert_eq!(queued.get("/", &[]).await.status, 200);
    assert_eq!(queued.body().await.complete(), "hello");
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn a_queue_that_cannot_be_emptied_does_not_hold_up_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let drain = patient().deadline(Duration::from_millis(100));
    let server = serve(OutOfFiles(listener, usize::MAX), app(&Gate::new())).drain(drain.clone());
    let server = Running::spawn(addr, drain, server);
    server.drain.trigger();
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn a_drain_that_was_cut_before_the_server_ends_it_at_once() {
    let (listener, drain) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), patient());
    drain.cut();
    let server = serve(listener, app(&Gate::new())).drain(drain.clone());
    let ended = within("the end", server.into_future()).await.unwrap();
    assert!(ended.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_triggers_at_once_are_one() {
    let server = Running::start(prompt(), app(&Gate::new())).await;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| server.drain.trigger());
        }
    });
    let phase = server.drain.phase();
    server.drain.trigger();
    assert!(phase >= Phase::Lingering);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn never_is_a_duration_like_any_other() {
    let never = Duration::MAX;
    let drain = Drain::new().linger(never).first_request(never);
    let drain = drain.pre_stop(Duration::ZERO).deadline(never);
    let configured =
        |s: buttress_drain::Serve<_, _>| s.head_timeout(never).keep_alive(never).park(never);
    let server = Running::start_with(drain, app(&Gate::new()), configured).await;
    let mut client = h1::Connection::open(server.addr).await;
    let _silent = h1::Connection::open(server.addr).await;
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "hello");
    server.drain.trigger();
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "hello");
    assert_eq!(client.raw().await, None);
    server.drain.cut();
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn clients_that_never_finish_their_heads_do_not_keep_others_out() {
    let limits =
        |s: buttress_drain::Serve<_, _>| s.connections(4).head_timeout(Duration::from_millis(100));
    let server = Running::start_with(patient(), app(&Gate::new()), limits).await;
    let mut slow = Vec::new();
    for _ in 0..16 {
        let mut client = h1::Connection::open(server.addr).await;
        client.send("GET / HTTP/1.1\r\nHos").await;
        slow.push(client);
    }
    // Behind all of them, in the queue.
    let mut client = h1::Connection::open(server.addr).await;
    assert_eq!(client.get("/", &[]).await.status, 200);
    assert_eq!(client.body().await.complete(), "hello");
}

#[tokio::test]
async fn beyond_the_cap_connections_wait_until_one_ends() {
    let gate = Gate::new();
    let server = Running::start_with(patient(), app(&gate), |s| s.connections(1)).await;
    let request = "GET /gate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut first = h1::Connection::open(server.addr).await;
    first.send(request).await;
    within("the handler", gate.reached()).await;
    let mut second = h1::Connection::open(server.addr).await;
    second.send(request).await;
    for _ in 0..100 {
        // Without the cap it would be accepted and called by now.
        tokio::task::yield_now().await;
        assert_eq!(server.drain.in_flight(), 1);
    }
    gate.open();
    for client in [&mut first, &mut second] {
        assert_eq!(client.head().await.status, 200);
        assert_eq!(client.body().await.complete(), "through");
    }
}

#[tokio::test]
async fn heads_of_too_many_fields_get_431() {
    let server = Running::start(Drain::new(), app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    let head = client
        .request(Method::GET, "/", &[("x", "y"); 101], b"")
        .await;
    assert_eq!(head.status, 431);
}

#[tokio::test]
async fn over_http2_heads_beyond_the_limit_get_431() {
    let server = Running::start(Drain::new(), app(&Gate::new())).await;
    let mut client = h2::Connection::open(server.addr).await;
    let long = "x".repeat(40 * 1024);
    let exchange = client.get("/", &[("x-long", &long)]).await;
    assert_eq!(exchange.head.status, 431);
    let mut exchange = client.get("/", &[]).await;
    assert_eq!(exchange.body().await.complete(), "hello");
}

#[tokio::test]
async fn over_http2_streams_beyond_the_limit_wait_and_all_end_after_goaway() {
    let gate = Gate::new();
    let server = Running::start_with(patient(), app(&gate), |s| s.streams(8)).await;
    let stream = TcpStream::connect(server.addr).await.unwrap();
    let (send, connection) = within("the handshake", ::h2::client::handshake(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let mut streams = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut send = within("room", send.clone().ready()).await.unwrap();
        let request = http::Request::get("http://localhost/gate")
            .body(())
            .unwrap();
        let (response, _) = send.send_request(request, true).unwrap();
        streams.spawn(response);
    }
    within("the handlers", async {
        while server.drain.in_flight() < 8 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.drain.trigger();
    server.closed().await;
    gate.open();
    drop(send);
    for response in streams.join_all().await {
        assert_eq!(response.unwrap().status(), 200);
    }
    within("the end", connection).await.unwrap().unwrap();
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn half_a_request_over_http2_is_cut_at_the_deadline() {
    let drain = Drain::new().deadline(Duration::from_millis(300));
    let server = Running::start(drain, app(&Gate::new())).await;
    let stream = TcpStream::connect(server.addr).await.unwrap();
    let (send, connection) = within("the handshake", ::h2::client::handshake(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut send: ::h2::client::SendRequest<bytes::Bytes> = send.ready().await.unwrap();
    let request = http::Request::post("http://localhost/echo")
        .body(())
        .unwrap();
    let (response, mut upload) = send.send_request(request, false).unwrap();
    upload.send_data("half".into(), false).unwrap();
    within("the request", async {
        while server.drain.in_flight() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.drain.trigger();
    assert!(within("the cut", response).await.is_err());
    assert_eq!(server.outcome().await.cut(), 1);
}

#[tokio::test]
async fn a_body_that_panics_ends_its_connection_and_no_other() {
    let torn = || async {
        let parts = futures_util::stream::iter(0..2).map(|part| match part {
            0 => Ok::<_, std::io::Error>("first"),
            _ => panic!("as asked"),
        });
        axum::body::Body::from_stream(parts)
    };
    let router = app(&Gate::new()).route("/torn", axum::routing::get(torn));
    let server = Running::start(prompt(), router).await;
    let mut other = h1::Connection::open(server.addr).await;
    let mut client = h1::Connection::open(server.addr).await;
    client
        .send("GET /torn HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert_eq!(client.raw().await, None);
    assert_eq!(other.get("/", &[]).await.status, 200);
    assert_eq!(other.body().await.complete(), "hello");
    assert_eq!(server.drain.in_flight(), 0);
    server.drain.trigger();
    assert!(server.outcome().await.is_clean());
}

#[test]
fn a_drain_can_be_triggered_outside_of_a_runtime() {
    let drain = patient();
    drain.trigger();
    assert_eq!(drain.phase(), Phase::Lingering);
    drain.cut();
    assert_eq!(drain.phase(), Phase::Overdue);
}
