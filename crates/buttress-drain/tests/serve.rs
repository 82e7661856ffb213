//! What a server does with each connection when its drain is triggered.

mod support;

use buttress_drain::{Drain, Phase};
use buttress_testing::{Gate, h1, wire::Piece, within};
use http::Method;
use std::time::Duration;
use support::{Running, app, patient, prompt};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn before_the_trigger_connections_stay_and_requests_know_their_peer() {
    let server = Running::start(Drain::new(), app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    for _ in 0..3 {
        let head = client.get("/whoami", &[]).await;
        assert_eq!(head.header("connection"), None);
        let peer = client.body().await.complete();
        assert!(peer.starts_with(b"127.0.0.1:"), "{peer:?}");
    }
    assert_eq!(server.drain.in_flight(), 0);
    assert_eq!(server.drain.phase(), Phase::Serving);
}

#[tokio::test]
async fn while_lingering_the_next_answer_closes_its_connection() {
    let server = Running::start(patient(), app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    assert_eq!(client.get("/", &[]).await.header("connection"), None);
    assert!(!client.body().await.complete().is_empty());

    server.drain.trigger();
    let head = client.get("/", &[]).await;
    assert_eq!(
        (head.status.as_u16(), head.header("connection")),
        (200, Some("close"))
    );
    assert_eq!(client.body().await.complete(), "hello");
    assert_eq!(client.raw().await, None);
    // The last connection is gone: no window is waited for.
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn a_request_in_flight_is_answered_and_then_closes() {
    let gate = Gate::new();
    let server = Running::start(patient(), app(&gate)).await;
    let mut client = h1::Connection::open(server.addr).await;
    client
        .send(b"GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    within("the handler", gate.reached()).await;
    assert_eq!(server.drain.in_flight(), 1);

    server.drain.trigger();
    server.closed().await;
    assert!(!server.has_ended());
    gate.open();
    assert_eq!(client.head().await.header("connection"), Some("close"));
    assert_eq!(client.body().await.complete(), "through");
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn a_body_whose_head_went_out_before_is_sent_whole_and_its_connection_lingers() {
    let gate = Gate::new();
    let server = Running::start(patient(), app(&gate)).await;
    let mut client = h1::Connection::open(server.addr).await;
    // Its head has promised that the connection stays.
    assert_eq!(
        client.get("/gated-body", &[]).await.header("connection"),
        None
    );
    assert_eq!(client.piece().await, Piece::Data("first".into()));

    server.drain.trigger();
    server.closed().await;
    gate.open();
    assert_eq!(client.body().await.complete(), "last");
    // So the client may use it, and is told now.
    assert_eq!(
        client.get("/", &[]).await.header("connection"),
        Some("close")
    );
    assert_eq!(client.body().await.complete(), "hello");
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn idle_connections_are_closed_after_the_linger_window() {
    let server = Running::start(prompt(), app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    client.get("/", &[]).await;
    assert!(!client.body().await.complete().is_empty());
    server.drain.trigger();
    assert_eq!(client.raw().await, None);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn a_connection_that_was_just_accepted_gets_its_first_request_answered() {
    let server = Running::start(prompt(), app(&Gate::new())).await;
    // Answered only once it was accepted, so both of them are.
    let mut fresh = h1::Connection::open(server.addr).await;
    let mut witness = h1::Connection::open(server.addr).await;
    witness.get("/", &[]).await;
    assert!(!witness.body().await.complete().is_empty());

    server.drain.trigger();
    // The idle one is closed: the window is over, and the fresh one remains.
    assert_eq!(witness.raw().await, None);
    let head = fresh.get("/", &[]).await;
    assert_eq!(
        (head.status.as_u16(), head.header("connection")),
        (200, Some("close"))
    );
    assert_eq!(fresh.body().await.complete(), "hello");
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn a_connection_that_waited_in_the_accept_queue_is_served() {
    let gate = Gate::new();
    // One connection at a time: the second stays in the queue.
    let server = Running::start_with(patient(), app(&gate), |serve| serve.connections(1)).await;
    let mut first = h1::Connection::open(server.addr).await;
    first
        .send(b"GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    within("the handler", gate.reached()).await;
    let mut queued = h1::Connection::open(server.addr).await;
    queued.send(GET).await;

    server.drain.trigger();
    assert_eq!(queued.head().await.status, 200);
    assert_eq!(queued.body().await.complete(), "hello");
    gate.open();
    assert_eq!(first.head().await.status, 200);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn half_a_head_is_waited_for_and_answered() {
    let server = Running::start(prompt(), app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    client.get("/", &[]).await;
    assert!(!client.body().await.complete().is_empty());
    let mut witness = h1::Connection::open(server.addr).await;
    witness.get("/", &[]).await;
    assert!(!witness.body().await.complete().is_empty());

    let (half, rest) = GET.split_at(20);
    client.send(half).await;
    server.drain.trigger();
    assert_eq!(witness.raw().await, None);
    client.send(rest).await;
    assert_eq!(client.head().await.status, 200);
    assert_eq!(client.body().await.complete(), "hello");
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn half_a_head_does_not_hold_up_the_end() {
    let drain = Drain::new().linger(Duration::ZERO);
    let drain = drain.first_request(Duration::from_millis(50));
    let server = Running::start(drain.deadline(Duration::from_secs(600)), app(&Gate::new())).await;
    let mut first = h1::Connection::open(server.addr).await;
    first.send(&GET[..20]).await;
    let mut further = h1::Connection::open(server.addr).await;
    further.get("/", &[]).await;
    assert!(!further.body().await.complete().is_empty());
    further.send(&GET[..20]).await;

    server.drain.trigger();
    assert_eq!(first.raw().await, None);
    assert_eq!(further.raw().await, None);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn half_a_request_is_cut_at_the_deadline() {
    let drain = Drain::new().deadline(Duration::from_millis(200));
    let server = Running::start(drain, app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    let head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf";
    client.send(head).await;
    within("the request", async {
        while server.drain.in_flight() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.drain.trigger();
    assert_eq!(client.raw().await, None);
    let outcome = server.outcome().await;
    assert_eq!((outcome.cut(), outcome.is_clean()), (1, false));
}

#[tokio::test]
async fn an_endless_stream_goes_on_until_the_deadline_and_is_cut() {
    let drain = Drain::new().deadline(Duration::from_millis(300));
    let server = Running::start(drain, app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    client.get("/endless", &[]).await;
    client.piece().await;
    server.drain.trigger();
    let received = client.body().await;
    assert!(received.cut.is_some(), "it must not look complete");
    assert_eq!(server.outcome().await.cut(), 1);
}

#[tokio::test]
async fn a_cut_ends_at_once() {
    let gate = Gate::new();
    let server = Running::start(patient(), app(&gate)).await;
    let mut client = h1::Connection::open(server.addr).await;
    client
        .send(b"GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    within("the handler", gate.reached()).await;
    server.drain.trigger();
    server.drain.cut();
    assert_eq!(server.outcome().await.cut(), 1);
    assert_eq!(client.raw().await, None);
}

#[tokio::test]
async fn during_the_pre_stop_delay_new_connections_are_served_as_ever() {
    let drain = patient().pre_stop(Duration::from_secs(300));
    let server = Running::start(drain, app(&Gate::new())).await;
    server.drain.trigger();
    let mut client = h1::Connection::open(server.addr).await;
    let head = client.get("/", &[]).await;
    assert_eq!(
        (head.status.as_u16(), head.header("connection")),
        (200, None)
    );
    assert_eq!(server.drain.phase(), Phase::Announced);
}

#[tokio::test]
async fn an_upgraded_stream_is_waited_for_by_its_guard() {
    let server = Running::start(patient(), app(&Gate::new())).await;
    let guard = server.drain.guard();
    server.drain.trigger();
    server.closed().await;
    assert!(!server.has_ended());
    drop(guard);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn heads_beyond_the_limit_get_431() {
    let server = Running::start(Drain::new(), app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    let long = "x".repeat(40 * 1024);
    let head = client
        .request(Method::GET, "/", &[("x-long", &long)], b"")
        .await;
    assert_eq!(head.status, 431);
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_closes_the_connection() {
    let timeout = Duration::from_millis(50);
    let server =
        Running::start_with(Drain::new(), app(&Gate::new()), |s| s.head_timeout(timeout)).await;
    let mut silent = h1::Connection::open(server.addr).await;
    let mut half = h1::Connection::open(server.addr).await;
    half.send(&GET[..20]).await;
    assert_eq!(silent.raw().await, None);
    assert_eq!(half.raw().await, None);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_keep_alive() {
    let timeout = Duration::from_millis(50);
    for park in [Duration::ZERO, Duration::from_secs(600)] {
        let configured = |s: buttress_drain::Serve<_, _>| s.keep_alive(timeout).park(park);
        let server = Running::start_with(Drain::new(), app(&Gate::new()), configured).await;
        let mut client = h1::Connection::open(server.addr).await;
        client.get("/", &[]).await;
        assert!(!client.body().await.complete().is_empty());
        assert_eq!(client.raw().await, None);
    }
}

/// Fails to accept, as if there were too many open files, until told.
struct OutOfFiles(tokio::net::TcpListener, Gate);

impl buttress_drain::Listener for OutOfFiles {
    type Io = tokio::net::TcpStream;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> std::io::Result<(Self::Io, Self::Addr)> {
        if !self.1.is_reached() {
            self.1.pass().await;
            return Err(std::io::Error::other("too many open files"));
        }
        self.0.accept().await
    }

    fn close(self, take: impl FnMut(Self::Io, Self::Addr)) -> Result<(), (Self, std::io::Error)> {
        let Self(listener, gate) = self;
        let closed = buttress_drain::Listener::close(listener, take);
        closed.map_err(|(listener, error)| (Self(listener, gate), error))
    }

    fn peer(addr: &Self::Addr) -> Option<std::net::SocketAddr> {
        Some(*addr)
    }
}

#[tokio::test]
async fn after_an_error_it_accepts_again() {
    let (listener, gate) = (
        tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(),
        Gate::new(),
    );
    let addr = listener.local_addr().unwrap();
    let listener = OutOfFiles(listener, gate.clone());
    let server = buttress_drain::serve(listener, app(&Gate::new())).into_future();
    let server = tokio::spawn(server);
    within("the first accept", gate.reached()).await;
    gate.open();
    let mut client = h1::Connection::open(addr).await;
    assert_eq!(client.get("/", &[]).await.status, 200);
    server.abort();
}

#[tokio::test]
async fn a_handler_that_panics_ends_its_connection_and_no_other() {
    let router = app(&Gate::new()).route(
        "/panic",
        axum::routing::get(|| async {
            if true {
                panic!("as asked")
            }
        }),
    );
    let server = Running::start(Drain::new(), router).await;
    let mut other = h1::Connection::open(server.addr).await;
    other.get("/", &[]).await;
    assert_eq!(other.body().await.complete(), "hello");
    let mut client = h1::Connection::open(server.addr).await;
    client
        .send("GET /panic HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert_eq!(client.raw().await, None);
    assert_eq!(other.get("/", &[]).await.status, 200);
    assert_eq!(other.body().await.complete(), "hello");
    assert_eq!(server.drain.in_flight(), 0);
}
